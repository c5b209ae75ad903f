import { assertEquals } from "@std/assert";
import { useLocalZone } from "../../../lib/base/local_zone.ts";
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

// The day, and %U %W %u %w %G-%V of it.
const WEEKS: readonly (readonly [day: [number, number, number], expected: string])[] = [
  [[2023, 12, 31], "53 52 7 0 2023-52"],
  [[2024, 1, 1], "00 01 1 1 2024-01"],
  [[2024, 1, 6], "00 01 6 6 2024-01"],
  [[2024, 1, 7], "01 01 7 0 2024-01"],
  [[2024, 1, 8], "01 02 1 1 2024-02"],
  [[2022, 1, 1], "00 00 6 6 2021-52"],
  [[2018, 12, 31], "52 53 1 1 2019-01"],
];

for (const [[year, month, day], expected] of WEEKS) {
  test(`formatFileName() counts the weeks of ${year}-${month}-${day}`, () => {
    const noonMs = new Date(year, month - 1, day, 12).getTime();
    assertEquals(formatFileName("%U %W %u %w %G-%V", noonMs), expected);
  });
}

const HOURS: readonly (readonly [hour: number, expected: string])[] = [
  [0, "00 12 AM am"],
  [1, "01 01 AM am"],
  [11, "11 11 AM am"],
  [12, "12 12 PM pm"],
  [13, "13 01 PM pm"],
];

for (const [hour, expected] of HOURS) {
  test(`formatFileName() tells ${hour} o'clock by twelve hours`, () => {
    const ms = new Date(2026, 0, 5, hour).getTime();
    assertEquals(formatFileName("%H %I %p %P", ms), expected);
  });
}

// In a zone that is two hours and a half ahead of UTC.
const ZONED: readonly (readonly [template: string, expected: string])[] = [
  ["%H:%M", "01:30"],
  ["%X", "01:30:00"],
  ["%x", "01/05/00"],
  ["%d", "05"],
  ["%z", "+0230"],
  ["%s", "947026800"],
  ["%C %y", "20 00"],
  ["%f", "123000"],
  ["a%nb%tc", "a\nb\tc"],
];

for (const [template, expected] of ZONED) {
  test(`formatFileName() expands '${template}' in local time`, () => {
    useLocalZone(() => () => 2.5 * 3_600_000);
    try {
      const wallMs = Date.UTC(2000, 0, 4, 23, 0, 0, 123);
      assertEquals(formatFileName(template, wallMs), expected);
    } finally {
      useLocalZone(undefined);
    }
  });
}

test("formatFileName() gives each month and weekday its name", () => {
  const names = (template: string) =>
    Array.from(
      { length: 12 },
      (_, month) => formatFileName(template, new Date(2026, month, 1).getTime()),
    );
  assertEquals(names("%b").join(" "), "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec");
  assertEquals(names("%a").join(" "), "Thu Sun Sun Wed Fri Mon Wed Sat Tue Thu Sun Tue");
});
