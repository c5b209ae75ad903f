/** The end of the container that somebody has asked for and that is still to come. */

export interface DelayedShutdownParts {
  readonly nowMs: () => number;
  readonly setTimer: (delayMs: number, callback: () => void) => () => void;
  /** Ends the container. */
  readonly act: () => void;
}

/** At most one; the last that was asked for counts. */
export class DelayedShutdown {
  readonly #parts: DelayedShutdownParts;
  #cancel: (() => void) | undefined;
  #dueMs: number | undefined;

  constructor(parts: DelayedShutdownParts) {
    this.#parts = parts;
  }

  /** When it is to come, by the monotonic clock; undefined where none is. */
  get dueMs(): number | undefined {
    return this.#dueMs;
  }

  /** Ends the container after the delay, unless another is set or this one is called off before. */
  set(delayMs: number): void {
    const { nowMs, setTimer, act } = this.#parts;
    this.cancel();
    this.#dueMs = nowMs() + delayMs;
    this.#cancel = setTimer(delayMs, () => {
      this.#cancel = undefined;
      this.#dueMs = undefined;
      act();
    });
  }

  /** Takes over what another incarnation was asked for. */
  takeOver(dueMs: number): void {
    this.set(Math.max(0, dueMs - this.#parts.nowMs()));
  }

  /** Calls it off; false where none is to come. */
  cancel(): boolean {
    if (this.#cancel === undefined) return false;
    this.#cancel();
    this.#cancel = undefined;
    this.#dueMs = undefined;
    return true;
  }
}
