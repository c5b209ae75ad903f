/**
 * Says that a destination fails, or is slower than its input, once; and once more when that ends,
 * with how many records were dropped. A destination that is slow again and again within ten seconds
 * counts as slow throughout, so that its reports cannot become a flood themselves.
 */
import type { LogTime } from "../../door/log_os.ts";

/** How long a report of slowness stays open at least. */
const SHORTEST_SLOWNESS_MS = 10_000;

/** Tells something about a sink, through outputs other than that sink. */
export type Report = (text: string) => void;

/** Keeps account of one destination. */
export class LossReport {
  /** Records dropped since start. */
  droppedTotal = 0;

  readonly #name: string;
  readonly #time: LogTime;
  readonly #report: Report;
  #isFailing = false;
  #dropped = 0;
  #slowSinceMs: number | undefined;
  #keepsUp = true;
  #isClosed = false;
  #cancelTimer: (() => void) | undefined;

  constructor(name: string, time: LogTime, report: Report) {
    this.#name = name;
    this.#time = time;
    this.#report = report;
  }

  /** Whether the destination fails at present. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  /** Whether records were dropped, and how many has not been told. */
  get owesCount(): boolean {
    return this.#dropped > 0;
  }

  /** Notes that a record was dropped. */
  drop(count: number): void {
    this.#dropped += count;
    this.droppedTotal += count;
    this.#keepsUp = false;
    if (this.#isClosed || this.#isFailing || this.#slowSinceMs !== undefined) return;
    this.#slowSinceMs = this.#time.nowMs();
    this.#report(`Cannot write to ${this.#name} as fast as records come: records are dropped`);
  }

  /**
   * Notes that the destination does not take anything for the reason given, absent where it was
   * told.
   */
  fail(reason?: string): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#endSlowness();
    if (reason !== undefined) this.#report(`Cannot write to ${this.#name}: ${reason}`);
  }

  /** Notes that the destination takes records; `isEmpty`: and that none is waiting. */
  succeed(isEmpty: boolean): void {
    if (this.#isFailing) {
      this.#isFailing = false;
      this.#report(`Writing to ${this.#name} again, ${this.#takeCount()}`);
    }
    if (!isEmpty) return;
    this.#keepsUp = true;
    if (this.#slowSinceMs !== undefined) this.#considerEnd(this.#slowSinceMs);
  }

  /** Notes that records are given up at the end; `close` tells them. */
  abandon(count: number): void {
    this.#dropped += count;
    this.droppedTotal += count;
  }

  /** Reports at the end what was not reported. Later losses are not reported. */
  close(): void {
    this.#isClosed = true;
    this.#endSlowness();
    if (this.#dropped > 0) this.#report(`End of writing to ${this.#name}, ${this.#takeCount()}`);
  }

  #considerEnd(slowSinceMs: number): void {
    if (this.#cancelTimer !== undefined) return;
    const leftMs = slowSinceMs + SHORTEST_SLOWNESS_MS - this.#time.nowMs();
    if (leftMs > 0) {
      this.#cancelTimer = this.#time.setTimer(leftMs, () => {
        this.#cancelTimer = undefined;
        if (this.#keepsUp) this.#considerEnd(slowSinceMs);
      });
      return;
    }
    this.#endSlowness();
    this.#report(`Writing to ${this.#name} as fast as records come, ${this.#takeCount()}`);
  }

  #endSlowness(): void {
    this.#slowSinceMs = undefined;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #takeCount(): string {
    const count = this.#dropped;
    this.#dropped = 0;
    if (count === 0) return "no record was dropped";
    return count === 1 ? "1 record was dropped" : `${count} records were dropped`;
  }
}
