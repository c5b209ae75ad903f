/** The directives of a service that say what runs, as whom, and with what. */
import { boolean, flag, parsed, source, text, texts, whole, word } from "./directive_readers.ts";
import type { Rows } from "./directive_row.ts";
import { ENVIRONMENT_ROWS } from "./directives_environment.ts";
import type { ServiceConfig } from "./model.ts";
import { readLimits } from "./service_readers.ts";
import { parseMode, parseMultiline } from "./values.ts";

export const PROCESS_ROWS = {
  command: {
    since: "0.3.9",
    kind: "string",
    isRequired: true,
    expanded: "load",
    fields: ["command", "argv", "input"],
    applies: "restart",
    note: () => ({
      summary: "The program to run and its arguments; there is no shell.",
      example: "\"/usr/sbin/nginx -g 'daemon off;'\"",
      detail:
        "Split into words like a shell does, with quotes and backslashes; `|`, `>`, `&&` and " +
        "`*` mean nothing. Without a slash, the first word is looked up in the service's " +
        "`PATH`.",
    }),
  },
  directory: {
    since: "0.3.9",
    kind: "string",
    default: "the home of the user, if it may enter it, else where chaperone runs",
    expanded: "load",
    field: "directory",
    applies: "restart",
    read: text(),
    note: () => ({
      summary: "Working directory.",
      example: "/srv/app",
      detail:
        "A command that begins with a relative path, such as `./start.sh`, is looked up from " +
        "here, too. It is entered as the service's user. An image's WORKDIR counts only where " +
        "the service has no user.",
    }),
  },
  uid: {
    since: "0.3.9",
    kind: "string-or-integer",
    expanded: "load",
    fields: ["identity.uid", "identity.userName", "identity.home", "missingUser"],
    applies: "restart",
    note: () => ({
      summary: "User that runs the service.",
      example: "www-data",
      detail:
        "A name or a number. Sets HOME, USER and LOGNAME. Supplementary groups are those of " +
        "the user, unless `groups` says otherwise.",
    }),
  },
  gid: {
    since: "0.3.9",
    kind: "string-or-integer",
    expanded: "load",
    fields: ["identity.gid"],
    applies: "restart",
    note: () => ({
      summary: "Group that runs the service; needs uid.",
      example: "www-data",
    }),
  },
  groups: {
    since: "0.4.0",
    kind: "texts",
    format: "id",
    fields: ["identity.groups"],
    applies: "restart",
    note: () => ({
      summary: "Supplementary groups, by default those of the user.",
      example: "[www-data, audio]",
    }),
  },
  ...ENVIRONMENT_ROWS,
  env_file: {
    since: "0.4.0",
    kind: "texts",
    format: "text",
    field: "envFiles",
    applies: "restart",
    read: texts(),
    note: () => ({
      summary: "Files with variables, read at each launch.",
      example: "[/etc/app.env, /run/app/local.env]",
      detail:
        "A path or a list of them; of two values for a name, the later one counts. A line is " +
        "`NAME=value`, perhaps with `export` before it; a `NAME` alone changes nothing; `#` " +
        "begins a comment. Single quotes take a value as it is; within double quotes `\\n`, " +
        '`\\t`, `\\"` and `\\$` are escapes, and a value may span lines. Nothing is expanded. ' +
        "What others than root can change is read as the service's user. A relative path " +
        "begins where chaperone runs. Where a file is missing, the service does not start; an " +
        "empty text, as of `$(EXTRA:-)`, is none.",
    }),
  },
  env_from_file: {
    since: "0.4.0",
    kind: "boolean-or-string",
    format: "boolean",
    default: "false",
    field: "envFromFile",
    applies: "restart",
    read: boolean(false),
    note: () => ({
      summary: "Whether X_FILE=PATH sets X.",
      example: "true",
      detail: "For secrets that the container engine mounts. Lines of an `env_file` name no file.",
    }),
  },
  stdin: {
    since: "0.5.0",
    kind: "choice",
    format: "choice",
    choices: ["null", "inherit"],
    default: "null",
    field: "stdin",
    applies: "restart",
    read: word("null"),
    note: () => ({
      summary: "What standard input is.",
      example: "inherit",
      detail:
        "`null` is /dev/null, `inherit` what chaperone itself reads: a terminal, a pipe. One " +
        "service at most should read it. The command of the command line always inherits it.",
    }),
  },
  stdout: {
    since: "0.3.9",
    kind: "choice",
    choices: ["log", "inherit", "null"],
    default: "log",
    field: "stdout",
    applies: "restart",
    read: word("log"),
    note: () => ({
      summary: "Where standard output goes.",
      example: "inherit",
      detail: "`log` makes each line a record (daemon.info, unless the line states a level), " +
        "`inherit` passes the stream through, `null` drops it.",
    }),
  },
  stderr: {
    since: "0.3.9",
    kind: "choice",
    choices: ["log", "inherit", "null"],
    default: "log",
    field: "stderr",
    applies: "restart",
    read: word("log"),
    note: () => ({
      summary: "Where standard error goes.",
      example: "inherit",
      detail: "As `stdout`; its records are daemon.warn, unless the line states a level.",
    }),
  },
  multiline: {
    since: "0.4.0",
    kind: "text",
    format: "multiline",
    field: "multiline",
    applies: "restart",
    read: parsed(parseMultiline, false),
    note: () => ({
      summary: "Whether continuation lines join the record before.",
      example: '"^\\\\s"',
    }),
  },
  read_levels: {
    since: "0.5.0",
    kind: "boolean-or-string",
    format: "boolean",
    default: "true",
    field: "readLevels",
    applies: "restart",
    read: boolean(true),
    note: () => ({
      summary: "Whether a record has the level that its line states.",
      example: "false",
      detail: "At the head of a line: `<3>` as sd-daemon(3) has it, `ERROR`, `error:`, `[warn]`, " +
        "`level=warn`, also behind a date; in a JSON object `level`, `severity` or `lvl`, as " +
        "a word or a number. With `false`, stdout is daemon.info and stderr daemon.warn.",
    }),
  },
  debug: {
    since: "0.3.9",
    kind: "boolean",
    default: "false",
    fields: ["debug"],
    applies: "live",
    note: () => ({
      summary: "Whether the environment is logged at each start.",
      example: "true",
    }),
  },
  setpgrp: {
    since: "0.3.9",
    kind: "boolean",
    default: "true",
    field: "setpgrp",
    applies: "restart",
    read: flag(true),
    note: () => ({
      summary: "Whether the service has a process group of its own.",
      example: "false",
      detail: "With a group of its own, stopping reaches all processes of the service.",
    }),
  },
  umask: {
    since: "0.4.0",
    kind: "text",
    format: "mode",
    field: "umask",
    applies: "restart",
    read: source(parseMode),
    note: () => ({
      summary: "Permissions that created files lack.",
      example: '"0027"',
    }),
  },
  nice: {
    since: "0.4.0",
    kind: "text",
    format: "niceness",
    field: "nice",
    applies: "restart",
    read: whole(-20, 19),
    note: () => ({
      summary: "Scheduling priority.",
      example: "10",
    }),
  },
  oom_score_adj: {
    since: "0.4.0",
    kind: "text",
    format: "oomScore",
    field: "oomScoreAdj",
    applies: "restart",
    read: whole(-1000, 1000),
    note: () => ({
      summary: "How readily the kernel ends it when out of memory.",
      example: "-500",
    }),
  },
  limits: {
    since: "0.4.0",
    kind: "text-map",
    format: "limits",
    field: "limits",
    applies: "restart",
    read: readLimits,
    note: () => ({
      summary: "Resource limits by name, see setrlimit(2).",
      example: "{nofile: 1024:4096, core: unlimited}",
      detail: "Names: as, core, cpu, data, fsize, locks, memlock, msgqueue, nice, nofile, nproc, " +
        "rss, rtprio, rttime, sigpending, stack. One number sets both the soft and the hard " +
        'limit; `"1024:"` sets the soft one alone, at most to the hard one, which stays.',
    }),
  },
} as const satisfies Rows<ServiceConfig>;
