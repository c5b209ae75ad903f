/** What is remembered of the runs of a service, as an immutable value. */
import { describeExit, type ExitStatus, shellExitCode } from "../../base/exit_status.ts";

/** How many runs are kept. */
export const RUNS_KEPT = 20;

/** Why a run was ended from outside. */
export type RunCause = "timeout" | "overlap" | "stop";

/** One run. What is known only at its end is absent while it lasts. */
export interface RunRecord {
  /** The serial number of the service, as its environment has it. */
  readonly serial: number;
  /** When it was to start; absent for one that somebody asked for, or that was tried again. */
  readonly dueWallMs?: number;
  /** It was due while no chaperone was there. */
  readonly caughtUp?: true;
  /** Wall clock. */
  readonly startWallMs: number;
  /** Wall clock; may be before the start where the clock was set. */
  readonly endWallMs?: number;
  /** By the monotonic clock. */
  readonly durationMs?: number;
  readonly exit?: ExitStatus;
  /** Whether the exit counts as normal for this service. */
  readonly normal?: boolean;
  readonly cause?: RunCause;
  /** Somebody asked for it; the schedule did not. */
  readonly asked?: true;
  /** It was of an earlier life of the container; without an exit it ended with that. */
  readonly former?: true;
}

/** The last runs, and the totals of this life. */
export interface RunHistory {
  /** Oldest first; those of earlier lives before all others. */
  readonly runs: readonly RunRecord[];
  readonly started: number;
  /** Those of them that somebody asked for. */
  readonly asked: number;
  readonly failed: number;
  /** Those that made up for the time in which no chaperone was there. */
  readonly caughtUp: number;
  /** Due moments that passed without a run, because chaperone or the clock was elsewhere. */
  readonly missed: number;
  /** Due moments that were given up because a run was still under way. */
  readonly skipped: number;
}

/** The history of a service that has not run. */
export const NO_RUNS: RunHistory = {
  runs: [],
  started: 0,
  asked: 0,
  failed: 0,
  caughtUp: 0,
  missed: 0,
  skipped: 0,
};

/** Adds a run that begins. */
export function beginRun(
  history: RunHistory,
  run: Pick<RunRecord, "serial" | "startWallMs" | "asked" | "dueWallMs" | "caughtUp">,
): RunHistory {
  const runs = [...history.runs, run].slice(-RUNS_KEPT);
  const asked = history.asked + (run.asked ? 1 : 0);
  const caughtUp = history.caughtUp + (run.caughtUp ? 1 : 0);
  return { ...history, runs, started: history.started + 1, asked, caughtUp };
}

/** Puts what is known of earlier lives before the runs of this one. */
export function recallRuns(history: RunHistory, former: readonly RunRecord[]): RunHistory {
  const recalled = former.map((run) => ({ ...run, former: true as const }));
  return { ...history, runs: [...recalled, ...history.runs].slice(-RUNS_KEPT) };
}

/** What is known at the end of a run. */
export type RunEnd = Required<Pick<RunRecord, "endWallMs" | "durationMs" | "exit" | "normal">> & {
  readonly cause?: RunCause;
};

/**
 * Completes the run with this serial number. One that is no longer kept counts in the totals only.
 */
export function endRun(history: RunHistory, serial: number, end: RunEnd): RunHistory {
  const runs = history.runs.map((run) =>
    run.serial === serial && !run.former ? { ...run, ...end } : run
  );
  return { ...history, runs, failed: history.failed + (end.normal ? 0 : 1) };
}

/** Counts due moments that passed without a run. */
export function countMissed(history: RunHistory, count: number): RunHistory {
  return count === 0 ? history : { ...history, missed: history.missed + count };
}

/** Counts a due moment that was given up because a run was still under way. */
export function countSkipped(history: RunHistory): RunHistory {
  return { ...history, skipped: history.skipped + 1 };
}

/** Returns what the command of `on_failure` finds in its environment about a run that has ended. */
export function failureEnvironment(service: string, run: RunRecord): Record<string, string> {
  const variables: Record<string, string> = {
    _CHAP_FAILED_SERVICE: service,
    _CHAP_FAILED_SERIAL: String(run.serial),
    _CHAP_FAILED_START: new Date(run.startWallMs).toISOString(),
  };
  if (run.endWallMs !== undefined) {
    variables["_CHAP_FAILED_END"] = new Date(run.endWallMs).toISOString();
  }
  if (run.durationMs !== undefined) {
    variables["_CHAP_FAILED_SECONDS"] = (run.durationMs / 1000).toFixed(3);
  }
  if (run.exit !== undefined) {
    variables["_CHAP_FAILED_CODE"] = String(shellExitCode(run.exit));
    variables["_CHAP_FAILED_REASON"] = describeEnd(run.exit, run.cause);
  }
  return variables;
}

function describeEnd(exit: ExitStatus, cause: RunCause | undefined): string {
  const text = describeExit(exit);
  if (cause === "timeout") return `${text} after run_timeout`;
  if (cause === "overlap") return `${text} to make room for the next run`;
  return cause === "stop" ? `${text} when it was stopped` : text;
}
