/** The directives of the environment, which settings and services both have. */
import type { Rows } from "./directive_row.ts";

export const ENVIRONMENT_ROWS = {
  env_inherit: {
    since: "0.3.9",
    kind: "string-list",
    default: "['*']",
    applies: "restart",
    note: () => ({
      summary: "Glob patterns of the inherited variables that are kept.",
      example: "['PATH', 'LC_*']",
      detail: "`*`, `?`, `[abc]` and `[!abc]` as in a shell; an empty list keeps everything.",
    }),
  },
  env_set: {
    since: "0.3.9",
    kind: "string-map",
    expanded: "launch",
    applies: "restart",
    note: () => ({
      summary: "Variables to set; values may refer to others.",
      example: "{LANG: C.UTF-8, PATH: '/app/bin:$(PATH)'}",
      detail: "Values are texts: numbers need quotes. A variable that its own value names means " +
        "what it was before.",
    }),
  },
  env_unset: {
    since: "0.3.9",
    kind: "string-list",
    applies: "restart",
    note: () => ({
      summary: "Glob patterns of the variables that are removed.",
      example: "['AWS_*']",
      detail: "Applied after `env_set`.",
    }),
  },
} as const satisfies Rows<object>;
