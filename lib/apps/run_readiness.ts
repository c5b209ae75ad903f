/** Joins what services tell of their readiness to the system. Imported by run_parts.ts where one does. */
import type { Logging } from "../daemon/logging.ts";
import { Readiness } from "../daemon/readiness.ts";
import type { Supervisor, SupervisorParts } from "../daemon/supervisor.ts";
import { listenDatagrams } from "../sys/datagram_socket.ts";
import { seekListener } from "../sys/listening.ts";
import type { OwnedOs } from "../sys/os.ts";
import { reach } from "../sys/reach.ts";
import { preparePassage, prepareRunDir } from "../sys/run_dir.ts";
import type { RunRequest } from "./run_container.ts";

/** All of it. `supervisorParts` go to the supervisor, which `follow` then takes. */
export interface ReadinessWiring {
  readonly supervisorParts: Required<Pick<SupervisorParts, "launchVariables" | "launched">>;
  /** Begins to follow the supervisor, before anything is started. */
  follow(supervisor: Supervisor): void;
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
    reach,
    watches: logging.router.watches,
    seekListener,
    notifyDirectory: () => preparePassage(prepareRunDir(runDir), "notify"),
    listen: listenDatagrams,
  });
  return {
    supervisorParts: {
      launchVariables: (config) => readiness.launchVariables(config),
      launched: (config, child) => readiness.launched(config, child),
    },
    follow: (supervisor) => readiness.use(supervisor),
    close: () => readiness.close(),
  };
}
