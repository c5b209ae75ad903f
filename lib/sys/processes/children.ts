/**
 * Tells how every child ended, and leaves no zombie: those that were started here and orphans that
 * came to this process alike.
 *
 * SIGCHLD coalesces, so one signal reaps until nothing is left; after a batch the event loop gets
 * its turn. Signals are told by the event loop, so a child that is waited for synchronously
 * (`outputSync`) is never reaped here. One that Deno is to wait for asynchronously would be: none
 * may be started between `listen` and `close`.
 *
 * Each signal costs a turn of the event loop, ten times what it takes to reap. While orphans end
 * one after another, SIGCHLD is therefore left at its default, which is to do nothing, and a timer
 * reaps what there is, at intervals in which some dozens end; once hardly any do, signals are
 * listened to again. Of chaperone's own processes a descriptor tells meanwhile, so that their ends
 * are noticed at once; where they are too many for that, or the kernel has no such descriptors, at
 * the next look. As long as none but own processes end, each signal is listened to.
 *
 * Without a child there is no timer, no poll and no system call.
 */
import { decodeWaitStatus, type ExitStatus } from "../../base/exit_status.ts";
import { parseSignal } from "../../base/signals.ts";
import { ERRNO } from "../../base/errors.ts";
import type {
  EndedProcess,
  ExitListener,
  ProcessIdentity,
  StrangersListener,
} from "../../door/os.ts";
import { guarded } from "../libc/faults.ts";
import { lastErrno, libc } from "../libc/libc.ts";

/** From sys/wait.h. */
const ANY_CHILD = -1;
const P_ALL = 0;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x01000000;

/** Reaping this many takes about 2 ms; timers and sockets wait no longer. */
const BATCH = 256;

/** So many turns in a row for orphans alone, each so soon after the last, are a rush. */
const RUSH_TURNS = 3;
const RUSH_GAP_MS = 10;
/** How long an end may go unnoticed in a rush: an orphan's, and one of a process of our own. */
const LOOK_MAX_MS = 25;
const LOOK_MAX_UNWATCHED_MS = 10;
const LOOK_MIN_MS = 2;
/** With so many ends a look, what a look costs does not count any more. */
const ENDS_PER_LOOK = 64;
/** How few ends between two looks are no rush any more. */
const RUSH_ENDS_MIN = 2;
/** More descriptors than that are not opened for a rush. */
const WATCHED_MAX = 128;

/**
 * From bits/signum-arch.h, and `struct sigaction` of glibc: a handler, a mask of 128 bytes, flags,
 * a restorer.
 */
const SIGCHLD = 17;
const SIGACTION_SIZE = 152;
/** SIG_DFL, no flags: a child that ends stays to be reaped. */
const DEFAULT_ACTION = new Uint8Array(SIGACTION_SIZE);

/** `siginfo_t`; what is in it does not matter. */
const info = new Uint8Array(128);
const word = new Int32Array(1);
/** `struct rusage`: two times of two longs each, then `ru_maxrss` in KiB. */
const usage = new Uint8Array(144);
const usageView = new DataView(usage.buffer);
const RU_MAXRSS = 32;

/** Says whether any child is left, alive or to be reaped. */
export function hasChildren(): boolean {
  const result = libc().waitid(P_ALL, 0, info, WEXITED | WNOHANG | WNOWAIT);
  return result === 0 || lastErrno() !== ERRNO.ECHILD;
}

/** Turns Deno's status into ours. Deno does not tell whether a core was dumped. */
export function fromCommandStatus(status: Deno.CommandStatus): ExitStatus {
  const signal = status.signal === null ? undefined : parseSignal(status.signal);
  if (signal !== undefined) return { kind: "signaled", signal, coreDumped: false };
  return { kind: "exited", code: status.code };
}

/** Children by number. */
export interface KnownChildren {
  /** Those that chaperone started. */
  readonly own: readonly number[];
  /** Those whose end is reported to nobody. */
  readonly discarded: readonly number[];
}

/** Owns the duty to reap. One a process. */
export class Children {
  /**
   * Asked of each process that has been reaped: tells what else there is to tell before its end.
   */
  beforeEnd: (pid: number) => (() => void) | undefined = () => undefined;
  /**
   * Calls back once a process that is not reaped has ended. Returns what ends the watch; undefined
   * where there can be none.
   */
  watchEnd: (pid: number, onEnd: () => void) => (() => void) | undefined = () => undefined;
  readonly #own = new Set<number>();
  /** What ends the watch of each of chaperone's own, in a rush. */
  readonly #watches = new Map<number, () => void>();
  readonly #discarded = new Set<number>();
  readonly #onSignal = () => this.#signalled();
  /** What Deno does on SIGCHLD. */
  readonly #listening = new Uint8Array(SIGACTION_SIZE);
  #isRush = false;
  #rushTurns = 0;
  #signalledAtMs = -Infinity;
  #lookMs = LOOK_MAX_UNWATCHED_MS;
  #listener: ExitListener | undefined;
  #strangersGone: StrangersListener = () => {};
  #nextBatch: ReturnType<typeof setTimeout> | undefined;
  /** The peak memory of each of chaperone's own children whose end is reported. */
  #peaks = new Map<number, number>();
  /** Known for as long as nothing else gets its turn. */
  #hasNoOrphans = false;

  /** Starts to reap and to tell of every end. */
  listen(listener: ExitListener, strangersGone: StrangersListener = () => {}): void {
    if (this.#listener === undefined) Deno.addSignalListener("SIGCHLD", this.#onSignal);
    this.#listener = listener;
    this.#strangersGone = strangersGone;
  }

  /** Stops reaping. */
  close(): void {
    if (this.#listener !== undefined) Deno.removeSignalListener("SIGCHLD", this.#onSignal);
    this.#listener = undefined;
    clearTimeout(this.#nextBatch);
    this.#nextBatch = undefined;
    if (this.#isRush) this.#endRush();
  }

  /** Takes note of a child that chaperone started. Call it in the turn that started the child. */
  adopt(pid: number): void {
    this.#own.add(pid);
    if (this.#isRush) this.#watch(pid);
  }

  /** Says of a child's end that it concerns nobody: for one that must not count as started. */
  discard(pid: number): void {
    this.#discarded.add(pid);
  }

  /** Those that have not been reaped. */
  get known(): KnownChildren {
    return { own: [...this.#own], discarded: [...this.#discarded] };
  }

  /** Takes note of those that another incarnation knew. */
  take({ own, discarded }: KnownChildren): void {
    for (const pid of own) this.#own.add(pid);
    for (const pid of discarded) this.#discarded.add(pid);
  }

  /**
   * The most memory that a process had at any time, of one that chaperone started; known only while
   * its end is told.
   */
  peakMemoryBytes(pid: number): number | undefined {
    return this.#peaks.get(pid);
  }

  /** Reaps what has ended so far. */
  reap(): void {
    this.#sweep();
  }

  /**
   * Returns the orphans that `look` finds. It reads the list of all children: where many services
   * are told of, or stopped, in one turn and there is no orphan, it is asked once and not for each.
   * What is left behind meanwhile is found when the end is told that left it.
   */
  orphans(look: (isOwn: (pid: number) => boolean) => ProcessIdentity[]): ProcessIdentity[] {
    if (this.#hasNoOrphans) return [];
    const found = look((pid) => this.#own.has(pid));
    if (found.length > 0) return found;
    this.#hasNoOrphans = true;
    queueMicrotask(() => this.#hasNoOrphans = false);
    return [];
  }

  #signalled(): void {
    const nowMs = performance.now();
    if (nowMs - this.#signalledAtMs >= RUSH_GAP_MS) this.#rushTurns = 0;
    this.#signalledAtMs = nowMs;
    this.#sweep();
  }

  #beginRush(): void {
    this.#isRush = libc().sigaction(SIGCHLD, DEFAULT_ACTION, this.#listening) === 0;
    this.#lookMs = LOOK_MAX_UNWATCHED_MS;
    if (!this.#isRush || this.#own.size > WATCHED_MAX) return;
    for (const pid of this.#own) this.#watch(pid);
  }

  #watch(pid: number): void {
    if (this.#watches.size >= WATCHED_MAX) return;
    const unwatch = this.watchEnd(pid, () => this.#lookNow());
    if (unwatch !== undefined) this.#watches.set(pid, unwatch);
  }

  #unwatch(pid: number): void {
    this.#watches.get(pid)?.();
    this.#watches.delete(pid);
  }

  /** The interval in which as many end as are worth a look. */
  #nextLookMs(ends: number): number {
    const isWatched = this.#watches.size === this.#own.size;
    const maxMs = isWatched ? LOOK_MAX_MS : LOOK_MAX_UNWATCHED_MS;
    const wantedMs = this.#lookMs * ENDS_PER_LOOK / Math.max(1, ends);
    return Math.min(maxMs, Math.max(LOOK_MIN_MS, wantedMs));
  }

  #lookNow(): void {
    clearTimeout(this.#nextBatch);
    this.#nextBatch = undefined;
    this.#sweep();
  }

  /**
   * What ends from here on is told by a signal; who calls it looks once more for what has ended
   * before.
   */
  #endRush(): void {
    libc().sigaction(SIGCHLD, this.#listening, null);
    this.#isRush = false;
    this.#rushTurns = 0;
    for (const pid of [...this.#watches.keys()]) this.#unwatch(pid);
  }

  #sweep(): void {
    if (this.#nextBatch !== undefined) return;
    const ends: (() => void)[] = [];
    const count = this.#reapBatch(ends);
    this.#tell(ends);
    if (this.#listener === undefined) return;
    if (count >= BATCH) return this.#sweepIn(0);
    if (this.#isRush) return this.#lookAgain(count);
    if (this.#rushTurns < RUSH_TURNS) return;
    this.#beginRush();
    this.#sweepIn(this.#lookMs);
  }

  #lookAgain(ends: number): void {
    const lookMs = this.#nextLookMs(ends);
    if (ends >= RUSH_ENDS_MIN || lookMs > this.#lookMs) {
      this.#lookMs = lookMs;
      return this.#sweepIn(lookMs);
    }
    this.#endRush();
    this.#sweepIn(0);
  }

  #sweepIn(delayMs: number): void {
    this.#nextBatch = setTimeout(() => {
      this.#nextBatch = undefined;
      this.#sweep();
    }, delayMs);
  }

  /** Reaps what has ended, adds what tells it to `ends`, and returns how many there were. */
  #reapBatch(ends: (() => void)[]): number {
    const { wait4 } = libc();
    let strangers: EndedProcess[] = [];
    let hasOwn = false;
    let count = 0;
    for (; this.#listener !== undefined && count < BATCH; count++) {
      const pid = wait4(ANY_CHILD, word, WNOHANG, usage);
      if (pid <= 0) break;
      const status = decodeWaitStatus(word[0] as number);
      if (this.#own.delete(pid)) {
        hasOwn = true;
        this.#noteOwn(pid);
      }
      const tellBefore = this.beforeEnd(pid);
      if (tellBefore !== undefined) ends.push(tellBefore);
      const tell = this.#listener(pid, status, this.#discarded.delete(pid));
      if (tell !== undefined) {
        ends.push(tell);
        strangers = [];
        continue;
      }
      if (strangers.length === 0) ends.push(this.#tellingOf(strangers));
      strangers.push({ pid, status });
    }
    if (count > 0) this.#rushTurns = hasOwn ? 0 : this.#rushTurns + 1;
    return count;
  }

  #noteOwn(pid: number): void {
    this.#unwatch(pid);
    this.#peaks.set(pid, Number(usageView.getBigInt64(RU_MAXRSS, true)) * 1024);
  }

  /** Of all that follow one another in a batch: they may be told at once. */
  #tellingOf(strangers: readonly EndedProcess[]): () => void {
    return () => this.#strangersGone(strangers);
  }

  #tell(ends: readonly (() => void)[]): void {
    // Until now they may have left some behind.
    this.#hasNoOrphans = false;
    for (const tell of ends) guarded(tell);
    this.#peaks.clear();
  }
}
