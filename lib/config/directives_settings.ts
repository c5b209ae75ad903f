/** The directives of the section `settings`. */
import { duration, flag, parsed, seconds, size, source } from "./directive_readers.ts";
import type { Rows } from "./directive_row.ts";
import { ENVIRONMENT_ROWS } from "./directives_environment.ts";
import { OWN_DEFAULT_ROWS } from "./directives_own.ts";
import { SANDBOX_DEFAULT_ROWS } from "./directives_sandbox.ts";
import { SECRET_DEFAULT_ROWS } from "./directives_secrets.ts";
import { parseHttp } from "./http_place.ts";
import type { Settings } from "./model.ts";
import { readSignals } from "./signal_rules.ts";
import {
  absolutePath,
  parseHttpControl,
  parseLineMax,
  parseMode,
  parseStateSize,
} from "./values.ts";

const STATE_SIZE_DEFAULT_BYTES = 1024 * 1024;

export const SETTINGS_ROWS = {
  ...ENVIRONMENT_ROWS,
  idle_delay: {
    since: "0.3.9",
    kind: "seconds",
    default: "1.0",
    decidesOfServices: ["idleDelayMs"],
    applies: "live",
    note: () => ({
      summary: "Seconds before services of the group IDLE start.",
      example: "0.5",
    }),
  },
  ignore_failures: {
    since: "0.3.9",
    kind: "boolean",
    default: "false",
    applies: "live",
    note: () => ({
      summary: "Whether services ignore failures by default.",
      example: "true",
    }),
  },
  process_timeout: {
    since: "0.3.9",
    kind: "seconds",
    applies: "live",
    note: () => ({
      summary: "Seconds a start may take, as a default for services.",
      example: "120",
      detail: "Without it, each service type has its own default.",
    }),
  },
  startup_pause: {
    since: "0.3.9",
    kind: "seconds",
    default: "0.5",
    applies: "live",
    note: () => ({
      summary: "Seconds after a launch in which a failure counts as one of the start.",
      example: "1",
    }),
  },
  shutdown_timeout: {
    since: "0.3.9",
    kind: "seconds",
    default: "8",
    fields: ["shutdownTimeoutMs", "shutdownTimeoutText"],
    applies: "live",
    note: () => ({
      summary: "Seconds that all services together have to stop.",
      example: "25",
      detail:
        "One budget, shared out along the order in which services depend on each other. What " +
        "is left then is killed. Docker waits 10 seconds by default, Kubernetes 30; stay " +
        "below.",
    }),
  },
  detect_exit: {
    since: "0.3.9",
    kind: "boolean",
    default: "true",
    field: "detectExit",
    applies: "live",
    read: flag(true),
    note: () => ({
      summary: "Whether the container ends once nothing is left to do.",
      example: "false",
      detail: "With `false` the container stays up without any process, until it is stopped.",
    }),
  },
  launch: {
    since: "0.5.0",
    kind: "boolean",
    format: "boolean",
    default: "true",
    field: "launch",
    applies: "live",
    read: flag(true),
    note: () => ({
      summary: "Whether `telchap launch` may start services that are not configured.",
      example: "false",
    }),
  },
  enable_syslog: {
    since: "0.3.9",
    kind: "boolean",
    default: "true",
    fields: ["enableSyslog"],
    applies: "restart",
    note: () => ({
      summary: "Whether chaperone listens on /dev/log.",
      example: "false",
      detail: "The output of services is logged in either case.",
    }),
  },
  status_interval: {
    since: "0.3.9",
    kind: "seconds",
    default: "30",
    field: "statusIntervalMs",
    applies: "restart",
    read: seconds(30),
    note: () => ({
      summary: "Seconds between upstream STATUS notifications; 0 is never.",
      example: "60",
      detail: "Only where chaperone itself received a `NOTIFY_SOCKET`.",
    }),
  },
  logrec_hostname: {
    since: "0.3.9",
    kind: "string",
    expanded: "load",
    applies: "live",
    note: () => ({
      summary: "Host name in log lines, as a default for logging sections.",
      example: "web-1",
    }),
  },
  uid: {
    since: "0.3.9",
    kind: "string-or-integer",
    expanded: "load",
    applies: "restart",
    note: () => ({
      summary: "User for services and log files.",
      example: "www-data",
    }),
  },
  gid: {
    since: "0.3.9",
    kind: "string-or-integer",
    expanded: "load",
    applies: "restart",
    note: () => ({
      summary: "Group for services and log files; needs a user.",
      example: "www-data",
    }),
  },
  debug: {
    since: "0.3.9",
    kind: "boolean",
    default: "false",
    applies: "live",
    note: () => ({
      summary: "Whether the environment of each started process is logged.",
      example: "true",
    }),
  },
  idle_exit: {
    since: "0.5.0",
    kind: "text",
    format: "duration",
    field: "idleExitMs",
    applies: "live",
    read: duration(),
    note: () => ({
      summary: "Ends the container, with status 0, when all services have slept for so long.",
      example: "30m",
      detail: "A service sleeps that waits for its first or next connection: with `idle_timeout` " +
        "or `on_demand`, or of type inetd. What has ended or is down does not count; with a cron " +
        "service, or a process of any kind, the container stays.",
    }),
  },
  drain: {
    since: "0.4.0",
    kind: "text",
    format: "duration",
    default: "0",
    field: "drainMs",
    applies: "live",
    read: duration(0),
    note: () => ({
      summary: "Time between turning readiness off and stopping services.",
      example: "1m30s",
    }),
  },
  console: {
    since: "0.4.0",
    kind: "text",
    format: "choice",
    choices: ["plain", "prefix", "json"],
    default: "plain",
    fields: ["console"],
    applies: "restart",
    note: () => ({
      summary: "How everything on the container's stdout looks.",
      example: "prefix",
      detail:
        "`plain` as it comes, `prefix` with the service before each line, `json` one object a " +
        "line. The variable `CHAPERONE_CONSOLE` says the same from outside.",
    }),
  },
  http: {
    since: "0.4.0",
    kind: "text",
    format: "address",
    field: "http",
    applies: "restart",
    read: source(parseHttp),
    note: () => ({
      summary: "Where /livez, /readyz, /metrics and /status are served.",
      example: "127.0.0.1:9090",
    }),
  },
  http_control: {
    since: "0.5.0",
    kind: "text",
    format: "httpControl",
    default: "false",
    field: "httpControl",
    applies: "restart",
    read: parsed(parseHttpControl, false),
    note: () => ({
      summary: "Whether the page of a service has buttons: start, restart, stop, run now.",
      example: "/run/secrets/chaperone-token",
      detail:
        "For those who may control chaperone, as over the control socket: by the uid that the kernel " +
        "gives over a UNIX socket or on loopback. A path is that of a file with a token, of 16 to " +
        "256 characters: whoever signs in with it has the buttons and the log besides, through a " +
        "published port, too. Only root, or `control_uid`, may be able to read the file.",
    }),
  },
  control_uid: {
    since: "0.4.0",
    kind: "text",
    format: "id",
    default: "0",
    fields: ["controlUid"],
    applies: "restart",
    note: () => ({
      summary: "Owner of the control socket, who may do everything by telchap.",
      example: "www-data",
    }),
  },
  control_gid: {
    since: "0.4.0",
    kind: "text",
    format: "id",
    fields: ["controlGid"],
    applies: "restart",
    note: () => ({
      summary: "Group whose members may do everything by telchap.",
      example: "adm",
    }),
  },
  control_mode: {
    since: "0.4.0",
    kind: "text",
    format: "mode",
    field: "controlMode",
    applies: "restart",
    read: source(parseMode),
    note: () => ({
      summary: "Permissions of the control socket.",
      example: "0660",
      detail:
        "Without it, everybody may connect, and a user that owns nothing here may look at and " +
        "handle the services that run as that user, nothing else. A mode that lets others " +
        "write (0666) lets them look at all services; 0660 admits only the owner and " +
        "`control_gid`, 0600 only the owner. Root may always do everything.",
    }),
  },
  run_dir: {
    since: "0.4.0",
    kind: "text",
    format: "path",
    field: "runDir",
    applies: "restart",
    read: parsed(absolutePath),
    note: () => ({
      summary: "Directory for sockets that /dev cannot hold.",
      example: "/run/chaperone",
    }),
  },
  state_dir: {
    since: "0.5.0",
    kind: "text",
    format: "path",
    field: "stateDir",
    applies: "restart",
    read: parsed(absolutePath),
    note: () => ({
      summary: "Directory in which chaperone remembers its lives, for `post-mortem`.",
      example: "/var/lib/chaperone",
      detail:
        "Without it, /var/lib/chaperone is used where that exists and only root may write it. It " +
        "should be on a volume: what is in the container's own layer goes with the container. Not " +
        "on NFS, FUSE or another file system that somebody serves. See " +
        "[post-mortem.md](post-mortem.md).",
    }),
  },
  state_size: {
    since: "0.5.0",
    kind: "text",
    format: "stateSize",
    default: "1M",
    field: "stateSizeBytes",
    applies: "restart",
    read: parsed(parseStateSize, STATE_SIZE_DEFAULT_BYTES),
    note: () => ({
      summary: "How much of the past `state_dir` may hold; the oldest goes first.",
      example: "4M",
    }),
  },
  log_disk_max: {
    since: "0.5.0",
    kind: "text",
    format: "size",
    field: "logDiskMaxBytes",
    applies: "live",
    read: size(),
    note: () => ({
      summary: "How much all log files together may take.",
      example: "500M",
      detail: "Beyond that, rotated files are removed, the oldest of all logs first. See " +
        "[logging.md](logging.md#the-disk).",
    }),
  },
  log_disk_reserve: {
    since: "0.5.0",
    kind: "text",
    format: "size",
    field: "logDiskReserveBytes",
    applies: "live",
    read: size(),
    note: () => ({
      summary: "How much of a file system log files leave free.",
      example: "1G",
      detail: "Where less is free, only warnings and worse are written to the log files on it.",
    }),
  },
  log_line_max: {
    since: "0.4.0",
    kind: "text",
    format: "lineSize",
    default: "64K",
    field: "logLineMaxBytes",
    applies: "restart",
    read: parsed(parseLineMax, 64 * 1024),
    note: () => ({
      summary: "Longest line of service output before it is split.",
      example: "128K",
    }),
  },
  ...SANDBOX_DEFAULT_ROWS,
  ...SECRET_DEFAULT_ROWS,
  ...OWN_DEFAULT_ROWS,
  signals: {
    since: "0.5.0",
    kind: "text-map",
    format: "signalActions",
    field: "signals",
    applies: "live",
    read: readSignals,
    note: () => ({
      summary: "What signals to chaperone lead to, by name.",
      example: '{HUP: "reload web", USR1: "signal nginx USR1"}',
      detail:
        "`shutdown` ends the container in order, with status 0; `reopen` is what SIGHUP does " +
        "by default; `forward` signals the command of the command line; `reload` and " +
        "`restart` are the commands of telchap. What is not listed keeps its meaning, see " +
        "[signals](#signals).",
    }),
  },
} as const satisfies Rows<Settings>;
