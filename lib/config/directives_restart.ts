/** The directives of a service that say what follows its end. */
import { choice, duration, list, seconds } from "./directive_readers.ts";
import type { Rows } from "./directive_row.ts";
import type { ExitMatch, RestartPolicy } from "./model.ts";
import { readRestart, readRestartLimit } from "./service_readers.ts";
import { parseExitMatch } from "./values.ts";

/** EX_CONFIG of sysexits.h: another attempt would read the same configuration. */
const NO_RETRY: readonly ExitMatch[] = [{ kind: "code", code: 78 }];

export const RESTART_ROWS = {
  restart: {
    since: "0.3.9",
    kind: "boolean-or-choice",
    choices: ["never", "on-failure", "always"],
    default: "false",
    field: "when",
    applies: "live",
    read: readRestart,
    note: () => ({
      summary: "When the service is started again after it ended.",
      example: "true",
      detail: "`true` is `on-failure`, `false` is `never`. Only services that stay up are " +
        "restarted; an exit that counts as a normal end is not a failure.",
    }),
  },
  restart_limit: {
    since: "0.3.9",
    kind: "integer",
    default: "5",
    field: "limit",
    applies: "live",
    read: readRestartLimit,
    note: () => ({
      summary: "How often it is restarted; 0 is without limit.",
      example: "10",
    }),
  },
  restart_delay: {
    since: "0.3.9",
    kind: "whole-seconds",
    default: "3",
    field: "delayMs",
    applies: "live",
    read: seconds(3),
    note: () => ({
      summary: "Seconds before a restart.",
      example: "0.5",
    }),
  },
  restart_backoff: {
    since: "0.4.0",
    kind: "text",
    format: "duration",
    field: "backoffMaxMs",
    applies: "live",
    read: duration(),
    note: () => ({
      summary: "Longest delay that doubling may lead to.",
      example: "1m",
    }),
  },
  restart_window: {
    since: "0.4.0",
    kind: "text",
    format: "duration",
    default: "60",
    field: "windowMs",
    applies: "live",
    read: duration(60_000),
    note: () => ({
      summary: "Time after which earlier restarts are forgotten.",
      example: "5m",
    }),
  },
  no_retry_codes: {
    since: "0.4.0",
    kind: "texts",
    format: "exits",
    default: "[78]",
    field: "noRetry",
    applies: "live",
    read: list(parseExitMatch, NO_RETRY),
    note: () => ({
      summary: "Ends after which a restart is pointless.",
      example: "[2, 78]",
    }),
  },
  on_give_up: {
    since: "0.4.0",
    kind: "text",
    format: "choice",
    choices: ["fail", "shutdown", "ignore"],
    default: "fail",
    field: "onGiveUp",
    applies: "live",
    read: choice("fail"),
    note: () => ({
      summary: "What follows when no restart is left.",
      example: "ignore",
      detail: "`fail`: the service has failed, and its failure counts for the exit status of the " +
        "container. `shutdown`: the container ends at once. `ignore`: the container goes on, what " +
        "comes plainly `after` the service starts, and the failure does not count, unless the " +
        "service is the last to end. `ignore_failures: true` makes it count in no case.",
    }),
  },
} as const satisfies Rows<RestartPolicy>;
