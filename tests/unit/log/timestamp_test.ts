import { assertEquals } from "@std/assert";
import { LogClock, parseIsoTime } from "../../../lib/log/timestamp.ts";
import { test } from "../../test.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

function parse(text: string): number {
  const bytes = encoder.encode(text);
  return parseIsoTime(bytes, 0, bytes.length);
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

test("parseIsoTime() is NaN for what is no date", () => {
  for (
    const text of ["-", "2026-13-05T10:11:12Z", "2026-01-00T10:11:12Z", "2026-01-05T24:00:00Z"]
  ) {
    assertEquals(parse(text), NaN);
  }
});
