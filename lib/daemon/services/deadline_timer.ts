/** One timer for the earliest of many deadlines; none where nothing is awaited. */
import type { Os } from "../../door/os.ts";
import { Deadlines } from "./deadlines.ts";

export interface DeadlineTimerParts {
  readonly os: Pick<Os, "nowMs" | "setTimer">;
  /** Called when a deadline is due; deadlines that are left are armed by who calls `arm`. */
  due(): void;
}

export class DeadlineTimer<Owner> {
  readonly #parts: DeadlineTimerParts;
  readonly #deadlines: Deadlines<Owner>;
  #armed: { readonly atMs: number; readonly cancel: () => void } | undefined;
  #pauseMs = 0;

  /** `current` says which deadline an owner has. */
  constructor(current: (owner: Owner) => number | undefined, parts: DeadlineTimerParts) {
    this.#parts = parts;
    this.#deadlines = new Deadlines(current);
  }

  /** Takes note of an owner's deadline after it has changed. */
  note(owner: Owner): void {
    this.#deadlines.note(owner);
  }

  /** Nothing is due sooner than this from now on, until something has been. */
  pause(pauseMs: number): void {
    this.#pauseMs = pauseMs;
  }

  /** Sets the timer for the earliest deadline. */
  arm(): void {
    const earliestMs = this.#deadlines.earliestMs();
    if (earliestMs === this.#armed?.atMs) return;
    this.#armed?.cancel();
    this.#armed = undefined;
    if (earliestMs === undefined) return;
    const { os } = this.#parts;
    const delayMs = Math.max(this.#pauseMs, earliestMs - os.nowMs());
    this.#armed = { atMs: earliestMs, cancel: os.setTimer(delayMs, () => this.#isDue()) };
  }

  #isDue(): void {
    this.#armed = undefined;
    this.#pauseMs = 0;
    this.#parts.due();
  }
}
