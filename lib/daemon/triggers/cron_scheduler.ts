/**
 * Wakes cron services when they are due. One timer serves all of them, however many there are, and
 * none is set where nothing is scheduled. With a schedule there is a waking every 30 s at the
 * least: only so is a wall clock noticed that was set meanwhile, see
 * lib/service/schedule/cron_run.ts, which decides everything.
 */
import type { CronPolicy, ServiceConfig } from "../../config/model.ts";
import {
  classifyWake,
  type CronPlan,
  type Hits,
  jitterDelayMs,
  sleepMs,
  startPlan,
  takeHits,
} from "../../service/schedule/cron_run.ts";
import { pastText } from "../../service/schedule/catch_up.ts";
import { type Schedule, scheduleOf } from "../../service/schedule/schedule.ts";
import type { Os } from "../../door/os.ts";
import { type Due, type DueHandover, DueKeeper } from "./due_keeper.ts";
import type { ScheduleBook } from "./schedule_book.ts";

/**
 * Signals and others have their turn after so many, each of which starts a process: the crontab of a
 * user may have a thousand for one moment.
 */
const RUNS_PER_TURN = 32;

export interface CronSchedulerParts {
  readonly os: Pick<Os, "nowMs" | "wallMs" | "setTimer" | "random">;
  /** Its job starts after `delayMs`. */
  readonly due: (name: string, due: Due) => void;
  /** Moments have passed without a job. */
  readonly missed: (name: string, count: number) => void;
  /** Where it is remembered what has been dealt with; undefined where nothing is. */
  readonly book: () => Promise<ScheduleBook | undefined>;
  readonly isBusy: (name: string) => boolean;
  /** Something about a schedule is not as its author may think. */
  readonly warn: (name: string, text: string) => void;
}

interface Scheduled {
  readonly policy: CronPolicy;
  readonly schedule: Schedule;
  plan: CronPlan;
}

export class CronScheduler {
  readonly #parts: CronSchedulerParts;
  readonly #scheduled = new Map<string, Scheduled>();
  readonly #keeper: DueKeeper;
  #cancelTimer: (() => void) | undefined;
  /** What both clocks showed when the timer was set. */
  #setAt = { wallMs: 0, nowMs: 0 };
  #isClosed = false;

  constructor(parts: CronSchedulerParts) {
    this.#parts = parts;
    this.#keeper = new DueKeeper({
      ...parts,
      start: parts.due,
      replan: (name, plan) => this.#replan(name, plan),
    });
  }

  /** Begins to wake a service, or goes on with a plan that was made. @throws {ScheduleError} */
  add(config: ServiceConfig, policy: CronPolicy, made?: CronPlan): void {
    const schedule = scheduleOf(policy);
    const plan = made ?? startPlan(schedule, this.#parts.os.wallMs());
    this.#scheduled.set(config.name, { policy, schedule, plan });
    this.#setTimer();
    if (!isKept(policy)) return;
    if (made === undefined) void this.#keeper.begin(config.name, policy, schedule);
    else this.#keeper.resume(config.name, policy);
  }

  /** A service has no job under way. */
  rested(name: string): void {
    this.#keeper.rested(name);
  }

  /** What waits to be made up for, for another incarnation. */
  handOverDues(): DueHandover {
    return this.#keeper.handOver();
  }

  /** Takes that over, after the plans. */
  takeOverDues(left: DueHandover): void {
    this.#keeper.takeOver(left);
  }

  /** What each service is to do next. */
  get plans(): [string, CronPlan][] {
    return [...this.#scheduled].map(([name, { plan }]) => [name, plan]);
  }

  /** Leaves a service alone from here on. */
  remove(name: string): void {
    this.#keeper.end(name);
    if (this.#scheduled.delete(name)) this.#setTimer();
  }

  /**
   * When a service is due next by the wall clock, and its interval as `telchap status` shows it.
   */
  describe(
    name: string,
  ): { readonly dueWallMs: number | undefined; readonly interval: string } | undefined {
    const scheduled = this.#scheduled.get(name);
    if (!scheduled) return undefined;
    return { dueWallMs: scheduled.plan.dueWallMs, interval: scheduled.schedule.describe };
  }

  /** Wakes nobody any more. */
  close(): void {
    this.#isClosed = true;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /** The earliest moment of all; `undefined` where nothing is to come. */
  #earliestMs(): number | undefined {
    let earliestMs = Infinity;
    for (const { plan } of this.#scheduled.values()) {
      earliestMs = Math.min(earliestMs, plan.dueWallMs ?? Infinity);
    }
    return earliestMs === Infinity ? undefined : earliestMs;
  }

  #setTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const dueMs = this.#earliestMs();
    if (dueMs === undefined || this.#isClosed) return;
    const { os } = this.#parts;
    this.#setAt = { wallMs: os.wallMs(), nowMs: os.nowMs() };
    this.#cancelTimer = os.setTimer(sleepMs(dueMs, this.#setAt.wallMs), () => this.#wake(dueMs));
  }

  #replan(name: string, plan: CronPlan): void {
    const scheduled = this.#scheduled.get(name);
    if (scheduled === undefined) return;
    scheduled.plan = plan;
    this.#setTimer();
  }

  #wake(dueMs: number): void {
    this.#cancelTimer = undefined;
    const { os } = this.#parts;
    const wallMs = os.wallMs();
    const expectedMs = this.#setAt.wallMs + os.nowMs() - this.#setAt.nowMs;
    const wake = classifyWake(expectedMs, wallMs, dueMs);
    if (wake.kind !== "early") this.#take(wallMs, wake.kind === "stepped" ? wake.stepMs : 0);
    this.#setTimer();
  }

  /** What a service does in its turn may add and remove others. */
  #take(wallMs: number, stepMs: number): void {
    let runs = 0;
    for (const [name, scheduled] of [...this.#scheduled]) {
      // Whoever is left is due still, and the timer is set for it. A step concerns all at once.
      if (runs >= RUNS_PER_TURN && stepMs === 0) return;
      if (this.#scheduled.get(name) !== scheduled) continue;
      if (stepMs === 0 && (scheduled.plan.dueWallMs ?? Infinity) > wallMs) continue;
      const hits = takeHits(scheduled.schedule, scheduled.plan, wallMs, stepMs);
      scheduled.plan = hits.plan;
      if (hits.missed > 0) this.#parts.missed(name, hits.missed);
      if (!hits.run && hits.missed > 0 && hits.plan.dueWallMs === undefined) {
        this.#parts.warn(name, pastText(scheduled.policy));
      }
      if (!hits.run) continue;
      runs++;
      this.#tell(name, scheduled.policy, hits, wallMs);
    }
  }

  #tell(name: string, policy: CronPolicy, { plan }: Hits, wallMs: number): void {
    const { os, due } = this.#parts;
    const untilNextMs = (plan.dueWallMs ?? Infinity) - wallMs;
    const delayMs = jitterDelayMs(policy.jitterMs, untilNextMs, os.random());
    const isLast = plan.dueWallMs === undefined;
    const hit: Due = { dueWallMs: plan.lastWallMs ?? wallMs, delayMs, isLast };
    if (isKept(policy)) this.#keeper.due(name, hit);
    else due(name, hit);
  }
}

/** Whether it is remembered beyond the container's end what has been dealt with. */
function isKept({ catchUp, onceAt }: CronPolicy): boolean {
  return catchUp !== undefined || onceAt !== undefined;
}
