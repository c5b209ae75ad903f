/**
 * Executes itself anew, once, as PID 1 with a child, SIGTERM coming in the last instant before it: what is
 * reported is what the second image finds.
 */
import { hasChildren } from "../../../../lib/sys/processes/children.ts";
import { cString, libc } from "../../../../lib/sys/libc/libc.ts";
import {
  executeSelf,
  holdSignals,
  takeHeldSignal,
} from "../../../../lib/sys/self/self_execution.ts";
import { listenToSignals } from "../../../../lib/sys/self/signals.ts";
import { createStateFile, takeStateFile } from "../../../../lib/sys/self/state_file.ts";
import { ObservedOs, shell } from "../observed_os.ts";
import { report } from "./report.ts";

const F_GETFD = 1;

const [when = "", fd] = Deno.args;

function words(...more: string[]): string[] {
  const flags = ["run", "--allow-all", "--no-check", "--no-config", "--quiet"];
  return [Deno.execPath(), ...flags, new URL(import.meta.url).pathname, when, ...more];
}

async function begin(): Promise<void> {
  const observed = new ObservedOs();
  const told: string[] = [];
  const stop = listenToSignals((signal) => void told.push(signal));
  observed.os.spawn(shell("sleep 60"));
  const descriptor = createStateFile(new TextEncoder().encode(JSON.stringify(told)));
  const closed = libc().open(cString("/dev/null"), 0o2000000);
  const env = Deno.env.toObject();
  const held = holdSignals();
  if (when === "fails") {
    Deno.kill(Deno.pid, "SIGTERM");
    const error = executeSelf({ paths: ["/none"], argv: [], env, descriptors: [descriptor] });
    const signal = held.release();
    Deno.kill(Deno.pid, "SIGHUP");
    while (!told.includes("SIGHUP")) await new Promise((done) => setTimeout(done, 2));
    const flags = libc().fcntl(descriptor, F_GETFD, 0);
    report({ error: `${error.call} ${error.errno}`, signal, told, flags });
    stop();
    observed.os.killAll(9);
    return await observed.os.close();
  }
  // The main thread has run for the last time when it comes: another thread takes it.
  Deno.kill(Deno.pid, when === "SIGINT" ? "SIGINT" : "SIGTERM");
  await new Promise((done) => setTimeout(done, 10));
  const descriptors = [descriptor];
  const argv = words(String(descriptor), String(closed));
  executeSelf({ paths: ["/none", Deno.execPath()], argv, env, descriptors });
}

function goOn(descriptor: number): void {
  const told: string[] = [];
  const state = new TextDecoder().decode(takeStateFile(descriptor));
  const stop = listenToSignals((signal) => void told.push(signal));
  report({
    pid: Deno.pid,
    before: JSON.parse(state),
    held: takeHeldSignal(),
    isChildLeft: hasChildren(),
    isOtherClosed: libc().fcntl(Number(Deno.args[2]), F_GETFD, 0) < 0,
  });
  stop();
}

if (fd === undefined) await begin();
else goOn(Number(fd));
