/** The directives of a service that say when it is renewed without being asked. */
import { duration, parsed } from "./directive_readers.ts";
import type { Rows } from "./directive_row.ts";
import type { ServiceConfig } from "./model.ts";
import { parsePositiveDuration } from "./values.ts";

const DEBOUNCE_MS = 500;
const POLL_MS = 30_000;

export const RENEWAL_ROWS = {
  recycle: {
    since: "0.5.0",
    kind: "text-map",
    format: "recycle",
    fields: ["recycle"],
    applies: "live",
    note: () => ({
      summary: "When a service that runs is restarted: by its memory, processor time, age or work.",
      example: "{memory: 500M for 30s, uptime_jobs: 5000 by log done}",
      detail:
        "Memory and processor time of all its processes, read from /proc five times in that " +
        "time, at most each second and at least every 15 s; 100% is one processor. Without `for`: " +
        "30 s of memory, 5 min of processor. `±` is a random part. `uptime_jobs` counts lines of its " +
        "output in which a pattern is found, or asks a URL every 15 s for a number. It is stopped as " +
        "by telchap, and started again; of `instances` one at a time, by the rules of " +
        "`max_unavailable` and `max_surge`. See [the guide](guide.md#services-that-grow).",
    }),
  },
} as const satisfies Rows<ServiceConfig>;

export const WATCH_ROWS = {
  watch: {
    since: "0.5.0",
    kind: "text-map",
    format: "watch",
    fields: ["watch"],
    applies: "live",
    note: () => ({
      summary:
        "Files whose change has the service reloaded, restarted, signalled, or a command run.",
      example: '{"/etc/app/**": restart, /etc/app.pem: "signal HUP"}',
      detail:
        "A path, a pattern (`*` and `?` within a name, `**` for all below, names that begin " +
        "with a dot left out), or `secrets`: the files of `secrets`, `env_file` and " +
        "`env_from_file`. Then `reload`, `restart`, `signal NAME` or `run COMMAND`. What counts is " +
        "the content, up to 4 MiB a file: a touch does nothing. See [the guide](guide.md#when-a-file-changes).",
    }),
  },
  watch_debounce: {
    since: "0.5.0",
    kind: "text",
    format: "duration",
    default: "500ms",
    field: "watchDebounceMs",
    applies: "live",
    read: duration(DEBOUNCE_MS),
    note: () => ({
      summary: "How long files of `watch` must have been left alone before they are looked at.",
      example: "2s",
      detail: "Whoever goes on writing puts it off ten times as long at the most.",
    }),
  },
  watch_poll: {
    since: "0.5.0",
    kind: "text",
    format: "positiveDuration",
    default: "30s",
    field: "watchPollMs",
    applies: "live",
    read: parsed(parsePositiveDuration, POLL_MS),
    note: () => ({
      summary:
        "How often files of `watch` are looked at where the kernel does not tell of changes.",
      example: "5m",
      detail: "That is on NFS, FUSE, 9p, SMB and the like. Each look is a process of 50 ms.",
    }),
  },
} as const satisfies Rows<ServiceConfig>;
