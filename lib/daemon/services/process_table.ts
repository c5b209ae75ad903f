/**
 * The processes that chaperone started or follows, by number: whom they belong to, how they are
 * signalled, and the order at their end: first the last words, then the exit.
 */
import type { SystemError } from "../../base/errors.ts";
import type { ExitStatus } from "../../base/exit_status.ts";
import { SIGNAL } from "../../base/signals.ts";
import { mainPid, ownPids } from "../../service/life/phase.ts";
import { Claims, isTrusted } from "./claims.ts";
import { Membership } from "./membership.ts";
import type { Os, StrangersListener } from "../../door/os.ts";
import type { JournalLevel } from "../logging/journal.ts";
import { OutlivingOutputs } from "./outliving_outputs.ts";
import type { ServiceNumbers } from "./process_mark.ts";
import type { ProcessHandover, Running } from "./running.ts";
import type { ServiceEntry } from "./service_entry.ts";

/**
 * How long an exit waits for a sink that has no room for the last words. They are not lost after
 * it, but a console that nobody reads must not keep services from being restarted, or the container
 * from ending.
 */
const LAST_WORDS_MS = 1000;

/** The pause between two looks for the end of a process that another one reaps. */
const RECHECK_MS = 200;

/**
 * How long processes that fork are stopped in turns. Those that are stopped keep their places, so
 * that two or three turns find all; one takes some 50 ms where there are hundreds.
 */
const STOPPING_LIMIT_MS = 500;

/**
 * A service may name one of its processes after another; each is held by a descriptor. Of those that
 * it has named before, more than these are found as all of its other processes are.
 */
const ATTACHED_MAX = 16;

export interface ProcessTableParts {
  readonly os: Os;
  /**
   * A process of the table has become its program; or it could not, and is in the table no more.
   */
  readonly launched: (pid: number, running: Running, failure: SystemError | undefined) => void;
  /** A process of the table has ended, and what it had written has been read. */
  readonly exited: (pid: number, running: Running, status: ExitStatus) => void;
  /** Processes that are not in the table have ended. */
  readonly strangersGone: StrangersListener;
  /** One has ended that concerns nobody. */
  readonly discardedGone: () => void;
  readonly log: (entry: ServiceEntry, level: JournalLevel, text: string) => void;
  /** Says whether a process that was killed was killed for lack of memory. */
  readonly outOfMemory?: ((service: string | undefined) => boolean) | undefined;
  readonly numbers: ServiceNumbers;
  readonly entries: () => ReadonlyMap<string, ServiceEntry>;
}

export class ProcessTable {
  readonly #parts: ProcessTableParts;
  readonly #running = new Map<number, Running>();
  readonly outliving: OutlivingOutputs;
  /** Whose a process is. */
  readonly membership: Membership;
  readonly claims: Claims;

  constructor(parts: ProcessTableParts) {
    this.#parts = parts;
    this.outliving = new OutlivingOutputs((entry, text) => parts.log(entry, "warn", text));
    parts.os.onLaunch((pid, failure) => this.#onLaunch(pid, failure));
    this.membership = new Membership({ ...parts, known: this.#running });
    const { os } = parts;
    this.claims = new Claims({ os, membership: this.membership, known: this.#running });
    os.onExit((...exit) => this.#onExit(...exit), parts.strangersGone);
  }

  /** How many have not been dealt with to their end. */
  get size(): number {
    return this.#running.size;
  }

  /** Takes a process in that has just been started, or is followed from here on. */
  add(pid: number, running: Omit<Running, "ended">): Running {
    const added = { ...running, ended: undefined };
    this.#running.set(pid, added);
    return added;
  }

  /** All processes, for another incarnation. `nameOf` knows which services still are. */
  handOver(nameOf: (entry: ServiceEntry | undefined) => string | undefined): ProcessHandover[] {
    return [...this.#running].map(([pid, running]) => {
      const { entry, helps, output, attached, ended, startedTicks, held, serial } = running;
      const { isGuest, isRechecked } = running;
      const service = nameOf(entry ?? helps);
      const left = output?.handOver?.();
      return {
        pid,
        ...(service === undefined ? {} : { service }),
        isHelper: entry === undefined,
        ...(isGuest ? { isGuest } : {}),
        attached,
        ...(startedTicks === undefined ? {} : { startedTicks }),
        ...(serial === undefined ? {} : { serial }),
        ...(held === undefined ? {} : { descriptor: held.descriptor }),
        ...(isRechecked ? { isRechecked } : {}),
        ...(ended === undefined ? {} : { ended }),
        ...(left === undefined ? {} : { output: left }),
      };
    });
  }

  /**
   * Goes on with processes that were added as they had been handed over: those that had been reaped
   * are told once their last words are read.
   */
  goOn(left: readonly ProcessHandover[]): void {
    for (const { pid, ended, isRechecked } of left) {
      const running = this.#running.get(pid);
      if (running === undefined) continue;
      if (ended !== undefined) this.#end(pid, running, ended);
      else if (isRechecked) this.#recheck(pid, running);
    }
  }

  /** Takes in a process that a service has named as its own one, and holds it from here on. */
  attach(entry: ServiceEntry, pid: number): void {
    const known = this.#running.get(pid);
    if (known?.entry === entry && !known.ended) return;
    const { os } = this.#parts;
    const held = this.claims.take(pid) ?? os.hold(pid);
    const startedTicks = os.process(pid)?.startedTicks;
    this.add(pid, { entry, output: undefined, attached: true, startedTicks, held });
    this.#letGoOfOldest(entry);
  }

  #letGoOfOldest(entry: ServiceEntry): void {
    const attached = [...this.#running].filter(([, running]) =>
      running.entry === entry && running.attached && !running.ended
    );
    for (const [pid, running] of attached.slice(0, -ATTACHED_MAX)) {
      running.held?.close();
      this.#running.delete(pid);
    }
  }

  /**
   * Signals a process of the service, with its group where it leads one. What chaperone started
   * keeps its number until it is reaped here, and is left alone from then on. All others are looked
   * at again while they are held: a number whose process others have reaped may be a stranger's.
   * False where nothing was there to be signalled.
   */
  signal(entry: ServiceEntry, pid: number, signal: number, how: { alone?: boolean } = {}): boolean {
    const { os } = this.#parts;
    const running = this.#running.get(pid);
    if (running === undefined) {
      return os.killHeld(pid, signal, { isMeant: () => this.#isStray(entry, pid) });
    }
    if (running.ended || running.entry !== entry) return false;
    const group = how.alone !== true;
    if (running.attached) return this.#signalAttached(pid, running, { signal, group });
    const leads = entry.config.setpgrp || running.isGuest;
    return (group && leads && os.kill(-pid, signal)) || os.kill(pid, signal);
  }

  /** How many commands run for the service. */
  helperCount(entry: ServiceEntry): number {
    let count = 0;
    for (const { helps, ended } of this.#running.values()) {
      if (helps === entry && ended === undefined) count++;
    }
    return count;
  }

  /** Signals a command that runs for the service, with its group; false where it has ended. */
  signalHelper(entry: ServiceEntry, pid: number, signal: number): boolean {
    const { os } = this.#parts;
    const running = this.#running.get(pid);
    if (running === undefined || running.ended || running.helps !== entry) return false;
    return (entry.config.setpgrp && os.kill(-pid, signal)) || os.kill(pid, signal);
  }

  #signalAttached(
    pid: number,
    running: Running,
    { signal, group }: { readonly signal: number; readonly group: boolean },
  ): boolean {
    const isSent = this.#sendAttached(pid, running, { signal, group });
    if (signal !== 0) this.#recheck(pid, running);
    return isSent;
  }

  #sendAttached(
    pid: number,
    running: Running,
    how: { readonly signal: number; readonly group: boolean },
  ): boolean {
    const { held, startedTicks, entry } = running;
    if (held !== undefined) return held.signal(how.signal, { group: how.group });
    // Nothing tells it from whoever gets its number next: only who may signal that, too, is none
    // the worse.
    if (startedTicks === undefined && !isTrusted(this.#parts.os, entry)) return false;
    const isMeant = () => !this.#isReplaced(pid, running);
    return this.#parts.os.killHeld(pid, how.signal, { isMeant, group: how.group });
  }

  /** Whoever started a process that was attached may reap it; its end is looked for then. */
  #recheck(pid: number, running: Running): void {
    if (running.isRechecked) return;
    running.isRechecked = true;
    this.#parts.os.setTimer(RECHECK_MS, () => {
      running.isRechecked = false;
      if (this.#running.get(pid) !== running) return;
      if (this.#isGone(pid, running)) this.#exited(pid, running, { kind: "exited", code: 0 });
      else this.#recheck(pid, running);
    });
  }

  #isGone(pid: number, running: Running): boolean {
    if (running.held !== undefined) return !running.held.isAlive();
    return !this.#parts.os.kill(pid, 0) || this.#isReplaced(pid, running);
  }

  /** Whether the number of an attached process is another one's. */
  #isReplaced(pid: number, { startedTicks }: Running): boolean {
    if (startedTicks === undefined) return false;
    const process = this.#parts.os.process(pid);
    return process !== undefined && process.startedTicks !== startedTicks;
  }

  #isStray(entry: ServiceEntry, pid: number): boolean {
    const process = this.#parts.os.process(pid);
    return process !== undefined && this.membership.ownerOf(process) === entry;
  }

  /**
   * Whether a process is one of the service's; undefined where it has ended, and nobody can say.
   */
  isMember(entry: ServiceEntry, pid: number): boolean | undefined {
    const known = this.#running.get(pid);
    // Without /proc, no more than this can be said.
    if (known?.entry === entry && !known.ended) return true;
    const process = this.#parts.os.process(pid, { ended: true });
    return process && this.membership.ownerOf(process) === entry;
  }

  /** Processes of the service that are not known by number. */
  straysOf(entry: ServiceEntry): number[] {
    if (!entry.wasLaunched) return [];
    const strays = this.#formerProcesses(entry);
    const orphans = this.#parts.os.orphans();
    if (orphans.length === 0) return strays;
    for (const [pid, owner] of this.membership.ownersOf(orphans)) {
      if (owner === entry && !this.#running.has(pid)) strays.push(pid);
    }
    return strays;
  }

  /**
   * Processes of the service that are to be killed now, all of them stopped first: while one after
   * another is killed, those that are left would take their places.
   */
  stoppedStraysOf(entry: ServiceEntry): number[] {
    const { os } = this.#parts;
    const found = new Set<number>();
    const untilMs = os.nowMs() + STOPPING_LIMIT_MS;
    do {
      const fresh = this.straysOf(entry).filter((pid) => !found.has(pid));
      if (fresh.length === 0) break;
      for (const pid of fresh) {
        found.add(pid);
        this.signal(entry, pid, SIGNAL.SIGSTOP);
      }
    } while (os.nowMs() < untilMs);
    return [...found];
  }

  /**
   * What is left of strays that are known, after one of them has ended. All processes are looked at
   * again only once none of these is there: while a service forks without end, such a look takes so
   * long that nothing would be reaped meanwhile.
   */
  straysLeft(
    entry: ServiceEntry,
    { known, gone, areKilled }: {
      readonly known: readonly number[];
      readonly gone: number;
      /** Whether those that are found anew are killed at once. */
      readonly areKilled: boolean;
    },
  ): readonly number[] {
    const others = known.filter((pid) => pid !== gone);
    const first = others.findIndex((pid) => this.#parts.os.kill(pid, 0));
    if (first >= 0) return others.slice(first);
    return areKilled ? this.stoppedStraysOf(entry) : this.straysOf(entry);
  }

  /**
   * Started for the service and still there, though the service has named another process since.
   */
  #formerProcesses(entry: ServiceEntry): number[] {
    const own = ownPids(entry.state.phase);
    const found: number[] = [];
    for (const [pid, running] of this.#running) {
      if (running.entry === entry && !own.includes(pid) && !running.ended) found.push(pid);
    }
    return found;
  }

  /**
   * All living processes of a service: its own, then, at the cost of a look at all processes, all
   * others.
   */
  *processesOf(entry: ServiceEntry): Iterable<number> {
    const { os } = this.#parts;
    const found = new Set<number>();
    for (const [pid, running] of this.#running) {
      if (running.entry === entry && !running.ended) found.add(pid);
    }
    yield* [...found];
    for (const [pid, owner] of this.membership.ownersOf(os.descendants())) {
      if (owner === entry && !found.has(pid)) yield pid;
    }
  }

  /** A followed process whose parent reaped it is only missed once that parent has ended, too. */
  checkAttached(entry: ServiceEntry, status: ExitStatus): void {
    const pid = mainPid(entry.state.phase);
    const running = pid === undefined ? undefined : this.#running.get(pid);
    if (pid === undefined || !running?.attached || running.ended) return;
    if (this.#isGone(pid, running)) this.#exited(pid, running, status);
  }

  #onLaunch(pid: number, failure: SystemError | undefined): void {
    const running = this.#running.get(pid);
    if (running === undefined) return;
    if (failure !== undefined) {
      this.#running.delete(pid);
      running.output?.drain(() => {});
    }
    this.#parts.launched(pid, running, failure);
  }

  #onExit(pid: number, status: ExitStatus, isDiscarded = false): (() => void) | undefined {
    const running = this.#running.get(pid);
    if (isDiscarded) {
      if (running) running.ended = status;
      return () => this.#parts.discardedGone();
    }
    if (!running) return undefined;
    // From here on its number is not to be signalled.
    running.ended = status;
    return () => this.#end(pid, running, this.#explain(running, status));
  }

  #end(pid: number, running: Running, status: ExitStatus): void {
    running.ended = status;
    let isTold = false;
    let cancel: (() => void) | undefined;
    const tell = () => {
      if (isTold) return;
      isTold = true;
      cancel?.();
      this.#exited(pid, running, status);
    };
    if (running.output === undefined) return tell();
    running.output.drain(tell);
    if (!isTold) cancel = this.#parts.os.setTimer(LAST_WORDS_MS, tell);
  }

  /** While the last words were waited for, another process may have got the number. */
  #exited(pid: number, running: Running, status: ExitStatus): void {
    if (this.#running.get(pid) === running) this.#running.delete(pid);
    running.held?.close();
    const entry = running.entry ?? running.helps;
    if (entry && running.output) this.outliving.keep({ pid, entry, output: running.output });
    this.#parts.exited(pid, running, status);
  }

  /** Tells a death for lack of memory from one that was asked for. */
  #explain(running: Running, status: ExitStatus): ExitStatus {
    if (status.kind !== "signaled" || status.signal !== SIGNAL.SIGKILL) return status;
    const isOurs = running.entry?.state.phase.kind === "stopping";
    return isOurs || !this.#parts.outOfMemory?.(running.entry?.config.name)
      ? status
      : { ...status, outOfMemory: true };
  }
}
