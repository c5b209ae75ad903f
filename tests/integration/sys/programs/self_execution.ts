/**
 * Executes itself anew, once, as PID 1 with a child, SIGTERM coming in the last instant before it:
 * what is reported is what the second image finds.
 */
import { hasChildren } from "../../../../lib/sys/processes/children.ts";
import { cString, libc } from "../../../../lib/sys/libc/libc.ts";
import { type ReceivedSignal, signalName } from "../../../../lib/base/signals.ts";
import { executeSelf } from "../../../../lib/sys/self/self_execution.ts";
import { createStateFile, takeStateFile } from "../../../../lib/sys/self/state_file.ts";
import { ObservedOs, shell } from "../observed_os.ts";
import { report } from "./report.ts";

const F_GETFD = 1;

/** Nothing else opens it: the number of what was closed may have been given to another file. */
const CLOSED_FILE = "/etc/passwd";

const [when = "", fd] = Deno.args;

/** Returns what a descriptor stands for; undefined where it is closed. */
function targetOf(descriptor: number): string | undefined {
  try {
    return Deno.readLinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return undefined;
  }
}

function words(...more: string[]): string[] {
  const flags = ["run", "--allow-all", "--no-check", "--no-config", "--quiet"];
  return [Deno.execPath(), ...flags, new URL(import.meta.url).pathname, when, ...more];
}

async function begin(): Promise<void> {
  const observed = new ObservedOs();
  const told: string[] = [];
  const signals = observed.os.listenToSignals(({ signal }) => void told.push(signalName(signal)));
  observed.os.spawn(shell("sleep 60"));
  const descriptor = createStateFile(new TextEncoder().encode(JSON.stringify(told)));
  const closed = libc().open(cString(CLOSED_FILE), 0o2000000);
  const env = Deno.env.toObject();
  if (when === "fails") {
    Deno.kill(Deno.pid, "SIGTERM");
    const error = executeSelf({ paths: ["/none"], argv: [], env, descriptors: [descriptor] });
    Deno.kill(Deno.pid, "SIGHUP");
    while (!told.includes("SIGHUP")) await new Promise((done) => setTimeout(done, 2));
    const flags = libc().fcntl(descriptor, F_GETFD, 0);
    report({ error: `${error.call} ${error.errno}`, told, flags });
    signals.close();
    observed.os.killAll(9);
    return await observed.os.close();
  }
  // No turn comes any more in which it could be told.
  Deno.kill(Deno.pid, when === "SIGTERM" ? "SIGTERM" : "SIGINT");
  const descriptors = [descriptor, ...signals.descriptors];
  const argv = words(String(descriptor), String(closed), ...signals.descriptors.map(String));
  if (when === "slow") {
    const slowly = ["sh", "-c", 'sleep 2.5; exec "$@"', "sh", ...argv];
    executeSelf({ paths: ["/bin/sh"], argv: slowly, env, descriptors });
  }
  executeSelf({ paths: ["/none", Deno.execPath()], argv, env, descriptors });
}

async function goOn(descriptor: number): Promise<void> {
  const { os } = new ObservedOs();
  const told: string[] = [];
  const state = new TextDecoder().decode(takeStateFile(descriptor));
  const listener = ({ signal }: ReceivedSignal) => void told.push(signalName(signal));
  const signals = os.listenToSignals(listener, Deno.args.slice(3).map(Number));
  report({
    pid: Deno.pid,
    before: JSON.parse(state),
    told,
    isChildLeft: hasChildren(),
    isOtherClosed: targetOf(Number(Deno.args[2])) !== CLOSED_FILE,
  });
  signals.close();
  await os.close();
}

if (fd === undefined) await begin();
else await goOn(Number(fd));
