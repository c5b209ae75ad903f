/** The parts of the reference manual that no table of the program holds. */
import type { SectionKind } from "../config/directive.ts";

export const INTRODUCTION = `
# Reference

This page is generated from the tables that drive the program: \`deno task docs\` writes it.
It is for looking things up; the [guide](guide.md) is for reading. The same as manual pages: [man/](man/).
`;

export const FILES = `
## Files

chaperone reads the file or directory that \`--config\` names, \`/etc/chaperone.d\` without it. Of a directory it
reads every \`*.conf\` and \`*.yaml\` file directly inside, in byte order of their names; a file it reads whatever
its name is. Files are YAML 1.1: \`yes\` and \`on\` are booleans, a repeated key replaces the earlier one.

Every time is a number of seconds, or numbers with units: \`90\`, \`.5\`, \`250ms\`, \`90s\`, \`5m\`, \`1h30m\`, \`2d\`.
Below zero, a time of 0.3.9 counts as 0, and \`restart_limit\` as no limit.

| section | what it is |
| --- | --- |
| \`settings\` | defaults and what concerns the container as a whole |
| \`NAME.service\` | a program to run |
| \`NAME.logging\` | where records go |
| \`NAME.alert\` | who is told what happens to services |

A service section that appears in a later file replaces the earlier one whole. Settings, logging and alert sections are
merged key by key, and their \`env_set\` variable by variable. Names in capitals are reserved.

### Layers

| what stands there | what it means |
| --- | --- |
| \`NAME.service+\`, or \`merge: true\` in \`NAME.service\` | changes single directives of the section of that name before it, and in \`env_set\`, \`limits\`, \`secrets\` and \`own\` single entries; \`null\` takes a directive or an entry back |
| \`defaults.service\`, without \`command\` | what every service takes over that does not say otherwise; \`env_set\`, \`limits\`, \`secrets\` and \`own\` entry by entry |
| \`include: [PATH, …]\` | files, directories or patterns that are read before this file. A relative path begins where the file lies; \`$(…)\` is the container's environment. A file is read once. A pattern may match nothing |
| \`x-NAME\` | ignored: a place for YAML anchors |
| \`for_each\`, \`profiles\` of a service | see there |

\`telchap show NAME\` says of each directive and each variable which file and line it comes from.
`;

/** Head of the part on each kind of section. */
export const SECTION_TEXTS: Readonly<Record<SectionKind, { title: string; text: string }>> = {
  settings: { title: "settings", text: "Every directive is optional, and so is the section." },
  service: {
    title: "Services",
    text: "A section `NAME.service`. Only `command` is required. " +
      "*Expanded* says when `$(…)` is replaced, see [environment language](#environment-language). " +
      "*Apply* says what `telchap apply` does about a change of it.",
  },
  logging: {
    title: "Logging",
    text:
      "A section `NAME.logging` takes the records that its selector names and writes them to each of its\n" +
      "destinations. Records come from services, from `/dev/log`, and from chaperone itself. A record that several\n" +
      "sections select is written by each of them. Without any section nothing is written but the last line.",
  },
  alert: {
    title: "Alerts",
    text:
      "A section `NAME.alert` tells a command, a web server or a file what happens to services. One of `command`,\n" +
      "`webhook` and `file` is required. See [alerts.md](alerts.md); `telchap alert test NAME` sends one.",
  },
};

export const SERVICE_TYPES = `
## Service types

The type says when a service counts as started, and what its exit means afterwards.

| type | counts as started when | an exit afterwards |
| --- | --- | --- |
| \`simple\` | \`startup_pause\` has passed without a failure | 0 is a normal end; anything else a failure |
| \`oneshot\` | its process has ended well | – |
| \`forking\` | its process has ended well, and \`pidfile\`, if there is one, names a process | of the process in \`pidfile\`: as simple |
| \`notify\` | it has sent \`READY=1\` to \`NOTIFY_SOCKET\`, see sd_notify(3) | as simple |
| \`cron\` | its interval has been understood | each run for itself |
| \`inetd\` | it listens on \`port\` | each connection for itself |
| \`crontab\` | stands for a cron service for each line of \`file\` | each run for itself |

With \`ready\`, a service counts as started once that probe passes as well. While the container starts, a service
that cannot start ends the whole container, unless it says \`ignore_failures: true\`; later it concerns that
service alone. A service in the group \`INIT\` starts before all others that are not, one in \`IDLE\` after
all others, \`idle_delay\` later.
`;

export const HOOKS = `
## Hooks

\`on_start\`, \`on_ready\` and \`on_stop\` run as the service does: its user, its environment, its sandbox, its log. One that
fails is told in a warning and changes nothing. One that takes longer than \`hook_timeout\` is killed; at the end of the
container \`on_stop\` has what is left of the service's share of \`shutdown_timeout\`.

| variable | meaning |
| --- | --- |
| \`_CHAP_HOOK\`, \`_CHAP_HOOK_SERVICE\` | which hook it is, and of which service |
| \`_CHAP_HOOK_PID\`, \`MAINPID\` | the process of the service, in \`on_stop\` the one that has ended |
| \`_CHAP_HOOK_CODE\` | in \`on_stop\`: its exit code, 128 and the number of the signal where one has ended it |
| \`_CHAP_HOOK_SIGNAL\` | in \`on_stop\`: that signal, \`SIGKILL\`; not set otherwise |
| \`_CHAP_HOOK_REASON\` | in \`on_stop\`: how it ended in words, and why chaperone has ended it, if it has |
| \`EXIT_CODE\`, \`EXIT_STATUS\`, \`SERVICE_RESULT\` | in \`on_stop\`: the same in the words of systemd |

A job of a cron service has \`on_failure\` instead.
`;

export const ENVIRONMENT_LANGUAGE = `
## Environment language

\`$(NAME)\` and \`\${NAME}\` stand for the value of a variable; \`$NAME\` is plain text. A variable that is empty and
one that does not exist are the same for every operator, but \`$(NAME)\` of one that does not exist stays as written.

| form | becomes |
| --- | --- |
| \`$(NAME)\` | the value |
| \`$(NAME:-text)\` | the value, or \`text\` if that is empty |
| \`$(NAME:+text)\` | \`text\` if the value is not empty, else nothing |
| \`$(NAME:_text)\` | \`text\` if the value is empty, else nothing |
| \`$(NAME:?text)\` | the value; if that is empty, loading fails with the message \`text\` |
| \`$(NAME:\\|a)\` | as \`:+\` |
| \`$(NAME:\\|a\\|b)\` | \`a\` if the value is not empty, else \`b\` |
| \`$(NAME:\\|pattern\\|a\\|b)\` | \`a\` if the whole value matches the shell pattern, in any case of letters, else \`b\` |
| \`$(NAME:/regex/replacement/)\` | the value with every match replaced; \`\\1\` is a group, \`\\/\` a slash, \`/i\` at the end ignores case |
| \`\` $(\`command\`) \`\` | what \`/bin/sh -c command\` prints, newlines turned to blanks |
| \`\\$(NAME)\` | the text \`$(NAME)\` |

Texts within a form may contain forms. In its own definition a variable means what it was before:
\`PATH: '/app/bin:$(PATH)'\` adds to the inherited one. In values of \`env_set\`, a command between backticks runs
without \`$(…)\` around it, too; it runs once, as the user of the section, when the configuration is loaded.
One that takes longer than 60 s or prints more than 1 MiB is killed, with all that it started; as for one that
fails, there is an error in the log, and the text is empty.

Only texts of the configuration are expanded. Inherited variables, and those of an \`env_file\`, are data.

The environment of a service is made in this order: inherited variables that \`env_inherit\` names; \`HOME\`, \`USER\`
and \`LOGNAME\` of the section's user; \`env_set\`; \`env_unset\`. It starts from the environment of \`settings\`, which is
made in the same way out of chaperone's own. Empty variables, and those whose names begin with \`_\`, are not passed on.
`;

export const VARIABLES = `
## Variables

| variable | meaning |
| --- | --- |
| \`_CHAP_OPTIONS\` | read: options, and a command, that count as given unless the command line says otherwise |
| \`CHAPERONE_CONSOLE\` | read: as the directive \`console\` |
| \`CHAPERONE_PROFILE\` | read: names of profiles that are active, see \`profiles\` |
| \`_CHAP_CONFIG_DIR\` | the directory that contains the configuration; not set where there is none |
| \`_CHAP_INTERACTIVE\` | \`1\` at a terminal, else \`0\` |
| \`_CHAP_TASK_MODE\` | \`1\` with \`--task\`, else not set |
| \`_CHAP_SERVICE\` | name of the service with suffix, or \`CONSOLE\` |
| \`_CHAP_INSTANCE\` | number of the copy, with \`instances\` |
| \`_CHAP_EACH\` | the word that the service was made for, with \`for_each\` |
| \`_CHAP_SERVICE_SERIAL\` | counts all launches of the container from 1; in \`env_set\` only |
| \`_CHAP_SERVICE_TIME\` | time of the launch, in seconds since 1970; in \`env_set\` only |
| \`NOTIFY_SOCKET\` | set for services of type \`notify\` and those with a \`watchdog\`; chaperone's own is not passed on. What any process of the service sends counts, whatever user it has become. \`EXTEND_TIMEOUT_USEC=\` gives a start, or a stop on request, at most ten times the time that the configuration gives it |

Names that begin with \`_\` can be used in \`$(…)\` and are not passed to services, except \`_CHAP_SERVICE_ID\`, which
marks every process with the service it belongs to.
`;

export const SELECTORS = `
## Selectors

A selector is a list of specs, separated by \`;\`. A record is taken if at least one spec without \`!\` takes it and no
spec with \`!\` excludes it; their order does not matter.

| spec | takes |
| --- | --- |
| \`*.*\` | everything |
| \`daemon.info\` | records of the facility daemon from info on, that is info and worse |
| \`daemon,cron.*\` | all records of two facilities |
| \`*.=debug\` | records of exactly this priority |
| \`[nginx].*\` | records of the program nginx; services log under their name without \`.service\` |
| \`/timeout/.*\` | records whose raw text, of which the first 4096 characters count, matches a regular expression, in any case of letters |
| \`*.!info\` | excludes records from info on |
| \`*.!=info\` | excludes records of exactly this priority |
| \`!mail.*\`, \`![chaperone].*\`, \`!/health/.*\` | excludes records of a facility, a program, a text |

What services print is \`daemon.info\` from stdout and \`daemon.warn\` from stderr, unless the line states a level
(\`read_levels\`). chaperone's own messages are \`local5\`, of the program \`chaperone\`.
`;

export const COMMAND_LINE = `
## Command line

\`chaperone [options] [command [args…]]\`. The first word that is not an option is the command; what follows belongs
to it. It runs when all services are up, as the service \`CONSOLE\`. Long options may be shortened as long as they
stay unambiguous; \`--name=value\` and \`--name value\` are the same.
`;

export const UTILITIES = `
## Utilities

The same binary under other names: a link called \`envcp\` is envcp, and \`chaperone envcp\` is as well.
\`chaperone --licenses\` prints whose work is in the program.
`;

export const TELCHAP = `
## telchap

\`telchap COMMAND [options] [names]\` looks into a running container and controls it. Services are named with or
without \`.service\`; groups and patterns such as \`'web.*'\` stand for all that they match. *Read* commands are
open to whom \`control_mode\` lets look, *write* to root, \`control_uid\` and members of \`control_gid\`; any other user may
give those that are about services for the services of its own. *Local* commands need no container. Exit status:
0 done, 1 refused or failed, 2 not understood, 3 nobody answers, 4 not permitted.
`;

/** Introduces the rules of the linter, whose table follows. */
export const RULES_INTRODUCTION = `
Besides what keeps a configuration from loading (\`configuration\`), \`telchap check\` looks for:
`;

export const SIGNALS = `
## Signals

| signal to chaperone | effect |
| --- | --- |
| SIGTERM, SIGQUIT, SIGPWR, SIGRTMIN+3 | end the container in order, with status 0; further ones change nothing |
| SIGWINCH | the same where it comes from outside the container, as the stop signal of httpd images does |
| SIGINT | ends the container with status 130; a further one kills what is left |
| SIGHUP | log files are closed and opened again |
| SIGUSR1, SIGUSR2, SIGCONT, SIGALRM, other realtime signals and the like | go to the command of the command line where the container ends with it; else they mean nothing, which is said once |

\`signals\` in \`settings\` makes anything else of each of them.

To stop a service, chaperone sends \`kill_signal\` (or what \`stop_sequence\` says) and SIGKILL when its time is up. Services
stop in the reverse of the order in which they depend on each other.
`;
