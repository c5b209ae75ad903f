/**
 * Tells how every child ended, and leaves no zombie.
 *
 * The model: a child is owned (Deno started it, and Deno reaps it) or not (an orphan that came to
 * this process, or a child that C started). `waitpid(-1)` would steal the status of owned ones,
 * so a sweep looks first (waitid(2) with WNOWAIT) and reaps only what is not owned. The kernel
 * shows the same child until it is reaped: an owned one ends the sweep, and a new sweep follows
 * when Deno's status for it arrives. SIGCHLD coalesces, so one signal sweeps until nothing is
 * left; after a batch the event loop gets its turn. So a child of Deno that was not adopted loses
 * its status to the sweep: what is started elsewhere must be waited for synchronously
 * (`outputSync`).
 *
 * Without a child there is no timer, no poll and no system call.
 */
import { decodeWaitStatus, type ExitStatus } from "../base/exit_status.ts";
import { parseSignal } from "../base/signals.ts";
import { ERRNO } from "../base/errors.ts";
import type { ExitListener } from "../daemon/os.ts";
import { lastErrno, libc } from "./libc.ts";

/** From sys/wait.h. */
const P_ALL = 0;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x01000000;

/** Offset of si_pid in siginfo_t for SIGCHLD, see waitid(2). */
const SI_PID = 16;

/** Reaping this many takes about 2 ms; timers and sockets wait no longer. */
const BATCH = 256;

/** What is told where Deno lost the status of a child, as sh(1) does for an unknown one. */
const STATUS_LOST: ExitStatus = { kind: "exited", code: 127 };

const info = new Uint8Array(128);
const infoView = new DataView(info.buffer);
const word = new Int32Array(1);

/** Returns a child that can be reaped, 0 where all are alive, undefined where there is no child. */
function peekWaitable(): number | undefined {
  infoView.setInt32(SI_PID, 0, true);
  const result = libc().waitid(P_ALL, 0, info, WEXITED | WNOHANG | WNOWAIT);
  if (result < 0) return lastErrno() === ERRNO.ECHILD ? undefined : 0;
  return infoView.getInt32(SI_PID, true);
}

/** Says whether any child is left, alive or to be reaped. */
export function hasChildren(): boolean {
  return peekWaitable() !== undefined;
}

/** Turns Deno's status into ours. Deno does not tell whether a core was dumped. */
export function fromCommandStatus(status: Deno.CommandStatus): ExitStatus {
  const signal = status.signal === null ? undefined : parseSignal(status.signal);
  if (signal !== undefined) return { kind: "signaled", signal, coreDumped: false };
  return { kind: "exited", code: status.code };
}

/**
 * Deno has no name for a real-time signal and fails with its number; ECHILD: somebody else
 * reaped.
 */
function fromRejection(error: unknown): ExitStatus {
  const signal = /^Invalid signal: (\d+)$/.exec(error instanceof Error ? error.message : "")?.[1];
  return signal === undefined
    ? STATUS_LOST
    : { kind: "signaled", signal: Number(signal), coreDumped: false };
}

/** Owns the duty to reap. One a process. */
export class Children {
  readonly #owned = new Set<number>();
  readonly #discarded = new Set<number>();
  readonly #onSignal = () => this.#sweep();
  #listener: ExitListener | undefined;
  #nextBatch: ReturnType<typeof setTimeout> | undefined;

  /** Starts to reap and to tell `listener` of every end. */
  listen(listener: ExitListener): void {
    if (this.#listener === undefined) Deno.addSignalListener("SIGCHLD", this.#onSignal);
    this.#listener = listener;
  }

  /** Stops reaping; children of Deno are still reaped, by Deno. */
  close(): void {
    if (this.#listener !== undefined) Deno.removeSignalListener("SIGCHLD", this.#onSignal);
    this.#listener = undefined;
    clearTimeout(this.#nextBatch);
    this.#nextBatch = undefined;
  }

  /** Says whether Deno reaps this child. */
  isOwned(pid: number): boolean {
    return this.#owned.has(pid);
  }

  /** Keeps to itself how an adopted child ends: for one that must not count as started. */
  discard(pid: number): void {
    this.#discarded.add(pid);
  }

  /** Takes over a child of Deno and tells its end. Call it in the turn that started the child. */
  async adopt(child: Deno.ChildProcess): Promise<void> {
    const { pid } = child;
    this.#owned.add(pid);
    let status: ExitStatus;
    try {
      status = fromCommandStatus(await child.status);
    } catch (error) {
      status = fromRejection(error);
    }
    this.#owned.delete(pid);
    if (!this.#discarded.delete(pid)) this.#listener?.(pid, status);
    this.#sweep();
  }

  #sweep(): void {
    if (this.#nextBatch !== undefined || this.#listener === undefined) return;
    for (let count = 0; count < BATCH; count++) {
      const pid = peekWaitable();
      if (pid === undefined || pid === 0 || this.#owned.has(pid)) return;
      if (libc().waitpid(pid, word, WNOHANG) !== pid) continue;
      this.#listener(pid, decodeWaitStatus(word[0] as number));
    }
    this.#nextBatch = setTimeout(() => {
      this.#nextBatch = undefined;
      this.#sweep();
    }, 0);
  }
}
