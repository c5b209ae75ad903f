/**
 * The end of a cron service's job: by itself, or because somebody or something ends it before its
 * time; and what follows it, which is another try, the job that is queued, or the schedule.
 */
import { formatHumanDuration } from "../../base/duration.ts";
import type { ExitStatus } from "../../base/exit_status.ts";
import { SIGNAL } from "../../base/signals.ts";
import type { StopStep } from "../../config/model.ts";
import { type JobEnd, noteAskedRun } from "./asked_run.ts";
import type { EventOf } from "./event.ts";
import { exitKills, givenUp, giveUp } from "./exits.ts";
import { describeJobEnd, JOB_END_CAUSES } from "./job_end_text.ts";
import { type Job, type JobEndCause, jobsOf } from "./job.ts";
import { inFront, mostJobs, tryAgain, withJob } from "./job_slots.ts";
import { decideRestart } from "./restart_policy.ts";
import { planStop, STOP_COMMAND_STEP } from "./stop_plan.ts";
import { STRAY_RECHECK_MS } from "./stopping.ts";
import type { PhaseOf, Turn } from "./turn.ts";

type Armed = PhaseOf<"armed">;
type JobOf<K extends Job["kind"]> = Extract<Job, { kind: K }>;

/** Applies the restart rules to a job that has failed. What is queued or due next comes first. */
export function judgeJob(turn: Turn, phase: Armed, jobEnd: JobEnd): void {
  const { config, state } = turn;
  const { status } = jobEnd;
  const what = describeJobEnd(config.name, jobEnd);
  const { when } = config.restart;
  const policy = { ...config.restart, when: when === "always" ? "on-failure" : when } as const;
  // Jobs side by side are each tried again as often as one alone.
  const used = mostJobs(config) > 1 ? phase.job?.retries ?? 0 : state.restartsUsed;
  const history = { status, normal: false, upMs: 0, used };
  const decision = decideRestart(policy, history, turn.random);
  if (decision.kind === "retry" && state.enabled && phase.isQueued === undefined) {
    turn.state = { ...state, restartsUsed: decision.used };
    const left = decision.left === Infinity ? "no limit" : `${decision.left} left`;
    turn.log("debug", `${config.name} pausing between restart retries (${left})`);
    const pause = formatHumanDuration(decision.delayMs);
    turn.log("info", `${what}; it is tried again in ${pause} (${left})`);
    const deadlineMs = turn.nowMs + decision.delayMs;
    const retries = mostJobs(config) > 1 ? { retries: decision.used } : {};
    return turn.phase(tryAgain(phase, { deadlineMs, ...retries }));
  }
  if (config.ignoreFailures) {
    turn.log("debug", `${config.name} abnormal process exit ignored due to ignore_failures=true`);
    forgetExit(turn);
  } else turn.tellAbnormal("err", status, what);
  if (decision.kind === "give-up") {
    turn.state = giveUp({ ...turn.state, restartsUsed: state.restartsUsed }, decision.reason);
  }
  goOn(turn, phase, jobEnd);
  if (decision.kind === "give-up") {
    const failure = givenUp(turn, { what, status, limit: decision.reason });
    turn.effect({ kind: "gave-up", failure });
  }
}

/** A job is over: the queued one follows, or those beside it, or the schedule, or nothing. */
export function goOn(turn: Turn, phase: Armed, jobEnd: JobEnd): void {
  noteAskedRun(turn, phase.job?.asked, jobEnd);
  const { status } = jobEnd;
  const { isQueued, queuedAsked, queuedDue, ...rest } = withJob(phase, undefined);
  if (isQueued) {
    const asked = queuedAsked === undefined ? {} : { asked: queuedAsked };
    const due = queuedDue === undefined ? {} : { due: queuedDue };
    return turn.phase(withJob(rest, { kind: "waiting", ...asked, ...due }));
  }
  if (rest.job !== undefined) return turn.phase(rest);
  if (phase.isOnce === "down") return turn.phase({ kind: "down" });
  if (!phase.isLast && phase.isOnce === undefined) return turn.phase(rest);
  if (turn.isNormal(status) || turn.config.ignoreFailures) {
    return turn.phase({ kind: "done", status });
  }
  const failure = turn.ended(status, describeJobEnd(turn.config.name, jobEnd));
  turn.phase({ kind: "failed", failure, status });
}

/** A service that is as if it had not run does not show how it ended. */
export function forgetExit(turn: Turn): void {
  const { lastStatus: _forgotten, ...rest } = turn.state;
  turn.state = { ...rest, restartsUsed: 0 };
}

// Ending a job before its time.

/** What counts for the service where a job was ended on purpose. */
const NOT_RUN: ExitStatus = { kind: "exited", code: 0 };

/** Ends the job that there is; where none runs, what would come next comes at once. */
export function end(
  turn: Turn,
  phase: Armed,
  cause: JobEndCause,
  strays: readonly number[] = [],
): void {
  const { job } = phase;
  switch (job?.kind) {
    case "launching":
    case "running": {
      const { pid } = job;
      if (pid === undefined) return;
      const steps = planStop(turn.config, turn.stopBudgetMs());
      return takeStep(turn, phase, { kind: "ending", pid, strays, steps, step: 0, cause });
    }
    case "ending":
      return turn.phase(cause === "stop" ? withJob(phase, { ...job, cause }) : phase);
    default:
      return goOn(turn, phase, { status: NOT_RUN, cause });
  }
}

/** Sends the signal of the step and sets the deadline that leads to the next. */
export function takeStep(turn: Turn, phase: Armed, job: JobOf<"ending">): void {
  const { deadlineMs: _past, ...rest } = job;
  const { signal, waitMs } = job.steps[job.step] as StopStep;
  const pauseMs = waitMs ?? (job.pid === undefined ? STRAY_RECHECK_MS : undefined);
  turn.phase(withJob(
    phase,
    pauseMs === undefined ? rest : { ...rest, deadlineMs: turn.nowMs + pauseMs },
  ));
  if (signal === STOP_COMMAND_STEP) return turn.effect({ kind: "run-stop-command" });
  const isOwnAlone = job.pid !== undefined && signal !== SIGNAL.SIGKILL;
  const strays = isOwnAlone ? [] : job.strays;
  for (const pid of job.pid === undefined ? strays : [job.pid, ...strays]) {
    turn.effect({ kind: "signal", pid, signal });
  }
}

/** A process has ended while the job was being ended. */
export function exitedAtEnd(
  turn: Turn,
  phase: Armed,
  job: JobOf<"ending">,
  event: EventOf<"exited">,
): void {
  const { pid, ...others } = job;
  const { strays } = event;
  if (event.pid !== pid) {
    if (pid === undefined) leftovers(turn, phase, { ...job, strays });
    return;
  }
  turn.noteExit(event.pid, event.status, job.cause && JOB_END_CAUSES[job.cause]);
  const ended = { ...others, strays, status: event.status };
  if (strays.length === 0) return afterEnd(turn, phase, ended);
  const { signal } = job.steps[job.step] as StopStep;
  turn.phase(withJob(phase, { ...ended, deadlineMs: turn.nowMs + STRAY_RECHECK_MS }));
  for (const stray of strays) turn.effect({ kind: "signal", pid: stray, signal });
}

function leftovers(turn: Turn, phase: Armed, job: JobOf<"ending">): void {
  if (job.strays.length === 0) return afterEnd(turn, phase, job);
  turn.phase(withJob(phase, job));
}

/** All processes of a job are gone that was told to end, or that had crashed. */
export function afterEnd(turn: Turn, phase: Armed, job: JobOf<"ending">): void {
  const status = job.status ?? { kind: "exited", code: 0 };
  if (turn.config.exitKills) {
    const why = describeJobEnd(turn.config.name, { ...job, status });
    return exitKills(turn, status, why);
  }
  if (job.cause === undefined) return judgeJob(turn, phase, { status });
  if (job.cause === "timeout") return judgeJob(turn, phase, { status, cause: job.cause });
  forgetExit(turn);
  goOn(turn, phase, { status: NOT_RUN, cause: job.cause });
}

/** Ends all jobs, and keeps the schedule. */
export function endAll(turn: Turn, phase: Armed, strays: readonly number[] = []): void {
  turn.phase(phase);
  for (const job of jobsOf(phase)) {
    const { phase: now } = turn.state;
    if (now.kind === "armed") end(turn, inFront(now, (each) => each === job), "stop", strays);
  }
}

/** Says why the job of a process was told to end; undefined for one that ended by itself. */
export function jobEndCause(phase: Turn["state"]["phase"], pid: number): JobEndCause | undefined {
  if (phase.kind === "stopping") return "stop";
  if (phase.kind !== "armed") return undefined;
  const job = jobsOf(phase).find((each) => each.kind === "ending" && each.pid === pid);
  return job?.kind === "ending" ? job.cause : undefined;
}
