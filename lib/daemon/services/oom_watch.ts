/**
 * Tells whether a process that was killed was killed for lack of memory. The kernel only counts
 * such deaths, so each new one explains one process that dies of SIGKILL at about that time.
 */

/** A count that nobody has died of for so long was about a process that chaperone does not reap. */
const VALID_MS = 2000;

export interface OomWatchParts {
  /** How many processes the kernel has ended so far; undefined where nobody counts. */
  count(): number | undefined;
  nowMs(): number;
}

export class OomWatch {
  readonly #parts: OomWatchParts;
  #seen: number | undefined;
  /** Deaths that have been counted and explain no process yet. */
  #open = 0;
  #sinceMs = 0;

  constructor(parts: OomWatchParts) {
    this.#parts = parts;
    this.#seen = parts.count();
  }

  /** Asked once for each process that has died of SIGKILL. */
  explains(): boolean {
    const count = this.#parts.count();
    if (count === undefined) return false;
    const nowMs = this.#parts.nowMs();
    if (nowMs - this.#sinceMs > VALID_MS) this.#open = 0;
    const fresh = count - (this.#seen ?? 0);
    if (fresh > 0) {
      this.#open += fresh;
      this.#sinceMs = nowMs;
    }
    this.#seen = count;
    if (this.#open === 0) return false;
    this.#open--;
    return true;
  }
}
