/** The directives of a service that name commands for what happens to it. */
import { parsed } from "./directive_readers.ts";
import type { Rows } from "./directive_row.ts";
import type { ServiceConfig } from "./model.ts";
import { parsePositiveDuration } from "./values.ts";

export const HOOK_ROWS = {
  on_start: {
    since: "0.5.0",
    kind: "texts",
    format: "command",
    fields: ["hooks.onStart"],
    applies: "live",
    note: () => ({
      summary: "Command that runs when the process of the service has been started.",
      example: '"/usr/local/bin/register"',
      detail: "As the user of the service, beside it: nothing waits for its end. It is told by " +
        "the variables of [hooks](#hooks).",
    }),
  },
  on_ready: {
    since: "0.5.0",
    kind: "texts",
    format: "command",
    fields: ["hooks.onReady"],
    applies: "live",
    note: () => ({
      summary: "Command that runs each time the service has become ready.",
      example: '"/usr/local/bin/announce"',
      detail: "When it counts as started by its type and `ready`; as `on_start` otherwise.",
    }),
  },
  on_stop: {
    since: "0.5.0",
    kind: "texts",
    format: "command",
    fields: ["hooks.onStop"],
    applies: "live",
    note: () => ({
      summary: "Command that runs each time the service has ended, whatever ended it.",
      example: '"/bin/rm -f /run/app.lock"',
      detail: "As `finish` of s6 and ExecStopPost= of systemd: after a stop, a crash or a normal " +
        "end, once no process of the service is left. A restart, and the end of the container, " +
        "wait for it, no longer than `hook_timeout`. Its variables say how the service ended.",
    }),
  },
  hook_timeout: {
    since: "0.5.0",
    kind: "text",
    format: "positiveDuration",
    default: "10",
    field: "hookTimeoutMs",
    applies: "live",
    read: parsed(parsePositiveDuration, 10_000),
    note: () => ({
      summary:
        "How long each of `on_start`, `on_ready` and `on_stop` may take before it is killed.",
      example: "30s",
    }),
  },
} as const satisfies Rows<ServiceConfig>;
