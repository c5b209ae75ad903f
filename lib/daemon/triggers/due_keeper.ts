/**
 * Starts the jobs of schedules that want to be made up for (`catch_up`), and those that run once
 * (`once_at`): each due moment is written down before its job starts, and those of the time in which
 * no chaperone was there come one after another. Which they are, service/schedule/catch_up.ts says.
 */
import type { CronPolicy } from "../../config/model.ts";
import {
  CAUGHT_UP_MAX,
  pastText,
  resumePlan,
  type Resumption,
} from "../../service/schedule/catch_up.ts";
import { type CronPlan, jitterDelayMs } from "../../service/schedule/cron_run.ts";
import type { Schedule } from "../../service/schedule/schedule.ts";
import type { Os } from "../../door/os.ts";
import type { ScheduleBook } from "./schedule_book.ts";

/** A moment that is due, and how its job is started. */
export interface Due {
  readonly dueWallMs: number;
  readonly delayMs: number;
  /** None follows. */
  readonly isLast: boolean;
  /** It was due while no chaperone was there. */
  readonly isCaughtUp?: true;
}

export interface DueKeeperParts {
  readonly os: Pick<Os, "nowMs" | "wallMs" | "setTimer" | "random">;
  /** Resolves with undefined where there is no state directory. */
  readonly book: () => Promise<ScheduleBook | undefined>;
  /** Its job starts. */
  readonly start: (name: string, due: Due) => void;
  readonly missed: (name: string, count: number) => void;
  /** What follows is due by this plan. */
  readonly replan: (name: string, plan: CronPlan) => void;
  /** Whether a job of the service is under way. */
  readonly isBusy: (name: string) => boolean;
  /** Something about a schedule is not as its author may think. */
  readonly warn: (name: string, text: string) => void;
}

/** What another incarnation takes over. */
export interface DueHandover {
  readonly resumed: readonly string[];
  readonly waiting: readonly (readonly [string, readonly Due[]])[];
  /** To be written down when the monotonic clock shows `atMs`. */
  readonly later: readonly {
    readonly name: string;
    readonly dueWallMs: number;
    readonly atMs: number;
  }[];
}

/** A disk that hangs must not keep jobs from running. */
const WRITE_MAX_MS = 5000;
/** A job that is put off for longer is written down this long before it starts. */
const AHEAD_MS = 1000;

interface Kept {
  readonly policy: CronPolicy;
  readonly waiting: Due[];
  /** Is being written down; its job starts then. */
  writing?: Due;
  /** A moment has come since it began. */
  wasDue?: true;
}

export class DueKeeper {
  readonly #parts: DueKeeperParts;
  readonly #kept = new Map<string, Kept>();
  /** Whose time without a chaperone has been dealt with. */
  readonly #resumed = new Set<string>();
  readonly #later = new Map<string, { dueWallMs: number; atMs: number; cancel: () => void }>();

  constructor(parts: DueKeeperParts) {
    this.#parts = parts;
  }

  /** A schedule begins. What was due before this life, or before it was stopped, is settled. */
  async begin(name: string, policy: CronPolicy, schedule: Schedule): Promise<void> {
    const { os, book, replan, missed, warn } = this.#parts;
    const nowWallMs = os.wallMs();
    const kept: Kept = { policy, waiting: [] };
    this.#kept.set(name, kept);
    const isFirst = !this.#resumed.has(name);
    this.#resumed.add(name);
    const known = await book();
    if (this.#kept.get(name) !== kept) return;
    if (known === undefined && policy.catchUp !== undefined) {
      warn(name, "catch_up has no effect, there is no state_dir to remember runs in");
    }
    const lastWallMs = known?.lastWallMs(name, policy);
    const isNew = lastWallMs === undefined || !isFirst;
    if (isNew && schedule.kind !== "once") return await known?.note(name, policy, nowWallMs);
    const made = isNew ? {} : policy;
    const resumption = resumePlan(schedule, made, lastWallMs ?? nowWallMs, nowWallMs);
    const { plan, dues, missed: count } = resumption;
    if (!kept.wasDue) replan(name, plan);
    if (count > 0) missed(name, count);
    if (dues.length > 0) return this.#makeUp(name, kept, resumption);
    if (plan.dueWallMs !== undefined) {
      await known?.note(name, policy, Math.max(nowWallMs, lastWallMs ?? 0));
    } else if (schedule.next(lastWallMs ?? -Infinity) !== undefined) {
      warn(name, pastText(policy));
    }
  }

  #makeUp(name: string, kept: Kept, { plan, dues }: Resumption): void {
    const { os } = this.#parts;
    const untilNextMs = (plan.dueWallMs ?? Infinity) - os.wallMs();
    const isLast = plan.dueWallMs === undefined;
    dues.forEach((dueWallMs, at) => {
      const delayMs = at > 0 ? 0 : jitterDelayMs(kept.policy.jitterMs, untilNextMs, os.random());
      kept.waiting.push({ dueWallMs, delayMs, isLast, isCaughtUp: true });
    });
    this.rested(name);
  }

  /** Goes on with a schedule that another incarnation has begun. */
  resume(name: string, policy: CronPolicy): void {
    this.#kept.set(name, { policy, waiting: [] });
  }

  /** A moment of the schedule has come. */
  due(name: string, due: Due): void {
    const kept = this.#kept.get(name);
    if (kept === undefined) return;
    kept.wasDue = true;
    const isBehind = kept.waiting.length > 0 || kept.writing !== undefined;
    if (kept.policy.catchUp !== "all" || !isBehind) return this.#take(name, kept, due);
    if (kept.waiting.length < CAUGHT_UP_MAX) kept.waiting.push(due);
    else this.#parts.missed(name, 1);
  }

  /** A service has no job under way: what waits may come. */
  rested(name: string): void {
    const kept = this.#kept.get(name);
    if (kept === undefined || kept.writing !== undefined || this.#parts.isBusy(name)) return;
    const due = kept.waiting.shift();
    if (due !== undefined) this.#take(name, kept, due);
  }

  /** A schedule ends. What was not started is made up for in the next life. */
  end(name: string): void {
    this.#kept.delete(name);
    this.#later.get(name)?.cancel();
    this.#later.delete(name);
  }

  handOver(): DueHandover {
    const waiting = [...this.#kept].map(([name, { waiting: left, writing }]) =>
      [name, writing === undefined ? left : [writing, ...left]] as const
    );
    const later = [...this.#later].map(([name, { dueWallMs, atMs }]) => ({
      name,
      dueWallMs,
      atMs,
    }));
    return { resumed: [...this.#resumed], waiting, later };
  }

  /** The schedules themselves have been taken over before. */
  takeOver({ resumed, waiting, later }: DueHandover): void {
    for (const name of resumed) this.#resumed.add(name);
    for (const [name, dues] of waiting) {
      this.#kept.get(name)?.waiting.push(...dues);
      this.rested(name);
    }
    for (const { name, dueWallMs, atMs } of later) {
      this.#noteLater(name, dueWallMs, atMs - this.#parts.os.nowMs());
    }
  }

  #take(name: string, kept: Kept, due: Due): void {
    const { start } = this.#parts;
    if (due.delayMs > 2 * AHEAD_MS) {
      this.#noteLater(name, due.dueWallMs, due.delayMs - AHEAD_MS);
      return start(name, due);
    }
    kept.writing = due;
    void this.#note(name, kept.policy, due.dueWallMs).then(() => {
      delete kept.writing;
      if (this.#kept.get(name) !== kept) return;
      start(name, due);
      // Nothing came of it where the service is disabled.
      this.rested(name);
    });
  }

  #noteLater(name: string, dueWallMs: number, delayMs: number): void {
    const { os } = this.#parts;
    this.#later.get(name)?.cancel();
    const cancel = os.setTimer(Math.max(0, delayMs), () => {
      this.#later.delete(name);
      const kept = this.#kept.get(name);
      if (kept !== undefined) void this.#note(name, kept.policy, dueWallMs);
    });
    this.#later.set(name, { dueWallMs, atMs: os.nowMs() + delayMs, cancel });
  }

  async #note(name: string, policy: CronPolicy, dueWallMs: number): Promise<void> {
    const { os, book } = this.#parts;
    let cancel = () => {};
    const tooLong = new Promise<void>((resolve) => cancel = os.setTimer(WRITE_MAX_MS, resolve));
    const written = book().then((known) => known?.note(name, policy, dueWallMs));
    await Promise.race([written, tooLong]);
    cancel();
  }
}
