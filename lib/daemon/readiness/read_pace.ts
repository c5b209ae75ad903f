/**
 * Keeps the reading of somebody else's flood cheap: once he has said far more than anybody reads,
 * each read is followed by a pause, and he waits at the full pipe.
 */

/** Read as fast as it comes. */
const FREE_BYTES = 1024 * 1024;
/** With reads of 64 KiB: about 6 MB/s, for a few hundredths of a processor. */
const PAUSE_MS = 10;

type SetTimer = (delayMs: number, callback: () => void) => () => void;

/** Serves what one process writes, to one pipe or to several. */
export class ReadPace {
  readonly #setTimer: SetTimer;
  #freeBytes = FREE_BYTES;
  #pause: { readonly over: Promise<void>; readonly end: () => void } | undefined;

  constructor(setTimer: SetTimer) {
    this.#setTimer = setTimer;
  }

  /** What is to be waited for after so many bytes were read, if anything is. */
  after(byteCount: number): Promise<void> | undefined {
    this.#freeBytes -= byteCount;
    if (this.#freeBytes >= 0) return undefined;
    this.#pause ??= this.#begin();
    return this.#pause.over;
  }

  /** Ends the pause, if there is one, and makes no other: what is left is little. */
  end(): void {
    this.#freeBytes = Infinity;
    this.#pause?.end();
  }

  #begin() {
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = () => {
      cancelTimer();
      this.#pause = undefined;
      resolve();
    };
    const cancelTimer = this.#setTimer(PAUSE_MS, end);
    return { over: promise, end };
  }
}
