import { assert, assertEquals } from "@std/assert";
import type { CronPolicy } from "../../../../lib/config/model.ts";
import { CAUGHT_UP_MAX, resumePlan } from "../../../../lib/service/schedule/catch_up.ts";
import { parseSchedule } from "../../../../lib/service/schedule/schedule.ts";
import { test } from "../../../test.ts";
import { dice } from "../random_cron.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const T = Date.UTC(2026, 2, 10, 12);

type Policy = Pick<CronPolicy, "catchUp" | "catchUpWindowMs">;

const ONCE: Policy = { catchUp: "once", catchUpWindowMs: DAY };
const ALL: Policy = { catchUp: "all", catchUpWindowMs: DAY };

function resume(interval: string, policy: Policy, downMs: number, timezone = "UTC") {
  const schedule = parseSchedule(interval, timezone);
  const { plan, dues, missed } = resumePlan(schedule, policy, T - downMs, T);
  return { next: plan.dueWallMs, dues: dues.map((due) => due - T), missed };
}

test("once runs the latest of what was missed, all runs each, and the rest counts as missed", () => {
  const next = T + HOUR;
  assertEquals(resume("0 * * * *", ONCE, 3 * HOUR + 1), { next, dues: [0], missed: 3 });
  assertEquals(resume("0 * * * *", ALL, 3 * HOUR), {
    next,
    dues: [-2 * HOUR, -HOUR, 0],
    missed: 0,
  });
  assertEquals(resume("0 * * * *", { catchUpWindowMs: DAY }, 3 * HOUR), {
    next,
    dues: [],
    missed: 3,
  });
  assertEquals(resume("30 * * * *", ALL, 10 * MINUTE), {
    next: T + 30 * MINUTE,
    dues: [],
    missed: 0,
  });
});

test("what is older than the window is missed", () => {
  const policy = { ...ALL, catchUpWindowMs: 2 * HOUR };
  assertEquals(resume("0 * * * *", policy, 5 * HOUR).dues, [-2 * HOUR, -HOUR, 0]);
  assertEquals(resume("0 * * * *", policy, 5 * HOUR).missed, 2);
  assertEquals(resume("0 3 * * *", { ...ONCE, catchUpWindowMs: HOUR }, DAY).dues, []);
});

test("an interval of @every keeps its rhythm over the time without a container", () => {
  assertEquals(resume("@every 10m", ONCE, 25 * MINUTE), {
    next: T + 5 * MINUTE,
    dues: [-5 * MINUTE],
    missed: 1,
  });
  assertEquals(resume("@every 10m", ONCE, 4 * MINUTE), {
    next: T + 6 * MINUTE,
    dues: [],
    missed: 0,
  });
  assertEquals(resume("@every 1s", ALL, 300 * DAY).dues.length, CAUGHT_UP_MAX);
});

test("@reboot is never made up for: it runs at each start", () => {
  assertEquals(resume("@reboot", ALL, DAY), { next: T, dues: [], missed: 0 });
});

test("a clock that was set back meanwhile has nothing run twice", () => {
  assertEquals(resume("0 12,13 * * *", ALL, -90 * MINUTE), { next: T + DAY, dues: [], missed: 0 });
  assertEquals(resume("*/10 * * * *", ALL, -90 * MINUTE).next, T + 10 * MINUTE);
  // A clock that was wrong by a day is another matter.
  assertEquals(resume("0 13 * * *", ALL, -DAY).next, T + HOUR);
});

test("a year of seconds is made up for by the latest thousand, in bounded time", () => {
  const { dues, missed } = resume("* * * * * *", { ...ALL, catchUpWindowMs: 400 * DAY }, 365 * DAY);
  assertEquals([dues.length, missed], [CAUGHT_UP_MAX, 0]);
  assertEquals(dues.at(-1), 0);
  // Nothing but in January, long ago.
  const january = resume("* * * 1 * *", { ...ALL, catchUpWindowMs: 400 * DAY }, 365 * DAY);
  assertEquals(january.dues.at(-1), Date.UTC(2026, 1, 1) - 1000 - T);
});

/** Counts minutes, one after another. */
function dueMinutes(isDue: (ms: number) => boolean, afterMs: number, untilMs: number): number[] {
  const dues: number[] = [];
  for (let ms = Math.floor(afterMs / MINUTE + 1) * MINUTE; ms <= untilMs; ms += MINUTE) {
    if (isDue(ms)) dues.push(ms);
  }
  return dues;
}

test("10,000 random histories of lives and deaths: no moment runs twice, and those run that should", () => {
  const seed = Number(Deno.env.get("FUZZ_SEED") ?? 1 + Math.floor(Math.random() * 1e9));
  const roll = dice(seed);
  for (let round = 0; round < 10_000; round++) {
    const where = `FUZZ_SEED=${seed}, round ${round}`;
    const step = [1, 2, 5, 7, 15, 30, 60][roll(7)] as number;
    const interval = step === 60 ? `${roll(2) * 17} * * * *` : `*/${step} * * * *`;
    const minute = step === 60 ? Number(interval.split(" ")[0]) : -1;
    const isDue = (ms: number) => {
      const ofHour = (ms / MINUTE) % 60;
      return minute >= 0 ? ofHour === minute : ofHour % step === 0;
    };
    const catchUp = (["once", "all", undefined] as const)[roll(3)];
    const windowMs = (1 + roll(90)) * MINUTE;
    const policy = { ...(catchUp === undefined ? {} : { catchUp }), catchUpWindowMs: windowMs };
    const schedule = parseSchedule(interval, "UTC");
    const ran: number[] = [];
    let nowMs = T + roll(3_600_000);
    let lastMs = nowMs;
    for (let life = 0; life < 4; life++) {
      const { plan, dues, missed } = resumePlan(schedule, policy, lastMs, nowMs);
      const passed = dueMinutes(isDue, lastMs, nowMs);
      const fresh = passed.filter((due) => nowMs - due <= windowMs);
      const expected = catchUp === "all" ? fresh : catchUp === "once" ? fresh.slice(-1) : [];
      assertEquals(dues, expected, where);
      assertEquals(missed, passed.length - expected.length, where);
      ran.push(...dues);
      // Killed at any moment: what was due up to then has been written down.
      const deathMs = nowMs + roll(90 * MINUTE);
      for (let next = plan.dueWallMs; next !== undefined && next <= deathMs;) {
        ran.push(next);
        lastMs = next;
        next = schedule.next(next);
      }
      lastMs = Math.max(lastMs, nowMs);
      nowMs = deathMs + roll(3 * 60 * MINUTE);
    }
    assertEquals(new Set(ran).size, ran.length, where);
    assertEquals(ran, ran.toSorted((a, b) => a - b), where);
  }
});

test("an hour that comes twice, or never, makes no difference", () => {
  for (const [from, down] of [[Date.UTC(2026, 9, 24, 23), 6], [Date.UTC(2026, 2, 28, 23), 6]]) {
    const schedule = parseSchedule("30 2 * * *", "Europe/Vienna");
    const atMs = (from as number) + (down as number) * HOUR;
    const { dues } = resumePlan(schedule, ALL, from as number, atMs);
    assertEquals(dues.length, 1);
    for (let ms = dues[0] as number; ms < atMs; ms += 7 * MINUTE) {
      assertEquals(resumePlan(schedule, ALL, ms, atMs).dues, []);
    }
    assert((dues[0] as number) > (from as number));
  }
});

test("with what was last dealt with at this very moment, nothing is made up for", () => {
  assertEquals(resume("0 * * * *", ALL, 0), { next: T + HOUR, dues: [], missed: 0 });
});

test("@every makes up for its own moments: the thousandth from the end is the oldest", () => {
  const within = resume("@every 1m", { ...ALL, catchUpWindowMs: DAY }, 999 * MINUTE);
  assertEquals([within.dues.length, within.dues[0], within.dues.at(-1)], [999, -998 * MINUTE, 0]);
  const beyond = resume("@every 1m", { ...ALL, catchUpWindowMs: DAY }, 1200 * MINUTE);
  assertEquals(
    [beyond.dues.length, beyond.dues[0], beyond.dues.at(-1), beyond.missed],
    [1000, -999 * MINUTE, 0, 0],
  );
  // The rhythm is that of the last job, not of the clock.
  const odd = resume("@every 1m", { ...ALL, catchUpWindowMs: DAY }, 1200 * MINUTE + 30_000);
  assertEquals([odd.dues[0], odd.dues.at(-1)], [-999 * MINUTE - 30_000, -30_000]);
});

test("of a year of seconds the latest thousand are made up for, one by one", () => {
  const year = { ...ALL, catchUpWindowMs: 400 * DAY };
  const { dues } = resume("* * * * * *", year, 365 * DAY);
  assertEquals(dues, Array.from({ length: CAUGHT_UP_MAX }, (_, at) => (at - 999) * 1000));
});

/** A clock that was set back by so much: when the job is due next, if not by the clock as it is. */
const SET_BACK: readonly (readonly [string, interval: string, byMs: number, nextMs: number])[] = [
  ["an hour between two runs goes on by the clock", "0 * * * *", 90 * MINUTE, HOUR],
  ["a rarer job waits for its next time", "0 12,14 * * *", 3 * HOUR, DAY],
  ["beyond three hours the clock was wrong", "0 12,14 * * *", 3 * HOUR + MINUTE, 2 * HOUR],
];

test("what a clock that was set back means depends on how often the job runs, and how far it was", () => {
  for (const [why, interval, byMs, nextMs] of SET_BACK) {
    assertEquals(resume(interval, ALL, -byMs), { next: T + nextMs, dues: [], missed: 0 }, why);
  }
});
