/**
 * Random intervals against three other opinions: a matcher that looks at every minute of two years,
 * the rules for changes of the hour applied to lists of minutes, and croner.
 */
import { assert, assertEquals } from "@std/assert";
import { Cron } from "croner";
import { parseSchedule } from "../../../../lib/service/schedule/schedule.ts";
import { test } from "../../../test.ts";
import { roundsOf, SEED } from "../../random_text.ts";
import { dice, matchesDay, type RandomInterval, randomInterval } from "../random_cron.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Lists the minutes from one wall time to before another that an interval names. */
function listMinutes(interval: RandomInterval, fromMs: number, untilMs: number): number[] {
  const found: number[] = [];
  for (let dayMs = Math.floor(fromMs / DAY_MS) * DAY_MS; dayMs < untilMs; dayMs += DAY_MS) {
    if (!matchesDay(interval, new Date(dayMs))) continue;
    for (let minute = 0; minute < 24 * 60; minute++) {
      if (!interval.hours.has(Math.floor(minute / 60))) continue;
      if (!interval.minutes.has(minute % 60)) continue;
      const atMs = dayMs + minute * MINUTE_MS;
      if (atMs >= fromMs && atMs < untilMs) found.push(atMs);
    }
  }
  return found;
}

/** The most moments of one interval that are walked one after the other. */
const WALK_LIMIT = 10_000;

test("next finds each minute of two years that a naive matcher finds, and no other", () => {
  const roll = dice(SEED);
  const fromMs = Date.parse("2023-07-01T00:00Z");
  const untilMs = Date.parse("2025-07-01T00:00Z");
  for (let round = 0; round < roundsOf(60); round++) {
    const interval = randomInterval(roll);
    const context = `FUZZ_SEED=${SEED}, round ${round}: ${interval.text}`;
    const expected = listMinutes(interval, fromMs, untilMs);
    if (expected.length === 0) continue;
    const schedule = parseSchedule(interval.text, "UTC");
    let atMs = fromMs - 1;
    for (const expectedMs of expected.slice(0, WALK_LIMIT)) {
      atMs = schedule.next(atMs) ?? NaN;
      if (atMs !== expectedMs) assertEquals(new Date(atMs), new Date(expectedMs), context);
    }
    if (expected.length < WALK_LIMIT) assert((schedule.next(atMs) ?? Infinity) >= untilMs, context);
    for (let count = 0; count < 50; count++) {
      const index = roll(expected.length);
      const previousMs = expected[index - 1] ?? fromMs - 1;
      const hitMs = expected[index] as number;
      const between = previousMs + roll(hitMs - previousMs);
      assertEquals(schedule.next(between), hitMs, context);
    }
  }
});

interface ChangeCase {
  readonly zone: string;
  /** The moment of the change in UTC, and the offsets before and after it. */
  readonly at: string;
  readonly beforeMinutes: number;
  readonly afterMinutes: number;
}

const CHANGES: readonly ChangeCase[] = [
  { zone: "Europe/Berlin", at: "2024-03-31T01:00Z", beforeMinutes: 60, afterMinutes: 120 },
  { zone: "Europe/Berlin", at: "2024-10-27T01:00Z", beforeMinutes: 120, afterMinutes: 60 },
  { zone: "America/New_York", at: "2024-03-10T07:00Z", beforeMinutes: -300, afterMinutes: -240 },
  { zone: "America/New_York", at: "2024-11-03T06:00Z", beforeMinutes: -240, afterMinutes: -300 },
  { zone: "Australia/Lord_Howe", at: "2024-10-05T15:30Z", beforeMinutes: 630, afterMinutes: 660 },
  { zone: "Australia/Lord_Howe", at: "2024-04-06T15:00Z", beforeMinutes: 660, afterMinutes: 630 },
];

/** Lists when an interval is due in the three days around a change, by the rules in words. */
function listAroundChange(interval: RandomInterval, change: ChangeCase): number[] {
  const atMs = Date.parse(change.at);
  const before = change.beforeMinutes * MINUTE_MS;
  const after = change.afterMinutes * MINUTE_MS;
  const [lowMs, highMs] = [Math.min(before, after) + atMs, Math.max(before, after) + atMs];
  const wall = listMinutes(interval, lowMs - 3 * DAY_MS, highMs + 3 * DAY_MS);
  const concerned = wall.filter((ms) => ms >= lowMs && ms < highMs);
  const around = [
    wall.findLast((ms) => ms < lowMs) ?? -Infinity,
    ...concerned,
    wall.find((ms) => ms >= highMs) ?? Infinity,
  ];
  const keepsRhythm = around.every((ms, index) =>
    index === 0 || ms - (around[index - 1] as number) <= HOUR_MS
  );
  const due = new Set<number>();
  for (const ms of wall) {
    if (ms - before < atMs) due.add(ms - before);
    const isSecondTime = after < before && ms - before < atMs;
    if (ms - after >= atMs && (keepsRhythm || !isSecondTime)) due.add(ms - after);
  }
  if (after > before && concerned.length > 0 && !keepsRhythm) due.add(atMs);
  const [fromMs, untilMs] = [atMs - DAY_MS, atMs + 2 * DAY_MS];
  return [...due].filter((ms) => ms > fromMs && ms < untilMs).sort((a, b) => a - b);
}

test("next follows the rules for changes of the hour for random intervals in three zones", () => {
  const roll = dice(SEED);
  for (let round = 0; round < roundsOf(120); round++) {
    const interval = randomInterval(roll);
    if (listMinutes(interval, 0, 2 * 366 * DAY_MS).length === 0) continue;
    for (const change of CHANGES) {
      const context = `FUZZ_SEED=${SEED}, round ${round}: ${interval.text} at ${change.at}`;
      const schedule = parseSchedule(interval.text, change.zone);
      let atMs = Date.parse(change.at) - DAY_MS;
      for (const expectedMs of listAroundChange(interval, change)) {
        atMs = schedule.next(atMs) ?? NaN;
        if (atMs !== expectedMs) assertEquals(new Date(atMs), new Date(expectedMs), context);
      }
      assert((schedule.next(atMs) ?? Infinity) >= Date.parse(change.at) + 2 * DAY_MS, context);
    }
  }
});

test("next agrees with croner on random intervals", () => {
  const roll = dice(SEED);
  const after = new Date("2024-02-10T10:20:30Z");
  for (let round = 0; round < roundsOf(300); round++) {
    const { text } = randomInterval(roll);
    const second = roll(60);
    const schedule = parseSchedule(`${text} ${second}`, "UTC");
    let atMs = after.getTime();
    for (const expected of new Cron(`${second} ${text}`, { timezone: "UTC" }).nextRuns(5, after)) {
      atMs = schedule.next(atMs) ?? NaN;
      assertEquals(
        new Date(atMs),
        expected,
        `FUZZ_SEED=${SEED}, round ${round}: ${text} ${second}`,
      );
    }
  }
});

test("next never goes back and never stays, whatever the interval, zone and moment", () => {
  const roll = dice(SEED);
  const zones = ["Africa/Casablanca", "America/Santiago", "Antarctica/Troll", "Asia/Tehran"];
  for (let round = 0; round < roundsOf(100); round++) {
    const { text } = randomInterval(roll);
    const schedule = parseSchedule(text.replace(/^(\S+ \S+) \S+/, "$1 *"), zones[round % 4]);
    let atMs = roll(2 ** 31) * 1000;
    for (let count = 0; count < 50; count++) {
      const nextMs = schedule.next(atMs) ?? NaN;
      assert(nextMs > atMs && nextMs % 1000 === 0, `FUZZ_SEED=${SEED}: ${text} after ${atMs}`);
      atMs = nextMs;
    }
  }
});
