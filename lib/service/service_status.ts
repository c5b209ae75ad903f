/** Which word stands for a service's state in `telchap status`, see chaperone 0.3.9. */
import type { ExitStatus } from "../base/exit_status.ts";
import { signalName } from "../base/signals.ts";
import type { ServiceType } from "../config/model.ts";
import type { ServiceState } from "./life/phase.ts";

/** What the word depends on. */
export interface ServiceView {
  readonly type: ServiceType;
  readonly state: ServiceState;
  /** A run of a cron service lives at the moment. */
  readonly jobRuns: boolean;
  /** Nothing but a start is missing: its prerequisites are there, it has not failed. */
  readonly startable: boolean;
  /** 0 is unlimited. */
  readonly restartLimit: number;
}

/**
 * Names the state. A service that is being stopped is `running` as long as its process is, since
 * scripts know no other word; `-` where no word fits.
 */
export function describeStatus(view: ServiceView): string {
  const { phase, lastStatus, enabled } = view.state;
  switch (phase.kind) {
    case "starting":
      return phase.awaiting === "ready" ? "activating" : "starting";
    case "waiting":
    case "launching":
      return "starting";
    case "up":
      return phase.pid === undefined || phase.attached ? "started" : "running";
    case "stopping":
    case "finishing":
      return "running";
    case "done":
      return "started";
    case "armed":
      if (view.jobRuns) return "running";
  }
  // Whoever takes a schedule away also takes away what became of its jobs.
  if (view.type === "cron" && phase.kind === "down") return enabled ? "-" : "disabled";
  const abnormal = lastStatus && describeAbnormal(lastStatus);
  if (abnormal) return abnormal + describeRestartsLeft(view);
  if (!enabled) return "disabled";
  if (phase.kind === "armed") return view.type === "cron" ? "waiting" : "ready";
  return view.startable ? "ready" : "-";
}

function describeAbnormal(status: ExitStatus): string | undefined {
  if (status.kind === "signaled") return signalName(status.signal);
  return status.code === 0 ? undefined : `exit(${status.code})`;
}

function describeRestartsLeft(view: ServiceView): string {
  const used = view.state.restartsUsed;
  const left = view.restartLimit - used;
  return used > 0 && left > 0 ? `+r#${left}` : "";
}
