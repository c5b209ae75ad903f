import { assertEquals } from "@std/assert";
import { CronCalendar } from "../../../../lib/service/schedule/cron_calendar.ts";
import { type DayRule, parseInterval } from "../../../../lib/service/schedule/cron_grammar.ts";
import { test } from "../../../test.ts";

function calendar(interval: string, dayRule?: DayRule): CronCalendar {
  const parsed = parseInterval(interval, dayRule);
  if (parsed.kind !== "calendar") throw new Error(`${interval} is of kind ${parsed.kind}`);
  return new CronCalendar(parsed.fields);
}

const FIRSTS: readonly (readonly [interval: string, from: string, first: string | undefined])[] = [
  ["* * * * *", "2026-01-05T10:11:00Z", "2026-01-05T10:11:00Z"],
  ["* * * * *", "2026-01-05T10:11:00.001Z", "2026-01-05T10:12:00Z"],
  ["59 23 31 12 *", "2026-12-31T23:59:01Z", "2027-12-31T23:59:00Z"],
  ["0 0 1 1 *", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"],
  ["0 0 31 * *", "2026-02-01T00:00:00Z", "2026-03-31T00:00:00Z"],
  ["30 10,12 * * *", "2026-01-05T10:31:00Z", "2026-01-05T12:30:00Z"],
  ["30 10 * * *", "2026-01-05T10:31:00Z", "2026-01-06T10:30:00Z"],
  ["0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z"],
  ["0 0 30 2 *", "2026-01-01T00:00:00Z", undefined],
  ["0 0 * * 4", "1969-12-30T00:00:00Z", "1970-01-01T00:00:00Z"],
];

for (const [interval, from, first] of FIRSTS) {
  test(`'${interval}' comes first after ${from} at ${first ?? "no time"}`, () => {
    const wallMs = calendar(interval).firstFrom(Date.parse(from));
    assertEquals(wallMs, first === undefined ? undefined : Date.parse(first));
  });
}

test("a day that has to be February 29 and a Sunday comes again after up to 40 years", () => {
  const both = calendar("0 0 29 2 */7", "crontab");
  const years: number[] = [];
  for (let wallMs = Date.UTC(2005, 0, 1); years.length < 4;) {
    const next = both.firstFrom(wallMs) ?? NaN;
    years.push(new Date(next).getUTCFullYear());
    assertEquals(new Date(next).getUTCDay(), 0);
    wallMs = next + 1;
  }
  assertEquals(years, [2032, 2060, 2088, 2128]);
});

const HOURS: readonly (readonly [interval: string, hour: string, matches: boolean])[] = [
  ["0 2 * * *", "2026-01-05T02:00Z", true],
  ["0 2 * * *", "2026-01-05T01:00Z", false],
  ["0 2 * * *", "2026-01-05T03:00Z", false],
  ["0 2 6 * *", "2026-01-05T02:00Z", false],
  ["0 2 5 * *", "2026-01-05T02:00Z", true],
  ["0 2 5 2 *", "2026-01-05T02:00Z", false],
  ["0 3 6 * *", "2026-01-05T02:00Z", false],
];

for (const [interval, hour, matches] of HOURS) {
  test(`'${interval}' ${matches ? "has" : "has no"} moment in the hour from ${hour}`, () => {
    assertEquals(calendar(interval).matchesHour(Date.parse(hour)), matches);
  });
}
