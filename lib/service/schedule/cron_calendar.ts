/**
 * Finds the next moment that a set of cron fields names, on a calendar without time zones.
 *
 * Model: a wall time is what the clock on the wall shows, as the milliseconds that this reading
 * would be since 1970 if it were UTC. Between two wall times there is no jump;
 * lib/service/schedule/schedule.ts adds those of time zones.
 */
import type { CronFields } from "./cron_grammar.ts";

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** From one February 29 to the next on the same weekday there are up to 40 years. */
const LONGEST_MONTHS = 12 * 41;

/** For each value from 0 to `size`, the smallest value of the set that is not below it, or -1. */
function followers(values: ReadonlySet<number>, size: number): Int8Array {
  const table = new Int8Array(size + 1).fill(-1);
  for (let value = size - 1; value >= 0; value--) {
    table[value] = values.has(value) ? value : table[value + 1] as number;
  }
  return table;
}

/** Answers questions about the wall times that some fields match. Immutable. */
export class CronCalendar {
  readonly #fields: CronFields;
  readonly #seconds: Int8Array;
  readonly #minutes: Int8Array;
  readonly #hours: Int8Array;

  constructor(fields: CronFields) {
    this.#fields = fields;
    this.#seconds = followers(fields.seconds, 60);
    this.#minutes = followers(fields.minutes, 60);
    this.#hours = followers(fields.hours, 24);
  }

  /** Returns the first match that is not before a wall time; `undefined` where there is none. */
  firstFrom(wallMs: number): number | undefined {
    const from = Math.ceil(wallMs / SECOND_MS) * SECOND_MS;
    const day = Math.floor(from / DAY_MS);
    const matched = this.#dayFrom(day);
    if (matched === undefined) return undefined;
    if (matched > day) return matched * DAY_MS + this.#firstTime();
    const timeMs = this.#timeFrom((from - day * DAY_MS) / SECOND_MS);
    if (timeMs !== undefined) return day * DAY_MS + timeMs;
    const later = this.#dayFrom(day + 1);
    return later === undefined ? undefined : later * DAY_MS + this.#firstTime();
  }

  /** Whether something matches within the hour that begins at a wall time. */
  matchesHour(wallMs: number): boolean {
    const day = Math.floor(wallMs / DAY_MS);
    const hour = Math.floor((wallMs - day * DAY_MS) / HOUR_MS);
    return this.#fields.hours.has(hour) && this.#dayFrom(day) === day;
  }

  /** Returns the number since 1970 of the first matching day from `day` on. */
  #dayFrom(day: number): number | undefined {
    const date = new Date(day * DAY_MS);
    let year = date.getUTCFullYear();
    let month = date.getUTCMonth();
    let dayOfMonth = date.getUTCDate();
    for (let count = 0; count < LONGEST_MONTHS; count++) {
      if (this.#fields.months.has(month + 1)) {
        const base = Date.UTC(year, month, 1) / DAY_MS - 1;
        const length = Date.UTC(year, month + 1, 1) / DAY_MS - 1 - base;
        for (; dayOfMonth <= length; dayOfMonth++) {
          if (this.#matchesDay(base + dayOfMonth, dayOfMonth, length)) return base + dayOfMonth;
        }
      }
      dayOfMonth = 1;
      month = (month + 1) % 12;
      if (month === 0) year++;
    }
    return undefined;
  }

  #matchesDay(day: number, dayOfMonth: number, monthLength: number): boolean {
    const { dayRule, daysOfMonth, lastDay, daysOfWeek } = this.#fields;
    if (dayRule === "any") return true;
    // 1970 began on a Thursday.
    const isWeekday = dayRule !== "day-of-month" && daysOfWeek.has((((day + 4) % 7) + 7) % 7);
    const decides = dayRule === "both" ? !isWeekday : isWeekday;
    if (decides || dayRule === "day-of-week") return isWeekday;
    return daysOfMonth.has(dayOfMonth) || (lastDay && dayOfMonth === monthLength);
  }

  #firstTime(): number {
    return this.#atHour(this.#hours[0] as number);
  }

  #atHour(hour: number): number {
    return hour * HOUR_MS + this.#atMinute(this.#minutes[0] as number);
  }

  #atMinute(minute: number): number {
    return (minute * 60 + (this.#seconds[0] as number)) * SECOND_MS;
  }

  /** Returns the first matching time of day, in milliseconds, from a second of the day on. */
  #timeFrom(secondOfDay: number): number | undefined {
    const hour = Math.floor(secondOfDay / 3600);
    const matchedHour = this.#hours[hour] as number;
    if (matchedHour < 0) return undefined;
    if (matchedHour > hour) return this.#atHour(matchedHour);
    const minute = Math.floor(secondOfDay / 60) % 60;
    const matchedMinute = this.#minutes[minute] as number;
    if (matchedMinute > minute) return hour * HOUR_MS + this.#atMinute(matchedMinute);
    if (matchedMinute === minute) {
      const second = this.#seconds[secondOfDay % 60] as number;
      if (second >= 0) return hour * HOUR_MS + (minute * 60 + second) * SECOND_MS;
      const nextMinute = this.#minutes[minute + 1] as number;
      if (nextMinute >= 0) return hour * HOUR_MS + this.#atMinute(nextMinute);
    }
    const nextHour = this.#hours[hour + 1] as number;
    return nextHour < 0 ? undefined : this.#atHour(nextHour);
  }
}
