/** The end of the container that somebody has asked for and that is still to come. */

/** At most one; the last that was asked for counts. */
export class DelayedShutdown {
  #cancel: (() => void) | undefined;

  /** Calls back after the delay, unless another is set or this one is called off before. */
  set(
    delayMs: number,
    parts: {
      readonly setTimer: (delayMs: number, callback: () => void) => () => void;
      readonly act: () => void;
    },
  ): void {
    this.#cancel?.();
    this.#cancel = parts.setTimer(delayMs, () => {
      this.#cancel = undefined;
      parts.act();
    });
  }

  /** Calls it off; false where none is to come. */
  cancel(): boolean {
    if (this.#cancel === undefined) return false;
    this.#cancel();
    this.#cancel = undefined;
    return true;
  }
}
