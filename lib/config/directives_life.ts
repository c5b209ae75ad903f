/** The directives of a service that say when it starts, counts as started, is well, and stops. */
import { parseSignal } from "../base/signals.ts";
import {
  command,
  duration,
  durationOrNone,
  flag,
  list,
  parsed,
  text,
} from "./directive_readers.ts";
import type { Rows } from "./directive_row.ts";
import type { ServiceConfig } from "./model.ts";
import { readHealth, readReady } from "./probes.ts";
import { readBefore, readGroups } from "./references.ts";
import {
  readKillSignal,
  readStopSequence,
  readStopTimeout,
  readSuccess,
} from "./service_readers.ts";
import { parseWaitTarget } from "./values.ts";

export const LIFE_ROWS = {
  type: {
    since: "0.3.9",
    kind: "choice",
    choices: ["simple", "oneshot", "forking", "notify", "cron", "inetd", "crontab"],
    default: "simple",
    fields: ["type", "cron.days"],
    applies: "restart",
    note: () => ({
      summary: "When the service counts as started, and what its exit means.",
      example: "oneshot",
      detail: "See [service types](#service-types).",
    }),
  },
  enabled: {
    since: "0.3.9",
    kind: "boolean-or-string",
    default: "true",
    expanded: "load",
    fields: ["enabled"],
    applies: "live",
    note: () => ({
      summary: "Whether the service starts.",
      example: '"$(WITH_WEB:-true)"',
      detail: "Waiting for a disabled service is waiting for nothing.",
    }),
  },
  profiles: {
    since: "0.5.0",
    kind: "texts",
    format: "words",
    expanded: "no",
    fields: ["enabled", "withoutProfile"],
    applies: "live",
    note: () => ({
      summary: "Profiles that the service belongs to: without one of them it is disabled.",
      example: "[dev, test]",
      detail: "The variable `CHAPERONE_PROFILE` of the container names those that are active, " +
        "separated by commas or blanks. A service without `profiles` belongs to all.",
    }),
  },
  optional: {
    since: "0.3.9",
    kind: "boolean",
    default: "false",
    field: "optional",
    applies: "live",
    read: flag(false),
    note: () => ({
      summary: "Whether a missing program disables the service quietly.",
      example: "true",
    }),
  },
  service_groups: {
    since: "0.3.9",
    kind: "names",
    default: "default",
    field: "groups",
    applies: "live",
    read: readGroups,
    note: () => ({
      summary: "Groups the service belongs to, separated by commas.",
      example: "INIT",
      detail: "`INIT` starts before and `IDLE` after everything else; other names are yours.",
    }),
  },
  after: {
    since: "0.3.9",
    kind: "names",
    fields: ["after"],
    applies: "live",
    note: () => ({
      summary: "Services and groups to wait for, perhaps with :started, :ready or :completed.",
      example: '"db.service:ready, setup.service"',
      detail: "Also orders stopping, the other way round. A name is that of a service, with or " +
        "without `.service`, or of a group. Names that do not exist are ignored.",
    }),
  },
  before: {
    since: "0.3.9",
    kind: "names",
    field: "before",
    applies: "live",
    read: readBefore,
    note: () => ({
      summary: "Services and groups that wait for this service.",
      example: '"web.service"',
    }),
  },
  wait_for: {
    since: "0.4.0",
    kind: "texts",
    format: "waitTargets",
    field: "waitFor",
    applies: "live",
    read: list(parseWaitTarget, []),
    note: () => ({
      summary: "What must answer before the service starts.",
      example: '["tcp://db:5432"]',
    }),
  },
  wait_timeout: {
    since: "0.4.0",
    kind: "text",
    format: "duration",
    default: "60",
    field: "waitTimeoutMs",
    applies: "live",
    read: duration(60_000),
    note: () => ({
      summary: "How long wait_for may take.",
      example: "2m",
    }),
  },
  process_timeout: {
    since: "0.3.9",
    kind: "seconds",
    default: "60 (oneshot), 300 (notify), 30 (others)",
    fields: ["processTimeoutMs", "processTimeoutText"],
    applies: "live",
    note: () => ({
      summary: "Seconds that the start may take.",
      example: "120",
      detail: "For an exit (oneshot, forking), for READY=1 (notify), for the pidfile and for " +
        "`ready`; 0 is without limit.",
    }),
  },
  startup_pause: {
    since: "0.3.9",
    kind: "seconds",
    default: "0.5",
    fields: ["startupPauseMs"],
    applies: "live",
    note: () => ({
      summary: "Seconds in which a failure counts as one of the start.",
      example: "2",
    }),
  },
  pidfile: {
    since: "0.3.9",
    kind: "string",
    expanded: "load",
    field: "pidfile",
    applies: "restart",
    read: text(),
    note: () => ({
      summary: "File in which the service leaves its process id.",
      example: "/run/nginx.pid",
      detail: "The process that it names is followed as the service's own, if it belongs to the " +
        "service and the file was written since the launch. When it ends and the file names " +
        "another one of the service, that one becomes the main process.",
    }),
  },
  ready: {
    since: "0.4.0",
    kind: "text-map",
    format: "ready",
    field: "ready",
    applies: "restart",
    read: readReady,
    note: () => ({
      summary: "Probe that must pass before the service is started.",
      example: '{http: "http://127.0.0.1:8080/ready", timeout: 2s}',
      detail:
        "One probe and its times: `exec` succeeds, `http` answers 2xx or 3xx, `tcp` accepts, " +
        "`listen` is a port that a process of the service listens on, `file` exists, `log` is " +
        "a regular expression that a line of its output matches, `fd` is a descriptor on " +
        "which it writes a newline. `interval` is the longest pause between tries (default " +
        "500ms), `timeout` the whole time (default process_timeout).",
    }),
  },
  health: {
    since: "0.4.0",
    kind: "text-map",
    format: "health",
    field: "health",
    applies: "restart",
    read: readHealth,
    note: () => ({
      summary: "Probe that must keep passing afterwards.",
      example: '{tcp: "127.0.0.1:5432", retries: 3, action: restart}',
      detail:
        "One probe of `exec`, `http` and `tcp`. `interval` (10s), `timeout` of one try (5s), " +
        "`retries` failures in a row (3), `start_period` in which failures do not count (0), " +
        "`action` restart, shutdown or none (restart).",
    }),
  },
  watchdog: {
    since: "0.4.0",
    kind: "text",
    format: "duration",
    field: "watchdogMs",
    applies: "restart",
    read: durationOrNone(),
    note: () => ({
      summary: "Longest silence between WATCHDOG=1 notifications.",
      example: "30s",
      detail: "Sets WATCHDOG_USEC and WATCHDOG_PID, see sd_watchdog_enabled(3). `0` is none.",
    }),
  },
  ignore_failures: {
    since: "0.3.9",
    kind: "boolean",
    default: "false",
    fields: ["ignoreFailures"],
    applies: "live",
    note: () => ({
      summary: "Whether the system starts although this service fails.",
      example: "true",
      detail: "However a start fails, the container and what comes plainly `after` carry on. It " +
        "makes no success of it: `:ready` and `:completed` do not hold. With `restart` the " +
        "start is tried again.",
    }),
  },
  exit_kills: {
    since: "0.3.9",
    kind: "boolean",
    default: "false",
    field: "exitKills",
    applies: "live",
    read: flag(false),
    note: () => ({
      summary: "Whether the container ends with the service.",
      example: "true",
      detail:
        "The exit code of the service becomes that of the container, 0 where `success_codes` " +
        "lists it. Such a service is not restarted when it ends. `telchap stop` ends the container " +
        "with it, and says so first; a restart that is asked for, by `telchap restart`, " +
        "`telchap apply`, `watch` or `recycle`, does not.",
    }),
  },
  success_codes: {
    since: "0.4.0",
    kind: "texts",
    format: "exits",
    field: "success",
    applies: "live",
    read: readSuccess,
    note: () => ({
      summary: "What else than exit code 0 counts as a normal end.",
      example: "[0, 143]",
      detail: "They count for the status of the container, too: with `exit_kills`, such an end " +
        "gives 0.",
    }),
  },
  instances: {
    since: "0.4.0",
    kind: "text",
    format: "instances",
    applies: "live",
    note: () => ({
      summary: "How many copies run, as NAME.1.service and so on.",
      example: "2",
      detail: "Each knows its number as `$(_CHAP_INSTANCE)`. `after: NAME.service` " +
        "means all of them.",
    }),
  },
  for_each: {
    since: "0.5.0",
    kind: "texts",
    format: "words",
    applies: "live",
    note: () => ({
      summary: "Makes a service for each word, as NAME.WORD.service.",
      example: '"$(QUEUES)"',
      detail: "Each knows its word as `$(_CHAP_EACH)`. Characters other than letters, digits, " +
        "`.`, `_` and `-` are `-` in its name. `after: NAME.service` means all of them; without " +
        "a word there is none.",
    }),
  },
  merge: {
    since: "0.5.0",
    kind: "boolean",
    format: "boolean",
    default: "false",
    expanded: "no",
    applies: "live",
    note: () => ({
      summary: "Whether the section changes single directives of an earlier section of its name.",
      example: "true",
      detail: "See [layers](#layers). The same as the name `NAME.service+`.",
    }),
  },
  kill_signal: {
    since: "0.3.9",
    kind: "string",
    default: "SIGTERM",
    field: "killSignal",
    applies: "live",
    read: readKillSignal,
    note: () => ({
      summary: "Signal that ends the service.",
      example: "SIGQUIT",
      detail: "Its name, with SIG or without, or its number in quotes.",
    }),
  },
  stop_timeout: {
    since: "0.4.0",
    kind: "text",
    format: "duration",
    default: "shutdown_timeout",
    field: "stopTimeoutMs",
    applies: "live",
    read: readStopTimeout,
    note: () => ({
      summary: "Time to stop before SIGKILL.",
      example: "5s",
      detail: "`0` is no limit for a stop that is asked for; the end of the container keeps to " +
        "`shutdown_timeout`.",
    }),
  },
  stop_sequence: {
    since: "0.4.0",
    kind: "texts",
    format: "stopSteps",
    field: "stopSequence",
    applies: "live",
    read: readStopSequence,
    note: () => ({
      summary: "Signals that stop the service, one by one.",
      example: '["QUIT 5s", "TERM 2s", KILL]',
    }),
  },
  stop_command: {
    since: "0.4.0",
    kind: "texts",
    format: "command",
    field: "stopCommand",
    applies: "live",
    read: command(),
    note: () => ({
      summary: "Command that stops the service.",
      example: '"/usr/sbin/nginx -s quit"',
      detail:
        "Runs in place of the first signal. `kill_signal` follows if the service still runs " +
        "after `stop_timeout`, or after half of what it has to stop in; a command that fails " +
        "is waited for as long. It has the environment of the service, and no `MAINPID`.",
    }),
  },
  reload_command: {
    since: "0.4.0",
    kind: "texts",
    format: "command",
    field: "reloadCommand",
    applies: "live",
    read: command(),
    note: () => ({
      summary: "Command that telchap reload runs.",
      example: '"/usr/sbin/nginx -s reload"',
    }),
  },
  reload_signal: {
    since: "0.4.0",
    kind: "text",
    format: "signal",
    field: "reloadSignal",
    applies: "live",
    read: parsed(parseSignal),
    note: () => ({
      summary: "Signal that telchap reload sends.",
      example: "SIGHUP",
    }),
  },
} as const satisfies Rows<ServiceConfig>;
