/**
 * Shares out the threads on which chaperone reads and closes what others may hold up for as long as
 * they like. A few users together must not hold up all of them, so the more are taken the less each
 * gets: the last ones go to those who hold none.
 */
import { setTimer } from "./clock.ts";

/** Who can hold a thread up: a user, by number; chaperone itself; somebody of whom nothing is known. */
export type ThreadOwner = number | "chaperone" | "somebody";

/** How many threads there are. Deno has 32, and writing and looking up names want some as well. */
export interface ThreadCounts {
  /** For all users together; root and chaperone have as many as one of them besides. */
  readonly users: number;
  readonly each: number;
  /** Of those for users: for who holds none. */
  readonly kept: number;
}

/** So fifteen users have to act together before one that holds none waits. */
const COUNTS: ThreadCounts = { users: 18, each: 4, kept: 14 };

/** Far longer than a read or a close takes that nobody holds up. */
const HELD_MS = 500;

interface Turn {
  readonly owner: ThreadOwner;
  readonly begin: () => void;
}

export class ThreadShares {
  readonly #counts: ThreadCounts;
  readonly #busy = new Map<ThreadOwner, number>();
  #busyForUsers = 0;
  #waiting: Turn[] = [];
  #isStill = false;
  #tellQuiet = () => {};

  constructor(counts: ThreadCounts = COUNTS) {
    this.#counts = counts;
  }

  /** Calls `act`, which occupies a thread, in its turn; settles with it. */
  async run<T>(owner: ThreadOwner, act: () => Promise<T>): Promise<T> {
    await new Promise<void>((begin) => {
      this.#waiting.push({ owner, begin });
      this.#beginNext();
    });
    try {
      return await act();
    } finally {
      this.#count(owner, -1);
      if (this.#busy.size === 0) this.#tellQuiet();
      this.#beginNext();
    }
  }

  /** How many of an owner's wait for their turn. */
  waitingOf(owner: ThreadOwner): number {
    return this.#waiting.filter((turn) => turn.owner === owner).length;
  }

  /**
   * Begins nothing more, and settles when nothing is under way: false where a thread is held up. A
   * program that executes another would wait for it.
   */
  async still(): Promise<boolean> {
    this.#isStill = true;
    if (this.#busy.size === 0) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#tellQuiet = () => resolve(true);
    const cancel = setTimer(HELD_MS, () => resolve(false));
    const isQuiet = await promise;
    cancel();
    return isQuiet;
  }

  /** Goes on after `still`. */
  resume(): void {
    this.#isStill = false;
    this.#beginNext();
  }

  #beginNext(): void {
    if (this.#waiting.length === 0) return;
    this.#waiting = this.#waiting.filter(({ owner, begin }) => {
      if (!this.#mayBegin(owner)) return true;
      this.#count(owner, 1);
      begin();
      return false;
    });
  }

  #mayBegin(owner: ThreadOwner): boolean {
    const { users, each, kept } = this.#counts;
    const own = this.#busy.get(owner) ?? 0;
    if (this.#isStill || own >= each) return false;
    const free = users - this.#busyForUsers;
    return isTrusted(owner) || free > (own === 0 ? 0 : kept);
  }

  #count(owner: ThreadOwner, change: 1 | -1): void {
    if (!isTrusted(owner)) this.#busyForUsers += change;
    const busy = (this.#busy.get(owner) ?? 0) + change;
    if (busy > 0) this.#busy.set(owner, busy);
    else this.#busy.delete(owner);
  }
}

function isTrusted(owner: ThreadOwner): boolean {
  return owner === "chaperone" || owner === 0;
}

/** Those of this program. */
export const threadShares = new ThreadShares();
