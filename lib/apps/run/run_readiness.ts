/**
 * Joins what services tell of their readiness to the system. Imported by run_parts.ts where one
 * does.
 */
import type { Logging } from "../../daemon/logging/logging.ts";
import { Readiness, type ReadinessHandover } from "../../daemon/readiness/readiness.ts";
import type { Supervisor } from "../../daemon/services/supervisor.ts";
import type { SupervisorParts } from "../../daemon/services/supervisor_parts.ts";
import { seekListener } from "../../sys/sockets/listening.ts";
import type { OwnedOs } from "../../sys/os.ts";
import { reach } from "../../sys/sockets/reach.ts";
import { preparePassage, prepareRunDir } from "../../sys/files/run_dir.ts";
import { ownUid } from "../../sys/self/program.ts";
import { keepingParts } from "./keeping.ts";
import type { RunRequest } from "./run_request.ts";

/** All of it. `supervisorParts` go to the supervisor, which `follow` then takes. */
export interface ReadinessWiring {
  readonly supervisorParts: Required<Pick<SupervisorParts, "launchVariables" | "launched">>;
  /** Begins to follow the supervisor, before anything is started. */
  follow(supervisor: Supervisor): void;
  /** Looks whether the files of its sockets are still there. */
  renew(): void;
  handOver(): ReadinessHandover;
  /** Takes up again what `handOver` has ended. */
  resume(left: ReadinessHandover): void;
  /** The supervisor has taken over before. */
  takeOver(left: ReadinessHandover): void;
  /** Closes all sockets. */
  close(): Promise<void>;
}

/** Makes the parts. Opens nothing before a service needs it. */
export function wireReadiness(
  request: RunRequest,
  os: OwnedOs,
  logging: Logging,
): ReadinessWiring {
  const { runDir } = request.config.settings;
  const readiness = new Readiness({
    os,
    journal: logging,
    ownUid: ownUid(),
    reach,
    watches: logging.router.watches,
    seekListener,
    notifyDirectory: () => preparePassage(prepareRunDir(runDir), "notify"),
    listen: os.listenDatagrams,
    keeping: keepingParts(os, logging),
  });
  return {
    supervisorParts: {
      launchVariables: (config) => readiness.launchVariables(config),
      launched: (config, child) => readiness.launched(config, child),
    },
    follow: (supervisor) => readiness.use(supervisor),
    renew: () => readiness.renew(),
    handOver: () => readiness.handOver(),
    resume: (left) => readiness.resume(left),
    takeOver: (left) => readiness.takeOver(left),
    close: () => readiness.close(),
  };
}
