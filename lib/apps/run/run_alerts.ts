/** Joins alerts to the system. Imported by run_parts.ts where there is a section. */
import { Alerts } from "../../daemon/alerts/alerts.ts";
import type { Logging } from "../../daemon/logging/logging.ts";
import { lastLines } from "../../daemon/recorder/flight_recorder.ts";
import type { Supervisor } from "../../daemon/services/supervisor.ts";
import { createAlertOs } from "../../sys/alerts/alert_os.ts";
import type { OwnedOs } from "../../sys/os.ts";
import { hostName } from "../../sys/self/program.ts";
import type { RunRequest } from "./run_request.ts";

/** What alerts need of the rest. */
export interface AlertWiringParts {
  readonly os: OwnedOs;
  readonly logging: Logging;
  readonly supervisor: Supervisor;
  /** See `AlertsParts`. */
  readonly lacking: (service: string) => string | undefined;
}

/** How many lines of output a message has of each service. */
const LINES = 10;

/** Begins to watch. */
export function wireAlerts(
  { config, variables }: RunRequest,
  { os, logging, supervisor, lacking }: AlertWiringParts,
): Alerts {
  return new Alerts(config.alerts, {
    os,
    door: createAlertOs(os, variables),
    journal: logging,
    supervisor,
    lacking,
    host: hostName(),
    lastLines: (service, pid) => lastLines(logging.router.ring, service, pid).slice(-LINES),
  });
}
