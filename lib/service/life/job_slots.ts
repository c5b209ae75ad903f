/**
 * Several jobs of one cron service (`overlap: parallel`). Each is dealt with as if it were the only
 * one: an event brings the job that it is about to the front, where the rules for one job find it.
 */
import type { ServiceConfig } from "../../config/model.ts";
import { type Job, jobsOf } from "./job.ts";
import type { Occupancy } from "../schedule/cron_run.ts";
import type { PhaseOf } from "./turn.ts";

type Armed = PhaseOf<"armed">;

/** How many jobs of a service run side by side where `max_instances` does not say so. */
export const PARALLEL_DEFAULT = 10;

/** Returns how many jobs of the service may be under way. */
export function mostJobs({ cron, maxInstances }: Pick<ServiceConfig, "cron" | "maxInstances">) {
  return cron?.overlap === "parallel" ? maxInstances ?? PARALLEL_DEFAULT : 1;
}

/** Returns what is under way. A job alone that is yet to start makes room for the next one. */
export function occupancyOf(
  config: Pick<ServiceConfig, "cron" | "maxInstances">,
  phase: Armed,
): Occupancy {
  const jobs = jobsOf(phase);
  const most = mostJobs(config);
  const running = most > 1 ? jobs.length > 0 : jobs.some(({ kind }) => kind !== "delayed");
  return { running, queued: phase.isQueued ?? false, full: jobs.length >= most };
}

/** Puts a job in the place of the one in front, or nothing; then the next one comes to the front. */
export function withJob(phase: Armed, job: Job | undefined): Armed {
  const { job: former, besides = [], ...rest } = phase;
  if (job === undefined) return inSlots(rest, besides);
  const { asked = former?.asked, due = former?.due, retries = former?.retries } = job;
  const origin = {
    ...(asked === undefined ? {} : { asked }),
    ...(due === undefined ? {} : { due }),
    ...(retries === undefined ? {} : { retries }),
  };
  return inSlots(rest, [{ ...job, ...origin }, ...besides]);
}

/** Has the job in front be tried again, which is then no longer that of its moment. */
export function tryAgain(
  { job: failed, besides = [], ...rest }: Armed,
  { deadlineMs, retries }: { readonly deadlineMs: number; readonly retries?: number },
): Armed {
  const asked = failed?.asked === undefined ? {} : { asked: failed.asked };
  const tried = retries === undefined ? {} : { retries };
  const job: Job = { kind: "delayed", deadlineMs, isRetry: true, ...asked, ...tried };
  return inSlots(rest, [job, ...besides]);
}

/** Adds a job to those that are under way. */
export function addJob(phase: Armed, job: Job): Armed {
  const { job: _front, besides: _others, ...rest } = phase;
  return inSlots(rest, [job, ...jobsOf(phase)]);
}

/** Brings the oldest job to the front that is meant; where there is none, nothing changes. */
export function inFront(phase: Armed, isMeant: (job: Job) => boolean): Armed {
  const jobs = jobsOf(phase);
  const meant = jobs.findLast(isMeant);
  if (meant === undefined || meant === phase.job) return phase;
  const { job: _front, besides: _others, ...rest } = phase;
  return inSlots(rest, [meant, ...jobs.filter((job) => job !== meant)]);
}

function inSlots(rest: Omit<Armed, "job" | "besides">, jobs: readonly Job[]): Armed {
  const [job, ...besides] = jobs;
  if (job === undefined) return rest;
  return besides.length === 0 ? { ...rest, job } : { ...rest, job, besides };
}
