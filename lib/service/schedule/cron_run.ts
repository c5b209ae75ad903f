/**
 * What happens at each moment that a cron service is due: whether it runs, waits or is skipped, and
 * what was missed. Pure: clocks, timers and randomness come in as values.
 *
 * Model: a plan holds the next due moment by the wall clock. Whoever sleeps for it does so by the
 * monotonic clock, in pieces (`sleepMs`), and compares both clocks at each waking (`classifyWake`).
 * Where they disagree, the wall clock was set:
 * - forward: what was due in between runs once, unless that is more than three hours; the rest
 *   counts as missed. cron(8) draws the same line between a change of the hour and a correction.
 * - back: a schedule of an hour or less goes on by the new time; any other one does not run again
 *   what it ran already, unless the clock was set back by more than three hours.
 *
 * A waking that is late although the clocks agree (the container was frozen) runs once, however
 * late.
 */
import type { CronPolicy } from "../../config/model.ts";
import type { Schedule } from "./schedule.ts";

const HOUR_MS = 3_600_000;
/** Clocks that differ by less were not set but drift, or the reader was interrupted in between. */
const STEP_MS = 1000;
/** A clock that is set by more than this was wrong before. */
export const CORRECTION_MS = 3 * HOUR_MS;
/**
 * Bounds both how late a set clock is noticed, and how far a slewed one (500 ppm) can lead astray.
 */
const LONGEST_SLEEP_MS = 30_000;
/** Missed moments are counted one by one; beyond this it does not matter how many. */
const MISSED_LIMIT = 1000;

/** When a service is due next. Immutable. */
export interface CronPlan {
  /** Wall clock; `undefined` where nothing follows. */
  readonly dueWallMs: number | undefined;
  /** The last moment that was due and has been dealt with; absent before the first. */
  readonly lastWallMs?: number;
}

/** What a waking has to deal with. */
export type Wake =
  /** Nothing is due yet. */
  | { readonly kind: "early" }
  | { readonly kind: "due"; readonly lateMs: number }
  /** The wall clock was set by `stepMs`, negative for back; everything is to be planned anew. */
  | { readonly kind: "stepped"; readonly stepMs: number };

/** What `takeHits` decides. */
export interface Hits {
  readonly run: boolean;
  /** Moments that passed without a run. From 1000 on: at least that many. */
  readonly missed: number;
  readonly plan: CronPlan;
}

/**
 * Plans a schedule that starts at a moment; `@reboot` is due at once, `@every` after one period.
 */
export function startPlan(schedule: Schedule, nowWallMs: number): CronPlan {
  const { delayMs } = schedule;
  return { dueWallMs: delayMs === undefined ? schedule.next(nowWallMs) : nowWallMs + delayMs };
}

/** Returns for how long to sleep, at most, before looking at the clocks again. */
export function sleepMs(dueWallMs: number, nowWallMs: number): number {
  return Math.min(Math.max(0, dueWallMs - nowWallMs), LONGEST_SLEEP_MS);
}

/**
 * Compares the clocks after a sleep.
 *
 * @param expectedWallMs What the wall clock showed before the sleep, plus what the monotonic clock
 * says has passed since.
 * @param dueWallMs The earliest of all plans.
 */
export function classifyWake(
  expectedWallMs: number,
  actualWallMs: number,
  dueWallMs: number,
): Wake {
  const stepMs = actualWallMs - expectedWallMs;
  if (Math.abs(stepMs) >= STEP_MS) return { kind: "stepped", stepMs };
  if (actualWallMs < dueWallMs) return { kind: "early" };
  return { kind: "due", lateMs: actualWallMs - dueWallMs };
}

/**
 * Deals with all moments that were due until now, and plans the next.
 * @param stepMs By how much the clock was set since the last call, 0 where it was not.
 */
export function takeHits(
  schedule: Schedule,
  plan: CronPlan,
  nowWallMs: number,
  stepMs = 0,
): Hits {
  if (plan.dueWallMs === undefined) return { run: false, missed: 0, plan };
  const current = stepMs === 0 ? plan : shiftPlan(schedule, plan, nowWallMs, stepMs);
  const dueWallMs = current.dueWallMs ?? Infinity;
  if (nowWallMs < dueWallMs) return { run: false, missed: 0, plan: current };
  const { count, lastWallMs } = countPassed(schedule, dueWallMs, nowWallMs);
  const run = isRelative(schedule) || stepMs <= CORRECTION_MS ||
    nowWallMs - lastWallMs < STEP_MS;
  return {
    run,
    missed: run ? count - 1 : count,
    plan: { dueWallMs: schedule.next(lastWallMs), lastWallMs },
  };
}

/** Whether it counts from its start, whatever the clock on the wall shows. */
function isRelative({ kind }: Schedule): boolean {
  return kind === "every" || kind === "start";
}

/** Adjusts a plan to a clock that was set. */
function shiftPlan(
  schedule: Schedule,
  plan: CronPlan,
  nowWallMs: number,
  stepMs: number,
): CronPlan {
  const { dueWallMs, lastWallMs } = plan;
  if (isRelative(schedule) && dueWallMs !== undefined) return { dueWallMs: dueWallMs + stepMs };
  if (stepMs > 0) return plan;
  const hasRunAlready = lastWallMs !== undefined && lastWallMs > nowWallMs;
  const isFrequent = lastWallMs !== undefined &&
    (schedule.next(lastWallMs) ?? Infinity) - lastWallMs <= HOUR_MS;
  if (!hasRunAlready) return { ...plan, dueWallMs: schedule.next(nowWallMs) };
  if (isFrequent || -stepMs > CORRECTION_MS) return { dueWallMs: schedule.next(nowWallMs) };
  return plan;
}

/** Counts the moments from a due one until now, and finds the last of them. */
function countPassed(
  schedule: Schedule,
  dueWallMs: number,
  nowWallMs: number,
): { readonly count: number; readonly lastWallMs: number } {
  if (schedule.everyMs !== undefined) {
    const more = Math.floor((nowWallMs - dueWallMs) / schedule.everyMs);
    return { count: more + 1, lastWallMs: dueWallMs + more * schedule.everyMs };
  }
  let lastWallMs = dueWallMs;
  for (let count = 1; count < MISSED_LIMIT; count++) {
    const next = schedule.next(lastWallMs);
    if (next === undefined || next > nowWallMs) return { count, lastWallMs };
    lastWallMs = next;
  }
  const recent = schedule.next(nowWallMs - STEP_MS) ?? Infinity;
  return {
    count: MISSED_LIMIT,
    lastWallMs: recent <= nowWallMs ? recent : nowWallMs - STEP_MS,
  };
}

/**
 * Returns by how much a run is put off: at most `jitterMs`, and not up to the next due moment.
 * @param random In [0, 1).
 */
export function jitterDelayMs(jitterMs: number, untilNextMs: number, random: number): number {
  return Math.floor(Math.max(0, Math.min(jitterMs, untilNextMs)) * random);
}

/** What is under way of a service when it is due. */
export interface Occupancy {
  readonly running: boolean;
  /** Another run follows as soon as the present one has ended. */
  readonly queued: boolean;
  /** With `parallel`: as many runs are under way as may be. */
  readonly full?: boolean;
}

/**
 * What to do at a due moment. `replace` is: end the present run, then start the next; `join`: start
 * the next one beside those that run.
 */
export type Admission = "launch" | "join" | "skip" | "queue" | "replace";

/** Decides by the policy `overlap` what a due moment leads to. */
export function admitRun(overlap: CronPolicy["overlap"], occupancy: Occupancy): Admission {
  const { running, queued, full = false } = occupancy;
  if (!running) return "launch";
  if (overlap === "parallel") return full ? "skip" : "join";
  if (overlap === "skip" || queued) return "skip";
  return overlap === "queue" ? "queue" : "replace";
}
