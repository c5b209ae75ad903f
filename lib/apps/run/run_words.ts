/** What chaperone says of itself as it begins and as it ends. Part of run_container.ts. */
import type { Logging } from "../../daemon/logging/logging.ts";
import { formatExitLine } from "../../service/container_phase.ts";
import type { ShutdownCause } from "../../service/ending/exit_causes.ts";
import type { RecalledParts } from "../../daemon/recorder/recalled_life.ts";
import { hasTerminationLog } from "../../sys/state/termination_log.ts";
import type { OwnedOs } from "../../sys/os.ts";
import { becomeSubreaper } from "../../sys/processes/subreaper.ts";
import type { RunRequest } from "./run_request.ts";

/**
 * Has the kernel hand orphans of its services to a chaperone that is not process 1, and warns of
 * that; --force says that somebody knows.
 */
export function settleBelow({ options }: RunRequest, os: OwnedOs, logging: Logging): void {
  if (!becomeSubreaper()) {
    const text = "the kernel does not hand orphaned processes to chaperone: they are not reaped, " +
      "and a stop does not find them";
    logging.write({ level: "warn", text });
  }
  logging.write({
    level: options.force ? "info" : "warn",
    text: `chaperone is process ${os.pid}, not 1: it reaps and signals only what its own ` +
      "services have started, and is gone with process 1",
  });
}

/** Says that chaperone runs, and what there is to say of how it was called. */
export function greet(
  { options, version, early, config }: RunRequest,
  logging: Logging,
): void {
  const info = (text: string) => logging.write({ level: "info", text });
  const warn = (text: string) => logging.write({ level: "warn", text });
  const debug = (text: string) => logging.write({ level: "debug", text });
  info(`chaperone version ${version}, ready.`);
  for (const text of early) warn(text);
  if (options.debug) {
    debug(`FULL CONFIGURATION: ${config.dump}`);
  }
  if (options.ignoreFailures) {
    debug("ignoring failures on all service startups due to --ignore-failures");
    warn("a service that fails does not end the container (--ignore-failures)");
  }
  if (options.disableServices && config.services.length > 1) {
    debug("services will not be configured due to --disable-services");
    warn("no configured service is started (--disable-services)");
  }
}

/** The last line. A task that went well has said on the terminal what it had to say. */
export function tellEnd({ options }: RunRequest, logging: Logging, cause: ShutdownCause): void {
  const text = formatExitLine(cause);
  if (cause.exitCode !== 0) return logging.writeVisibly({ level: "err", text });
  if (options.task) return logging.write({ level: "notice", text });
  logging.writeVisibly({ level: "notice", text });
}

/** Tells Kubernetes, where it is there and the end is not in order. */
export async function tellOutside(
  parts: RecalledParts,
  cause: ShutdownCause,
  endingWallMs: number,
): Promise<void> {
  if (cause.exitCode === 0 || !hasTerminationLog()) return;
  (await import("./run_farewell.ts")).bidFarewell(parts, cause, endingWallMs);
}
