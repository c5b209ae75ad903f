import { assertEquals } from "@std/assert";
import { formatFileName } from "../../../lib/log/file_name.ts";
import { test } from "../../test.ts";

const MORNING_MS = new Date(2026, 0, 5, 9, 8, 7).getTime();
const EVENING_MS = new Date(2024, 11, 30, 23, 59, 58).getTime();

// Expected values: strftime(3) of glibc, locale C.
const CASES: readonly [template: string, morning: string, evening: string][] = [
  ["/var/log/plain.log", "/var/log/plain.log", "/var/log/plain.log"],
  ["/l/%Y/%m/%d.log", "/l/2026/01/05.log", "/l/2024/12/30.log"],
  ["%F %T", "2026-01-05 09:08:07", "2024-12-30 23:59:58"],
  ["%y%C", "2620", "2420"],
  ["%H%M%S", "090807", "235958"],
  ["%I %p %P", "09 AM am", "11 PM pm"],
  ["%e|%k|%l", " 5| 9| 9", "30|23|11"],
  ["%-d %-m %_H %0e %^b", "5 1  9 05 JAN", "30 12 23 30 DEC"],
  ["%a %A %b %B %h", "Mon Monday Jan January Jan", "Mon Monday Dec December Dec"],
  ["%j", "005", "365"],
  ["%u %w", "1 1", "1 1"],
  ["%U %W", "01 01", "52 53"],
  ["%G-%V %g", "2026-02 26", "2025-01 25"],
  ["%D %R %r", "01/05/26 09:08 09:08:07 AM", "12/30/24 23:59 11:59:58 PM"],
  ["%c", "Mon Jan  5 09:08:07 2026", "Mon Dec 30 23:59:58 2024"],
  ["100%%", "100%", "100%"],
  ["%%Y", "%Y", "%Y"],
  ["%Q %", "%Q %", "%Q %"],
];

for (const [template, morning, evening] of CASES) {
  test(`formatFileName() expands '${template}'`, () => {
    assertEquals(formatFileName(template, MORNING_MS), morning);
    assertEquals(formatFileName(template, EVENING_MS), evening);
  });
}

test("formatFileName() knows the last ISO week of a year that begins on a Friday", () => {
  assertEquals(
    formatFileName("%G-%V %U %W %j", new Date(2021, 0, 1).getTime()),
    "2020-53 00 00 001",
  );
  assertEquals(formatFileName("%U %W", new Date(2023, 0, 1).getTime()), "01 00");
});
