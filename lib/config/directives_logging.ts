/** The directives of a logging section. */
import { ROTATE_KEEP_MAX, type TextFormat } from "./directive.ts";
import { boolean, choice, flag, parsed, whole } from "./directive_readers.ts";
import type { Rows } from "./directive_row.ts";
import type { LoggingConfig } from "./model.ts";
import { parseRemoteAddress, type RemoteAddress } from "./remote_address.ts";
import type { Section } from "./section.ts";
import type { Environment } from "./environment/environment.ts";
import { absolutePath, parsePositiveSize, parseRate } from "./values.ts";

export const LOGGING_ROWS = {
  selector: {
    since: "0.3.9",
    kind: "string",
    default: "*.*",
    expanded: "load",
    fields: ["selector"],
    applies: "live",
    note: () => ({
      summary: "Which records are written.",
      example: "'*.warn;daemon.info'",
      detail: "See [selectors](#selectors).",
    }),
  },
  enabled: {
    since: "0.3.9",
    kind: "boolean-or-string",
    default: "true",
    expanded: "load",
    field: "enabled",
    applies: "live",
    read: boolean(true),
    note: () => ({
      summary: "Whether the section is in use.",
      example: '"$(LOG_TO_FILE:-false)"',
    }),
  },
  stdout: {
    since: "0.3.9",
    kind: "boolean",
    default: "false",
    fields: ["stdout"],
    applies: "live",
    note: () => ({
      summary: "Whether it writes to chaperone's stdout.",
      example: "true",
    }),
  },
  stderr: {
    since: "0.3.9",
    kind: "boolean",
    default: "false",
    fields: ["stderr"],
    applies: "live",
    note: () => ({
      summary: "Whether it writes to chaperone's stderr.",
      example: "true",
    }),
  },
  file: {
    since: "0.3.9",
    kind: "string",
    expanded: "load",
    fields: ["file"],
    applies: "live",
    note: () => ({
      summary: "File to write to; may hold strftime fields.",
      example: "/var/log/app-%Y-%m-%d.log",
      detail:
        "A relative name lies below the home of the section's user. Missing directories are " +
        "made. A file that was moved away or deleted is created again.",
    }),
  },
  overwrite: {
    since: "0.3.9",
    kind: "boolean",
    default: "false",
    field: "overwrite",
    applies: "live",
    read: flag(false),
    note: () => ({
      summary: "Whether the file is emptied when it is opened.",
      example: "true",
    }),
  },
  required: {
    since: "0.5.0",
    kind: "boolean-or-string",
    format: "boolean",
    default: "false",
    field: "required",
    applies: "live",
    read: boolean(),
    note: () => ({
      summary: "Whether the container may not start without the file.",
      example: "true",
      detail:
        "Otherwise a file that cannot be opened is one error, and is tried again each second.",
    }),
  },
  syslog_host: {
    since: "0.3.9",
    kind: "string",
    expanded: "load",
    field: "syslogHost",
    applies: "live",
    read: readSyslogHost,
    note: () => ({
      summary: "Remote receiver: [udp|tcp|tls]://HOST:PORT, HOST:PORT, HOST, or a collector.",
      example: '"tcp://logs.example.com:514"',
      detail:
        "TCP and TLS keep the order and wait for a receiver that is away. Without a scheme: " +
        "UDP; without a port: 514, with tls:// 6514. `otlp+http://HOST:4318/v1/logs` and " +
        "`otlp+https://` are collectors of OpenTelemetry, see " +
        "[logging.md](logging.md#opentelemetry).",
    }),
  },
  extended: {
    since: "0.3.9",
    kind: "boolean",
    default: "false",
    field: "extended",
    applies: "live",
    read: flag(false),
    note: () => ({
      summary: "Whether lines begin with facility and priority.",
      example: "true",
    }),
  },
  logrec_hostname: {
    since: "0.3.9",
    kind: "string",
    expanded: "load",
    fields: ["logrecHostname"],
    applies: "live",
    note: () => ({
      summary: "Host name in the lines.",
      example: "web-1",
    }),
  },
  uid: {
    since: "0.3.9",
    kind: "string-or-integer",
    expanded: "load",
    fields: ["identity.uid", "identity.userName", "identity.home"],
    applies: "live",
    note: () => ({
      summary: "Owner of created files.",
      example: "www-data",
    }),
  },
  gid: {
    since: "0.3.9",
    kind: "string-or-integer",
    expanded: "load",
    fields: ["identity.gid", "identity.groups"],
    applies: "live",
    note: () => ({
      summary: "Group of created files; needs uid.",
      example: "adm",
    }),
  },
  format: {
    since: "0.4.0",
    kind: "text",
    format: "choice",
    choices: ["text", "json", "rfc5424"],
    default: "text",
    field: "format",
    applies: "live",
    read: choice("text"),
    note: () => ({
      summary: "How a record is written.",
      example: "json",
      detail: "`text` is the line of 0.3.9.",
    }),
  },
  rotate_size: {
    since: "0.4.0",
    kind: "text",
    format: "positiveSize",
    field: "rotateSizeBytes",
    applies: "live",
    read: parsed(parsePositiveSize),
    note: () => ({
      summary: "Size at which the file is rotated.",
      example: "10M",
    }),
  },
  rotate_every: {
    since: "0.4.0",
    kind: "text",
    format: "choice",
    choices: ["hour", "day", "week", "month"],
    field: "rotateEvery",
    applies: "live",
    read: choice<"hour" | "day" | "week" | "month">(),
    note: () => ({
      summary: "How often the file is rotated.",
      example: "day",
    }),
  },
  rotate_keep: {
    since: "0.4.0",
    kind: "text",
    format: "rotatedFiles",
    default: "7",
    field: "rotateKeep",
    applies: "live",
    read: whole(0, ROTATE_KEEP_MAX, 7),
    note: () => ({
      summary: "How many rotated files are kept.",
      example: "5",
    }),
  },
  rotate_compress: {
    since: "0.4.0",
    kind: "boolean-or-string",
    format: "boolean",
    default: "false",
    field: "rotateCompress",
    applies: "live",
    read: boolean(false),
    note: () => ({
      summary: "Whether rotated files are gzipped.",
      example: "true",
    }),
  },
  rate_limit: {
    since: "0.4.0",
    kind: "text",
    format: "rate",
    field: "rateLimit",
    applies: "live",
    read: parsed(parseRate),
    note: () => ({
      summary: "How many records one program may write.",
      example: "100/s",
    }),
  },
  when_full: {
    since: "0.4.0",
    kind: "text",
    format: "choice",
    choices: ["block", "drop"],
    default: "block",
    field: "whenFull",
    applies: "live",
    read: choice("block"),
    note: () => ({
      summary: "What a slow destination leads to.",
      example: "drop",
      detail: "`block` holds back who writes, `drop` loses records and counts them.",
    }),
  },
  queue_size: {
    since: "0.4.0",
    kind: "text",
    format: "positiveSize",
    default: "1M",
    field: "queueSizeBytes",
    applies: "live",
    read: parsed(parsePositiveSize, 1024 * 1024),
    note: () => ({
      summary: "How much waits for a slow destination.",
      example: "8M",
    }),
  },
  tls_ca_file: {
    since: "0.4.0",
    kind: "text",
    format: "path",
    field: "tlsCaFile",
    applies: "live",
    read: parsed(absolutePath),
    note: () => ({
      summary: "Certificates that a tls:// or otlp+https:// receiver is checked against.",
      example: "/etc/ssl/logs-ca.pem",
    }),
  },
} as const satisfies Rows<LoggingConfig>;

const LOG_HOST: TextFormat = {
  expected: "HOST, HOST:PORT or [IPV6]:PORT, perhaps with udp://, tcp:// or tls:// before it; or " +
    "otlp+http://HOST:PORT or otlp+https://HOST:PORT, perhaps with a path",
  example: "tcp://logs.example.com:601",
};

/** Reads `syslog_host`; an empty text is none. */
function readSyslogHost(
  section: Section,
  environment: Environment,
  name: string,
): RemoteAddress | undefined {
  const text = section.expanded(name, environment)?.trim();
  if (!text) return undefined;
  return parseRemoteAddress(text) ?? section.unexpectedAs(name, text, { format: LOG_HOST });
}
