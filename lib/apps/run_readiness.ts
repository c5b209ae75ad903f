/** Joins what tells of readiness, below and above chaperone, to the system. Part of run_container.ts. */
import { SystemError } from "../base/errors.ts";
import { FailureReporter } from "../daemon/failure_reporter.ts";
import type { Logging } from "../daemon/logging.ts";
import { OomWatch } from "../daemon/oom_watch.ts";
import { Readiness } from "../daemon/readiness.ts";
import type { Supervisor, SupervisorParts } from "../daemon/supervisor.ts";
import { countServices, findUpstream, UpstreamNotify } from "../daemon/upstream_notify.ts";
import { listenDatagrams } from "../sys/datagram_socket.ts";
import { seekListener } from "../sys/listening.ts";
import { countOomKills } from "../sys/memory_events.ts";
import type { OwnedOs } from "../sys/os.ts";
import { processOwner } from "../sys/processes.ts";
import { reach } from "../sys/reach.ts";
import { preparePassage, prepareRunDir } from "../sys/run_dir.ts";
import { UnixDatagramSender } from "../sys/sockets.ts";
import type { RunRequest } from "./run_container.ts";

/** All of it. `supervisorParts` go to the supervisor, which `follow` then takes. */
export interface ReadinessWiring {
  readonly supervisorParts: Pick<SupervisorParts, "launchVariables" | "launched" | "outOfMemory">;
  /** Begins to follow the supervisor, before anything is started. */
  follow(supervisor: Supervisor): void;
  /** Absent where nobody wants to hear. Only after `follow`. */
  readonly upstream: UpstreamNotify | undefined;
  /** Closes all sockets; what goes upstream has been sent then. */
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
    processOwner,
    notifyDirectory: () => preparePassage(prepareRunDir(runDir), "notify"),
    listen: listenDatagrams,
  });
  const memory = new OomWatch({ count: countOomKills, nowMs: os.nowMs });
  let upstream: UpstreamNotify | undefined;
  return {
    supervisorParts: {
      launchVariables: (config) => readiness.launchVariables(config),
      launched: (config, child) => readiness.launched(config, child),
      outOfMemory: () => memory.explains(),
    },
    follow(supervisor) {
      readiness.use(supervisor);
      const { family } = request;
      const { ring } = logging.router;
      new FailureReporter({ supervisor, family, journal: logging, ring });
      upstream = connectUpstream(request, os, logging, supervisor);
    },
    get upstream() {
      return upstream;
    },
    async close() {
      await Promise.all([readiness.close(), upstream?.close()]);
    },
  };
}

function connectUpstream(
  request: RunRequest,
  os: OwnedOs,
  logging: Logging,
  supervisor: Supervisor,
): UpstreamNotify | undefined {
  const address = findUpstream(request.variables, os.pid);
  if (address === undefined) return undefined;
  try {
    const sender = new UnixDatagramSender(address.socket);
    return new UpstreamNotify({
      address,
      send: (text) => sender.send(text),
      os,
      journal: logging,
      statusIntervalMs: request.config.settings.statusIntervalMs,
      counts: () => countServices(supervisor),
    });
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const text = `could not connect to notify socket '${address.socket}' (${error.message})`;
    logging.write({ level: "debug", text });
    return undefined;
  }
}
