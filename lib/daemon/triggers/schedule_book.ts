/**
 * Remembers beyond the container's end up to which due moment each schedule has been dealt with.
 * A moment is written down before its job is started: whatever happens then, it is not run again.
 */
import type { DueTimes } from "../../config/model.ts";

/** Where the lines are kept. */
export interface BookJournal {
  append(line: string): void;
  /** Settles when all that was added has been written, or could not be. */
  written(): Promise<void>;
}

/** A schedule by its service and by when it is due: with another interval it begins anew. */
interface Entry {
  readonly service: string;
  readonly schedule: string;
  readonly lastWallMs: number;
}

/** Names of the files in the state directory. */
export const SCHEDULE_FILES = {
  name: "schedules.jsonl",
  formerName: "schedules.old.jsonl",
} as const;

/** Returns what tells a schedule from another one of the same service. */
export function scheduleKey({ interval, onceAt, timezone, days }: DueTimes): string {
  return [onceAt ?? interval ?? "", timezone ?? "", days ?? ""].join("|");
}

export class ScheduleBook {
  readonly #entries = new Map<string, Entry>();
  #journal: BookJournal | undefined;

  /** Reads what was written, of each schedule the last line; what is torn is passed over. */
  constructor(text: string) {
    for (const line of text.split("\n")) {
      const entry = parseEntry(line);
      if (entry !== undefined) this.#entries.set(entry.service, entry);
    }
  }

  /** From here on lines are written. */
  use(journal: BookJournal): void {
    this.#journal = journal;
  }

  /** All that is known, as lines: what a new file begins with. */
  lines(): string[] {
    return [...this.#entries.values()].map(formatEntry);
  }

  /** Up to when a schedule has been dealt with; undefined where it was not known. */
  lastWallMs(service: string, times: DueTimes): number | undefined {
    const entry = this.#entries.get(service);
    return entry?.schedule === scheduleKey(times) ? entry.lastWallMs : undefined;
  }

  /**
   * Takes note that a schedule has been dealt with up to a moment. Settles when that is written, or
   * cannot be.
   */
  async note(service: string, times: DueTimes, lastWallMs: number): Promise<void> {
    const entry = { service, schedule: scheduleKey(times), lastWallMs };
    this.#entries.set(service, entry);
    this.#journal?.append(formatEntry(entry));
    await this.#journal?.written();
  }
}

function formatEntry({ service, schedule, lastWallMs }: Entry): string {
  return `${JSON.stringify({ s: service, i: schedule, d: lastWallMs })}\n`;
}

function parseEntry(line: string): Entry | undefined {
  try {
    const value = JSON.parse(line) as { s?: unknown; i?: unknown; d?: unknown } | null;
    if (typeof value?.s !== "string" || typeof value.i !== "string") return undefined;
    if (typeof value.d !== "number") return undefined;
    return { service: value.s, schedule: value.i, lastWallMs: value.d };
  } catch {
    return undefined; // A SyntaxError: the line was torn off, or is empty.
  }
}
