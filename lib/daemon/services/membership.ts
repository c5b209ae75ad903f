/**
 * Whose a process is. What the kernel says counts before what the process says of itself:
 *
 * 1. chaperone started it, or follows it;
 * 2. its mark (process_mark.ts): whole, it decides alone;
 * 3. its session or group is that of the service's last process;
 * 4. the variable in its environment, where it runs as the service's own user, and no mark can
 *    tell;
 * 5. its parent's service;
 * 6. its mark, lowered: it is of the one service of its user that it can be of; where there are
 *    several, of the one that is left when the others are at rest, so that it ends with the last of
 *    them.
 *
 * Where launches are marked, a process that carries no mark is no service's unless it has the
 * privilege to take the mark away.
 */
import { isGone } from "../../service/life/phase.ts";
import { MARKER_VARIABLE } from "./launch_request.ts";
import type { Os, ProcessIdentity } from "../../door/os.ts";
import { type ProcessMark, readMark, type ServiceNumbers } from "./process_mark.ts";
import type { ServiceEntry } from "./service_entry.ts";

/** How far up a line of parents is followed. */
const GENERATIONS_MAX = 64;

/** What the table of processes knows of a number. */
export interface KnownProcess {
  readonly entry: ServiceEntry | undefined;
  readonly helps?: ServiceEntry;
  readonly ended: unknown;
}

export interface MembershipParts {
  readonly os: Os;
  readonly numbers: ServiceNumbers;
  readonly entries: () => ReadonlyMap<string, ServiceEntry>;
  /** Processes that chaperone started or follows, by number. */
  readonly known: ReadonlyMap<number, KnownProcess>;
}

/** A whole mark stays what it is as long as the process lives. */
interface KnownMark {
  readonly startedTicks: number;
  readonly mark: ProcessMark;
}

export class Membership {
  readonly #parts: MembershipParts;
  /** Marks that were whole at the last look at all processes. */
  #marks: ReadonlyMap<number, KnownMark> = new Map();

  constructor(parts: MembershipParts) {
    this.#parts = parts;
  }

  /**
   * Returns the services of processes, by number, without those of no service. Parents come
   * first.
   */
  ownersOf(processes: readonly ProcessIdentity[]): Map<number, ServiceEntry> {
    const leaders = this.#leaders();
    const owners = new Map<number, ServiceEntry>();
    const marks = new Map<number, KnownMark>();
    for (const process of processes) {
      const mark = this.#markOf(process);
      if (mark.kind === "whole") marks.set(process.pid, { ...process, mark });
      const above = owners.get(process.parent) ?? this.#known(process.parent);
      const owner = this.#judge(process, mark, { leaders, above: () => above });
      if (owner !== undefined) owners.set(process.pid, owner);
    }
    this.#marks = marks;
    return owners;
  }

  /** Returns the service of one process; undefined where it has none. */
  ownerOf(process: ProcessIdentity): ServiceEntry | undefined {
    const leaders = this.#leaders();
    // What has a parent is asked for it only where nothing else tells.
    for (const at of this.#lineOf(process)) {
      const owner = this.#judge(at, this.#markOf(at), { leaders, above: () => undefined });
      if (owner !== undefined) return owner;
    }
    return undefined;
  }

  /** A process and those above it, as far as they are there, up to chaperone. */
  *#lineOf(process: ProcessIdentity): Iterable<ProcessIdentity> {
    const { os } = this.#parts;
    let at: ProcessIdentity | undefined = process;
    for (let left = GENERATIONS_MAX; at !== undefined && left > 0; left--) {
      yield at;
      const { parent }: ProcessIdentity = at;
      if (parent <= 1 || parent === os.pid) return;
      at = os.process(parent);
    }
  }

  /**
   * Whether a process is of a service that has a sandbox, or can be. It may have changed all that
   * it can to look like another service's: what counts is what chaperone has started above it, and
   * for an orphan its whole mark. Who was not started below chaperone is free, as by `docker exec`.
   */
  mayBeSandboxed(pid: number): boolean {
    const { os, entries } = this.#parts;
    if (![...entries().values()].some(hasSandbox)) return false;
    const process = os.process(pid, { ended: true });
    if (process === undefined) return true;
    let top = process;
    for (const at of this.#lineOf(process)) {
      const known = this.#known(at.pid);
      if (known !== undefined) return hasSandbox(known);
      top = at;
    }
    // Above 1: a parent that has just ended, or too many of them.
    if (top.parent !== os.pid) return top.parent > 1;
    const mark = this.#markOf(process);
    const owner = mark.kind === "whole" ? this.#entryOf(mark.number) : undefined;
    return owner === undefined || hasSandbox(owner);
  }

  /** Whether a process can be the service's although nothing tells whose it is. */
  mayBeOf(entry: ServiceEntry, pid: number): boolean {
    return !entry.isMarked || this.#parts.os.processOwner(pid) === 0;
  }

  #judge(
    process: ProcessIdentity,
    mark: ProcessMark,
    { leaders, above }: {
      readonly leaders: ReadonlyMap<number, ServiceEntry>;
      readonly above: () => ServiceEntry | undefined;
    },
  ): ServiceEntry | undefined {
    const { pid, session, group } = process;
    const known = this.#known(pid);
    if (known !== undefined) return known;
    if (mark.kind === "whole") return this.#entryOf(mark.number);
    const related = this.#leading(leaders, session) ?? this.#leading(leaders, group) ??
      (this.#mayAsk(pid, mark) ? this.#named(pid) : undefined) ?? above();
    if (mark.kind === "lowered") return related ?? this.#lastOf(pid, mark);
    return related !== undefined && this.mayBeOf(related, pid) ? related : undefined;
  }

  #known(pid: number): ServiceEntry | undefined {
    const known = this.#parts.known.get(pid);
    return known === undefined || known.ended ? undefined : known.entry ?? known.helps;
  }

  #markOf({ pid, startedTicks }: ProcessIdentity): ProcessMark {
    const { os } = this.#parts;
    if (!os.canMark) return { kind: "none" };
    const known = this.#marks.get(pid);
    if (known !== undefined && known.startedTicks === startedTicks) return known.mark;
    const limits = os.markLimits(pid);
    return limits === undefined ? { kind: "none" } : readMark(limits);
  }

  #entryOf(number: number): ServiceEntry | undefined {
    const { numbers, entries } = this.#parts;
    const name = numbers.nameOf(number);
    return name === undefined ? undefined : entries().get(name);
  }

  /**
   * The last process of each service: what it led is the service's as long as the number is not
   * used again.
   */
  #leaders(): Map<number, ServiceEntry> {
    const leaders = new Map<number, ServiceEntry>();
    for (const entry of this.#parts.entries().values()) {
      const { lastPid } = entry.state;
      if (entry.wasLaunched && lastPid !== undefined) leaders.set(lastPid, entry);
    }
    return leaders;
  }

  #leading(leaders: ReadonlyMap<number, ServiceEntry>, pid: number): ServiceEntry | undefined {
    const entry = leaders.get(pid);
    if (entry === undefined || this.#known(pid) === entry) return entry;
    return this.#parts.os.process(pid) === undefined ? entry : undefined;
  }

  /**
   * Whether the environment is worth reading. It lies in pages that their process may hold back as
   * long as it likes, of a file system of its own, say; or, before Linux 5.11, while it executes a
   * file that somebody holds by a lease. So it is not read of a process without privilege whose
   * services are all marked: of it the mark tells.
   */
  #mayAsk(pid: number, mark: ProcessMark): boolean {
    const { os, entries } = this.#parts;
    if (!os.canMark) return true;
    if (mark.kind === "lowered") return false;
    const owner = os.processOwner(pid);
    if (owner === 0) return true;
    return [...entries().values()].some((entry) =>
      !entry.isMarked && entry.wasLaunched && this.#uidOf(entry) === owner
    );
  }

  /** The service that the environment names, where that is of the same user. */
  #named(pid: number): ServiceEntry | undefined {
    const { os, entries } = this.#parts;
    const owner = os.processOwner(pid);
    if (owner === undefined) return undefined;
    const all = entries();
    const reader = [...all.values()].find((each) => each.config.identity?.uid === owner);
    const name = os.processVariable(pid, MARKER_VARIABLE, reader?.config.identity);
    const entry = name === undefined ? undefined : all.get(name);
    return entry !== undefined && this.#uidOf(entry) === owner ? entry : undefined;
  }

  #uidOf(entry: ServiceEntry): number {
    return entry.config.identity?.uid ?? this.#parts.os.uid;
  }

  #lastOf(
    pid: number,
    { from, to }: Extract<ProcessMark, { kind: "lowered" }>,
  ): ServiceEntry | undefined {
    const owner = this.#parts.os.processOwner(pid);
    const inRange: ServiceEntry[] = [];
    for (const entry of this.#parts.entries().values()) {
      if (!entry.isMarked) continue;
      const number = this.#parts.numbers.of(entry.config.name);
      if (number >= from && number <= to) inRange.push(entry);
    }
    const ofUser = inRange.filter((entry) => this.#uidOf(entry) === owner);
    // What root's service starts may be anybody's, and mostly is root's.
    const candidates = ofUser.length > 0
      ? ofUser
      : inRange.filter((entry) => this.#uidOf(entry) === 0);
    if (candidates.length === 1) return candidates[0];
    const living = candidates.filter(({ state }) => !isGone(state.phase));
    return living.length === 1 ? living[0] : undefined;
  }
}

function hasSandbox({ config }: ServiceEntry): boolean {
  return config.sandbox !== undefined;
}
