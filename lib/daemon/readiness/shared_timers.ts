/**
 * Timers that need not be exact, put together: whatever is due at about the same time is called
 * back in one wake-up. A hundred wake-ups a second cost two percent of a core, ten cost next to
 * nothing.
 */

/** Sets a timer; the result cancels it. */
type SetTimer = (delayMs: number, callback: () => void) => () => void;

interface Slot {
  readonly callbacks: Set<() => void>;
  readonly cancel: () => void;
}

/** How wide slots are: the largest that is at most a tenth of the delay. */
const WIDTHS_MS = [1, 2, 10, 50, 100, 500, 1000];

export class SharedTimers {
  readonly #setTimer: SetTimer;
  readonly #nowMs: () => number;
  readonly #slots = new Map<number, Slot>();

  constructor(setTimer: SetTimer, nowMs: () => number) {
    this.#setTimer = setTimer;
    this.#nowMs = nowMs;
  }

  /** Calls back once after about `delayMs`: a twentieth of it earlier or later at the most. */
  set(delayMs: number, callback: () => void): () => void {
    const widthMs = WIDTHS_MS.findLast((width) => width <= delayMs / 10) ?? 1;
    const nowMs = this.#nowMs();
    const dueMs = Math.round((nowMs + delayMs) / widthMs) * widthMs;
    const slot = this.#slots.get(dueMs) ?? this.#open(dueMs, dueMs - nowMs);
    // A function of its own: the same callback may be set twice.
    const entry = () => callback();
    slot.callbacks.add(entry);
    return () => {
      slot.callbacks.delete(entry);
      if (slot.callbacks.size > 0 || this.#slots.get(dueMs) !== slot) return;
      slot.cancel();
      this.#slots.delete(dueMs);
    };
  }

  #open(dueMs: number, delayMs: number): Slot {
    const callbacks = new Set<() => void>();
    const cancel = this.#setTimer(Math.max(0, delayMs), () => {
      this.#slots.delete(dueMs);
      // What is cancelled by one of them is no longer called.
      for (const callback of callbacks) callback();
    });
    const slot = { callbacks, cancel };
    this.#slots.set(dueMs, slot);
    return slot;
  }
}
