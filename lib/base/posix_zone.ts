/**
 * Time zones as POSIX writes them in TZ, see tzset(3): `CET-1CEST,M3.5.0,M10.5.0/3`, `<-03>3`. Also
 * the last line of zone files, which says how it goes on (RFC 8536 3.3). Without the rules of a
 * change the last ones of the United States hold, as for glibc.
 */

const SECOND_MS = 1000;
const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_MS = 86_400_000;

/** As far as tzset(3) lets an offset go, and RFC 8536 the time of a change. */
const OFFSET_MAX_HOURS = 24;
const TIME_MAX_HOURS = 167;

/** When a change is without `/time`. */
const CHANGE_SECONDS = 2 * HOUR_S;

const DEFAULT_RULES = ",M3.2.0,M11.1.0";

/** Returns the offset of a zone, ahead of UTC, in milliseconds, at a moment in UTC. */
export type OffsetAt = (utcMs: number) => number;

/**
 * A day of the year, and the time on the wall, from its midnight, at which the clock is changed.
 */
interface Change {
  /** Returns the day's midnight in a year, as if the clock on the wall were that of UTC. */
  readonly midnightMs: (year: number) => number;
  readonly seconds: number;
}

const NAME = "([A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)";
const TIME = "([+-]?\\d{1,3}(?::\\d{1,2}(?::\\d{1,2})?)?)";
const DATE = "(J?\\d{1,3}|M\\d{1,2}\\.\\d\\.\\d)";

const ZONE = new RegExp(`^${NAME}${TIME}(?:${NAME}${TIME}?(,.*)?)?$`);
const RULES = new RegExp(`^,${DATE}(?:/${TIME})?,${DATE}(?:/${TIME})?$`);

/** Reads a zone; `undefined` where the text is none. */
export function parsePosixZone(text: string): OffsetAt | undefined {
  const match = ZONE.exec(text);
  if (match === null) return undefined;
  const [, , west = "", summerName, summerWest, rules = DEFAULT_RULES] = match;
  const westSeconds = parseTime(west, OFFSET_MAX_HOURS);
  if (westSeconds === undefined) return undefined;
  const standardMs = -westSeconds * SECOND_MS;
  if (summerName === undefined) return () => standardMs;
  const summerSeconds = summerWest === undefined
    ? westSeconds - HOUR_S
    : parseTime(summerWest, OFFSET_MAX_HOURS);
  const [begin, end] = parseRules(rules) ?? [];
  if (summerSeconds === undefined || begin === undefined || end === undefined) return undefined;
  return changing(standardMs, -summerSeconds * SECOND_MS, [begin, end]);
}

function parseRules(text: string): [begin: Change, end: Change] | undefined {
  const match = RULES.exec(text);
  if (match === null) return undefined;
  const [, beginDate = "", beginTime, endDate = "", endTime] = match;
  const begin = parseChange(beginDate, beginTime);
  const end = parseChange(endDate, endTime);
  return begin && end && [begin, end];
}

function parseChange(date: string, time: string | undefined): Change | undefined {
  const midnightMs = parseDay(date);
  const seconds = time === undefined ? CHANGE_SECONDS : parseTime(time, TIME_MAX_HOURS);
  return midnightMs && seconds !== undefined ? { midnightMs, seconds } : undefined;
}

/** Reads `M3.5.0`, `J60`, which never counts February 29, or `59`, which counts it. */
function parseDay(text: string): Change["midnightMs"] | undefined {
  if (text.startsWith("M")) {
    const [month = 0, week = 0, weekday = 0] = text.slice(1).split(".").map(Number);
    const isDay = month >= 1 && month <= 12 && week >= 1 && week <= 5 && weekday <= 6;
    return isDay ? (year) => weekdayOfMonth(year, month - 1, { week, weekday }) : undefined;
  }
  if (text.startsWith("J")) {
    const day = Number(text.slice(1));
    if (day < 1 || day > 365) return undefined;
    return (year) => Date.UTC(year, 0, isLeap(year) && day >= 60 ? day + 1 : day);
  }
  const day = Number(text);
  return day <= 365 ? (year) => Date.UTC(year, 0, day + 1) : undefined;
}

/** The fifth week means the last. */
function weekdayOfMonth(
  year: number,
  month: number,
  { week, weekday }: { readonly week: number; readonly weekday: number },
): number {
  const firstMs = Date.UTC(year, month, 1);
  const firstDay = 1 + (weekday - new Date(firstMs).getUTCDay() + 7) % 7;
  const days = Date.UTC(year, month + 1, 1) - firstMs;
  let dayMs = (firstDay - 1 + (week - 1) * 7) * DAY_MS;
  while (dayMs >= days) dayMs -= 7 * DAY_MS;
  return firstMs + dayMs;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Reads `[+-]hh[:mm[:ss]]` as seconds. */
function parseTime(text: string, maxHours: number): number | undefined {
  const [hours = 0, minutes = 0, seconds = 0] = text.replace(/^[+-]/, "").split(":").map(Number);
  if (hours > maxHours || minutes > 59 || seconds > 59) return undefined;
  const total = hours * HOUR_S + minutes * MINUTE_S + seconds;
  return text.startsWith("-") ? -total : total;
}

function changing(
  standardMs: number,
  summerMs: number,
  [begin, end]: readonly [Change, Change],
): OffsetAt {
  let known = { year: NaN, beginMs: 0, endMs: 0 };
  return (utcMs) => {
    const year = new Date(utcMs + standardMs).getUTCFullYear();
    if (year !== known.year) {
      const beginMs = begin.midnightMs(year) + begin.seconds * SECOND_MS - standardMs;
      const endMs = end.midnightMs(year) + end.seconds * SECOND_MS - summerMs;
      known = { year, beginMs, endMs };
    }
    const { beginMs, endMs } = known;
    const isSummer = beginMs < endMs
      ? utcMs >= beginMs && utcMs < endMs
      : utcMs >= beginMs || utcMs < endMs;
    return isSummer ? summerMs : standardMs;
  };
}
