import { assertEquals, assertThrows } from "@std/assert";
import { TimeZone, timeZone } from "../../../../lib/service/schedule/time_zone.ts";
import { test } from "../../../test.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SPRING_MS = Date.UTC(2026, 2, 29, 1);
const AUTUMN_MS = Date.UTC(2026, 9, 25, 1);
const SPRING = { atMs: SPRING_MS, beforeMs: HOUR_MS, afterMs: 2 * HOUR_MS };

/** A zone with a summer. */
function zone(): TimeZone {
  return new TimeZone((utcMs) => utcMs >= SPRING_MS && utcMs < AUTUMN_MS ? 2 * HOUR_MS : HOUR_MS);
}

test("TimeZone finds the second at which the clock is set", () => {
  const moments = [SPRING_MS - 1, SPRING_MS, AUTUMN_MS - 1, AUTUMN_MS];
  assertEquals(moments.map((ms) => zone().offsetAt(ms) / HOUR_MS), [1, 2, 2, 1]);
  const one = zone();
  for (let day = -40; day < 300; day++) {
    const ms = SPRING_MS + day * DAY_MS;
    const isSummer = ms >= SPRING_MS && ms < AUTUMN_MS;
    assertEquals(one.offsetAt(ms), isSummer ? 2 * HOUR_MS : HOUR_MS);
  }
});

test("TimeZone tells the last change, up to two weeks ago", () => {
  assertEquals(zone().changeBefore(SPRING_MS), SPRING);
  assertEquals(zone().changeBefore(SPRING_MS + 13 * DAY_MS), SPRING);
  assertEquals(zone().changeBefore(SPRING_MS - 1), undefined);
  assertEquals(zone().changeBefore(SPRING_MS + 40 * DAY_MS), undefined);
});

test("TimeZone tells the first change within a time", () => {
  const within = (from: number, until: number) => zone().changeWithin(from, until);
  assertEquals(within(SPRING_MS - 100 * DAY_MS, SPRING_MS), SPRING);
  assertEquals(within(SPRING_MS - 1, SPRING_MS), SPRING);
  assertEquals(within(SPRING_MS - 100 * DAY_MS, SPRING_MS - 1), undefined);
  assertEquals(within(SPRING_MS, SPRING_MS + DAY_MS), undefined);
  assertEquals(within(SPRING_MS, AUTUMN_MS)?.atMs, AUTUMN_MS);
});

const OFFSETS: readonly (readonly [name: string, utcMs: number, offsetMs: number])[] = [
  ["UTC", 0, 0],
  ["Asia/Kathmandu", SPRING_MS, 5.75 * HOUR_MS],
  ["America/St_Johns", Date.UTC(2026, 0, 1), -3.5 * HOUR_MS],
  [":Europe/Berlin", SPRING_MS, 2 * HOUR_MS],
  ["XYZ-3:30", 0, 3.5 * HOUR_MS],
  // Local mean time, in seconds.
  ["Africa/Monrovia", Date.UTC(1950, 0, 1), -2670_000],
];

for (const [name, utcMs, offsetMs] of OFFSETS) {
  test(`timeZone('${name}') is ${offsetMs / HOUR_MS} hours ahead of UTC`, () => {
    assertEquals(timeZone(name).offsetAt(utcMs), offsetMs);
  });
}

test("timeZone() refuses what is none", () => {
  assertThrows(() => timeZone("Mars/Base"), RangeError);
});
