/**
 * Who may occupy a thread by closing a descriptor, which can take for as long as its maker likes.
 * Those of one user do not take the threads of others.
 */

/** Whose a descriptor is: a user's, by number; what chaperone has made; what nobody knows of. */
export type PassedBy = number | "chaperone" | "somebody";

/**
 * Threads that may be closing at a time what one user has passed, and what all have; Deno has 32,
 * and most others are wanted for writing. What is chaperone's own does not wait for them.
 */
const THREADS_OF_OWNER = 2;
const THREADS_MAX = 6;

interface Turn {
  readonly fd: number;
  readonly owner: PassedBy;
  readonly closed: () => void;
}

export class ClosingTurns {
  readonly #close: (fd: number) => Promise<unknown>;
  readonly #busy = new Map<PassedBy, number>();
  #busyForOthers = 0;
  #waiting: Turn[] = [];

  /** `close` closes a descriptor on a thread. */
  constructor(close: (fd: number) => Promise<unknown>) {
    this.#close = close;
  }

  /** Closes a descriptor in its turn; settles once it is closed. */
  close(fd: number, owner: PassedBy): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ fd, owner, closed: resolve });
    this.#beginNext();
    return promise;
  }

  #beginNext(): void {
    if (this.#waiting.length === 0) return;
    this.#waiting = this.#waiting.filter((turn) => {
      if (!this.#mayBegin(turn.owner)) return true;
      this.#count(turn.owner, 1);
      void this.#close(turn.fd).then(() => {
        this.#count(turn.owner, -1);
        turn.closed();
        this.#beginNext();
      });
      return false;
    });
  }

  #mayBegin(owner: PassedBy): boolean {
    if ((this.#busy.get(owner) ?? 0) >= THREADS_OF_OWNER) return false;
    return owner === "chaperone" || this.#busyForOthers < THREADS_MAX;
  }

  #count(owner: PassedBy, change: 1 | -1): void {
    if (owner !== "chaperone") this.#busyForOthers += change;
    const busy = (this.#busy.get(owner) ?? 0) + change;
    if (busy > 0) this.#busy.set(owner, busy);
    else this.#busy.delete(owner);
  }
}
