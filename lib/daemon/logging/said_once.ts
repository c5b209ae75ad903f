/**
 * Says the same thing once, and counts it from then on: whoever can make chaperone say something,
 * and does so in a loop, must not fill the log with it.
 */
import type { Journal, JournalEntry } from "./journal.ts";

export interface SaidOnceParts {
  readonly journal: Journal;
  /** Calls back once; the result cancels it. */
  readonly setTimer: (delayMs: number, callback: () => void) => () => void;
}

/** How long it counts before it logs the count. */
const COUNT_MS = 60_000;
/** More different things at a time than these are counted as one. */
const KEYS_MAX = 64;
const OTHERS = "\0others";

interface Counted {
  /** What was said last, for the count to name. */
  entry: JournalEntry;
  repeats: number;
}

/** Keeps nothing, and sets no timer, for what has not been said within the last minute. */
export class SaidOnce {
  readonly #parts: SaidOnceParts;
  readonly #counted = new Map<string, Counted>();

  constructor(parts: SaidOnceParts) {
    this.#parts = parts;
  }

  /** Says it, unless something of the same key was said within the last minute. */
  say(key: string, entry: JournalEntry): void {
    const known = this.#counted.size < KEYS_MAX || this.#counted.has(key) ? key : OTHERS;
    const counted = this.#counted.get(known);
    if (counted !== undefined) {
      counted.repeats++;
      counted.entry = entry;
      return;
    }
    this.#parts.journal.write(entry);
    this.#count(known, { entry, repeats: 0 });
  }

  #count(key: string, counted: Counted): void {
    this.#counted.set(key, counted);
    this.#parts.setTimer(COUNT_MS, () => {
      const { entry, repeats } = counted;
      this.#counted.delete(key);
      if (repeats === 0) return;
      const times = repeats === 1 ? "once more" : `${repeats} times more`;
      this.#parts.journal.write({ ...entry, text: `${entry.text} (${times} within a minute)` });
      this.#count(key, { entry, repeats: 0 });
    });
  }
}
