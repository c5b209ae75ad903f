/**
 * Whether a service can run now, once, because somebody asks: a cron service whatever its schedule
 * says, a oneshot service whether or not it has run before; and what is remembered of it for
 * whoever asked.
 */
import type { ExitStatus } from "../../base/exit_status.ts";
import type { CronPolicy, ServiceConfig } from "../../config/model.ts";
import { admitRun } from "../schedule/cron_run.ts";
import { type Job, type JobEndCause, jobsOf } from "./job.ts";
import { occupancyOf } from "./job_slots.ts";
import { isGone, mainPid, type Phase, type ServiceState } from "./phase.ts";
import type { Turn } from "./turn.ts";

/** What asking for a run leads to. `text` says in a sentence why there is none. */
export type AskedRunVerdict =
  | { readonly kind: "now" }
  /** As soon as the present run has ended. */
  | { readonly kind: "queued" }
  /** As soon as the present run, which is told to end, has ended. */
  | { readonly kind: "replacing" }
  | { readonly kind: "refused"; readonly text: string };

/**
 * Says what asking for a run of the service leads to in its present state; `overlap` is respected.
 */
export function judgeAskedRun(
  config: Pick<ServiceConfig, "name" | "type" | "cron" | "maxInstances">,
  { phase }: Pick<ServiceState, "phase">,
): AskedRunVerdict {
  const { name, type, cron } = config;
  if (type !== "cron" && type !== "oneshot") {
    return refused(`${name} is of type ${type}; only cron and oneshot services can be run`);
  }
  if (isGone(phase)) return { kind: "now" };
  if (type === "oneshot" || phase.kind !== "armed") return refused(`${name} ${busyText(phase)}`);
  const occupancy = occupancyOf(config, phase);
  const { queued } = occupancy;
  const running = occupancy.running || phase.job?.asked !== undefined;
  const overlap = cron?.overlap ?? "skip";
  switch (admitRun(overlap, { ...occupancy, running })) {
    case "launch":
    case "join":
      return { kind: "now" };
    case "queue":
      return { kind: "queued" };
    case "replace":
      return { kind: "replacing" };
    case "skip":
      return refused(`${name} ${whyFull(overlap, queued)}`);
  }
}

function whyFull(overlap: CronPolicy["overlap"], queued: boolean): string {
  if (queued) return "is still running, and another run waits for its end already";
  return overlap === "parallel"
    ? "runs as often already as its max_instances allows"
    : "is still running, and its overlap is skip";
}

function busyText(phase: Phase): string {
  switch (phase.kind) {
    case "stopping":
    case "finishing":
      return "is being stopped";
    case "waiting":
      return "is about to start already";
    case "backoff":
      return "is about to be tried again already";
    default: {
      const pid = mainPid(phase);
      return pid === undefined ? "is running already" : `is running already (pid ${pid})`;
    }
  }
}

function refused(text: string): AskedRunVerdict {
  return { kind: "refused", text };
}

/**
 * Returns a ticket that no run of the service has had, in this incarnation or a former
 * one.
 */
export function nextTicket({ phase, askedRun }: ServiceState, nowMs: number): number {
  const present = phase.kind === "armed"
    ? [...jobsOf(phase).map(({ asked = 0 }) => asked), phase.queuedAsked ?? 0]
    : [];
  return Math.max(Math.floor(nowMs), 1 + Math.max(askedRun?.ticket ?? 0, ...present));
}

/** Whether the run of that ticket is still to come or under way. */
export function hasAskedRun(phase: Phase, ticket: number): boolean {
  if (phase.kind !== "armed") return false;
  return phase.queuedAsked === ticket || jobsOf(phase).some(({ asked }) => asked === ticket);
}

/** The job of a process that is being started or has been; undefined for what is no job. */
export function jobOfProcess(phase: Phase, pid: number): Job | undefined {
  if (phase.kind !== "armed") return undefined;
  const jobs = jobsOf(phase);
  return jobs.find((job) => "pid" in job && job.pid === pid) ??
    jobs.find((job) => job.kind === "launching" && job.pid === undefined);
}

/**
 * Somebody wants one run of a cron service that is at rest: its schedule is not set up for that.
 */
export function runOnce(turn: Turn, ticket: number): void {
  const isOnce = turn.state.phase.kind === "done" ? "done" : "down";
  turn.state = { ...turn.state, restartsUsed: 0 };
  turn.phase({
    kind: "armed",
    sinceMs: turn.nowMs,
    isOnce,
    job: { kind: "waiting", asked: ticket },
  });
}

/** How a job has come to its end. */
export interface JobEnd {
  readonly status: ExitStatus;
  /** Why it was told to end, if it was. */
  readonly cause?: JobEndCause;
  /** Why it had no process. */
  readonly notStarted?: string;
}

const CAUSE_TEXTS: Readonly<Record<JobEndCause, string>> = {
  timeout: "was ended by run_timeout",
  overlap: "was ended to make room for the next run (overlap: kill)",
  stop: "was stopped",
};

/** Keeps how a run ended for whoever asked for it; no other job has a ticket. */
export function noteAskedRun(turn: Turn, ticket: number | undefined, end: JobEnd): void {
  if (ticket === undefined) return;
  const { status, cause, notStarted } = end;
  const failure = cause === undefined
    ? notStarted && `could not be started: ${notStarted}`
    : CAUSE_TEXTS[cause];
  const text = failure === undefined ? {} : { text: failure };
  const normal = failure === undefined && turn.isNormal(status);
  turn.state = { ...turn.state, askedRun: { ticket, status, normal, ...text } };
}
