import { assertEquals } from "@std/assert";
import {
  fromLocalTime,
  localDate,
  localOffsetMs,
  useLocalZone,
} from "../../../lib/base/local_zone.ts";
import { parsePosixZone } from "../../../lib/base/posix_zone.ts";
import { periodEndMs } from "../../../lib/daemon/sinks/rotation.ts";
import { formatFileName } from "../../../lib/log/file_name.ts";
import { LogClock, parseIsoTime } from "../../../lib/log/timestamp.ts";
import { parseSchedule } from "../../../lib/service/schedule/schedule.ts";
import { test } from "../../test.ts";

const HOUR_MS = 3_600_000;
const decoder = new TextDecoder();

function inZone(zone: string, act: () => void): void {
  useLocalZone(() => parsePosixZone(zone));
  try {
    act();
  } finally {
    useLocalZone(undefined);
  }
}

const VIENNA = "CET-1CEST,M3.5.0,M10.5.0/3";

test("useLocalZone asks for the zone when it is needed first, and once", () => {
  let asked = 0;
  useLocalZone(() => {
    asked++;
    return () => HOUR_MS;
  });
  assertEquals(asked, 0);
  assertEquals([localOffsetMs(0), localOffsetMs(1)], [HOUR_MS, HOUR_MS]);
  assertEquals(asked, 1);
  useLocalZone(() => undefined);
  assertEquals(localOffsetMs(0), -new Date(0).getTimezoneOffset() * 60_000);
  useLocalZone(undefined);
});

test("fromLocalTime is the inverse of localDate, but where a time comes twice or never", () => {
  inZone(VIENNA, () => {
    for (let utcMs = Date.UTC(2026, 0, 1); utcMs < Date.UTC(2027, 0, 1); utcMs += 7 * HOUR_MS) {
      assertEquals(fromLocalTime(localDate(utcMs).getTime()), utcMs);
    }
    const at = (wall: string) => new Date(fromLocalTime(Date.parse(`${wall}Z`))).toISOString();
    // Twice: the first one. Never: as much later as is skipped.
    assertEquals(at("2026-10-25T02:30:00"), "2026-10-25T00:30:00.000Z");
    assertEquals(at("2026-03-29T02:30:00"), "2026-03-29T01:30:00.000Z");
    assertEquals(at("2026-03-29T01:59:59"), "2026-03-29T00:59:59.000Z");
    assertEquals(at("2026-03-29T03:00:00"), "2026-03-29T01:00:00.000Z");
    assertEquals(at("2026-10-25T03:00:00"), "2026-10-25T02:00:00.000Z");
  });
});

test("F-048: log lines, file names, rotation and schedules are in the same zone", () => {
  inZone("<-0330>3:30", () => {
    const nowMs = Date.parse("2026-03-01T02:15:16.789Z");
    const clock = new LogClock(() => nowMs);
    assertEquals(decoder.decode(clock.classicNow()), "Feb 28 22:45:16");
    assertEquals(decoder.decode(clock.isoNow()), "2026-02-28T22:45:16.789000-03:30");
    assertEquals(
      formatFileName("%Y-%m-%d_%H:%M:%S_%f%z_%j_%U_%V_%a_%p_%s", nowMs),
      [
        ...["2026-02-28", "22:45:16", "789000-0330", "059", "08", "09", "Sat", "PM"],
        String(Math.floor(nowMs / 1000)),
      ].join("_"),
    );
    const ends = (["hour", "day", "week", "month"] as const).map((every) =>
      new Date(periodEndMs(every, nowMs)).toISOString()
    );
    assertEquals(ends, [
      "2026-03-01T02:30:00.000Z",
      "2026-03-01T03:30:00.000Z",
      "2026-03-02T03:30:00.000Z",
      "2026-03-01T03:30:00.000Z",
    ]);
    const stated = new TextEncoder().encode("2026-02-28T22:45:16");
    assertEquals(parseIsoTime(stated, 0, stated.length), nowMs - 789);
  });
  inZone(VIENNA, () => {
    assertEquals(
      parseSchedule("0 4 * * *", VIENNA).next(Date.parse("2026-11-28T12:00:00Z")),
      Date.parse("2026-11-29T03:00:00Z"),
    );
  });
});
