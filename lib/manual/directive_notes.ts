/**
 * What the reference says of a directive beyond its row in lib/config/directives.ts: an example,
 * and what one sentence cannot hold. A test loads every example.
 */
import {
  type Directive,
  type DirectiveNames,
  FORMATS,
  type SectionKind,
} from "../config/directives.ts";

/** What the manual adds to a directive. */
export interface DirectiveNote {
  /** The value as YAML, as it stands after `name: `. */
  readonly example: string;
  /** Further sentences. */
  readonly detail?: string;
}

/** A note on what is no directive of its kind of section does not compile. */
type Notes<K extends SectionKind> = Readonly<
  Partial<Record<DirectiveNames[K], Partial<DirectiveNote>>>
>;

const ENVIRONMENT: Notes<SectionKind> = {
  "env_inherit": {
    example: "['PATH', 'LC_*']",
    detail: "`*`, `?`, `[abc]` and `[!abc]` as in a shell; an empty list keeps everything.",
  },
  "env_set": {
    example: "{LANG: C.UTF-8, PATH: '/app/bin:$(PATH)'}",
    detail:
      "Values are texts: numbers need quotes. A variable that its own value names means what " +
      "it was before.",
  },
  "env_unset": { example: "['AWS_*']", detail: "Applied after `env_set`." },
};

const SETTINGS: Notes<"settings"> = {
  ...ENVIRONMENT,
  "idle_delay": { example: "0.5" },
  "ignore_failures": { example: "true" },
  "process_timeout": {
    example: "120",
    detail: "Without it, each service type has its own default.",
  },
  "startup_pause": { example: "1" },
  "shutdown_timeout": {
    example: "25",
    detail: "One budget, shared out along the order in which services depend on each other. What " +
      "is left then is killed. Docker waits 10 seconds by default, Kubernetes 30; stay below.",
  },
  "detect_exit": {
    example: "false",
    detail: "With `false` the container stays up without any process, until it is stopped.",
  },
  "enable_syslog": {
    example: "false",
    detail: "The output of services is logged in either case.",
  },
  "status_interval": {
    example: "60",
    detail: "Only where chaperone itself received a `NOTIFY_SOCKET`.",
  },
  "logrec_hostname": { example: "web-1" },
  uid: { example: "www-data" },
  gid: { example: "www-data" },
  debug: { example: "true" },
  console: {
    example: "prefix",
    detail:
      "`plain` as it comes, `prefix` with the service before each line, `json` one object a " +
      "line. The variable `CHAPERONE_CONSOLE` says the same from outside.",
  },
  "log_line_max": { example: "128K" },
  signals: {
    example: '{HUP: "reload web", USR1: "signal nginx USR1"}',
    detail:
      "`shutdown` ends the container in order, with status 0; `reopen` is what SIGHUP does by default; " +
      "`forward` signals the command of the command line; `reload` and `restart` are the commands of " +
      "telchap. What is not listed keeps its meaning, see [signals](#signals).",
  },
  "control_gid": { example: "adm" },
  "control_mode": {
    example: "0660",
    detail:
      "Without it, everybody may connect, and a user that owns nothing here may look at and " +
      "handle the services that run as that user, nothing else. A mode that lets others write (0666) " +
      "lets them look at all services; 0660 admits only the owner and `control_gid`, 0600 only the owner. " +
      "Root may always do everything.",
  },
};

const RESTART_DETAIL =
  "`true` is `on-failure`, `false` is `never`. Only services that stay up are restarted; an exit " +
  "that counts as a normal end is no failure.";

const SERVICE: Notes<"service"> = {
  ...ENVIRONMENT,
  command: {
    example: "\"/usr/sbin/nginx -g 'daemon off;'\"",
    detail: "Split into words like a shell does, with quotes and backslashes; `|`, `>`, `&&` and " +
      "`*` mean nothing. Without a slash, the first word is looked up in the service's `PATH`.",
  },
  type: { example: "oneshot", detail: "See [service types](#service-types)." },
  enabled: {
    example: '"$(WITH_WEB:-true)"',
    detail: "Waiting for a disabled service is waiting for nothing.",
  },
  optional: { example: "true" },
  directory: {
    example: "/srv/app",
    detail: "A command that begins with a relative path, such as `./start.sh`, is looked up from " +
      "here, too. It is entered as the service's user. An image's WORKDIR counts only where the " +
      "service has no user.",
  },
  uid: {
    example: "www-data",
    detail: "A name or a number. Sets HOME, USER and LOGNAME. Supplementary groups are those of " +
      "the user, unless `groups` says otherwise.",
  },
  gid: { example: "www-data" },
  stdin: {
    example: "inherit",
    detail: "`null` is /dev/null, `inherit` what chaperone itself reads: a terminal, a pipe. One " +
      "service at most should read it. The command of the command line always inherits it.",
  },
  stdout: {
    example: "inherit",
    detail: "`log` makes each line a record (daemon.info, unless the line states a level), " +
      "`inherit` passes the stream through, `null` drops it.",
  },
  stderr: {
    example: "inherit",
    detail: "As `stdout`; its records are daemon.warn, unless the line states a level.",
  },
  "kill_signal": {
    example: "SIGQUIT",
    detail: "The full name, or a number in quotes.",
  },
  setpgrp: {
    example: "false",
    detail: "With a group of its own, stopping reaches all processes of the service.",
  },
  pidfile: {
    example: "/run/nginx.pid",
    detail:
      "The process that it names is followed as the service's own, if it belongs to the service and the file was " +
      "written since the launch. When it ends and the file names another one of the service, that one goes on.",
  },
  "process_timeout": {
    example: "120",
    detail:
      "For an exit (oneshot, forking), for READY=1 (notify), for the pidfile and for `ready`; 0 " +
      "is without limit.",
  },
  "startup_pause": { example: "2" },
  restart: { example: "true", detail: RESTART_DETAIL },
  "restart_limit": { example: "10" },
  "restart_delay": { example: "0.5" },
  "exit_kills": {
    example: "true",
    detail: "The exit code of the service becomes that of the container, 0 where `success_codes` " +
      "lists it. Such a service is not restarted.",
  },
  "ignore_failures": {
    example: "true",
    detail:
      "Whatever way a start fails, the container and what comes plainly `after` go on. It makes no " +
      "success of it: `:ready` and `:completed` do not hold. With `restart` the start is tried again.",
  },
  "service_groups": {
    example: "INIT",
    detail: "`INIT` starts before and `IDLE` after everything else; other names are yours.",
  },
  after: {
    example: '"db.service:ready, setup.service"',
    detail: "Also orders stopping, the other way round. A name is that of a service, with or " +
      "without `.service`, or of a group. Names that do not exist are ignored.",
  },
  before: { example: '"default"' },
  interval: {
    example: '"*/5 * * * *"',
    detail: "Five fields as in crontab(5), or six with the seconds last; or `@hourly`, `@daily`, " +
      "`@weekly`, `@monthly`, `@yearly`; `@every 90s`; `@reboot` for once at the start.",
  },
  port: { example: "8123" },
  debug: { example: "true" },
  "stop_command": {
    example: '"/usr/sbin/nginx -s quit"',
    detail:
      "Runs in place of the first signal. `kill_signal` follows if the service still runs after " +
      "`stop_timeout`, or after half of what it has to stop in; a command that fails is waited for as long. " +
      "It has the environment of the service, and no `MAINPID`.",
  },
  "success_codes": {
    example: "[0, 143]",
    detail:
      "They count for the status of the container, too: with `exit_kills`, such an end gives 0.",
  },
  "stop_timeout": {
    example: "5s",
    detail: "`0` is no limit for a stop that is asked for; the end of the container keeps to " +
      "`shutdown_timeout`.",
  },
  "on_give_up": { example: "ignore" },
  overlap: { example: "queue" },
  "restart_backoff": { example: "1m" },
  "restart_window": { example: "5m" },
  "no_retry_codes": { example: "[2, 78]" },
  "wait_timeout": { example: "2m" },
  instances: {
    example: "2",
    detail:
      "At most 1000. Each knows its number as `$(_CHAP_INSTANCE)`. `after: NAME.service` means " +
      "all of them.",
  },
  watchdog: {
    example: "30s",
    detail: "Sets WATCHDOG_USEC and WATCHDOG_PID, see sd_watchdog_enabled(3).",
  },
  groups: { example: "[www-data, audio]" },
  umask: { example: '"0027"' },
  limits: {
    detail: "Names: as, core, cpu, data, fsize, locks, memlock, msgqueue, nice, nofile, nproc, " +
      "rss, rtprio, rttime, sigpending, stack.",
  },
  ready: {
    detail: "One probe and its times: `exec` succeeds, `http` answers 2xx or 3xx, `tcp` accepts, " +
      "`listen` is a port that a process of the service listens on, `file` exists, `log` is a " +
      "regular expression that a line of its output matches, `fd` is a descriptor on which it " +
      "writes a newline. `interval` is the longest pause between tries (default 500ms), " +
      "`timeout` the whole time (default process_timeout).",
  },
  health: {
    detail: "One probe of `exec`, `http` and `tcp`. `interval` (10s), `timeout` of one try (5s), " +
      "`retries` failures in a row (3), `start_period` in which failures do not count (0), " +
      "`action` restart, shutdown or none (restart).",
  },
  "env_file": {
    example: "[/etc/app.env, /run/app/local.env]",
    detail: "A path or a list of them; of two values for a name, the later one counts. A line is " +
      "`NAME=value`, perhaps with `export` before it; a `NAME` alone changes nothing; `#` begins a comment. Single quotes take a " +
      'value as it is; within double quotes `\\n`, `\\t`, `\\"` and `\\$` are escapes, and a value ' +
      "may span lines. Nothing is expanded. What others than root can change is read as the " +
      "service's user. A relative path begins where chaperone runs. Where a " +
      "file is missing, the service does not start.",
  },
  "env_from_file": {
    example: "true",
    detail: "For secrets that the container engine mounts. Lines of an `env_file` name no file.",
  },
  "on_failure": {
    example: '"/usr/local/bin/report"',
    detail:
      "`_CHAP_FAILED_SERVICE`, `_CHAP_FAILED_CODE`, `_CHAP_FAILED_REASON` and others tell it " +
      "what failed.",
  },
  file: {
    example: "/etc/crontab",
    detail: "Needs `type: crontab`; the rest of the section holds for each line.",
  },
  "user_column": { example: "true" },
  "run_timeout": { example: "10m", detail: "`0` is no limit." },
  jitter: { example: "30s" },
  "on_demand": { example: "true", detail: "Needs `listen`." },
  "read_levels": {
    example: "false",
    detail: "At the head of a line: `<3>` as sd-daemon(3) has it, `ERROR`, `error:`, `[warn]`, " +
      "`level=warn`, also behind a date; in a JSON object `level`, `severity` or `lvl`, as a word " +
      "or a number. With `false`, stdout is daemon.info and stderr daemon.warn.",
  },
};

const LOGGING: Notes<"logging"> = {
  selector: { example: "'*.warn;daemon.info'", detail: "See [selectors](#selectors)." },
  enabled: { example: '"$(LOG_TO_FILE:-false)"' },
  stdout: { example: "true" },
  stderr: { example: "true" },
  file: {
    example: "/var/log/app-%Y-%m-%d.log",
    detail: "A relative name lies below the home of the section's user. Missing directories are " +
      "made. A file that was moved away or deleted is made anew.",
  },
  overwrite: { example: "true" },
  required: {
    example: "true",
    detail: "Otherwise a file that cannot be opened is one error, and is tried again each second.",
  },
  "syslog_host": {
    example: '"tcp://logs.example.com:514"',
    detail: "TCP and TLS keep the order and wait for a receiver that is away. Without a scheme: " +
      "UDP; without a port: 514, with tls:// 6514.",
  },
  extended: { example: "true" },
  "logrec_hostname": { example: "web-1" },
  uid: { example: "www-data" },
  gid: { example: "adm" },
  format: {
    example: "json",
    detail: "`text` is the line of 0.3.9.",
  },
  "rotate_every": { example: "day" },
  "rotate_compress": { example: "true" },
  "when_full": {
    example: "drop",
    detail: "`block` holds back who writes, `drop` loses records and counts them.",
  },
  "queue_size": { example: "8M" },
  "tls_ca_file": { example: "/etc/ssl/logs-ca.pem" },
};

const NOTES: { readonly [K in SectionKind]: Notes<K> } = {
  settings: SETTINGS,
  service: SERVICE,
  logging: LOGGING,
};

/**
 * Returns what the manual adds to a directive; new ones may do with the example of their format.
 */
export function noteOf(kind: SectionKind, directive: Directive): DirectiveNote {
  const format = directive.format === undefined ? undefined : FORMATS[directive.format].example;
  const notes: Readonly<Record<string, Partial<DirectiveNote> | undefined>> = NOTES[kind];
  return { example: directive.choices?.[0] ?? format ?? "", ...notes[directive.name] };
}
