/**
 * What a schedule makes up for after a time in which nobody was there to start its jobs. Pure: it is
 * told up to which due moment everything was dealt with, and what the clock shows.
 *
 * A due moment is dealt with once: by a job, or by being counted as missed. Since moments are
 * those of UTC, an hour that the zone's clock shows twice or never makes no difference here.
 */
import type { CronPolicy, DueTimes } from "../../config/model.ts";
import { CORRECTION_MS, type CronPlan, startPlan } from "./cron_run.ts";
import type { Schedule } from "./schedule.ts";

/** What is made up for, and what follows. */
export interface Resumption {
  /** Due moments to run now, one after another, the oldest first. */
  readonly dues: readonly number[];
  /** Those that nobody will run; from 1000 on: at least that many. */
  readonly missed: number;
  readonly plan: CronPlan;
}

/** What there is to say where the only time of a service is over, and nothing makes up for it. */
export function pastText({ onceAt = "" }: DueTimes): string {
  return `once_at ${onceAt} is past, it runs only when telchap run asks for it`;
}

/** How many jobs are made up for at the most, and how many missed ones are counted. */
export const CAUGHT_UP_MAX = 1000;

/** An interval of this or less goes on by a clock that was set back, as cron_run.ts has it. */
const FREQUENT_MS = 3_600_000;

/**
 * Plans a schedule anew of which everything was dealt with up to `lastWallMs`.
 */
export function resumePlan(
  schedule: Schedule,
  { catchUp, catchUpWindowMs = Infinity }: Pick<CronPolicy, "catchUp" | "catchUpWindowMs">,
  lastWallMs: number,
  nowWallMs: number,
): Resumption {
  const fresh = startPlan(schedule, nowWallMs);
  if (schedule.kind === "start") return { dues: [], missed: 0, plan: fresh };
  if (lastWallMs > nowWallMs) return { dues: [], missed: 0, plan: afterSetBack() };
  const passed = duesBetween(schedule, lastWallMs, nowWallMs);
  const latest = passed.at(-1);
  const plan = schedule.kind === "every"
    ? { dueWallMs: schedule.next(latest ?? lastWallMs) }
    : fresh;
  const made = passed.filter((dueMs) => nowWallMs - dueMs <= catchUpWindowMs);
  const dues = catchUp === "all" ? made : catchUp === "once" ? made.slice(-1) : [];
  return { dues, missed: passed.length - dues.length, plan };

  /** The clock was set back while nobody was there: what has run does not run again. */
  function afterSetBack(): CronPlan {
    const next = schedule.next(lastWallMs);
    if (schedule.kind === "once") return { dueWallMs: next };
    const isFrequent = (next ?? Infinity) - lastWallMs <= FREQUENT_MS;
    if (isFrequent || lastWallMs - nowWallMs > CORRECTION_MS) return fresh;
    return { dueWallMs: next, lastWallMs };
  }
}

/** Returns the due moments after one and up to another, the latest 1000 of them. */
function duesBetween(schedule: Schedule, afterMs: number, untilMs: number): number[] {
  let fromMs = afterMs;
  if (schedule.everyMs !== undefined) {
    const count = Math.floor((untilMs - afterMs) / schedule.everyMs);
    fromMs = afterMs + Math.max(0, count - CAUGHT_UP_MAX) * schedule.everyMs;
  }
  const all = walk(schedule, fromMs, untilMs);
  if (all.length <= WALK_MAX) return all.slice(-CAUGHT_UP_MAX);
  // Too many to go through: somewhere later there begin just enough of them.
  for (let [fewerMs, moreMs] = [untilMs, fromMs];;) {
    const middleMs = moreMs + (fewerMs - moreMs) / 2;
    const dues = walk(schedule, middleMs, untilMs);
    if (dues.length > WALK_MAX) moreMs = middleMs;
    else if (dues.length >= CAUGHT_UP_MAX) return dues.slice(-CAUGHT_UP_MAX);
    else fewerMs = middleMs;
  }
}

/** So many steps take some 20 ms. */
const WALK_MAX = 20 * CAUGHT_UP_MAX;

/** Stops when there are more than wanted. */
function walk(schedule: Schedule, afterMs: number, untilMs: number): number[] {
  const dues: number[] = [];
  for (let next = schedule.next(afterMs); next !== undefined && next <= untilMs;) {
    dues.push(next);
    if (dues.length > WALK_MAX) break;
    next = schedule.next(next);
  }
  return dues;
}
