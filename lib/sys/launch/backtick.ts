/**
 * Runs the command of a backtick. Knows no cache and no message.
 *
 * chaperone can do nothing else meanwhile, so that a command has a limit, of time and of output,
 * where chaperone 0.3.9 has none: PID 1 would neither reap nor stop, for ever.
 */
import { decodeWaitStatus, shellExitCode } from "../../base/exit_status.ts";
import { decodeBytes } from "../../base/byte_text.ts";
import { SystemError } from "../../base/errors.ts";
import type { Identity } from "../../base/identity.ts";
import { SIGNAL } from "../../base/signals.ts";
import type { RunShell } from "../../config/environment/backticks.ts";
import { nowMs } from "../libc/clock.ts";
import { libc } from "../libc/libc.ts";
import { readOutcome } from "./pending_launches.ts";
import { type Started, startProcess } from "./start.ts";

const LIMIT_MS = 60_000;
/** Far more than a variable can hold. */
const OUTPUT_MAX_BYTES = 1024 * 1024;
const SHELL = "/bin/sh";
/** From poll.h and sys/wait.h. */
const POLLIN = 1;
const WNOHANG = 1;
/** How long the end of a process that was killed is waited for. */
const REAP_LIMIT_MS = 1000;
/** The pause between two looks for the end of a shell that has closed its output. */
const END_POLL_US = 500;

/** What a shell did within its limits, or which of them it met. */
type Outcome =
  | { readonly kind: "ended"; readonly code: number; readonly output: Uint8Array }
  | { readonly kind: "late" }
  | { readonly kind: "verbose" };

/**
 * Returns what runs commands with `/bin/sh -c` in `environment`, each for `limitMs` at the most.
 */
export function shellRunner(
  environment: Readonly<Record<string, string>>,
  limitMs = LIMIT_MS,
): RunShell {
  return (command, identity) => {
    try {
      return describe(command, runShell({ command, environment, identity, limitMs }), limitMs);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      return { ok: false, output: error.message };
    }
  };
}

function describe(command: string, outcome: Outcome, limitMs: number): ReturnType<RunShell> {
  switch (outcome.kind) {
    case "late":
      return refuse(`'${command}' had not ended after ${limitMs / 1000} s and was killed`);
    case "verbose":
      return refuse(`'${command}' printed more than 1 MiB and was killed`);
    case "ended":
      if (outcome.code === 0) return { ok: true, output: decodeBytes(outcome.output) };
      return refuse(`'${command}' exited with code ${outcome.code}`);
    default:
      return outcome satisfies never;
  }
}

function refuse(output: string): ReturnType<RunShell> {
  return { ok: false, output };
}

interface ShellRun {
  readonly command: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly identity: Identity | undefined;
  readonly limitMs: number;
}

function runShell({ command, environment, identity, limitMs }: ShellRun): Outcome {
  const untilMs = nowMs() + limitMs;
  const { pid, readers, launch } = startShell(command, environment, identity);
  const reader = readers.stdout as number;
  let code: number | undefined;
  try {
    const output = readToEnd(reader, untilMs);
    if (!(output instanceof Uint8Array)) return output;
    code = awaitEnd(pid, untilMs);
    const outcome = launch && readOutcome(launch);
    if (outcome instanceof SystemError) throw outcome;
    return code === undefined ? { kind: "late" } : { kind: "ended", code, output };
  } finally {
    for (const fd of [reader, ...launch ? [launch.descriptor] : []]) libc().close(fd);
    // Reaped here, in the same turn: nobody else hears of it.
    if (code === undefined) killAndReap(pid);
  }
}

/** A session of its own lets what it started be killed with it. */
function startShell(
  command: string,
  env: Readonly<Record<string, string>>,
  identity: Identity | undefined,
): Started {
  return startProcess({
    argv: [SHELL, "-c", command],
    env,
    ...(identity === undefined ? {} : { identity }),
    stdout: "pipe",
    stderr: "null",
    joinsOutput: true,
    ownSession: true,
    limits: [],
  }, killAndReap);
}

function readToEnd(fd: number, untilMs: number): Uint8Array | Outcome {
  const bytes = new Uint8Array(new ArrayBuffer(OUTPUT_MAX_BYTES + 1));
  let size = 0;
  while (size < bytes.length) {
    const leftMs = untilMs - nowMs();
    if (leftMs <= 0) return { kind: "late" };
    if (!isReadable(fd, leftMs)) continue;
    const room = bytes.subarray(size);
    const count = libc().read(fd, room, BigInt(room.length));
    if (count === 0) return bytes.subarray(0, size);
    if (count > 0) size += count;
  }
  return { kind: "verbose" };
}

/** False also where a signal came in between. */
function isReadable(fd: number, limitMs: number): boolean {
  const wanted = new Uint8Array(new ArrayBuffer(8));
  const view = new DataView(wanted.buffer);
  view.setInt32(0, fd, true);
  view.setInt16(4, POLLIN, true);
  return libc().poll(wanted, 1n, Math.ceil(limitMs)) > 0;
}

function awaitEnd(pid: number, untilMs: number): number | undefined {
  const word = new Int32Array(new ArrayBuffer(4));
  while (libc().waitpid(pid, word, WNOHANG) !== pid) {
    if (nowMs() >= untilMs) return undefined;
    libc().usleep(END_POLL_US);
  }
  return shellExitCode(decodeWaitStatus(word[0] as number));
}

/** Whoever traces a process may keep it from being reaped: that is not waited for. */
function killAndReap(pid: number): void {
  libc().kill(-pid, SIGNAL.SIGKILL);
  awaitEnd(pid, nowMs() + REAP_LIMIT_MS);
}
