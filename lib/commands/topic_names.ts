/** The topics of the reference that `telchap help` explains besides commands and directives. */
export const TOPIC_NAMES = [
  "files",
  "settings",
  "services",
  "logging",
  "alerts",
  "types",
  "states",
  "dependencies",
  "hooks",
  "language",
  "variables",
  "selectors",
  "options",
  "utilities",
  "exit",
  "signals",
  "messages",
  "metrics",
  "json",
] as const;

/** One of these names. */
export type TopicName = (typeof TOPIC_NAMES)[number];
