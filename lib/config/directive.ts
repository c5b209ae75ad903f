/**
 * What there is to know of a directive: what YAML may hold for it, what its text must look like,
 * what of the model it decides. The directives themselves are rows, see lib/config/directives.ts.
 *
 * Directives of 0.3.9 keep its types and messages to the letter. New ones are texts, numbers or
 * lists of them whose texts are all expanded; `format` says what they must then look like.
 */
import { ALERT_EVENTS } from "./alert_model.ts";

/** How many services a section makes at most, by `instances` or `for_each`. */
export const INSTANCES_MAX = 1000;
/** How many instances are exchanged at once, at most. */
export const SURGE_MAX = 100;
/** How many rotated files are kept, at most. */
export const ROTATE_KEEP_MAX = 100_000;

/** The kinds of sections, in the order of the manual. */
export const SECTION_KINDS = ["settings", "service", "logging", "alert"] as const;

export type SectionKind = (typeof SECTION_KINDS)[number];

/** What YAML may hold for a directive. */
export type ValueKind =
  | "string"
  | "integer"
  /** A number of seconds, or a duration with units. */
  | "seconds"
  /** Seconds that 0.3.9 wanted whole. */
  | "whole-seconds"
  | "boolean"
  | "choice"
  | "boolean-or-string"
  | "boolean-or-choice"
  | "string-or-integer"
  /** Names separated by commas, or a list of them. */
  | "names"
  | "string-list"
  | "string-map"
  /** A scalar of any type, read by `format` after expansion. */
  | "text"
  /** A text, or a list of them. */
  | "texts"
  /** Names with a text each. */
  | "text-map"
  /** A text, a list of them, or names with a text or texts each. */
  | "texts-or-map";

/** What a text of a new directive must look like, and how messages explain it. */
export interface TextFormat {
  /** Completes "expected …". */
  readonly expected: string;
  readonly example: string;
}

/**
 * A number within bounds. The text is made when it is told: V8 has a small table of the texts of
 * numbers, and one of 128 KiB from when two of them fall on one place there.
 */
export function numberBetween(
  what: string,
  { from, to, example }: { readonly from: number; readonly to: number; readonly example: string },
): TextFormat {
  return {
    get expected() {
      return `${what} from ${from} to ${to}`;
    },
    example,
  };
}

const WHOLE = "a whole number";

/** The formats of new directives. */
export const FORMATS = {
  text: { expected: "a text", example: "/some/path" },
  boolean: { expected: "true or false", example: "true" },
  choice: { expected: "one of the listed words", example: "text" },
  duration: {
    expected: "a duration: seconds, or numbers with ms, s, m, h or d",
    example: "1m30s",
  },
  positiveDuration: {
    expected: "a duration above 0: seconds, or numbers with ms, s, m, h or d",
    example: "10s",
  },
  size: { expected: "a size: bytes, or a number with K, M or G", example: "10M" },
  positiveSize: {
    expected: "a size above 0: bytes, or a number with K, M or G",
    example: "10M",
  },
  lineSize: { expected: "a size from 1K to 16M", example: "64K" },
  stateSize: { expected: "a size from 64K to 64M", example: "4M" },
  alertEvents: {
    expected: `${ALERT_EVENTS.join(", ")} or restarts>N/TIME`,
    example: '[gave_up, "restarts>3/10m", recovered]',
  },
  alertTemplate: {
    expected: "a text with {title}, {text}, {host}, {alert}, {time} or {action}; one that begins " +
      "as JSON does must be JSON",
    example: `'{"content": "{text}"}'`,
  },
  servicePatterns: { expected: "names of services, or patterns", example: '["web*"]' },
  webUrl: { expected: "http://URL or https://URL", example: "https://ntfy.example.com/ops" },
  positive: { expected: "a whole number from 1 on", example: "4" },
  instances: numberBetween(WHOLE, { from: 1, to: INSTANCES_MAX, example: "2" }),
  surge: numberBetween(WHOLE, { from: 1, to: SURGE_MAX, example: "1" }),
  unavailable: numberBetween(WHOLE, { from: 0, to: SURGE_MAX, example: "2" }),
  rotatedFiles: numberBetween(WHOLE, { from: 0, to: ROTATE_KEEP_MAX, example: "5" }),
  mode: { expected: "an octal number that begins with 0", example: "0022" },
  niceness: { expected: "a whole number from -20 to 19", example: "10" },
  percent: { expected: "a number above 0 with %", example: "150%" },
  weight: { expected: "a whole number from 1 to 10000", example: "200" },
  oomScore: { expected: "a whole number from -1000 to 1000", example: "-500" },
  id: { expected: "a number or the name of an account", example: "www-data" },
  signal: { expected: "a signal", example: "SIGHUP" },
  exits: { expected: "exit codes from 0 to 255 and signals", example: "[0, 3, SIGTERM]" },
  stopSteps: {
    expected: "signals, each but the last with the time to wait after it",
    example: '["QUIT 5s", "TERM 2s", KILL]',
  },
  edges: {
    expected: "names of services or groups, or patterns, each perhaps with :started, :ready or " +
      ":completed",
    example: "[db.service]",
  },
  words: { expected: "words", example: "a b" },
  command: { expected: "a command", example: '"/usr/sbin/nginx -s reload"' },
  waitTargets: {
    expected: "tcp://HOST:PORT, http://URL, https://URL, file:/PATH or unix:/PATH",
    example: '["tcp://db:5432"]',
  },
  listen: {
    expected: "PORT, HOST:PORT, unix:/PATH, unix-dgram:/PATH, or one with tcp:// or udp:// " +
      "before it; NAME= may come first",
    example: '["8080", "unix:/run/app.sock"]',
  },
  address: { expected: "HOST:PORT or unix:/PATH", example: "127.0.0.1:9090" },
  path: { expected: "an absolute path", example: "/run/chaperone" },
  httpControl: {
    expected: "true, false or the absolute path of a file that holds a token",
    example: "/run/secrets/chaperone-token",
  },
  rate: { expected: "a number of records a second (s), minute (m) or hour (h)", example: "100/s" },
  timezone: {
    expected: "a time zone, by name or as TZ has it",
    example: "Europe/Vienna",
  },
  localTime: {
    expected: "a date and a time of day without a zone",
    example: "2026-12-24T18:00",
  },
  multiline: { expected: "true, false or a regular expression", example: '"^\\\\s"' },
  limits: {
    expected: "a number, 'unlimited', SOFT: or SOFT:HARD with SOFT not above HARD",
    example: "{nofile: 1024:4096, core: unlimited}",
  },
  signalActions: {
    expected: "shutdown, reopen, ignore, forward, reload NAME, restart NAME or signal NAME SIGNAL",
    example: '{HUP: "reload web", USR1: "signal nginx USR1"}',
  },
  capabilities: {
    expected: "names of capabilities",
    example: "[NET_BIND_SERVICE]",
  },
  own: {
    expected: "USER or USER:GROUP for each path",
    example: '{/data: app, /config: "1000:1000"}',
  },
  recycle: {
    expected: "memory: SIZE for TIME, cpu: PERCENT% for TIME, age: TIME ± TIME or " +
      "uptime_jobs: NUMBER by log PATTERN or by URL",
    example: "{memory: 500M for 30s, age: 12h ± 1h}",
  },
  canary: {
    expected: `a number from 1 to ${SURGE_MAX}, or NUMBER for TIME`,
    example: "1 for 30s",
  },
  watch: {
    expected: "reload, restart, signal NAME or run COMMAND for each path, pattern or secrets",
    example: '{"/etc/app/*.conf": restart}',
  },
  secrets: {
    expected: "file:/PATH for each name",
    example: "{DB_PASSWORD: file:/run/secrets/db}",
  },
  sandbox: {
    expected:
      "strict, no_network, or a mapping with preset, read, write, execute, connect, bind, " +
      "scope and require",
    example: "{preset: strict, write: [/data], connect: [443, udp]}",
  },
  syscalls: {
    expected: "default, strict, log, names of calls to refuse, or +NAME for one to let pass",
    example: "[default, +ptrace]",
  },
  ready: {
    expected: "exactly one of exec, http, tcp, listen, file, log or fd, and interval and timeout",
    example: '{http: "http://127.0.0.1:8080/ready", timeout: 2s}',
  },
  health: {
    expected: "exactly one of exec, http or tcp, and interval, timeout, retries, start_period " +
      "and action",
    example: '{tcp: "127.0.0.1:5432", retries: 3, action: restart}',
  },
} as const satisfies Record<string, TextFormat>;

export type FormatName = keyof typeof FORMATS;

/** What the manual says of a directive. */
export interface DirectiveNote {
  /** One sentence. */
  readonly summary: string;
  /** The value as YAML, as it stands after `name: `. A test loads it. */
  readonly example: string;
  /** Further sentences. */
  readonly detail?: string;
}

/** One directive; its name is the key of its row. */
export interface Directive {
  /** The version that introduced it. */
  readonly since: "0.3.9" | "0.4.0" | "0.5.0";
  readonly kind: ValueKind;
  readonly format?: FormatName;
  /** The words that a choice accepts. */
  readonly choices?: readonly string[];
  readonly isRequired?: true;
  /** As the manual shows it; absent: none. */
  readonly default?: string;
  /**
   * When `$(…)` in it is expanded: at load, at each launch, or not at all. Absent: a new directive
   * at load, one of 0.3.9 not.
   */
  readonly expanded?: "load" | "launch" | "no";
  /**
   * How `telchap apply` takes a change over. Live: a running process goes on, since it is looked at
   * only when something happens. Restart: by a new process, of a setting by a new chaperone.
   */
  readonly applies: "live" | "restart";
  /** Made when it is asked for: what runs services needs none, and would have all in memory. */
  readonly note: () => DirectiveNote;
}

/** A directive as the manual and comparisons of configurations see it. */
export interface ListedDirective extends Directive {
  readonly name: string;
  readonly expanded: "load" | "launch" | "no";
  /** The fields of the section's model that it decides: `umask`, `restart.limit`. */
  readonly decides: readonly string[];
  /** The fields of each service that it decides, where services have no directive for them. */
  readonly decidesOfServices?: readonly string[];
}

/** Returns what a new directive accepts, to follow `expected`. */
export function describeFormat(directive: Directive): string {
  if (directive.choices === undefined) return FORMATS[directive.format ?? "text"].expected;
  return `one of ${directive.choices.join(", ")}`;
}

/** Names a directive, or a name below it, in a message: `'nofile' in 'limits' of web.service`. */
export function describePlace(section: string, directive: string, field?: string): string {
  const place = `'${directive}' of ${section}`;
  return field === undefined ? place : `'${field}' in ${place}`;
}

/** Formats what would be right for a new directive, as the end of a message. */
export function explainFormat(name: string, directive: Directive): string {
  const format = FORMATS[directive.format ?? "text"];
  const example = directive.choices === undefined ? format.example : directive.choices[0];
  return `for example ${name}: ${example}`;
}
