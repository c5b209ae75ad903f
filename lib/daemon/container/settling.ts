/**
 * When chaperone gives memory back: once it has been quiet for a while after it was busy. One
 * timer, armed by what makes it busy and by nothing else, so that a container at rest is never
 * woken. Lines that services print do not count: a service that prints now and then would keep
 * chaperone collecting.
 */

export interface SettlingParts {
  /** Gives memory back. It takes some 10 ms. */
  readonly release: () => void;
  /** Calls back once; the result cancels it. */
  readonly setTimer: (delayMs: number, callback: () => void) => () => void;
  /** Monotonic. */
  readonly nowMs: () => number;
}

/** After the start the busy time is over, or the first second of it. */
const AFTER_START_MS = 1000;
/** Between two commands of one operator there is less. */
const QUIET_MS = 5000;

export class Settling {
  readonly #parts: SettlingParts;
  #busyAtMs = 0;
  #cancel = () => {};
  #isArmed = false;

  constructor(parts: SettlingParts) {
    this.#parts = parts;
  }

  /**
   * The container has started, or loads a configuration: much was made that is not needed any more.
   */
  started(): void {
    // One release is enough, and whatever runs fetches pages of the program.
    this.#cancel();
    this.#isArmed = true;
    this.#cancel = this.#parts.setTimer(AFTER_START_MS, () => {
      this.#isArmed = false;
      this.#parts.release();
    });
  }

  /** Something was done for somebody: a command was answered, a service has changed its phase. */
  busy(): void {
    this.#busyAtMs = this.#parts.nowMs();
    if (!this.#isArmed) this.#arm(QUIET_MS);
  }

  #arm(delayMs: number): void {
    this.#isArmed = true;
    this.#cancel = this.#parts.setTimer(delayMs, () => this.#due());
  }

  #due(): void {
    this.#isArmed = false;
    const quietForMs = this.#parts.nowMs() - this.#busyAtMs;
    if (quietForMs < QUIET_MS) return this.#arm(QUIET_MS - quietForMs);
    this.#parts.release();
  }
}
