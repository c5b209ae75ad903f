import { assertEquals } from "@std/assert";
import { useLocalZone } from "../../../lib/base/local_zone.ts";
import { formatOffset, LogClock, parseIsoTime } from "../../../lib/log/timestamp.ts";
import { test } from "../../test.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Reads a date that stands between others, so that what is read beyond it shows. */
function parse(text: string): number {
  const bytes = encoder.encode(`2026-01-05T10:11:12${text}9+09:59Z`);
  return parseIsoTime(bytes, 19, 19 + encoder.encode(text).length);
}

/** Calls a function where local time is so many minutes ahead of UTC. */
function inZone(minutes: number, body: () => void): void {
  useLocalZone(() => () => minutes * 60_000);
  try {
    body();
  } finally {
    useLocalZone(undefined);
  }
}

test("LogClock stands still until it is advanced", () => {
  let reads = 0;
  const clock = new LogClock(() => new Date(2026, 0, 31, 23, 59, 59).getTime() + 1000 * reads++);
  assertEquals(decoder.decode(clock.classicNow()), "Jan 31 23:59:59");
  assertEquals(decoder.decode(clock.classicNow()), "Jan 31 23:59:59");
  clock.advance();
  assertEquals(decoder.decode(clock.classicNow()), "Feb  1 00:00:00");
  assertEquals(reads, 2);
});

test("LogClock follows a clock that goes back", () => {
  let second = 10;
  const clock = new LogClock(() => new Date(2026, 0, 5, 0, 0, second).getTime());
  clock.isoNow();
  second = 8;
  clock.advance();
  assertEquals(decoder.decode(clock.isoNow()).slice(0, 26), "2026-01-05T00:00:08.000000");
});

test("LogClock keeps stated times apart from the present", () => {
  const clock = new LogClock(() => new Date(2026, 0, 5, 1, 2, 3).getTime());
  const now = clock.classicNow();
  assertEquals(
    decoder.decode(clock.classicOf(new Date(2020, 1, 29, 4, 5, 6).getTime())),
    "Feb 29 04:05:06",
  );
  assertEquals(decoder.decode(now), "Jan  5 01:02:03");
});

test("parseIsoTime() reads zones and fractions", () => {
  const expected = Date.UTC(2026, 0, 5, 10, 11, 12);
  assertEquals(parse("2026-01-05T10:11:12Z"), expected);
  assertEquals(parse("2026-01-05T12:11:12+02:00"), expected);
  assertEquals(parse("2026-01-05T06:41:12-0330"), expected);
  assertEquals(parse("2026-01-05 10:11:12.250Z"), expected + 250);
  assertEquals(parse("2026-01-05T10:11:12"), new Date(2026, 0, 5, 10, 11, 12).getTime());
  assertEquals(parse("2026-01-05T10:11:12,5"), new Date(2026, 0, 5, 10, 11, 12).getTime() + 500);
});

test("parseIsoTime() reads a date without zone in local time", () => {
  inZone(150, () => {
    assertEquals(parse("2026-01-05T10:11:12"), Date.UTC(2026, 0, 5, 7, 41, 12));
    assertEquals(parse("2026-01-05T10:11:12.5"), Date.UTC(2026, 0, 5, 7, 41, 12, 500));
    assertEquals(parse("2026-01-05T10:11:12Z"), Date.UTC(2026, 0, 5, 10, 11, 12));
    assertEquals(parse("2026-01-05T10:11:12+12:30"), Date.UTC(2026, 0, 4, 21, 41, 12));
  });
});

const DATES: readonly (readonly [text: string, isDate: boolean])[] = [
  ["-", false],
  ["2026-01-05T10:11:1", false],
  ["2026-00-05T10:11:12Z", false],
  ["2026-12-05T10:11:12Z", true],
  ["2026-13-05T10:11:12Z", false],
  ["2026-01-00T10:11:12Z", false],
  ["2026-01-01T10:11:12Z", true],
  ["2026-01-31T10:11:12Z", true],
  ["2026-01-32T10:11:12Z", false],
  ["2026-01-05T23:11:12Z", true],
  ["2026-01-05T24:11:12Z", false],
  ["2026-01-05T10:59:12Z", true],
  ["2026-01-05T10:60:12Z", false],
  // A leap second is one.
  ["2026-01-05T10:11:60Z", true],
  ["2026-01-05T10:11:61Z", false],
];

for (const [text, isDate] of DATES) {
  test(`parseIsoTime() ${isDate ? "takes" : "refuses"} '${text}'`, () => {
    assertEquals(!Number.isNaN(parse(text)), isDate);
  });
}

// How far local time is ahead of UTC in minutes, and what 2026-01-05 10:11:12.345678 UTC is there.
const ZONES: readonly (readonly [minutes: number, classic: string, iso: string])[] = [
  [0, "Jan  5 10:11:12", "2026-01-05T10:11:12.345678+00:00"],
  [150, "Jan  5 12:41:12", "2026-01-05T12:41:12.345678+02:30"],
  [-210, "Jan  5 06:41:12", "2026-01-05T06:41:12.345678-03:30"],
  [-720, "Jan  4 22:11:12", "2026-01-04T22:11:12.345678-12:00"],
  [840, "Jan  6 00:11:12", "2026-01-06T00:11:12.345678+14:00"],
];

for (const [minutes, classic, iso] of ZONES) {
  test(`LogClock tells the time ${minutes} minutes ahead of UTC`, () => {
    inZone(minutes, () => {
      const clock = new LogClock(() => Date.UTC(2026, 0, 5, 10, 11, 12) + 345.678);
      assertEquals(decoder.decode(clock.isoNow()), iso);
      assertEquals(decoder.decode(clock.classicNow()), classic);
    });
  });
}

test("LogClock does not round up to a second that has not come", () => {
  const clock = new LogClock(() => Date.UTC(2026, 0, 5) + 999.9998);
  assertEquals(decoder.decode(clock.isoNow()).slice(0, 26), "2026-01-05T00:00:00.999999");
});

test("formatOffset() leaves out the seconds of old zones", () => {
  assertEquals(formatOffset(-(36 * 60 + 32) * 1000), "-00:36");
  assertEquals(formatOffset(59_999), "+00:00");
});

test("LogClock knows the second at which the clock is set forward", () => {
  const changeMs = Date.UTC(2026, 2, 29, 1);
  useLocalZone(() => (utcMs) => utcMs >= changeMs ? 7_200_000 : 3_600_000);
  try {
    const told = [changeMs - 1, changeMs].map((ms) =>
      decoder.decode(new LogClock(() => ms).isoNow()).slice(11)
    );
    assertEquals(told, ["01:59:59.999000+01:00", "03:00:00.000000+02:00"]);
  } finally {
    useLocalZone(undefined);
  }
});
