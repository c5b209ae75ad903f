/**
 * Joins what chaperone tells its own manager to the system. Imported by run_parts.ts where there is
 * one.
 */
import { SystemError } from "../../base/errors.ts";
import type { Logging } from "../../daemon/logging/logging.ts";
import type { Supervisor } from "../../daemon/services/supervisor.ts";
import {
  countServices,
  findUpstream,
  UpstreamNotify,
} from "../../daemon/container/upstream_notify.ts";
import type { OwnedOs } from "../../sys/os.ts";
import { UnixDatagramSender } from "../../sys/sockets/datagram_sender.ts";
import type { RunRequest } from "./run_request.ts";

/** Begins to tell; undefined where nobody wants to hear. */
export function connectUpstream(
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
