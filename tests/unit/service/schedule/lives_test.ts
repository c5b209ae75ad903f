/**
 * Random histories of lives and deaths around the changes of Vienna's clock, against an oracle that
 * knows nothing of cron: it asks of each minute what the clock on the wall shows.
 */
import { assert, assertEquals } from "@std/assert";
import type { CronPolicy, DueTimes } from "../../../../lib/config/model.ts";
import { resumePlan } from "../../../../lib/service/schedule/catch_up.ts";
import { type CronPlan, takeHits } from "../../../../lib/service/schedule/cron_run.ts";
import { type Schedule, scheduleOf } from "../../../../lib/service/schedule/schedule.ts";
import { test } from "../../../test.ts";
import { dice } from "../random_cron.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SPRING = Date.UTC(2026, 2, 29, 1);
const AUTUMN = Date.UTC(2026, 9, 25, 1);
const ROUNDS = 10_000;

/** Minutes of the day that the clock in Vienna shows; in spring 2:00 to 2:59 is never shown. */
function shown(ms: number): { readonly day: number; readonly minute: number } {
  const offset = ms >= SPRING && ms < AUTUMN ? 2 * HOUR : HOUR;
  const minutes = Math.floor((ms + offset) / MINUTE);
  return { day: Math.floor(minutes / 1440), minute: minutes % 1440 };
}

/** A schedule, and when it is due according to the oracle. */
interface Subject {
  readonly times: DueTimes;
  readonly isFrequent: boolean;
  dues(fromMs: number, untilMs: number): number[];
}

/** Every so many minutes: whenever the clock shows it. */
function frequent(step: number): Subject {
  return {
    times: { interval: step === 60 ? "0 * * * *" : `*/${step} * * * *` },
    isFrequent: true,
    dues: (fromMs, untilMs) =>
      minutes(fromMs, untilMs).filter((ms) => shown(ms).minute % step === 0),
  };
}

/** Once a day, at the first minute that shows the time or, in spring, a later one. */
function daily(minute: number, onlyDay?: number): Subject {
  const text = [Math.floor(minute / 60), minute % 60];
  const date = new Date((onlyDay ?? 0) * 24 * HOUR).toISOString().slice(0, 10);
  const [hour, rest] = text.map((value) => String(value).padStart(2, "0"));
  return {
    times: onlyDay === undefined
      ? { interval: `${text[1]} ${text[0]} * * *` }
      : { onceAt: `${date}T${hour}:${rest}` },
    isFrequent: false,
    dues: (fromMs, untilMs) => {
      const found = new Map<number, number>();
      // From the beginning of the day, so that the second showing of a time is known as such.
      const dayMs = fromMs - (shown(fromMs).minute + 120) * MINUTE;
      for (const ms of minutes(dayMs, untilMs)) {
        const { day, minute: at } = shown(ms);
        if (at >= minute && !found.has(day) && wasBefore(ms, minute)) found.set(day, ms);
      }
      return [...found].filter(([day, ms]) =>
        ms > fromMs && (onlyDay === undefined || day === onlyDay)
      ).map(([, ms]) => ms);
    },
  };
}

/** Whether the minute before showed less than that, or another day. */
function wasBefore(ms: number, minute: number): boolean {
  const { day, minute: at } = shown(ms - MINUTE);
  return day !== shown(ms).day || at < minute;
}

/** The full minutes after one moment and up to another. */
function minutes(fromMs: number, untilMs: number): number[] {
  const found: number[] = [];
  for (let ms = Math.floor(fromMs / MINUTE + 1) * MINUTE; ms <= untilMs; ms += MINUTE) {
    found.push(ms);
  }
  return found;
}

type Roll = (limit: number) => number;

function randomSubject(roll: Roll, changeMs: number): Subject {
  switch (roll(3)) {
    case 0:
      return frequent([5, 15, 30, 60][roll(4)] as number);
    case 1:
      return daily(roll(5) * 60 + roll(60));
    default:
      return daily(roll(5) * 60 + roll(60), shown(changeMs).day);
  }
}

function randomPolicy(roll: Roll, times: DueTimes): CronPolicy {
  const catchUp = (["once", "all", undefined] as const)[roll(3)];
  return {
    ...times,
    timezone: "Europe/Vienna",
    overlap: "skip",
    jitterMs: 0,
    catchUpWindowMs: (1 + roll(240)) * MINUTE,
    ...(catchUp === undefined ? {} : { catchUp }),
  };
}

/** What a container writes down and does, from one life to the next. */
class Container {
  readonly ran: number[] = [];
  /** The last moment that is known to be dealt with. */
  lastMs: number;
  readonly #schedule: Schedule;
  readonly #policy: CronPolicy;

  constructor(policy: CronPolicy, nowMs: number) {
    this.#policy = policy;
    this.#schedule = scheduleOf(policy);
    this.lastMs = nowMs;
  }

  /** Begins a life, which makes up for what was missed. */
  start(
    nowMs: number,
  ): { readonly plan: CronPlan; readonly dues: readonly number[]; missed: number } {
    const resumed = resumePlan(this.#schedule, this.#policy, this.lastMs, nowMs);
    const { dues, plan } = resumed;
    this.ran.push(...dues);
    // A time that comes once counts as dealt with by its job alone.
    if (dues.length > 0) this.lastMs = dues.at(-1) as number;
    else if (plan.dueWallMs !== undefined) this.lastMs = Math.max(this.lastMs, nowMs);
    return resumed;
  }

  /** Lives until the clock shows a moment, to which it may be set: then nothing else passes. */
  live(plan: CronPlan, nowMs: number, stepMs = 0): CronPlan {
    let current = plan;
    for (let dueMs = current.dueWallMs; stepMs === 0 && dueMs !== undefined && dueMs <= nowMs;) {
      current = this.#take(current, dueMs, 0);
      dueMs = current.dueWallMs;
    }
    return stepMs === 0 ? current : this.#take(current, nowMs, stepMs);
  }

  #take(plan: CronPlan, nowMs: number, stepMs: number): CronPlan {
    const hits = takeHits(this.#schedule, plan, nowMs, stepMs);
    const { lastWallMs } = hits.plan;
    if (hits.run && lastWallMs !== undefined) {
      this.ran.push(lastWallMs);
      this.lastMs = lastWallMs;
    }
    return hits.plan;
  }
}

test("10,000 random histories over both changes of the clock: each moment is dealt with once", () => {
  const seed = Number(Deno.env.get("FUZZ_SEED") ?? 1 + Math.floor(Math.random() * 1e9));
  const roll = dice(seed);
  for (let round = 0; round < ROUNDS; round++) {
    const changeMs = roll(2) === 0 ? SPRING : AUTUMN;
    const subject = randomSubject(roll, changeMs);
    const policy = randomPolicy(roll, subject.times);
    const where = `FUZZ_SEED=${seed}, round ${round}: ${JSON.stringify(policy)}`;
    let nowMs = changeMs - roll(5 * 60) * MINUTE + roll(MINUTE);
    const container = new Container(policy, nowMs);
    for (let life = 0; life < 4; life++) {
      const known = container.lastMs;
      const { plan, dues, missed } = container.start(nowMs);
      const passed = subject.dues(known, nowMs);
      const fresh = passed.filter((due) => nowMs - due <= (policy.catchUpWindowMs ?? 0));
      const made = policy.catchUp === "all" ? fresh : policy.catchUp ? fresh.slice(-1) : [];
      assertEquals(dues, made, where);
      assertEquals(missed, passed.length - made.length, where);
      const before = container.ran.length;
      // Some lives last for less than a second.
      const deathMs = nowMs + (roll(3) === 0 ? roll(1000) : roll(120 * MINUTE));
      container.live(plan, deathMs);
      assertEquals(container.ran.slice(before), subject.dues(nowMs, deathMs), where);
      nowMs = deathMs + (roll(3) === 0 ? roll(10) : roll(4 * HOUR));
    }
    assertEquals(new Set(container.ran).size, container.ran.length, where);
  }
});

test("a clock that is set, up or down, while running or between lives, has no rare job run twice", () => {
  const seed = Number(Deno.env.get("FUZZ_SEED") ?? 1 + Math.floor(Math.random() * 1e9));
  const roll = dice(seed);
  for (let round = 0; round < ROUNDS; round++) {
    const isOnce = roll(2) === 0;
    const subject = daily(roll(5) * 60 + roll(60), isOnce ? shown(SPRING).day : undefined);
    const policy = randomPolicy(roll, subject.times);
    const where = `FUZZ_SEED=${seed}, round ${round}: ${JSON.stringify(policy)}`;
    // Beyond three hours a clock was wrong, and a job of each day may follow the new one.
    const mostMs = isOnce ? 40 * HOUR : 170 * MINUTE;
    const step = () => (roll(2) === 0 ? 1 : -1) * (1000 + roll(mostMs));
    let nowMs = SPRING - roll(5 * 60) * MINUTE;
    const container = new Container(policy, nowMs);
    let wasSet = 0;
    for (let life = 0; life < 4; life++) {
      const { plan, dues } = container.start(nowMs);
      for (const due of dues) {
        assert(due <= nowMs && nowMs - due <= (policy.catchUpWindowMs ?? 0), where);
      }
      nowMs += roll(120 * MINUTE);
      const lived = container.live(plan, nowMs);
      if (roll(2) === 0 && wasSet++ === 0) {
        const stepMs = step();
        nowMs += stepMs;
        container.live(container.live(lived, nowMs, stepMs), nowMs += roll(60 * MINUTE));
      } else if (wasSet++ === 0) nowMs += step();
      nowMs += roll(60 * MINUTE);
    }
    assertEquals(new Set(container.ran).size, container.ran.length, where);
    if (isOnce) assert(container.ran.length <= 1, where);
  }
});
