/** The end of a job of a cron service as text. */
import { describeExit } from "../../base/exit_status.ts";
import type { JobEnd } from "./asked_run.ts";
import type { JobEndCause } from "./job.ts";

/** Why chaperone has ended the process of a job. */
export const JOB_END_CAUSES: Readonly<Record<JobEndCause, string>> = {
  timeout: "its run_timeout was over",
  overlap: "the next run was due (overlap: kill)",
  stop: "it was asked to stop",
};

/** Says how a job has ended, and names run_timeout where that has ended it. */
export function describeJobEnd(
  name: string,
  { status, cause }: Omit<JobEnd, "notStarted">,
): string {
  if (cause === "timeout") return `${name} was ended by its run_timeout`;
  return `${name} ${describeExit(status)}`;
}
