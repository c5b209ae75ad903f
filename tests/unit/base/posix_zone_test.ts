import { assertEquals } from "@std/assert";
import { parsePosixZone } from "../../../lib/base/posix_zone.ts";
import { test } from "../../test.ts";

const HOUR_MS = 3_600_000;

function hoursAt(zone: string, moment: string): number | undefined {
  const offsetAt = parsePosixZone(zone);
  return offsetAt && offsetAt(Date.parse(moment)) / HOUR_MS;
}

// The zone, a moment in UTC, hours ahead of UTC. Each change is looked at a second before and when
// it comes.
const OFFSETS: readonly (readonly [zone: string, moment: string, hours: number])[] = [
  ["UTC0", "2026-07-01T00:00:00Z", 0],
  ["EST5", "2026-07-01T00:00:00Z", -5],
  ["UTC-3", "2026-07-01T00:00:00Z", 3],
  ["UTC+3", "2026-07-01T00:00:00Z", -3],
  ["<-03>3", "2026-07-01T00:00:00Z", -3],
  ["<+0530>-5:30", "2026-07-01T00:00:00Z", 5.5],
  ["LMT-1:05:24", "2026-07-01T00:00:00Z", 1.09],
  ["XXX24", "2026-07-01T00:00:00Z", -24],
  ["CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T00:59:59Z", 1],
  ["CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T01:00:00Z", 2],
  ["CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T00:59:59Z", 2],
  ["CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T01:00:00Z", 1],
  // The rules of the United States, stated or not.
  ["EST5EDT,M3.2.0,M11.1.0", "2026-03-08T06:59:59Z", -5],
  ["EST5EDT,M3.2.0,M11.1.0", "2026-03-08T07:00:00Z", -4],
  ["EST5EDT", "2026-03-08T06:59:59Z", -5],
  ["EST5EDT", "2026-03-08T07:00:00Z", -4],
  ["EST5EDT", "2026-11-01T05:59:59Z", -4],
  ["EST5EDT", "2026-11-01T06:00:00Z", -5],
  // South of the equator summer begins late in the year.
  ["NZST-12NZDT,M9.5.0,M4.1.0/3", "2026-01-15T00:00:00Z", 13],
  ["NZST-12NZDT,M9.5.0,M4.1.0/3", "2026-04-04T13:59:59Z", 13],
  ["NZST-12NZDT,M9.5.0,M4.1.0/3", "2026-04-04T14:00:00Z", 12],
  ["NZST-12NZDT,M9.5.0,M4.1.0/3", "2026-09-26T13:59:59Z", 12],
  ["NZST-12NZDT,M9.5.0,M4.1.0/3", "2026-09-26T14:00:00Z", 13],
  // Half an hour, and an offset of its own.
  ["<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2026-10-03T15:30:00Z", 11],
  // In winter behind the standard of summer, as Ireland has it.
  ["IST-1GMT0,M10.5.0,M3.5.0/1", "2026-01-15T00:00:00Z", 0],
  ["IST-1GMT0,M10.5.0,M3.5.0/1", "2026-07-15T00:00:00Z", 1],
  // Times before midnight and beyond the day.
  ["<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T00:59:59Z", -2],
  ["<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z", -1],
  ["EET-2EEST,M3.4.4/50,M10.4.4/50", "2026-03-28T00:00:00Z", 3],
  ["EET-2EEST,M3.4.4/50,M10.4.4/50", "2026-03-27T23:59:59Z", 2],
  // J counts no February 29, a bare number does.
  ["AAA0BBB,J60/0,J300/0", "2028-02-29T23:59:59Z", 0],
  ["AAA0BBB,J60/0,J300/0", "2028-03-01T00:00:00Z", 1],
  ["AAA0BBB,J60/0,J300/0", "2027-03-01T00:00:00Z", 1],
  ["AAA0BBB,J59/0,J300/0", "2028-02-28T00:00:00Z", 1],
  ["AAA0BBB,59/0,300/0", "2028-02-28T23:59:59Z", 0],
  ["AAA0BBB,59/0,300/0", "2028-02-29T00:00:00Z", 1],
  ["AAA0BBB,59/0,300/0", "2027-03-01T00:00:00Z", 1],
  ["AAA0BBB,0/0,J365/25", "2026-12-31T23:59:59Z", 1],
  // The second week, the fourth and the last one, where that is the fourth.
  ["AAA0BBB,M2.5.0/0,M12.1.0/0", "2026-02-22T00:00:00Z", 1],
  ["AAA0BBB,M2.5.0/0,M12.1.0/0", "2026-02-21T23:59:59Z", 0],
  ["AAA0BBB,M2.4.6/0,M12.1.0/0", "2026-02-28T00:00:00Z", 1],
  ["AAA0BBB,M2.4.6/0,M12.1.0/0", "2026-02-27T23:59:59Z", 0],
  ["AAA0BBB,M2.1.0/0,M12.1.6/0", "2026-12-04T22:59:59Z", 1],
  ["AAA0BBB,M2.1.0/0,M12.1.6/0", "2026-12-04T23:00:00Z", 0],
];

for (const [zone, moment, hours] of OFFSETS) {
  test(`F-048: ${zone} is ${hours} hours ahead of UTC at ${moment}`, () => {
    assertEquals(hoursAt(zone, moment), hours);
  });
}

test("F-048: a zone answers the same in whatever order it is asked", () => {
  const offsetAt = parsePosixZone("CET-1CEST,M3.5.0,M10.5.0/3");
  const moments = ["2026-07-01", "2027-01-01", "2026-07-01", "2025-12-31T23:30Z", "2026-08-01"];
  const hours = moments.map((moment) => (offsetAt?.(Date.parse(moment)) ?? NaN) / HOUR_MS);
  assertEquals(hours, [2, 1, 2, 1, 2]);
});

const NO_ZONES = [
  "",
  "Europe/Vienna",
  "Nowhere/City",
  "CET",
  "CE1",
  "UTC25",
  "UTC-24:60",
  "UTC0:00:60",
  "<A>0",
  "<A B>0",
  "5EST",
  "EST5EDT,",
  "EST5EDT,M3.2.0",
  "EST5EDT,M3.2.0,",
  "EST5EDT,M0.2.0,M11.1.0",
  "EST5EDT,M13.2.0,M11.1.0",
  "EST5EDT,M3.0.0,M11.1.0",
  "EST5EDT,M3.6.0,M11.1.0",
  "EST5EDT,M3.2.7,M11.1.0",
  "EST5EDT,M3.2.0,J0",
  "EST5EDT,M3.2.0,J366",
  "EST5EDT,M3.2.0,366",
  "EST5EDT,M3.2.0/168,M11.1.0",
  "EST5EDT,M3.2.0/2,M11.1.0 x",
  "EST5EDT25,M3.2.0,M11.1.0",
];

for (const text of NO_ZONES) {
  test(`F-048: '${text}' is not a zone of POSIX`, () =>
    assertEquals(parsePosixZone(text), undefined));
}
