/** The directives of a service that say what starts its processes by time or by connection. */
import {
  boolean,
  choice,
  command,
  duration,
  durationOrNone,
  list,
  parsed,
  whole,
} from "./directive_readers.ts";
import type { Rows } from "./directive_row.ts";
import { parseListen } from "./listen_address.ts";
import type { CronPolicy, ServiceConfig } from "./model.ts";
import { readCatchUp, readPort } from "./service_readers.ts";
import { parseTimezone } from "./values.ts";

const CATCH_UP_WINDOW_MS = 24 * 3_600_000;

export const CRON_ROWS = {
  interval: {
    since: "0.3.9",
    kind: "string",
    expanded: "load",
    fields: ["interval"],
    applies: "restart",
    note: () => ({
      summary: "When a cron service runs.",
      example: '"*/5 * * * *"',
      detail:
        "Five fields as in crontab(5), or six with the seconds last; or `@hourly`, `@daily`, " +
        "`@weekly`, `@monthly`, `@yearly`; `@every 90s`; `@reboot` for once at the start, " +
        "`@in 5m` for once so long after it.",
    }),
  },
  once_at: {
    since: "0.5.0",
    kind: "text",
    format: "localTime",
    fields: ["onceAt"],
    applies: "restart",
    note: () => ({
      summary: "When a cron service runs once, in place of an `interval`.",
      example: "2026-12-24T18:00",
      detail:
        "The local time of `timezone`. A time that is past when the service starts is not made " +
        "up for without `catch_up`. With a `state_dir` it never runs twice.",
    }),
  },
  timezone: {
    since: "0.4.0",
    kind: "text",
    format: "timezone",
    field: "timezone",
    applies: "restart",
    read: parsed(parseTimezone),
    note: () => ({
      summary: "Time zone of a cron interval.",
      example: "Europe/Vienna",
    }),
  },
  overlap: {
    since: "0.4.0",
    kind: "text",
    format: "choice",
    choices: ["skip", "queue", "kill", "parallel"],
    default: "skip",
    field: "overlap",
    applies: "restart",
    read: choice("skip"),
    note: () => ({
      summary: "What happens when a cron run is due during another.",
      example: "queue",
      detail:
        "It is left out (`skip`), follows the other (`queue`), replaces it (`kill`), or runs " +
        "beside it (`parallel`, at most `max_instances` at once, 10 where that is absent).",
    }),
  },
  jitter: {
    since: "0.4.0",
    kind: "text",
    format: "duration",
    default: "0",
    field: "jitterMs",
    applies: "restart",
    read: duration(0),
    note: () => ({
      summary: "Longest random delay of a cron run.",
      example: "30s",
    }),
  },
  catch_up: {
    since: "0.5.0",
    kind: "text",
    format: "choice",
    choices: ["once", "all", "no"],
    default: "no",
    field: "catchUp",
    applies: "restart",
    read: readCatchUp,
    note: () => ({
      summary: "What becomes of runs that were due while the container was down.",
      example: "once",
      detail:
        "`once` runs the job once for all of them, `all` once for each, one after another and " +
        "1000 at most. Needs `state_dir` of the settings. What was due while the service was " +
        "stopped by telchap is not made up for.",
    }),
  },
  catch_up_window: {
    since: "0.5.0",
    kind: "text",
    format: "duration",
    default: "24h",
    field: "catchUpWindowMs",
    applies: "restart",
    read: duration(CATCH_UP_WINDOW_MS),
    note: () => ({
      summary: "How old a run may be that `catch_up` makes up for.",
      example: "2h",
    }),
  },
  run_timeout: {
    since: "0.4.0",
    kind: "text",
    format: "duration",
    field: "runTimeoutMs",
    applies: "restart",
    read: durationOrNone(),
    note: () => ({
      summary: "How long a cron run may take.",
      example: "10m",
      detail: "`0` is no limit.",
    }),
  },
  on_failure: {
    since: "0.4.0",
    kind: "texts",
    format: "command",
    field: "onFailure",
    applies: "restart",
    read: command(),
    note: () => ({
      summary: "Command that follows a failed cron run.",
      example: '"/usr/local/bin/report"',
      detail:
        "`_CHAP_FAILED_SERVICE`, `_CHAP_FAILED_CODE`, `_CHAP_FAILED_REASON` and others tell " +
        "it what failed.",
    }),
  },
} as const satisfies Rows<CronPolicy>;

export const TRIGGER_ROWS = {
  file: {
    since: "0.4.0",
    kind: "text",
    format: "path",
    applies: "live",
    note: () => ({
      summary: "A crontab(5): each of its lines becomes a cron service.",
      example: "/etc/crontab",
      detail:
        "Needs `type: crontab`; the rest of the section holds for each line. What others than " +
        "root can change is read as the service's user.",
    }),
  },
  user_column: {
    since: "0.4.0",
    kind: "boolean-or-string",
    format: "boolean",
    default: "true for /etc/crontab and below /etc/cron.d",
    applies: "live",
    note: () => ({
      summary: "Whether the lines of the crontab name a user before the command.",
      example: "true",
    }),
  },
  port: {
    since: "0.3.9",
    kind: "string-or-integer",
    expanded: "load",
    field: "port",
    applies: "restart",
    read: readPort,
    note: () => ({
      summary: "TCP port of an inetd service.",
      example: "8123",
    }),
  },
  max_instances: {
    since: "0.4.0",
    kind: "text",
    format: "positive",
    field: "maxInstances",
    applies: "restart",
    read: whole(1, Number.MAX_SAFE_INTEGER),
    note: () => ({
      summary:
        "How many connections an inetd service serves, or runs a cron service has with `overlap: parallel`.",
      example: "4",
    }),
  },
  listen: {
    since: "0.4.0",
    kind: "texts",
    format: "listen",
    field: "listen",
    applies: "restart",
    read: list(parseListen, []),
    note: () => ({
      summary: "Sockets that are opened and handed over (LISTEN_FDS).",
      example: '["8080", "unix:/run/app.sock"]',
      detail:
        "They stay open while the service is restarted. Several `instances` have one socket " +
        "together, from which each takes connections; it is closed with the last of them.",
    }),
  },
  on_demand: {
    since: "0.4.0",
    kind: "boolean-or-string",
    format: "boolean",
    default: "false",
    field: "onDemand",
    applies: "restart",
    read: boolean(false),
    note: () => ({
      summary: "Whether it starts with the first connection.",
      example: "true",
      detail: "Needs `listen`.",
    }),
  },
  idle_timeout: {
    since: "0.5.0",
    kind: "text",
    format: "duration",
    field: "idleTimeoutMs",
    applies: "restart",
    read: duration(),
    note: () => ({
      summary: "How long nobody need be connected before the service is put to sleep.",
      example: "5m",
      detail: "It is stopped, its sockets stay open, and the next connection starts it. Needs " +
        "`listen`, with TCP or Unix sockets for connections. Who is connected is read from the " +
        "kernel's table of sockets four times in that time, at least every 15 s; what begins " +
        "and ends between two looks is not seen.",
    }),
  },
} as const satisfies Rows<ServiceConfig>;
