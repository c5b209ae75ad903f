/**
 * Joins logging to the system: its sections, and the socket that programs log to. Part of
 * run_container.ts.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { DatagramDoor } from "../../daemon/sockets/kept_socket.ts";
import { Logging, UnopenedLogError } from "../../daemon/logging/logging.ts";
import { formatFileName } from "../../log/file_name.ts";
import { parseSeverity } from "../../log/priorities.ts";
import { SelectorError } from "../../log/selector.ts";
import { logOs } from "../../sys/logs/log_os.ts";
import type { OwnedOs } from "../../sys/os.ts";
import { currentDirectory, hostName, ownPid, wantsColour } from "../../sys/self/program.ts";
import { allowPassage, prepareRunDir } from "../../sys/files/run_dir.ts";
import type { RunRequest } from "./run_request.ts";

const SYSLOG_SOCKET = "/dev/log";

/** Every user of the container may log. */
const SYSLOG_MODE = 0o666;

/** /dev is closed to chaperone: not root, or a read-only root. */
const CLOSED_ERRNOS: ReadonlySet<number> = new Set([ERRNO.EACCES, ERRNO.EPERM, ERRNO.EROFS]);

/** Makes logging ready for messages of chaperone's own; opens nothing. */
export function createLogging(request: RunRequest): Logging {
  const { settings, services } = request.config;
  const directory = currentDirectory();
  return new Logging({
    os: logOs,
    hostname: hostName(),
    program: request.programName,
    pid: ownPid(),
    console: settings.console,
    lineMaxBytes: settings.logLineMaxBytes,
    limits: settings,
    serviceCount: services.length,
    colour: { stdout: wantsColour("stdout"), stderr: wantsColour("stderr") },
    goesOn: request.handover !== undefined,
    expandPath: (template, wallMs) => below(directory, formatFileName(template, wallMs)),
  });
}

/** A section without a user has no home that a relative file could be in. */
function below(directory: string, path: string): string {
  return path.startsWith("/") ? path : `${directory === "/" ? "" : directory}/${path}`;
}

/** Opens all sections. Returns what keeps the system from starting, which has been told. */
export function openLogging(logging: Logging, request: RunRequest): string | undefined {
  const { options: { logLevel: level }, config } = request;
  try {
    if (level !== undefined) logging.router.forceLevel(parseSeverity(level));
    logging.open(config.loggings);
  } catch (error) {
    if (!(error instanceof UnopenedLogError) && !(error instanceof SelectorError)) throw error;
    const former = `system startup cancelled due to error: ${error.message}`;
    logging.write({ level: "debug", text: former });
    const text = `the start-up is cancelled: ${error.message}`;
    logging.write({ level: "err", text });
    return text;
  }
  if (level !== undefined) {
    logging.write({ level: "debug", text: `Forcing all log output to '${level}' or greater` });
    logging.write({ level: "info", text: `all logging sections take level ${level} and worse` });
  }
  return undefined;
}

/** Opens the socket that programs log to; a failure is reported, and all else goes on. */
export function openSyslog(
  os: OwnedOs,
  logging: Logging,
  request: RunRequest,
): DatagramDoor | undefined {
  const { settings } = request.config;
  if (!settings.enableSyslog) return undefined;
  try {
    return listen(os, logging, SYSLOG_SOCKET);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (CLOSED_ERRNOS.has(error.errno)) {
      return openInRunDir(os, logging, settings.runDir, error);
    }
    warnOf(logging, error);
    return undefined;
  }
}

function openInRunDir(
  os: OwnedOs,
  logging: Logging,
  configured: string | undefined,
  reason: SystemError,
): DatagramDoor | undefined {
  try {
    const directory = prepareRunDir(configured);
    allowPassage(directory);
    const socket = listen(os, logging, `${directory}/log`);
    const text = `${reason.message}; programs that log must be told to use ${directory}/log`;
    logging.write({ level: "warn", text });
    return socket;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    warnOf(logging, reason);
    return undefined;
  }
}

function listen(os: OwnedOs, logging: Logging, path: string): DatagramDoor {
  const door = readSyslog(os, logging, path);
  logging.write({ level: "debug", text: `Switching all chaperone logging to ${path}` });
  logging.write({ level: "info", text: `${path} takes what programs log` });
  return door;
}

/** Reads what programs log: from a new socket, or from one that is bound to the path already. */
export function readSyslog(
  os: OwnedOs,
  logging: Logging,
  path: string,
  descriptor?: number,
): DatagramDoor {
  const options = { mode: SYSLOG_MODE, isBusy: true, descriptor };
  const socket = os.listenDatagrams(path, options, (bytes) => logging.datagram(bytes));
  return {
    path,
    descriptor: socket.descriptor,
    handOnNow: () => socket.handOnNow(),
    close: () => socket.close(),
  };
}

function warnOf(logging: Logging, error: SystemError): void {
  const { message } = error;
  logging.write({ level: "debug", text: `syslog service cannot be started: ${message}` });
  logging.write({ level: "warn", text: `what programs log by syslog(3) is lost: ${message}` });
}
