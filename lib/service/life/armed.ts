/**
 * What is scheduled or listens. A cron service runs its jobs within the phase, one at a time unless
 * `overlap` is `parallel`; an inetd service has any number of processes, which the phase does not know; a service
 * that starts on demand leaves the phase with the first connection.
 */
import { describeExit, formatProcStatus } from "../../base/exit_status.ts";
import { admitRun } from "../schedule/cron_run.ts";
import { judgeAskedRun } from "./asked_run.ts";
import { asExit, type Event, type EventOf } from "./event.ts";
import { exitKills } from "./exits.ts";
import {
  afterEnd,
  end,
  endAll,
  exitedAtEnd,
  forgetExit,
  goOn,
  judgeJob,
  takeStep,
} from "./job_end.ts";
import { type Job, jobPids, jobsOf, nextDeadline } from "./job.ts";
import { addJob, inFront, mostJobs, occupancyOf, withJob } from "./job_slots.ts";
import { forgetProcess } from "./phase.ts";
import { launchProcess, started } from "./starting.ts";
import { STRAY_STEPS } from "./stop_plan.ts";
import { stopOnEvent } from "./stopping.ts";
import type { PhaseOf, Turn } from "./turn.ts";

type Armed = PhaseOf<"armed">;

/** The schedule is set up, or the sockets listen. */
export function becomeArmed(turn: Turn): void {
  const { name, type, cron } = turn.config;
  if (type === "cron") {
    const times = cron?.onceAt === undefined ? cron?.interval ?? "" : `once at ${cron.onceAt}`;
    turn.log("debug", `cron service ${name} scheduled using interval spec '${times}'`);
    turn.log("info", `${name} is scheduled: ${times}`);
  } else if (type === "inetd") {
    turn.log("debug", `inetd service ${name} listening on ${placeOf(turn)}`);
    turn.log("info", `${name} is listening on ${placeOf(turn)}`);
  } else {
    turn.log("info", `${name} is listening on ${placeOf(turn)}, starts with the first connection`);
  }
  started(turn);
  turn.phase({ kind: "armed", sinceMs: turn.nowMs });
}

/** Carries an event through an armed service. */
export function armed(turn: Turn, phase: Armed, event: Event): void {
  switch (event.kind) {
    case "due":
      return due(turn, phase, event);
    case "run-asked":
      return askedWhileArmed(turn, phase, event.ticket);
    case "demanded":
      return turn.state.enabled ? launchProcess(turn) : undefined;
    case "start":
      turn.log("debug", `service ${turn.config.name} already started.  further starts ignored.`);
      return;
    case "stop":
      return stopArmed(turn, phase, event);
    case "reset":
      return reset(turn, phase, event);
    default:
      return ofOneJob(turn, phase, event);
  }
}

/** Carries an event through the job that it is about. */
function ofOneJob(turn: Turn, armed: Armed, event: Event): void {
  const phase = inFront(armed, isMeant(armed, event));
  switch (event.kind) {
    case "prerequisites-ready":
      return ready(turn, phase, event);
    case "prerequisite-failed":
      if (phase.job?.kind === "waiting") notStarted(turn, phase, event.failure.text);
      return;
    case "requirement-missing":
      if (phase.job?.kind === "waiting") notStarted(turn, phase, event.text);
      return;
    case "spawned":
      return spawned(turn, phase, event);
    case "launched":
      return launched(turn, phase, event.pid);
    case "launch-failed":
      return launchFailed(turn, phase, withOwnStrays(phase, event));
    case "spawn-failed":
      return notStarted(turn, phase, event.text);
    case "exited":
      return exited(turn, phase, withOwnStrays(phase, event));
    case "deadline":
      return deadline(turn, phase, withOwnStrays(phase, event));
    default:
      return;
  }
}

/** Tells which job an event is about; where that is none, the rules for one job pass over it. */
function isMeant(phase: Armed, event: Event): (job: Job) => boolean {
  switch (event.kind) {
    case "prerequisites-ready":
    case "prerequisite-failed":
    case "requirement-missing":
      return ({ kind }) => kind === "waiting";
    case "spawned":
    case "spawn-failed":
      return (job) => job.kind === "launching" && job.pid === undefined;
    case "launched":
    case "launch-failed":
      return (job) => "pid" in job && job.pid === event.pid;
    case "exited": {
      const isOwn = jobPids(phase).includes(event.pid);
      return (job) =>
        isOwn ? "pid" in job && job.pid === event.pid : job.kind === "ending" &&
          job.strays.includes(event.pid);
    }
    case "deadline": {
      const deadlineMs = nextDeadline(phase);
      return (job) => "deadlineMs" in job && job.deadlineMs === deadlineMs;
    }
    default:
      return () => false;
  }
}

/** What is left behind may be of a job that still runs: it is ended after the last one. */
function withOwnStrays<E extends EventOf<"exited" | "launch-failed" | "deadline">>(
  { besides }: Armed,
  event: E,
): E {
  return besides === undefined ? event : { ...event, strays: [] };
}

// Start of a job.

/** A moment of the schedule has come: the policy `overlap` says what it leads to. */
function due(turn: Turn, phase: Armed, event: EventOf<"due">): void {
  const { cron } = turn.config;
  if (!turn.state.enabled) return;
  const now: Armed = event.isLast ? { ...phase, isLast: true } : phase;
  const moment = event.due === undefined ? {} : { queuedDue: event.due };
  const action = admitRun(cron?.overlap ?? "skip", occupancyOf(turn.config, phase));
  switch (action) {
    case "launch":
    case "join": {
      turn.state = { ...turn.state, restartsUsed: 0 };
      const job = firstStep(turn, event);
      return turn.phase(action === "join" ? addJob(now, job) : withJob(now, job));
    }
    case "skip":
      turn.effect({ kind: "job-skipped" });
      tellSkipped(turn, phase);
      return turn.phase(now);
    case "queue":
      return turn.phase({ ...now, isQueued: true, ...moment });
    case "replace":
      return end(turn, { ...now, isQueued: true, ...moment }, "overlap");
    default:
      return action satisfies never;
  }
}

/** Somebody wants the job to run now; what `due` would skip is refused by whoever asks. */
function askedWhileArmed(turn: Turn, phase: Armed, ticket: number): void {
  const verdict = judgeAskedRun(turn.config, turn.state);
  switch (verdict.kind) {
    case "now": {
      turn.state = { ...turn.state, restartsUsed: 0 };
      const job: Job = { kind: "waiting", asked: ticket };
      const isOneOfMany = mostJobs(turn.config) > 1;
      return turn.phase(isOneOfMany ? addJob(phase, job) : withJob(phase, job));
    }
    case "queued":
      return turn.phase({ ...phase, isQueued: true, queuedAsked: ticket });
    case "replacing":
      return end(turn, { ...phase, isQueued: true, queuedAsked: ticket }, "overlap");
    case "refused":
      return;
    default:
      return verdict satisfies never;
  }
}

function tellSkipped(turn: Turn, phase: Armed): void {
  const { name, cron } = turn.config;
  turn.log(
    "debug",
    `cron service ${name} is still running when next interval expired, will not run again`,
  );
  const { length } = jobsOf(phase);
  const text = cron?.overlap === "parallel"
    ? `${name} is due and skipped, since ${length} of its runs go on (max_instances)`
    : `${name} is due and skipped, since its last run goes on (overlap: skip)`;
  turn.log("warn", text);
}

function firstStep(turn: Turn, { delayMs, due }: EventOf<"due">): Job {
  const origin = due === undefined ? {} : { due };
  if (delayMs <= 0) return { kind: "waiting", ...origin };
  return { kind: "delayed", deadlineMs: turn.nowMs + delayMs, isRetry: false, ...origin };
}

function ready(turn: Turn, phase: Armed, event: EventOf<"prerequisites-ready">): void {
  if (phase.job?.kind !== "waiting") return;
  if (event.idleUntilMs !== undefined && event.idleUntilMs > turn.nowMs) {
    const deadlineMs = event.idleUntilMs;
    return turn.phase(withJob(phase, { kind: "delayed", deadlineMs, isRetry: false }));
  }
  const { name, command, exitKills } = turn.config;
  turn.log("debug", `cron service ${name} running CMD ( ${command} )`);
  turn.log("info", `${name} runs: ${command}`);
  if (exitKills) turn.tellExitKills("ahead");
  turn.state = forgetProcess(turn.state);
  turn.phase(withJob(phase, { kind: "launching" }));
  turn.effect({ kind: "launch" });
}

function spawned(turn: Turn, phase: Armed, event: EventOf<"spawned">): void {
  if (phase.job?.kind !== "launching") return;
  const { pid, isLaunching } = event;
  turn.state = { ...turn.state, lastPid: pid, launchedMs: turn.nowMs };
  const launching = withJob(phase, { kind: "launching", pid });
  if (isLaunching) turn.phase(launching);
  else launched(turn, launching, pid);
}

function launched(turn: Turn, phase: Armed, pid: number): void {
  if (phase.job?.kind !== "launching" || phase.job.pid !== pid) return;
  const limitMs = turn.config.cron?.runTimeoutMs;
  turn.phase(withJob(phase, {
    kind: "running",
    pid,
    sinceMs: turn.nowMs,
    ...(limitMs === undefined ? {} : { deadlineMs: turn.nowMs + limitMs }),
  }));
}

function launchFailed(turn: Turn, phase: Armed, event: EventOf<"launch-failed">): void {
  const { job } = phase;
  if (job?.kind === "ending") return exitedAtEnd(turn, phase, job, asExit(event));
  if (job?.kind === "launching" && job.pid === event.pid) notStarted(turn, phase, event.text);
}

function notStarted(turn: Turn, phase: Armed, text: string): void {
  const { name } = turn.config;
  turn.log("debug", `cron service ${name} failed to start: ${text}`);
  turn.log("err", text.includes(name) ? text : `${name} was not started: ${text}`);
  goOn(turn, phase, { status: { kind: "exited", code: 1 }, notStarted: text });
}

// End of a job.

function exited(turn: Turn, phase: Armed, event: EventOf<"exited">): void {
  const { job } = phase;
  if (turn.config.type === "inetd") return instanceExited(turn, event);
  if (job?.kind === "ending") return exitedAtEnd(turn, phase, job, event);
  if (job?.kind !== "running" || event.pid !== job.pid) return;
  const { status, strays } = event;
  const normal = turn.isNormal(status);
  turn.noteExit(event.pid, status);
  if (turn.config.exitKills) {
    if (!normal) turn.tellAbnormal("warn", status);
    return exitKills(turn, status);
  }
  if (normal) {
    turn.state = { ...turn.state, restartsUsed: 0 };
    return goOn(turn, phase, { status });
  }
  if (strays.length === 0) return judgeJob(turn, phase, { status });
  takeStep(turn, phase, { kind: "ending", strays, steps: STRAY_STEPS, step: 0, status });
}

function instanceExited(turn: Turn, event: EventOf<"exited">): void {
  const { name } = turn.config;
  const st = formatProcStatus(event.status);
  turn.log("debug", `${name} exit status for pid=${event.pid} is '${st}'`);
  if (turn.isNormal(event.status)) return;
  turn.log("err", `${name} ${describeExit(event.status)} (pid ${event.pid})`);
}

// Deadlines, stop, reset.

function deadline(turn: Turn, phase: Armed, event: EventOf<"deadline">): void {
  const { job } = phase;
  switch (job?.kind) {
    case "delayed":
      if (job.isRetry) turn.state = { ...turn.state, restartsTotal: turn.state.restartsTotal + 1 };
      return turn.phase(withJob(phase, { kind: "waiting" }));
    case "running": {
      const seconds = (turn.nowMs - job.sinceMs) / 1000;
      const text = `is still running after ${Number(seconds.toFixed(1))} s, which run_timeout ends`;
      turn.log("warn", `${turn.config.name} ${text}`);
      return end(turn, phase, "timeout", event.strays);
    }
    case "ending": {
      if (job.pid === undefined && event.strays.length === 0) return afterEnd(turn, phase, job);
      const step = Math.min(job.step + 1, job.steps.length - 1);
      return takeStep(turn, phase, { ...job, strays: event.strays, step });
    }
    default:
      return;
  }
}

function stopArmed(turn: Turn, phase: Armed, event: EventOf<"stop">): void {
  const { name, type } = turn.config;
  const count = event.strays.length;
  if (type === "inetd" && count > 0) {
    const text = `terminating ${count} processes on ${placeOf(turn)} that are still running`;
    turn.log("warn", `${name} ${text}`);
  }
  const [pid, ...besides] = jobPids(phase);
  if (pid === undefined && count === 0) return turn.rest();
  stopOnEvent(turn, pid, event, besides);
}

function placeOf(turn: Turn): string {
  const { port, listen } = turn.config;
  return port === undefined ? listen.join(", ") : `port ${port}`;
}

/** Ends the job and keeps the schedule; what listens is stopped altogether, as in 0.3.9. */
function reset(turn: Turn, phase: Armed, event: EventOf<"reset">): void {
  if (turn.config.type === "cron") {
    const { isQueued: _dropped, queuedAsked: _too, queuedDue: _moment, ...rest } = phase;
    if (phase.job === undefined) return forgetExit(turn);
    return endAll(turn, rest, event.strays);
  }
  const strays = event.strays ?? [];
  const budgetMs = turn.stopBudgetMs();
  stopArmed(turn, phase, { kind: "stop", cause: "request", budgetMs, strays });
}
