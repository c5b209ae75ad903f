/**
 * When a cron service is due: a pure function of its interval or the time of its only run, its time
 * zone and a moment.
 *
 * Model: between two changes of the zone's offset, wall time runs evenly, and the calendar
 * (lib/service/schedule/cron_calendar.ts) says what comes next. At a change there are two cases.
 * - The clock is set forward: wall times are skipped. Whatever was due in them runs once, at the
 *   moment of the change.
 * - The clock is set back: wall times come twice. What is due in them runs the first time only.
 * Neither holds for a schedule that keeps its rhythm: one that is due at least every hour of wall
 * time from before the changed time to behind it. It runs whenever the clock shows one of its
 * times, as cron(8) does with jobs of an hour or less, so that neither a pause nor a crowd results.
 *
 * Why not croner: measured on 11.0.1, a schedule of several times in the skipped hour only (2:00,
 * 2:15, 2:30, 2:45) does not run at all that day; 0 as a day or month and `5/10` are errors, `#`,
 * `?` and `W` are not; and a step takes 34 µs in a named zone, here about 1 µs. It serves as the
 * second opinion in the tests.
 */
import type { IntervalFault } from "../../config/interval_check.ts";
import type { DueTimes } from "../../config/model.ts";
import { CronCalendar } from "./cron_calendar.ts";
import { type DayRule, type Interval, parseInterval } from "./cron_grammar.ts";
import { ScheduleError } from "./schedule_error.ts";
import { type OffsetChange, type TimeZone, timeZone } from "./time_zone.ts";

const HOUR_MS = 3_600_000;

/** When a service is due. Immutable; `next` depends on nothing but its argument and the zone. */
export interface Schedule {
  /**
   * `start` is due once, `delayMs` after the schedule starts; `every` counts from there; `once` is
   * due at a moment, whenever the schedule starts.
   */
  readonly kind: "calendar" | "start" | "every" | "once" | "never";
  /** The interval as the note of `telchap status` shows it: `hourly (0 * * * *)`. */
  readonly describe: string;
  /** Present for the kind `every`. */
  readonly everyMs?: number;
  /** Present for the kind `start`. */
  readonly delayMs?: number;
  /**
   * Returns the first moment after `afterWallMs` (wall clock, UTC, since 1970) at which it is due;
   * `undefined` where there is none. For the kind `every`, `afterWallMs` is when it was due last.
   */
  next(afterWallMs: number): number | undefined;
}

/** How an interval is read. */
export interface ScheduleOptions {
  /** `croniter` by default. */
  readonly days?: DayRule;
}

/**
 * Reads an interval. Without `timezone`, the zone of this process counts.
 *
 * A date that no year has, `0 0 30 2 *`, is never due. In 0.3.9 that was an error, and so was February
 * 29 more than a year before the next leap day: a configuration must not depend on when it is read.
 *
 * @throws {ScheduleError}
 */
export function parseSchedule(
  interval: string,
  timezone?: string,
  options: ScheduleOptions = {},
): Schedule {
  const parsed = parseInterval(interval, options.days);
  const describe = describeInterval(interval, parsed, timezone);
  if (parsed.kind === "start") {
    return { kind: "start", describe, delayMs: parsed.delayMs, next: () => undefined };
  }
  if (parsed.kind === "every") {
    const { everyMs } = parsed;
    return { kind: "every", describe, everyMs, next: (afterWallMs) => afterWallMs + everyMs };
  }
  const calendar = new CronCalendar(parsed.fields);
  if (calendar.firstFrom(0) === undefined) {
    return { kind: "never", describe, next: () => undefined };
  }
  return new CalendarSchedule(calendar, findZone(timezone), describe);
}

/** Reads when a service is due. @throws {ScheduleError} */
export function scheduleOf({ interval = "", onceAt, timezone, days }: DueTimes): Schedule {
  if (onceAt !== undefined) return onceSchedule(onceAt, timezone);
  return parseSchedule(interval, timezone, days === undefined ? {} : { days });
}

/** More than any zone is ahead of UTC. */
const FARTHEST_AHEAD_MS = 26 * HOUR_MS;

/** A local time that the zone skips or has twice is found as that of a calendar. */
function onceSchedule(onceAt: string, timezone: string | undefined): Schedule {
  const [, month, day, hour, minute, second = "0"] = onceAt.split(/[-T:]/);
  const yearly = parseInterval([minute, hour, day, month, "*", second].join(" "));
  if (yearly.kind !== "calendar") throw new RangeError(`No local time: '${onceAt}'`);
  const describe = `once at ${onceAt}${timezone === undefined ? "" : ` ${timezone}`}`;
  const calendar = new CalendarSchedule(
    new CronCalendar(yearly.fields),
    findZone(timezone),
    describe,
  );
  const atMs = calendar.next(Date.parse(`${onceAt}Z`) - FARTHEST_AHEAD_MS) ?? -Infinity;
  return {
    kind: "once",
    describe,
    next: (afterWallMs) => afterWallMs < atMs ? atMs : undefined,
  };
}

/** Says what is wrong with an interval in a time zone; `undefined`: nothing. */
export function intervalFault(
  interval: string,
  timezone?: string,
  options: ScheduleOptions = {},
): IntervalFault | undefined {
  try {
    if (parseSchedule(interval, timezone, options).kind !== "never") return undefined;
    const text =
      `'${interval.trim()}' is never due, since no year has such a date; only telchap run ` +
      "starts a job of it";
    return { text, isNever: true };
  } catch (error) {
    if (error instanceof ScheduleError) return { text: `${error.message}: ${error.reason}` };
    throw error;
  }
}

function describeInterval(interval: string, parsed: Interval, timezone?: string): string {
  const nickname = parsed.kind === "calendar" ? parsed.nickname : undefined;
  const text = nickname ? `${nickname.name} (${nickname.expanded})` : interval.trim();
  return timezone === undefined || parsed.kind !== "calendar" ? text : `${text} ${timezone}`;
}

function findZone(name: string | undefined): TimeZone {
  try {
    return timeZone(name);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const reason = "expected a name such as Europe/Vienna";
    throw new ScheduleError(`not a valid time zone, '${name}'`, reason);
  }
}

class CalendarSchedule implements Schedule {
  readonly kind = "calendar";
  readonly describe: string;
  readonly #calendar: CronCalendar;
  readonly #zone: TimeZone;

  constructor(calendar: CronCalendar, zone: TimeZone, describe: string) {
    this.#calendar = calendar;
    this.#zone = zone;
    this.describe = describe;
  }

  next(afterWallMs: number): number | undefined {
    let fromMs = Math.floor(afterWallMs) + 1;
    while (true) {
      const offsetMs = this.#zone.offsetAt(fromMs);
      const wallMs = this.#calendar.firstFrom(this.#skipRepeated(fromMs, fromMs + offsetMs));
      if (wallMs === undefined) return undefined;
      const hitMs = wallMs - offsetMs;
      const change = this.#zone.changeWithin(fromMs, hitMs);
      if (change === undefined) return hitMs;
      if (this.#makesUp(change, wallMs)) return change.atMs;
      fromMs = change.atMs;
    }
  }

  /** Returns the wall time to search from: behind a repeated hour in which nothing runs again. */
  #skipRepeated(fromMs: number, wallMs: number): number {
    const change = this.#zone.changeBefore(fromMs);
    if (change === undefined || change.afterMs >= change.beforeMs) return wallMs;
    const repeatEndMs = change.atMs + change.beforeMs;
    if (wallMs >= repeatEndMs) return wallMs;
    const repeatStartMs = change.atMs + change.afterMs;
    return this.#keepsRhythm(repeatStartMs, repeatEndMs) ? wallMs : repeatEndMs;
  }

  /** Whether a change skips the wall time of the next match, and that is to run right after it. */
  #makesUp(change: OffsetChange, wallMs: number): boolean {
    const endMs = change.atMs + change.afterMs;
    return wallMs < endMs && !this.#keepsRhythm(change.atMs + change.beforeMs, endMs);
  }

  /**
   * Whether the pauses from the last match before a range of wall times to the first one behind it
   * are an hour or less. Matches of consecutive hours are never further apart than an hour: each
   * hour has the same minutes.
   */
  #keepsRhythm(startMs: number, endMs: number): boolean {
    const firstMs = this.#calendar.firstFrom(startMs) ?? Infinity;
    const behindMs = this.#calendar.firstFrom(endMs) ?? Infinity;
    const previousMs = this.#calendar.firstFrom(firstMs - HOUR_MS) ?? Infinity;
    if (previousMs >= startMs) return false;
    let hourMs = Math.floor(firstMs / HOUR_MS) * HOUR_MS + HOUR_MS;
    while (hourMs <= behindMs && this.#calendar.matchesHour(hourMs)) hourMs += HOUR_MS;
    return hourMs > behindMs;
  }
}
