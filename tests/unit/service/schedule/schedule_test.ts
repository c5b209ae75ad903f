import { assert, assertEquals, assertThrows } from "@std/assert";
import { startPlan } from "../../../../lib/service/schedule/cron_run.ts";
import {
  intervalFault,
  parseSchedule,
  type Schedule,
  scheduleOf,
} from "../../../../lib/service/schedule/schedule.ts";
import { ScheduleError } from "../../../../lib/service/schedule/schedule_error.ts";
import { test } from "../../../test.ts";
import { CRON_TABLE } from "../cron_table.ts";

/** Returns the next moments as the table writes them: in UTC, without seconds where they are 0. */
function listNext(schedule: Schedule, after: string, count = 5): string[] {
  const moments: string[] = [];
  let atMs: number | undefined = Date.parse(after);
  while (moments.length < count) {
    atMs = schedule.next(atMs);
    if (atMs === undefined) break;
    moments.push(new Date(atMs).toISOString().replace(/(:00)?\.000Z$/, "Z"));
  }
  return moments;
}

test("next agrees with a table of more than 200 intervals, five moments each", () => {
  const rows = CRON_TABLE.trim().split("\n");
  assert(rows.length > 200);
  for (const row of rows) {
    const [interval = "", zone, after = "", expected = ""] = row.split(" | ");
    assertEquals(listNext(parseSchedule(interval, zone), after), expected.split(" "), row);
  }
});

test("next is strictly after its argument, and counts milliseconds", () => {
  const schedule = parseSchedule("0 12 * * *", "UTC");
  const noonMs = Date.parse("2024-05-01T12:00Z");
  const dayMs = 86_400_000;
  assertEquals(schedule.next(noonMs - 1), noonMs);
  assertEquals(schedule.next(noonMs - 0.5), noonMs);
  assertEquals(schedule.next(noonMs), noonMs + dayMs);
  assertEquals(schedule.next(noonMs + 1), noonMs + dayMs);
});

test("next gives local times in the zone of the process where none is named", () => {
  const schedule = parseSchedule("34 15 * * *");
  let atMs = Date.parse("2024-01-01T00:00Z");
  for (let count = 0; count < 400; count++) {
    atMs = schedule.next(atMs) ?? NaN;
    const date = new Date(atMs);
    assertEquals([date.getHours(), date.getMinutes(), date.getSeconds()], [15, 34, 0]);
  }
});

test("next finds February 29 over the year 2100, which has none", () => {
  const schedule = parseSchedule("0 0 29 2 *", "Europe/Berlin");
  assertEquals(listNext(schedule, "2096-02-29T12:00Z", 2), [
    "2104-02-28T23:00Z",
    "2108-02-28T23:00Z",
  ]);
});

test("next works before 1970", () => {
  assertEquals(listNext(parseSchedule("0 0 * * 4", "UTC"), "1969-12-20T00:00Z", 2), [
    "1969-12-25T00:00Z",
    "1970-01-01T00:00Z",
  ]);
});

test("parseSchedule reads names in any case and blanks of any kind", () => {
  const plain = parseSchedule("0 6 * 1-3 1-5", "UTC");
  const named = parseSchedule("  0\t6  * JAN-mar Mon-FRI ", "UTC");
  const after = "2024-01-01T00:00Z";
  assertEquals(listNext(named, after, 100), listNext(plain, after, 100));
});

test("describe is the note of the status: the interval, a nickname with what it stands for", () => {
  const notes = {
    "hourly": "hourly (0 * * * *)",
    "@hourly": "hourly (0 * * * *)",
    "@annually": "annually (0 0 1 1 *)",
    " */5 * * * * ": "*/5 * * * *",
    "@reboot": "@reboot",
    "@every 90s": "@every 90s",
  };
  for (const [interval, note] of Object.entries(notes)) {
    assertEquals(parseSchedule(interval).describe, note);
  }
  assertEquals(parseSchedule("daily", "Asia/Tokyo").describe, "daily (0 0 * * *) Asia/Tokyo");
  assertEquals(parseSchedule("@midnight", "UTC").describe, "midnight (0 0 * * *) UTC");
});

test("@reboot has no next moment", () => {
  const schedule = parseSchedule("@reboot");
  assertEquals([schedule.kind, schedule.next(0)], ["start", undefined]);
});

test("@in is due once, so long after the start", () => {
  const schedule = parseSchedule("@in 5m");
  assertEquals([schedule.kind, schedule.delayMs, schedule.next(0)], ["start", 300_000, undefined]);
  assertEquals(startPlan(schedule, 1000), { dueWallMs: 301_000 });
  assertEquals(startPlan(parseSchedule("@reboot"), 1000), { dueWallMs: 1000 });
});

/** A local time in a zone, and when that is. */
const ONCE: readonly (readonly [why: string, onceAt: string, timezone: string, at: string])[] = [
  ["winter", "2026-12-24T18:00", "Europe/Vienna", "2026-12-24T17:00:00Z"],
  ["with seconds", "2026-12-24T18:00:30", "UTC", "2026-12-24T18:00:30Z"],
  ["far ahead of UTC", "2026-01-01T00:00", "Pacific/Kiritimati", "2025-12-31T10:00:00Z"],
  ["far behind UTC", "2025-12-31T23:00", "Pacific/Pago_Pago", "2026-01-01T10:00:00Z"],
  ["an hour that is skipped", "2026-03-29T02:30", "Europe/Vienna", "2026-03-29T01:00:00Z"],
  ["an hour that comes twice", "2026-10-25T02:30", "Europe/Vienna", "2026-10-25T00:30:00Z"],
  ["a day that is skipped", "2011-12-30T12:00", "Pacific/Apia", "2011-12-30T10:00:00Z"],
  ["a leap day", "2028-02-29T12:00", "UTC", "2028-02-29T12:00:00Z"],
  ["a zone as TZ has it", "2026-07-01T12:00", "CET-1CEST,M3.5.0,M10.5.0/3", "2026-07-01T10:00:00Z"],
];

test("once_at is one moment, and none follows", () => {
  for (const [why, onceAt, timezone, at] of ONCE) {
    const schedule = scheduleOf({ onceAt, timezone });
    const atMs = Date.parse(at);
    assertEquals(schedule.next(0), atMs, why);
    assertEquals([schedule.next(atMs - 1), schedule.next(atMs)], [atMs, undefined], why);
    assertEquals(schedule.describe, `once at ${onceAt} ${timezone}`);
  }
});

test("@every counts from when it was due last", () => {
  const durations = {
    "90s": 90_000,
    "1h30m": 5_400_000,
    "1.5h": 5_400_000,
    "1d": 86_400_000,
    "90": 90_000,
    "90min": 5_400_000,
    "30m1h": 5_400_000,
    "1h 30m": 5_400_000,
    "2m30.5s": 150_500,
    "1s": 1000,
  };
  for (const [text, everyMs] of Object.entries(durations)) {
    const schedule = parseSchedule(`@every ${text}`);
    assertEquals([schedule.kind, schedule.everyMs], ["every", everyMs]);
    assertEquals(schedule.next(1_700_000_000_123), 1_700_000_000_123 + everyMs);
  }
});

/** Each interval with a part of the reason. */
const REFUSED: readonly (readonly [interval: string, reason: string])[] = [
  ["", "not 1 field"],
  ["*", "not 1 field"],
  ["* * * *", "not 4 fields"],
  ["* * * * * * *", "not 7 fields"],
  ["* * * * * * */15", "not 7 fields"],
  ["@every", "'' is not a duration"],
  ["@in", "'' is not a duration"],
  ["@in five minutes", "'five minutes' is not a duration"],
  ["reboot", "not 1 field"],
  ["@@hourly", "not 1 field"],
  ["Hourly", "not 1 field"],
  ["@DAILY", "not 1 field"],
  ["toString", "not 1 field"],
  ["@reboot now", "not 2 fields"],
  ["every 90s", "not 2 fields"],
  ["60 * * * *", "minute 60 is not in 0-59"],
  ["* 24 * * *", "hour 24 is not in 0-23"],
  ["* * 32 * *", "day of month 32 is not in 1-31"],
  ["* * * 13 *", "month 13 is not in 1-12"],
  ["* * * * 8", "day of week 8 is not in 0-6"],
  ["* * * * * 60", "second 60 is not in 0-59"],
  ["-1 * * * *", "minute '-1'"],
  ["1-60 * * * *", "minute 60"],
  ["99999999999999999999 * * * *", "is not in 0-59"],
  ["10-5 * * * *", "ends before it begins"],
  ["* * * * fri-mon", "ends before it begins"],
  ["* * * * fri-sun", "ends before it begins"],
  ["* * * nov-feb *", "ends before it begins"],
  ["*/0 * * * *", "a step of 0"],
  ["0-30/0 * * * *", "a step of 0"],
  ["*/-5 * * * *", "minute '*/-5'"],
  ["*/ * * * *", "minute '*/'"],
  ["/5 * * * *", "minute '/5'"],
  ["1-2-3 * * * *", "minute '1-2-3'"],
  ["1,,2 * * * *", "minute ''"],
  ["1, * * * *", "minute ''"],
  ["1.5 * * * *", "minute '1.5'"],
  ["+5 * * * *", "minute '+5'"],
  ["0x5 * * * *", "minute '0x5'"],
  ["*5 * * * *", "minute '*5'"],
  ["~ * * * *", "minute '~'"],
  ["l * * * *", "minute 'l'"],
  ["* * ? * *", "day of month '?'"],
  ["* * 15W * *", "day of month '15W'"],
  ["* * LW * *", "day of month 'LW'"],
  ["* * L-3 * *", "day of month 'L'"],
  ["* * L/2 * *", "day of month 'L'"],
  ["* * * L *", "month 'L'"],
  ["* * * * L", "day of week 'L'"],
  ["* * * * 5L", "day of week '5L'"],
  ["* * * * 1#2", "day of week '1#2'"],
  ["* * * january *", "month 'january'"],
  ["* * * mon *", "month 'mon'"],
  ["* * * * jan", "day of week 'jan'"],
  ["* mon * * *", "hour 'mon'"],
  ["@every -5s", "is not a duration"],
  ["@every 500ms", "is not between"],
  ["@every 0s", "is not between"],
  ["@every 0.5s", "is not between"],
  ["@every 999999d", "is not between"],
];

test("parseSchedule refuses what is no interval in the words of 0.3.9, with a reason", () => {
  for (const [interval, reason] of REFUSED) {
    const error = assertThrows(() => parseSchedule(interval, "UTC"), ScheduleError);
    assertEquals(error.message, `not a valid cron interval specification, '${interval}'`);
    assert(error.reason.includes(reason), `${interval}: ${error.reason}`);
  }
});

test("parseSchedule takes a date that no year has for one that is never due", () => {
  for (const interval of ["0 0 30 2 *", "0 0 31 2,4,6,9,11 *"]) {
    const schedule = parseSchedule(interval, "UTC");
    assertEquals([schedule.kind, schedule.next(0)], ["never", undefined]);
    assertEquals(intervalFault(interval), {
      text:
        `'${interval}' is never due, since no year has such a date; only telchap run starts a ` +
        "job of it",
      isNever: true,
    });
  }
  assertEquals(intervalFault("0 0 29 2 *"), undefined);
});

test("parseSchedule refuses a time zone that does not exist", () => {
  assertThrows(
    () => parseSchedule("daily", "Europe/Atlantis"),
    ScheduleError,
    "not a valid time zone, 'Europe/Atlantis'",
  );
});

// F-049. Days of December 2026, which began on a Tuesday, at which a crontab and type: cron are
// due.
const DAY_FIELDS: readonly (readonly [days: string, crontab: string, croniter: string])[] = [
  ["1-7 * */7", "6", "1 2 3 4 5 6 7 13 20 27"],
  ["*/10 * 1", "21", "1 7 11 14 21 28 31"],
  ["1-7 * 0", "1 2 3 4 5 6 7 13 20 27", "1 2 3 4 5 6 7 13 20 27"],
  ["* * 0", "6 13 20 27", "6 13 20 27"],
  ["6,13 * *", "6 13", "6 13"],
  ["*,6 * 0", "6 13 20 27", "6 13 20 27"],
  ["L * */2", "31", "1 3 5 6 8 10 12 13 15 17 19 20 22 24 26 27 29 31"],
];

for (const [days, crontab, croniter] of DAY_FIELDS) {
  test(`F-049: '${days}' is ${crontab} in a crontab, ${croniter} for croniter`, () => {
    const daysOf = (rule: "crontab" | "croniter") => {
      const schedule = parseSchedule(`1 1 ${days}`, "UTC", { days: rule });
      const found: number[] = [];
      let at = schedule.next(Date.parse("2026-11-30T12:00:00Z")) ?? NaN;
      for (; at < Date.parse("2027-01-01T00:00:00Z"); at = schedule.next(at) ?? NaN) {
        found.push(new Date(at).getUTCDate());
      }
      return found.join(" ");
    };
    assertEquals([daysOf("crontab"), daysOf("croniter")], [crontab, croniter]);
  });
}

test("F-049: the first Sunday of the month in a crontab", () => {
  const schedule = parseSchedule("1 1 1-7 * */7", "UTC", { days: "crontab" });
  assertEquals(
    schedule.next(Date.parse("2026-11-28T12:00:00Z")),
    Date.parse("2026-12-06T01:01:00Z"),
  );
});

test("intervalFault says what keeps an interval from being one, and which date never comes", () => {
  assertEquals(intervalFault("0 3 * * *"), undefined);
  assertEquals(intervalFault("@every 90s"), undefined);
  assertEquals(intervalFault("0 0 31 2 *"), {
    text: "'0 0 31 2 *' is never due, since no year has such a date; only telchap run starts a " +
      "job of it",
    isNever: true,
  });
  assertEquals(
    intervalFault("61 4 * * *")?.text.endsWith(": minute 61 is not in 0-59"),
    true,
    intervalFault("61 4 * * *")?.text,
  );
  assertEquals(intervalFault("0 3 * * *", "Mars/Olympus")?.isNever, undefined);
  assertEquals(intervalFault("0 3 * * *", "Mars/Olympus")?.text.includes("Mars/Olympus"), true);
});

test("@every takes a second to ten years", () => {
  const faultOf = (text: string) => intervalFault(`@every ${text}`)?.text;
  assertEquals([faultOf("1s"), faultOf("3650d")], [undefined, undefined]);
  for (const text of ["0.9s", "3651d"]) {
    assertEquals(
      faultOf(text)?.endsWith(`'${text}' is not between one second and ten years`),
      true,
    );
  }
});
