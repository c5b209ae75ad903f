import { assertEquals } from "@std/assert";
import {
  intervalOddities,
  scheduleOddities,
} from "../../../../lib/service/schedule/interval_oddities.ts";
import { test } from "../../../test.ts";

const LONG_STEPS: readonly (readonly [interval: string, told: string])[] = [
  ["*/90 * * * *", "minute '*/90' is 0 alone, since a step of 90 leads beyond the field"],
  ["*/60 * * * *", "minute '*/60' is 0 alone, since a step of 60 leads beyond the field"],
  ["2/60 * * * *", "minute '2/60' is 2 alone, since a step of 60 leads beyond the field"],
  ["2-20/61 * * * *", "minute '2-20/61' is 2 alone, since a step of 61 leads beyond the field"],
  ["0 */24 * * *", "hour '*/24' is 0 alone, since a step of 24 leads beyond the field"],
  ["0 0 */31 * *", "day of month '*/31' is 1 alone, since a step of 31 leads beyond the field"],
  ["0 0 1 */12 *", "month '*/12' is 1 alone, since a step of 12 leads beyond the field"],
  ["0 0 * * */7", "day of week '*/7' is 0 alone, since a step of 7 leads beyond the field"],
  ["* * * * * */60", "second '*/60' is 0 alone, since a step of 60 leads beyond the field"],
];

for (const [interval, told] of LONG_STEPS) {
  test(`F-050: '${interval}' has a step larger than its field`, () => {
    assertEquals(intervalOddities(interval), [told]);
  });
}

test("F-050: steps within their field, and what has none, are no finding", () => {
  for (
    const interval of [
      "*/59 * * * *",
      "0 */23 * * *",
      "0 0 */30 * *",
      "0 0 1 */11 *",
      "0 0 * * */6",
      "0-10/10,5 * * * *",
      "5 * * * *",
      "daily",
      "@every 90s",
      "@reboot",
      "nonsense",
      "60 * * * *",
    ]
  ) {
    assertEquals(intervalOddities(interval), [], interval);
  }
});

test("F-049: day fields that cron(8) would take otherwise are told, but not of a crontab", () => {
  const text = "day of month '*/2' and day of week '1': it runs when either matches, where " +
    "cron(8), and type: crontab, ask for both";
  assertEquals(intervalOddities("0 0 */2 * 1"), [text]);
  assertEquals(intervalOddities("0 0 1 * */2").length, 1);
  assertEquals(intervalOddities("0 0 */2 * 1", { days: "crontab" }), []);
  // The first Sunday of a month, as crontabs write it.
  assertEquals(intervalOddities("0 0 1-7 * */7", { days: "crontab" }), []);
  for (const interval of ["0 0 1-7 * 1", "0 0 * * 1", "0 0 */1 * 1", "0 0 1 * *"]) {
    assertEquals(intervalOddities(interval), [], interval);
  }
});

test("of a crontab only the step of a week is an idiom; other long steps are told", () => {
  const crontab = (interval: string) => intervalOddities(interval, { days: "crontab" });
  assertEquals(crontab("*/90 * * * *"), [
    "minute '*/90' is 0 alone, since a step of 90 leads beyond the field",
  ]);
  assertEquals(crontab("0 0 1-7 * */8"), [
    "day of week '*/8' is 0 alone, since a step of 8 leads beyond the field",
  ]);
});

test("a once_at that is past is pointed out, unless catch_up may make up for it", () => {
  const policy = {
    onceAt: "2026-12-24T18:00",
    timezone: "UTC",
    overlap: "skip",
    jitterMs: 0,
  } as const;
  const atMs = Date.UTC(2026, 11, 24, 18);
  assertEquals(scheduleOddities(policy, atMs - 1), []);
  assertEquals(scheduleOddities(policy, atMs), [
    "once_at 2026-12-24T18:00 is past, it runs only when telchap run asks for it",
  ]);
  assertEquals(scheduleOddities({ ...policy, catchUp: "once" }, atMs), []);
});
