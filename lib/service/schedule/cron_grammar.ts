/**
 * What a cron interval says, as values: the grammar of chaperone 0.3.9 (croniter's of its time),
 * which differs from crontab(5) in its sixth field, seconds, and in 0 as a day or month, which
 * means 1. Refuses to know time zones and what time it is.
 */
import { parseDuration } from "../../base/duration.ts";
import { ScheduleError } from "./schedule_error.ts";

/** The days, and times of day, at which a schedule fires. */
export interface CronFields {
  readonly seconds: ReadonlySet<number>;
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly daysOfMonth: ReadonlySet<number>;
  /** Whether the last day of the month is among the days, whichever it is. */
  readonly lastDay: boolean;
  /** 1 is January. */
  readonly months: ReadonlySet<number>;
  /** 0 is Sunday. */
  readonly daysOfWeek: ReadonlySet<number>;
  /** Which of the two day fields count. With `either`, one of them has to match. */
  readonly dayRule: "day-of-month" | "day-of-week" | "either" | "both" | "any";
  /** Items whose step leads beyond the field, so that they are one value. */
  readonly longSteps: readonly LongStep[];
}

/**
 * How two day fields go together. `croniter`: either is enough, unless one has a `*` among its
 * items, and then the other one counts. `crontab`: either is enough, unless one begins with `*`,
 * and then both have to match, as cron(8) has it.
 */
export type DayRule = "croniter" | "crontab";

/** An item with a step that has no second value to come to. */
export interface LongStep {
  readonly field: string;
  readonly item: string;
  /** The one value, as written or as the field begins. */
  readonly value: number;
}

/** What an interval asks for, before time zones. */
export type Interval =
  /** `nickname` without `@`, where the interval is one. */
  | { readonly kind: "calendar"; readonly fields: CronFields; readonly nickname?: Nickname }
  /** Once, so long after the schedule has started: `@reboot`, `@in 5m`. */
  | { readonly kind: "start"; readonly delayMs: number }
  | { readonly kind: "every"; readonly everyMs: number };

/** A nickname and the fields that it stands for. */
export interface Nickname {
  readonly name: string;
  readonly expanded: string;
}

const NICKNAMES: Readonly<Record<string, string>> = {
  yearly: "0 0 1 1 *",
  annually: "0 0 1 1 *",
  monthly: "0 0 1 * *",
  weekly: "0 0 * * 0",
  daily: "0 0 * * *",
  midnight: "0 0 * * *",
  hourly: "0 * * * *",
};

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

interface FieldRule {
  readonly name: string;
  readonly first: number;
  /** The largest value that `*` and `a/n` reach. */
  readonly last: number;
  /** Values outside of that range which mean one inside. */
  readonly alias?: readonly [from: number, to: number];
  readonly names?: ReadonlyMap<string, number>;
  readonly allowsLast?: boolean;
}

const MINUTE: FieldRule = { name: "minute", first: 0, last: 59 };
const HOUR: FieldRule = { name: "hour", first: 0, last: 23 };
const DAY_OF_MONTH: FieldRule = {
  name: "day of month",
  first: 1,
  last: 31,
  alias: [0, 1],
  allowsLast: true,
};
const MONTH: FieldRule = {
  name: "month",
  first: 1,
  last: 12,
  alias: [0, 1],
  names: new Map(MONTHS.map((name, index) => [name, index + 1])),
};
const DAY_OF_WEEK: FieldRule = {
  name: "day of week",
  first: 0,
  last: 6,
  alias: [7, 0],
  names: new Map(DAYS.map((name, index) => [name, index])),
};
const SECOND: FieldRule = { name: "second", first: 0, last: 59 };

/**
 * Reads an interval: five fields, six with the seconds last, a nickname with or without `@`,
 * `@reboot`, or `@every` or `@in` with a duration such as `1h30m`.
 *
 * @throws {ScheduleError}
 */
export function parseInterval(text: string, dayRule: DayRule = "croniter"): Interval {
  const words = text.trim().split(/\s+/);
  const first = words[0] ?? "";
  if (words.length === 1 && first === "@reboot") return { kind: "start", delayMs: 0 };
  if (first === "@in") return { kind: "start", delayMs: parseSpan(words.slice(1).join(" "), text) };
  if (first === "@every") {
    return { kind: "every", everyMs: parseSpan(words.slice(1).join(" "), text) };
  }
  const name = first.replace(/^@/, "");
  if (words.length === 1 && Object.hasOwn(NICKNAMES, name)) {
    const expanded = NICKNAMES[name] as string;
    const fields = parseFields(expanded.split(" "), text, dayRule);
    return { kind: "calendar", fields, nickname: { name, expanded } };
  }
  return { kind: "calendar", fields: parseFields(words, text, dayRule) };
}

/** Says that an interval cannot be used, in the words of chaperone 0.3.9. */
function invalidInterval(interval: string, reason: string): ScheduleError {
  return new ScheduleError(`not a valid cron interval specification, '${interval}'`, reason);
}

function parseFields(words: readonly string[], interval: string, dayRule: DayRule): CronFields {
  if (words.length !== 5 && words.length !== 6) {
    const count = words.length === 1 ? "1 field" : `${words.length} fields`;
    throw invalidInterval(interval, `expected 5 or 6 fields or a nickname, not ${count}`);
  }
  const longSteps: LongStep[] = [];
  const read = (index: number, rule: FieldRule, absent = "") => {
    const field = parseField(words[index] ?? absent, rule, interval);
    longSteps.push(...field.longSteps);
    return field;
  };
  const days = read(2, DAY_OF_MONTH);
  const weekdays = read(4, DAY_OF_WEEK);
  return {
    minutes: read(0, MINUTE).values,
    hours: read(1, HOUR).values,
    daysOfMonth: days.values,
    lastDay: days.lastDay,
    months: read(3, MONTH).values,
    daysOfWeek: weekdays.values,
    seconds: read(5, SECOND, "0").values,
    dayRule: dayRule === "crontab"
      ? crontabDayRule(words[2] ?? "", words[4] ?? "")
      : dayRuleOf(days.isRestricted, weekdays.isRestricted),
    longSteps,
  };
}

function dayRuleOf(days: boolean, weekdays: boolean): CronFields["dayRule"] {
  if (days) return weekdays ? "either" : "day-of-month";
  return weekdays ? "day-of-week" : "any";
}

/**
 * As cron(8) of Debian and cronie: only the first character says whether a field restricts alone.
 */
function crontabDayRule(days: string, weekdays: string): CronFields["dayRule"] {
  return days.startsWith("*") || weekdays.startsWith("*") ? "both" : "either";
}

interface Field {
  readonly values: ReadonlySet<number>;
  readonly lastDay: boolean;
  /** False with a `*` among its items; `1-31` is restricted, as for cron(8). */
  readonly isRestricted: boolean;
  readonly longSteps: readonly LongStep[];
}

function parseField(text: string, rule: FieldRule, interval: string): Field {
  const values = new Set<number>();
  let lastDay = false;
  let isRestricted = true;
  const longSteps: LongStep[] = [];
  for (const item of text.split(",")) {
    if (rule.allowsLast && item.toLowerCase() === "l") {
      lastDay = true;
      continue;
    }
    if (/^\*(\/0*1)?$/.test(item)) isRestricted = false;
    const own = parseItem(item, rule, interval);
    for (const value of own) values.add(value);
    const [value = rule.first] = own;
    if (own.length === 1 && item.includes("/")) longSteps.push({ field: rule.name, item, value });
  }
  return { values, lastDay, isRestricted, longSteps };
}

/** Returns the values of `*`, `n`, `a-b`, each with or without a step. */
function parseItem(item: string, rule: FieldRule, interval: string): number[] {
  const match = /^(?:\*|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(item);
  if (match === null) throw invalidInterval(interval, `${rule.name} '${item}' is not understood`);
  const [, from, to, stepText] = match;
  const step = Number(stepText ?? 1);
  if (step === 0) throw invalidInterval(interval, `${rule.name} '${item}' has a step of 0`);
  const start = from === undefined ? rule.first : parseValue(from, rule, interval);
  let end = start;
  if (to !== undefined) end = parseValue(to, rule, interval);
  else if (from === undefined || stepText !== undefined) end = Math.max(start, rule.last);
  if (start > end) {
    throw invalidInterval(interval, `${rule.name} '${item}' ends before it begins`);
  }
  const values: number[] = [];
  // Steps count from the value as written: 0-10/5 as days of the month is 1, 5, 10.
  for (let value = start; value <= end; value += step) {
    values.push(rule.alias?.[0] === value ? rule.alias[1] : value);
  }
  return values;
}

function parseValue(text: string, rule: FieldRule, interval: string): number {
  const named = rule.names?.get(text.toLowerCase());
  if (named !== undefined) return named;
  if (!/^\d+$/.test(text)) {
    throw invalidInterval(interval, `${rule.name} '${text}' is not understood`);
  }
  const value = Number(text);
  const isInside = value >= rule.first && value <= rule.last;
  if (isInside || value === rule.alias?.[0]) return value;
  throw invalidInterval(interval, `${rule.name} ${text} is not in ${rule.first}-${rule.last}`);
}

/** Repeated faster than this, a schedule would do little but start processes. */
const SHORTEST_MS = 1000;
/** Ten years: more is a slip. */
const LONGEST_MS = 3650 * 86_400_000;

function parseSpan(text: string, interval: string): number {
  const spanMs = parseDuration(text);
  if (spanMs === undefined) {
    throw invalidInterval(interval, `'${text}' is not a duration such as 90s or 1h30m`);
  }
  if (spanMs < SHORTEST_MS || spanMs > LONGEST_MS) {
    throw invalidInterval(interval, `'${text}' is not between one second and ten years`);
  }
  return Math.round(spanMs);
}
