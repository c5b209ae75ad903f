/** The directives of a service that say more of another one than an order. */
import type { Rows } from "./directive_row.ts";
import type { ServiceConfig } from "./model.ts";

export const EDGE_ROWS = {
  requires: {
    since: "0.5.0",
    kind: "texts",
    format: "edges",
    expanded: "no",
    fields: ["edges", "lacks"],
    applies: "live",
    note: () => ({
      summary: "Services without which this one stays down: it starts once they are ready.",
      example: "db.service",
      detail: "Where one has failed, was stopped or is disabled, it is not started, or stopped, " +
        "and `telchap why` says so; it starts when that one is back. It is stopped before them. " +
        "Names, groups and patterns, each perhaps with `:started`, `:ready` (the default) or " +
        "`:completed`. See [dependencies](#dependencies).",
    }),
  },
  wants: {
    since: "0.5.0",
    kind: "texts",
    format: "edges",
    expanded: "no",
    fields: ["edges"],
    applies: "live",
    note: () => ({
      summary: "Services to wait for, and to go on without where they do not start.",
      example: "cache.service",
      detail: "Written as `requires`. See [dependencies](#dependencies).",
    }),
  },
  follows: {
    since: "0.5.0",
    kind: "texts",
    format: "edges",
    expanded: "no",
    fields: ["edges"],
    applies: "live",
    note: () => ({
      summary: "Services with which this one is restarted, once they are ready again.",
      example: "config.service",
      detail: "Its process is never older than theirs. Waits for them as `wants` does, and is " +
        "written as `requires`. See [dependencies](#dependencies).",
    }),
  },
} as const satisfies Rows<ServiceConfig>;
