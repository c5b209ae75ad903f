/** The directives of alert sections. */
import type { AlertConfig, AlertEvent } from "./alert_model.ts";
import { fillTemplate, isJsonTemplate } from "./alert_template.ts";
import { boolean, choice, command, duration, parsed } from "./directive_readers.ts";
import type { Rows } from "./directive_row.ts";
import { absolutePath, parseRate, parseWebUrl } from "./values.ts";

/** Undefined for JSON that is none. */
function parseTemplate(text: string): string | undefined {
  if (!isJsonTemplate(text)) return text;
  try {
    JSON.parse(fillTemplate(text, (word) => word));
    return text;
  } catch {
    return undefined;
  }
}

/** What is reported by default. */
export const DEFAULT_EVENTS: readonly AlertEvent[] = [
  "failed",
  "gave_up",
  "oom",
  "unhealthy",
  "job_failed",
  "stop_overdue",
  "recovered",
];
const HOUR_MS = 3_600_000;

export const ALERT_ROWS = {
  enabled: {
    since: "0.5.0",
    kind: "boolean-or-string",
    format: "boolean",
    default: "true",
    field: "enabled",
    applies: "live",
    read: boolean(true),
    note: () => ({ summary: "Whether anybody is told.", example: "$(ALERTS:-false)" }),
  },
  events: {
    since: "0.5.0",
    kind: "texts",
    format: "alertEvents",
    default: `[${DEFAULT_EVENTS.join(", ")}]`,
    fields: ["events", "restarts"],
    applies: "live",
    note: () => ({
      summary: "What is told.",
      example: '[gave_up, "restarts>3/10m", oom, recovered]',
      detail: "`failed`: a service failed and is not started again. `gave_up`: its restarts came " +
        "to an end. `restarts>N/TIME`: it was started again more than N times within that time. " +
        "`oom`: the kernel killed it for lack of memory. `unhealthy`: by its `health`. " +
        "`job_failed`: a run of a cron service. `stop_overdue`: it did not stop in its time and was " +
        "killed. `degraded`: it runs, but a part that was asked for is missing, see " +
        "[alerts.md](alerts.md). `ready`: all services have been started. `ended`: " +
        "the container ends. `recovered`: a service of which one of these was told is up again " +
        "and stays so.",
    }),
  },
  services: {
    since: "0.5.0",
    kind: "texts",
    format: "servicePatterns",
    default: "['*']",
    field: "services",
    applies: "live",
    read: (section, environment, name) => section.texts(name, environment) ?? ["*"],
    note: () => ({
      summary: "Of which services, by name or pattern.",
      example: '["web*", db]',
    }),
  },
  command: {
    since: "0.5.0",
    kind: "texts",
    format: "command",
    field: "command",
    applies: "live",
    read: command(),
    note: () => ({
      summary: "Command that gets the message on standard input.",
      example: '"/usr/bin/mail -s alert root"',
      detail: "It runs as chaperone's own user, for 30 s at most.",
    }),
  },
  webhook: {
    since: "0.5.0",
    kind: "text",
    format: "webUrl",
    field: "webhook",
    applies: "live",
    read: parsed(parseWebUrl),
    note: () => ({
      summary: "URL to which the message is posted.",
      example: "https://ntfy.example.com/ops",
      detail:
        "Tried again with growing pauses, ten times at most, where there is no answer or one " +
        "from 429 or 500 on.",
    }),
  },
  tls_ca_file: {
    since: "0.5.0",
    kind: "text",
    format: "path",
    field: "tlsCaFile",
    applies: "live",
    read: parsed(absolutePath),
    note: () => ({
      summary: "Certificates that an https:// webhook is checked against.",
      example: "/etc/ssl/alerts-ca.pem",
      detail: "In addition to the authorities that are trusted anyway.",
    }),
  },
  file: {
    since: "0.5.0",
    kind: "text",
    format: "path",
    field: "file",
    applies: "live",
    read: parsed(absolutePath),
    note: () => ({
      summary: "File to which the message is appended.",
      example: "/var/log/alerts.jsonl",
    }),
  },
  format: {
    since: "0.5.0",
    kind: "text",
    format: "choice",
    choices: ["json", "text", "slack", "ntfy", "alertmanager"],
    default: "json",
    field: "format",
    applies: "live",
    read: choice("json"),
    note: () => ({
      summary: "What the message looks like.",
      example: "slack",
      detail:
        "`json` is described in [alerts.md](alerts.md); `slack` serves Mattermost and Discord's " +
        "`/slack` address, too; `alertmanager` is what `/api/v2/alerts` takes.",
    }),
  },
  template: {
    since: "0.5.0",
    kind: "text",
    format: "alertTemplate",
    field: "template",
    applies: "live",
    read: parsed(parseTemplate),
    note: () => ({
      summary: "The message itself, where no `format` serves.",
      example: `'{"content": "{text}"}'`,
      detail:
        "`{title}` is what happened in one line, `{text}` all of it with the last lines, `{host}`, " +
        "`{alert}` and `{time}` what they say, and `{action}` is `resolve` where all that is told " +
        "has recovered, else `trigger`. A template that begins as JSON does is JSON, and what is put " +
        "into it is escaped.",
    }),
  },
  group_wait: {
    since: "0.5.0",
    kind: "text",
    format: "duration",
    default: "10s",
    field: "groupWaitMs",
    applies: "live",
    read: duration(10_000),
    note: () => ({
      summary: "How long the first event waits for others that come with it.",
      example: "30s",
      detail: "`recovered` is told once a service has stayed up for this time.",
    }),
  },
  repeat: {
    since: "0.5.0",
    kind: "text",
    format: "duration",
    default: "1h",
    field: "repeatMs",
    applies: "live",
    read: duration(HOUR_MS),
    note: () => ({
      summary: "When the same event of the same service is told again; until then it is counted.",
      example: "4h",
    }),
  },
  rate_limit: {
    since: "0.5.0",
    kind: "text",
    format: "rate",
    default: "30/h",
    field: "rateLimit",
    applies: "live",
    read: parsed(parseRate, { count: 30, periodMs: HOUR_MS }),
    note: () => ({
      summary: "How many messages are sent at the most; what is beyond waits for the next.",
      example: "10/h",
    }),
  },
} as const satisfies Rows<AlertConfig>;
