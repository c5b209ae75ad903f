/**
 * The last lines of all services together, and how many each has written. Listens to the ring;
 * looks into a service's part of it only after that has written since, and only when asked.
 */
import type { LogLine } from "../../page/report.ts";
import type { LogRing } from "./log_ring.ts";

/** How many lines of each service there are to show. */
export const TAIL_LINES = 200;

const NEWLINE = 10;

interface Written {
  readonly lines: { stdout: number; stderr: number };
  /** What was last read from the ring; absent once it is out of date. */
  tail: readonly LogLine[] | undefined;
}

/** How many lines each service has written, for another incarnation. */
export type LinesHandover = readonly (readonly [string, Readonly<Written["lines"]>])[];

/** Counts lines and remembers tails, from its creation on. */
export class LogTail {
  readonly #ring: LogRing;
  readonly #services = new Map<string, Written>();

  constructor(ring: LogRing) {
    this.#ring = ring;
    ring.observe((service, { stream }, bytes) => {
      const written = this.#of(service);
      written.tail = undefined;
      if (stream !== "chaperone") written.lines[stream] += countLines(bytes);
    });
  }

  handOver(): LinesHandover {
    return [...this.#services].map(([service, { lines }]) => [service, lines]);
  }

  takeOver(left: LinesHandover): void {
    for (const [service, lines] of left) {
      this.#services.set(service, { lines: { ...lines }, tail: undefined });
    }
  }

  /** Returns how many lines a service has written. */
  linesOf(service: string): Readonly<Written["lines"]> {
    return this.#of(service).lines;
  }

  /** Returns the last lines of all, oldest first. */
  lines(count: number = TAIL_LINES): LogLine[] {
    const all: LogLine[] = [];
    for (const [service, written] of this.#services) {
      written.tail ??= this.#ring.recent(service, TAIL_LINES).map((line) => ({ service, ...line }));
      all.push(...written.tail);
    }
    return all.sort((a, b) => a.wallMs - b.wallMs).slice(-count);
  }

  #of(service: string): Written {
    let written = this.#services.get(service);
    if (written === undefined) {
      written = { lines: { stdout: 0, stderr: 0 }, tail: undefined };
      this.#services.set(service, written);
    }
    return written;
  }
}

function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}
