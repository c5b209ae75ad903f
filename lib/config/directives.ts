/**
 * Every directive of the configuration. This one table drives validation, the reference manual and
 * the JSON schema; what a value does is decided elsewhere.
 *
 * Directives of 0.3.9 keep its types and messages to the letter. New ones are texts, numbers or
 * lists of them whose texts are all expanded; `format` says what they must then look like.
 */

export type SectionKind = "settings" | "service" | "logging";

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
  | "text-map";

/** What a text of a new directive must look like, and how messages explain it. */
export interface TextFormat {
  /** Completes "expected …". */
  readonly expected: string;
  readonly example: string;
}

/** The formats of new directives. */
export const FORMATS = {
  text: { expected: "a text", example: "/some/path" },
  boolean: { expected: "true or false", example: "true" },
  choice: { expected: "one of the listed words", example: "text" },
  duration: {
    expected: "a duration: seconds, or numbers with ms, s, m, h or d",
    example: "1m30s",
  },
  size: { expected: "a size: bytes, or a number with K, M or G", example: "10M" },
  lineSize: { expected: "a size from 1K to 16M", example: "64K" },
  count: { expected: "a whole number that is not negative", example: "5" },
  positive: { expected: "a whole number from 1 on", example: "4" },
  mode: { expected: "an octal number that begins with 0", example: "0022" },
  niceness: { expected: "a whole number from -20 to 19", example: "10" },
  oomScore: { expected: "a whole number from -1000 to 1000", example: "-500" },
  id: { expected: "a number or the name of an account", example: "www-data" },
  signal: { expected: "a signal", example: "SIGHUP" },
  exits: { expected: "exit codes from 0 to 255 and signals", example: "[0, 3, SIGTERM]" },
  stopSteps: {
    expected: "signals, each but the last with the time to wait after it",
    example: '["QUIT 8s", "TERM 3s", KILL]',
  },
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
  rate: { expected: "a number of records a second (s), minute (m) or hour (h)", example: "100/s" },
  timezone: {
    expected: "a time zone, by name or as TZ has it",
    example: "Europe/Vienna",
  },
  multiline: { expected: "true, false or a regular expression", example: '"^\\\\s"' },
  limits: {
    expected: "a number, 'unlimited', or SOFT:HARD with SOFT not above HARD",
    example: "{nofile: 1024:4096, core: unlimited}",
  },
  signalActions: {
    expected: "shutdown, reopen, ignore, forward, reload NAME, restart NAME or signal NAME SIGNAL",
    example: '{HUP: "reload web", USR1: "signal nginx USR1"}',
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

/** One directive. */
export interface Directive {
  readonly name: string;
  readonly kind: ValueKind;
  /** The words that a choice accepts. */
  readonly choices?: readonly string[];
  readonly format?: FormatName;
  /** As the manual shows it; absent: none. */
  readonly default?: string;
  /** When `$(…)` in it is expanded: at load, at each launch, or not at all. */
  readonly expanded: "load" | "launch" | "no";
  readonly isRequired?: true;
  /** The version that introduced it. */
  readonly since: "0.3.9" | "0.4.0" | "0.5.0";
  /** One sentence. */
  readonly summary: string;
}

type Extra = Partial<Pick<Directive, "choices" | "default" | "expanded" | "isRequired" | "since">>;

type Named<Name extends string> = Directive & { readonly name: Name };

/** A directive of 0.3.9. */
function old<const Name extends string>(
  name: Name,
  kind: ValueKind,
  summary: string,
  extra: Extra = {},
): Named<Name> {
  return { name, kind, expanded: "no", since: "0.3.9", summary, ...extra };
}

/** A directive that 0.3.9 did not know. */
function added<const Name extends string>(
  name: Name,
  kind: ValueKind,
  format: FormatName,
  summary: string,
  extra: Extra = {},
): Named<Name> {
  return { name, kind, format, expanded: "load", since: "0.4.0", summary, ...extra };
}

const LOAD = { expanded: "load" } as const;
const LAUNCH = { expanded: "launch" } as const;

const ENVIRONMENT = [
  old("env_inherit", "string-list", "Glob patterns of the inherited variables that are kept.", {
    default: "['*']",
  }),
  old("env_set", "string-map", "Variables to set; values may refer to others.", LAUNCH),
  old("env_unset", "string-list", "Glob patterns of the variables that are removed."),
];

const SETTINGS = [
  ...ENVIRONMENT,
  old("idle_delay", "seconds", "Seconds before services of the group IDLE start.", {
    default: "1.0",
  }),
  old("ignore_failures", "boolean", "Whether services ignore failures by default.", {
    default: "false",
  }),
  old("process_timeout", "seconds", "Seconds a start may take, as a default for services."),
  old(
    "startup_pause",
    "seconds",
    "Seconds after a launch in which a failure counts as one of the start.",
    {
      default: "0.5",
    },
  ),
  old("shutdown_timeout", "seconds", "Seconds that all services together have to stop.", {
    default: "8",
  }),
  old("detect_exit", "boolean", "Whether the container ends once nothing is left to do.", {
    default: "true",
  }),
  old("enable_syslog", "boolean", "Whether chaperone listens on /dev/log.", { default: "true" }),
  old("status_interval", "seconds", "Seconds between upstream STATUS notifications; 0 is never.", {
    default: "30",
  }),
  old("logrec_hostname", "string", "Host name in log lines, as a default for logging sections.", {
    ...LOAD,
  }),
  old("uid", "string-or-integer", "User for services and log files.", LOAD),
  old("gid", "string-or-integer", "Group for services and log files; needs a user.", LOAD),
  old("debug", "boolean", "Whether the environment of each started process is logged.", {
    default: "false",
  }),
  added(
    "drain",
    "text",
    "duration",
    "Time between turning readiness off and stopping services.",
    { default: "0" },
  ),
  added("console", "text", "choice", "How everything on the container's stdout looks.", {
    choices: ["plain", "prefix", "json"],
    default: "plain",
  }),
  added("http", "text", "address", "Where /livez, /readyz, /metrics and /status are served."),
  added(
    "control_uid",
    "text",
    "id",
    "Owner of the control socket, who may do everything by telchap.",
    {
      default: "0",
    },
  ),
  added("control_gid", "text", "id", "Group whose members may do everything by telchap."),
  added("control_mode", "text", "mode", "Permissions of the control socket."),
  added("run_dir", "text", "path", "Directory for sockets that /dev cannot hold."),
  added("log_line_max", "text", "lineSize", "Longest line of service output before it is split.", {
    default: "64K",
  }),
  added("signals", "text-map", "signalActions", "What signals to chaperone lead to, by name.", {
    since: "0.5.0",
  }),
];

const SERVICE_OLD = [
  old("command", "string", "The program to run and its arguments; there is no shell.", {
    expanded: "load",
    isRequired: true,
  }),
  old("type", "choice", "When the service counts as started, and what its exit means.", {
    choices: ["simple", "oneshot", "forking", "notify", "cron", "inetd", "crontab"],
    default: "simple",
  }),
  old("enabled", "boolean-or-string", "Whether the service starts.", { ...LOAD, default: "true" }),
  old("optional", "boolean", "Whether a missing program disables the service quietly.", {
    default: "false",
  }),
  old("directory", "string", "Working directory.", {
    ...LOAD,
    default: "the home of the user, if it may enter it, else where chaperone runs",
  }),
  old("uid", "string-or-integer", "User that runs the service.", LOAD),
  old("gid", "string-or-integer", "Group that runs the service; needs uid.", LOAD),
  ...ENVIRONMENT,
  old("stdout", "choice", "Where standard output goes.", {
    choices: ["log", "inherit", "null"],
    default: "log",
  }),
  old("stderr", "choice", "Where standard error goes.", {
    choices: ["log", "inherit", "null"],
    default: "log",
  }),
  old("kill_signal", "string", "Signal that ends the service.", { default: "SIGTERM" }),
  old("setpgrp", "boolean", "Whether the service has a process group of its own.", {
    default: "true",
  }),
  old("pidfile", "string", "File in which the service leaves its process id.", LOAD),
  old("process_timeout", "seconds", "Seconds that the start may take.", {
    default: "60 (oneshot), 300 (notify), 30 (others)",
  }),
  old("startup_pause", "seconds", "Seconds in which a failure counts as one of the start.", {
    default: "0.5",
  }),
  old("restart", "boolean-or-choice", "When the service is started again after it ended.", {
    choices: ["never", "on-failure", "always"],
    default: "false",
  }),
  old("restart_limit", "integer", "How often it is restarted; 0 is without limit.", {
    default: "5",
  }),
  old("restart_delay", "whole-seconds", "Seconds before a restart.", { default: "3" }),
  old("exit_kills", "boolean", "Whether the container ends with the service.", {
    default: "false",
  }),
  old("ignore_failures", "boolean", "Whether the system starts although this service fails.", {
    default: "false",
  }),
  old("service_groups", "names", "Groups the service belongs to, separated by commas.", {
    default: "default",
  }),
  old(
    "after",
    "names",
    "Services and groups to wait for, perhaps with :started, :ready or " +
      ":completed.",
  ),
  old("before", "names", "Services and groups that wait for this service."),
  old("interval", "string", "When a cron service runs.", LOAD),
  old("port", "string-or-integer", "TCP port of an inetd service.", LOAD),
  old("debug", "boolean", "Whether the environment is logged at each start.", {
    default: "false",
  }),
];

const SERVICE_NEW = [
  added("success_codes", "texts", "exits", "What else than exit code 0 counts as a normal end."),
  added("stop_timeout", "text", "duration", "Time to stop before SIGKILL.", {
    default: "shutdown_timeout",
  }),
  added("stop_sequence", "texts", "stopSteps", "Signals that stop the service, one by one."),
  added("stop_command", "texts", "command", "Command that stops the service."),
  added("reload_command", "texts", "command", "Command that telchap reload runs."),
  added("reload_signal", "text", "signal", "Signal that telchap reload sends."),
  added("restart_backoff", "text", "duration", "Longest delay that doubling may lead to."),
  added("restart_window", "text", "duration", "Time after which earlier restarts are forgotten.", {
    default: "60",
  }),
  added("no_retry_codes", "texts", "exits", "Ends after which a restart is pointless.", {
    default: "[78]",
  }),
  added("on_give_up", "text", "choice", "What follows when no restart is left.", {
    choices: ["fail", "shutdown", "ignore"],
    default: "fail",
  }),
  added("wait_for", "texts", "waitTargets", "What must answer before the service starts."),
  added("wait_timeout", "text", "duration", "How long wait_for may take.", { default: "60" }),
  added("instances", "text", "positive", "How many copies run, as NAME.1.service and so on."),
  added("ready", "text-map", "ready", "Probe that must pass before the service is started."),
  added("health", "text-map", "health", "Probe that must keep passing afterwards."),
  added("watchdog", "text", "duration", "Longest silence between WATCHDOG=1 notifications."),
  added("groups", "texts", "id", "Supplementary groups, by default those of the user."),
  added("stdin", "choice", "choice", "What standard input is.", {
    choices: ["null", "inherit"],
    default: "null",
    since: "0.5.0",
  }),
  added("umask", "text", "mode", "Permissions that created files lack."),
  added("nice", "text", "niceness", "Scheduling priority."),
  added("oom_score_adj", "text", "oomScore", "How readily the kernel ends it when out of memory."),
  added("limits", "text-map", "limits", "Resource limits by name, see setrlimit(2)."),
  added("env_file", "texts", "text", "Files with variables, read at each launch.", LOAD),
  added("env_from_file", "boolean-or-string", "boolean", "Whether X_FILE=PATH sets X.", {
    default: "false",
  }),
  added("timezone", "text", "timezone", "Time zone of a cron interval."),
  added("overlap", "text", "choice", "What happens when a cron run is due during another.", {
    choices: ["skip", "queue", "kill"],
    default: "skip",
  }),
  added("jitter", "text", "duration", "Longest random delay of a cron run.", { default: "0" }),
  added("run_timeout", "text", "duration", "How long a cron run may take."),
  added("file", "text", "path", "A crontab(5): each of its lines becomes a cron service."),
  added(
    "user_column",
    "boolean-or-string",
    "boolean",
    "Whether the lines of the crontab name a user before the command.",
    { default: "true for /etc/crontab and below /etc/cron.d" },
  ),
  added("on_failure", "texts", "command", "Command that follows a failed cron run."),
  added("max_instances", "text", "positive", "How many connections an inetd service serves."),
  added("listen", "texts", "listen", "Sockets that are opened and handed over (LISTEN_FDS)."),
  added(
    "on_demand",
    "boolean-or-string",
    "boolean",
    "Whether it starts with the first connection.",
    {
      default: "false",
    },
  ),
  added("multiline", "text", "multiline", "Whether continuation lines join the record before."),
  added(
    "read_levels",
    "boolean-or-string",
    "boolean",
    "Whether a record has the level that its line states.",
    { default: "true", since: "0.5.0" },
  ),
];

const LOGGING = [
  old("selector", "string", "Which records are written.", { ...LOAD, default: "*.*" }),
  old("enabled", "boolean-or-string", "Whether the section is in use.", {
    ...LOAD,
    default: "true",
  }),
  old("stdout", "boolean", "Whether it writes to chaperone's stdout.", { default: "false" }),
  old("stderr", "boolean", "Whether it writes to chaperone's stderr.", { default: "false" }),
  old("file", "string", "File to write to; may hold strftime fields.", LOAD),
  old("overwrite", "boolean", "Whether the file is emptied when it is opened.", {
    default: "false",
  }),
  added(
    "required",
    "boolean-or-string",
    "boolean",
    "Whether the container may not start without the file.",
    { default: "false", since: "0.5.0" },
  ),
  old("syslog_host", "string", "Remote receiver: [udp|tcp|tls]://HOST:PORT, HOST:PORT or HOST.", {
    expanded: "load",
  }),
  old("extended", "boolean", "Whether lines begin with facility and priority.", {
    default: "false",
  }),
  old("logrec_hostname", "string", "Host name in the lines.", LOAD),
  old("uid", "string-or-integer", "Owner of created files.", LOAD),
  old("gid", "string-or-integer", "Group of created files; needs uid.", LOAD),
  added("format", "text", "choice", "How a record is written.", {
    choices: ["text", "json", "rfc5424"],
    default: "text",
  }),
  added("rotate_size", "text", "size", "Size at which the file is rotated."),
  added("rotate_every", "text", "choice", "How often the file is rotated.", {
    choices: ["hour", "day", "week", "month"],
  }),
  added("rotate_keep", "text", "count", "How many rotated files are kept.", { default: "7" }),
  added("rotate_compress", "boolean-or-string", "boolean", "Whether rotated files are gzipped.", {
    default: "false",
  }),
  added("rate_limit", "text", "rate", "How many records one program may write."),
  added("when_full", "text", "choice", "What a slow destination leads to.", {
    choices: ["block", "drop"],
    default: "block",
  }),
  added("queue_size", "text", "size", "How much waits for a slow destination.", { default: "1M" }),
  added("tls_ca_file", "text", "path", "Certificates that a tls:// receiver is checked against."),
];

/**
 * The names of each kind of section: who reads or compares one that is in no row does not compile.
 */
export type DirectiveNames = {
  readonly settings: (typeof SETTINGS)[number]["name"];
  readonly service: (typeof SERVICE_OLD | typeof SERVICE_NEW)[number]["name"];
  readonly logging: (typeof LOGGING)[number]["name"];
};

/** The name of any directive. */
export type DirectiveName = DirectiveNames[SectionKind];

/** The directives of each kind of section, in the order of the manual. */
export const DIRECTIVES: Readonly<Record<SectionKind, readonly Directive[]>> = {
  settings: SETTINGS,
  service: [...SERVICE_OLD, ...SERVICE_NEW],
  logging: LOGGING,
};

/** The same by name. */
export const DIRECTIVE_BY_NAME: Readonly<Record<SectionKind, ReadonlyMap<string, Directive>>> = {
  settings: byName(DIRECTIVES.settings),
  service: byName(DIRECTIVES.service),
  logging: byName(DIRECTIVES.logging),
};

function byName(directives: readonly Directive[]): ReadonlyMap<string, Directive> {
  return new Map(directives.map((directive) => [directive.name, directive]));
}
