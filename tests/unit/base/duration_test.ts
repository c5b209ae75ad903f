import { assertEquals } from "@std/assert";
import { formatHumanDuration, parseDuration } from "../../../lib/base/duration.ts";
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

test("parseDuration refuses a long run of digits at once", () => {
  assertEquals(parseDuration(`${"9".repeat(50_000)}x`), undefined);
});

test("F-061: parseDuration reads one number of seconds, or numbers with units", () => {
  const cases: [text: string, ms: number | undefined][] = [
    ["90", 90_000],
    ["1.5", 1500],
    [".5", 500],
    ["5.", 5000],
    ["500ms", 500],
    ["90s", 90_000],
    ["5m", 300_000],
    ["5 min", 300_000],
    ["90min", 5_400_000],
    ["2h", 7_200_000],
    ["1d", 86_400_000],
    ["1h30m", 5_400_000],
    ["1h 30 m", 5_400_000],
    ["1.5h", 5_400_000],
    ["2m30.5s", 150_500],
    [" 1 s ", 1000],
    ["0", 0],
    ["-1", undefined],
    ["", undefined],
    ["m", undefined],
    ["5x", undefined],
    ["1h30", undefined],
    ["5 10", undefined],
    ["inf", undefined],
    ["1e3", undefined],
    ["2026-01-01", undefined],
    ["9".repeat(30), undefined],
    [`${"9".repeat(30)}d`, undefined],
  ];
  for (const [text, ms] of cases) assertEquals(parseDuration(text), ms, JSON.stringify(text));
});
