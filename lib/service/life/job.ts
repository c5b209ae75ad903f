/** A job of a cron service, and those that are under way. Times are of the monotonic clock. */
import type { ExitStatus } from "../../base/exit_status.ts";
import type { StopStep } from "../../config/model.ts";

/** A moment of the schedule. */
export interface DueMoment {
  readonly wallMs: number;
  /** It passed while no chaperone was there. */
  readonly isCaughtUp?: true;
}

/** Where a job comes from. It stays with the job through all its stages. */
interface Origin {
  /** The ticket of `run-asked`, where somebody asked for it. */
  readonly asked?: number;
  /** Absent where somebody asked for it, or where it is tried again. */
  readonly due?: DueMoment;
  /** How often it has been tried again; only with `overlap: parallel`. */
  readonly retries?: number;
}

/** A job of a cron service, from when it is due to the end of its processes. */
export type Job = Origin & JobStage;

type JobStage =
  /** Due, and something it needs is not there yet. */
  | { readonly kind: "waiting" }
  /** To be started at the deadline: put off by `jitter` or the idle delay, or tried again. */
  | { readonly kind: "delayed"; readonly deadlineMs: number; readonly isRetry: boolean }
  /** Its process is being started; without a pid, in this very turn. */
  | { readonly kind: "launching"; readonly pid?: number }
  /** With `run_timeout`, it is told to end at the deadline. */
  | {
    readonly kind: "running";
    readonly pid: number;
    readonly sinceMs: number;
    readonly deadlineMs?: number;
  }
  /** Told to end, or what it left behind is being ended. */
  | {
    readonly kind: "ending";
    readonly pid?: number;
    readonly strays: readonly number[];
    readonly steps: readonly StopStep[];
    readonly step: number;
    readonly deadlineMs?: number;
    /** Absent: it has crashed. */
    readonly cause?: JobEndCause;
    /** How its own process has ended. */
    readonly status?: ExitStatus;
  };

/** Why a job is ended. */
export type JobEndCause = "timeout" | "overlap" | "stop";

/** The jobs of a cron service that are under way: one, or with `overlap: parallel` several. */
interface Jobs {
  readonly job?: Job;
  readonly besides?: readonly Job[];
}

/** Returns them all, the oldest last. */
export function jobsOf({ job, besides = [] }: Jobs): readonly Job[] {
  return job === undefined ? [] : [job, ...besides];
}

/** Returns the processes of those that have one. */
export function jobPids(jobs: Jobs): readonly number[] {
  return jobsOf(jobs).flatMap((job) => "pid" in job && job.pid !== undefined ? [job.pid] : []);
}

/** Returns when the first of them wants a `deadline` event, if ever. */
export function nextDeadline(jobs: Jobs): number | undefined {
  const deadlines = jobsOf(jobs).flatMap((job) =>
    "deadlineMs" in job && job.deadlineMs !== undefined ? [job.deadlineMs] : []
  );
  return deadlines.length === 0 ? undefined : Math.min(...deadlines);
}
