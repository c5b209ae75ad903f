/** The directives of a service that say how its instances are exchanged, and how it lets go of work. */
import { parseDuration } from "../base/duration.ts";
import { parseSignal } from "../base/signals.ts";
import { SURGE_MAX } from "./directive.ts";
import { duration, parsed, whole } from "./directive_readers.ts";
import type { Rows } from "./directive_row.ts";
import type { ServiceConfig } from "./model.ts";
import type { CanaryRule } from "./renewal_model.ts";
import { parseWhole } from "./values.ts";

const CANARY_FOR_MS = 10_000;

/** Reads `1` and `1 for 30s`. */
function parseCanary(text: string): CanaryRule | undefined {
  const [number = "", time, ...rest] = text.trim().split(/ +for +/);
  const count = parseWhole(number, 1, SURGE_MAX);
  const forMs = time === undefined ? CANARY_FOR_MS : parseDuration(time);
  if (rest.length > 0 || count === undefined || forMs === undefined) return undefined;
  return { count, forMs };
}

export const ROLL_ROWS = {
  max_unavailable: {
    since: "0.5.0",
    kind: "text",
    format: "unavailable",
    field: "maxUnavailable",
    applies: "live",
    read: whole(0, SURGE_MAX),
    note: () => ({
      summary: "How many of `instances` may be away while they are restarted.",
      example: "2",
      detail: "Without it one, and with `max_surge` none. It holds for `telchap restart`, " +
        "`telchap apply`, `recycle` and `watch`. Where one does not become ready, the others are " +
        "left as they are; `apply` then gives the former configuration back to those that had been " +
        "restarted. See [the guide](guide.md#restarts-that-nobody-notices).",
    }),
  },
  max_surge: {
    since: "0.5.0",
    kind: "text",
    format: "surge",
    applies: "live",
    note: () => ({
      summary: "How many more than `instances` may run while they are restarted.",
      example: "1",
      detail:
        "The last so many numbers beyond `instances` are spares: disabled, but for a restart " +
        "of the others. One is started, with the new configuration, before the first is stopped, " +
        "and stopped when all are back.",
    }),
  },
  canary: {
    since: "0.5.0",
    kind: "text",
    format: "canary",
    field: "canary",
    applies: "live",
    read: parsed(parseCanary),
    note: () => ({
      summary: "How many of `instances` are restarted first, and watched before the others are.",
      example: "1 for 30s",
      detail:
        "They must become ready and stay so for that time (10 s without `for`), and healthy " +
        "where `health` says so. Not for what `recycle` and `watch` restart.",
    }),
  },
  drain_timeout: {
    since: "0.5.0",
    kind: "text",
    format: "duration",
    field: "drainTimeoutMs",
    applies: "live",
    read: duration(),
    note: () => ({
      summary: "How long a stop waits for open connections to end, before it begins.",
      example: "30s",
      detail: "Meanwhile the service is not ready any more, so that nobody new is sent to it. " +
        "Counted are connections to sockets at which its processes listen, by the kernel's " +
        "tables. At the end of the container it takes half of `shutdown_timeout` at the most.",
    }),
  },
  drain_signal: {
    since: "0.5.0",
    kind: "text",
    format: "signal",
    field: "drainSignal",
    applies: "live",
    read: parsed(parseSignal),
    note: () => ({
      summary:
        "Signal that tells the service to take no new connections, as `drain_timeout` begins.",
      example: "SIGUSR1",
      detail: "A program that ends by itself after it, as nginx does after SIGQUIT, is not told " +
        "anything else.",
    }),
  },
} as const satisfies Rows<ServiceConfig>;
