/**
 * Processes that are not their program yet. Each says by a pipe what has failed; the end of that
 * pipe, which its exec closes, says that nothing has. One that was killed before its exec is told
 * as started: its end then says by which signal.
 *
 * Whoever is still under way after a limit is killed: its user may have stopped it, or hold its
 * file.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import { SIGNAL } from "../../base/signals.ts";
import type { LaunchListener } from "../../door/os.ts";
import { firstLineProblem } from "../paths/first_line.ts";
import { nowMs, setTimer } from "../libc/clock.ts";
import { lastErrno, libc } from "../libc/libc.ts";
import type { Poller } from "../libc/poller.ts";
import { contradiction, type Proof } from "../sandbox/proof.ts";
import { readReport, type Step } from "./call_table.ts";
import { currentLimit } from "./resources.ts";
import type { Launch } from "./start.ts";
import { RESULT_BYTES } from "./stub.ts";

/** Far more than the slowest disk needs, and less than the 45 s that a lease may hold a file up. */
export const LAUNCH_LIMIT_MS = 30_000;

/** A process that another incarnation goes on to follow. */
export interface LaunchHandover {
  readonly pid: number;
  readonly descriptor: number;
  readonly leftMs: number;
  readonly steps: readonly Step[];
  readonly proof?: Proof;
}

interface Pending extends Launch {
  readonly untilMs: number;
}

export class PendingLaunches {
  readonly #poller: Poller;
  readonly #limitMs: number;
  /** In the order of their limits. */
  readonly #pending = new Map<number, Pending>();
  readonly #discard: (pid: number) => void;
  #listener: LaunchListener = () => {};
  #cancelTimer: (() => void) | undefined;

  /** `discard` is called for processes whose end concerns nobody. */
  constructor(poller: Poller, discard: (pid: number) => void, limitMs = LAUNCH_LIMIT_MS) {
    this.#poller = poller;
    this.#discard = discard;
    this.#limitMs = limitMs;
  }

  listen(listener: LaunchListener): void {
    this.#listener = listener;
  }

  /** Begins to follow a process. */
  add(pid: number, launch: Launch, leftMs = this.#limitMs): void {
    this.#pending.set(pid, { ...launch, untilMs: nowMs() + leftMs });
    this.#poller.add(launch.descriptor, () => this.take(pid)?.());
    this.#cancelTimer ??= setTimer(leftMs, () => this.#expire());
  }

  /**
   * Returns what tells the outcome of a process, once there is one: at its end, at the latest. Its
   * number may be another's already once it `isReaped`.
   */
  take(pid: number, { isReaped = false } = {}): (() => void) | undefined {
    const pending = this.#pending.get(pid);
    if (pending === undefined) return undefined;
    const outcome = readOutcome(pending);
    if (outcome === "under-way") return undefined;
    this.#forget(pid, pending);
    if (outcome === "launched" && isReaped) return () => this.#listener(pid, undefined);
    if (outcome === "launched") return this.#launched(pid, pending);
    this.#discard(pid);
    return () => this.#listener(pid, outcome);
  }

  /** One that has more rights than it should ends before it counts as started. */
  #launched(pid: number, { proof, steps }: Pending): () => void {
    const wrong = proof && contradiction(pid, proof);
    if (wrong === undefined) return () => this.#listener(pid, undefined);
    libc().kill(pid, SIGNAL.SIGKILL);
    this.#discard(pid);
    const program = steps.at(-1)?.target ?? "";
    return () => this.#listener(pid, new Unproven(program, wrong));
  }

  /** Those that are under way, for another incarnation. */
  get known(): LaunchHandover[] {
    return [...this.#pending].map(([pid, { untilMs, ...launch }]) => ({
      pid,
      ...launch,
      leftMs: Math.max(0, untilMs - nowMs()),
    }));
  }

  /** Stops following. */
  close(): void {
    for (const [pid, pending] of this.#pending) this.#forget(pid, pending);
    this.rest();
  }

  #forget(pid: number, { descriptor }: Pending): void {
    this.#pending.delete(pid);
    this.#poller.remove(descriptor);
    libc().close(descriptor);
  }

  /**
   * Lets go of the timer where nothing is under way. To be called once chaperone is at rest: to set
   * and clear it for each launch would take a tenth of what the launch takes.
   */
  rest(): void {
    if (this.#pending.size > 0) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #expire(): void {
    this.#cancelTimer = undefined;
    for (const [pid, pending] of this.#pending) {
      if (pending.untilMs <= nowMs()) this.#kill(pid, pending);
    }
    const next = this.#pending.values().next().value;
    if (next === undefined) return;
    this.#cancelTimer ??= setTimer(Math.max(0, next.untilMs - nowMs()), () => this.#expire());
  }

  /** It need not be waited for: nothing of it can run any more. */
  #kill(pid: number, pending: Pending): void {
    const tell = this.take(pid);
    if (tell !== undefined) return tell();
    libc().kill(pid, SIGNAL.SIGKILL);
    this.#forget(pid, pending);
    this.#discard(pid);
    const program = pending.steps.at(-1)?.target ?? "";
    this.#listener(pid, new LateLaunch(program, this.#limitMs));
  }
}

/** A program that was not executed in time. */
class LateLaunch extends SystemError {
  constructor(program: string, limitMs: number) {
    super("execve", ERRNO.ETIMEDOUT, program);
    this.message = `'${program}' was not executed within ${limitMs / 1000} s: ` +
      "its user has stopped the process, or somebody holds the file";
  }
}

/** A program that has more rights than its configuration gives it. */
class Unproven extends SystemError {
  constructor(program: string, wrong: string) {
    super("execve", ERRNO.EPERM, program);
    this.message = `'${program}' was ended at once: it has more rights than its configuration ` +
      `gives it, since the kernel says that its ${wrong}`;
  }
}

const report = new Uint8Array(new ArrayBuffer(RESULT_BYTES));

/** What a process has said so far. The failure names the call and what it was applied to. */
export function readOutcome(
  { descriptor, steps }: Launch,
): "under-way" | "launched" | SystemError {
  const count = libc().read(descriptor, report, BigInt(RESULT_BYTES));
  if (count < 0) return lastErrno() === ERRNO.EAGAIN ? "under-way" : "launched";
  const found = count === RESULT_BYTES ? readReport(new DataView(report.buffer), steps) : undefined;
  return found === undefined ? "launched" : failureOf(found.step, found.errno);
}

function failureOf({ call, target }: Step, errno: number): SystemError {
  if (call === "execve" && target !== undefined) {
    return new SystemError(call, errno, target, firstLineProblem(target, errno));
  }
  if (call === "prlimit" && target !== undefined && errno === ERRNO.EPERM) {
    const [, hard] = currentLimit(target);
    return new SystemError(call, errno, `${target} above the hard limit of ${hard}`);
  }
  return new SystemError(call, errno, target);
}
