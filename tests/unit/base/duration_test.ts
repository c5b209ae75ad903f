import { assertEquals } from "@std/assert";
import { formatHumanDuration, parseHumanDuration } from "../../../lib/base/duration.ts";
import { test } from "../../test.ts";

test("formatHumanDuration names at most two units", () => {
  const cases: [ms: number, text: string][] = [
    [0, "0 ms"],
    [999, "999 ms"],
    [1000, "1 s"],
    [4250, "4.3 s"],
    [59_949, "59.9 s"],
    [60_000, "1 min"],
    [192_000, "3 min 12 s"],
    [3_600_000, "1 h"],
    [3_605_000, "1 h"],
    [7_500_000, "2 h 5 min"],
    [2 * 86_400_000 + 4 * 3_600_000 + 59_000, "2 d 4 h"],
  ];
  for (const [ms, text] of cases) assertEquals(formatHumanDuration(ms), text);
});

test("parseHumanDuration refuses a long run of digits at once", () => {
  assertEquals(parseHumanDuration(`${"9".repeat(50_000)}x`), undefined);
});

test("parseHumanDuration reads numbers with and without units", () => {
  assertEquals(parseHumanDuration("90"), 90_000);
  assertEquals(parseHumanDuration("1h30m"), 5_400_000);
  assertEquals(parseHumanDuration("1.5 s"), 1500);
  assertEquals(parseHumanDuration("250ms"), 250);
  assertEquals(parseHumanDuration("2d"), 172_800_000);
  for (const text of ["", "m", "5x", "-5", "1e3", "2026-01-01"]) {
    assertEquals(parseHumanDuration(text), undefined, text);
  }
});
