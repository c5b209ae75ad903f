/**
 * chaperone's command line: which options there are, what `_CHAP_OPTIONS` adds, what `--task`
 * implies, and which combinations are refused before anything starts.
 * Decides texts and exit codes, prints nothing, looks at nothing but its arguments.
 */
import { UsageError } from "../base/errors.ts";
import { SEVERITIES } from "../base/severities.ts";
import {
  formatExamples,
  formatGlossary,
  formatOptions,
  formatUsage,
  formatVersion,
  HELP_OPTION,
  type OptionSpec,
  type OptionValues,
  parseOptions,
  VERSION_OPTION,
} from "./options.ts";
import { splitWords, WordsError } from "../config/environment/shell_words.ts";

/** What `--log-level` takes, as a phrase. */
export const LEVELS = `${SEVERITIES.slice(0, -1).join(", ")} or ${SEVERITIES.at(-1)}`;

/** Where the configuration is unless `--config` says otherwise. */
export const DEFAULT_CONFIG_PATH = "/etc/chaperone.d";

/** Every option of chaperone, in the order in which help and messages list them. */
export const CHAPERONE_OPTIONS = [
  {
    name: "config",
    argument: "PATH",
    group: "Configuration",
    help: "Configuration file, or directory of *.conf and *.yaml files. A relative PATH starts " +
      "at the home directory of --user, else at /. The default is /etc/chaperone.d.",
  },
  {
    name: "ignore-failures",
    group: "Configuration",
    help: "Carry on when a service fails, unless that service says otherwise.",
  },
  {
    name: "disable-services",
    group: "Configuration",
    help: "Start no configured service, only the command.",
  },
  {
    name: "show-dependencies",
    group: "Configuration",
    help: "Print which service waits for which and exit.",
  },
  {
    name: "no-defaults",
    group: "Configuration",
    help: "Ignore the variable _CHAP_OPTIONS.",
  },
  {
    name: "user",
    argument: "NAME",
    group: "Users",
    help: "User name or number under which services run and log files are written. It must exist.",
  },
  {
    name: "create-user",
    argument: "NEWUSER",
    group: "Users",
    help: "As --user, but create the user if there is none: NAME[:UID[:GID]], or " +
      "NAME:/FILE[:UID[:GID]] to take over the owner of FILE.",
  },
  {
    name: "default-home",
    argument: "DIR",
    group: "Users",
    help: "Home directory of a created user whose usual home does not exist.",
  },
  {
    name: "exitkills",
    group: "Command",
    help: "Shut down when the command exits, with its exit code. The default at a terminal.",
  },
  {
    name: "no-exitkills",
    group: "Command",
    help: "Stay up when the command exits. The default without a terminal.",
  },
  {
    name: "task",
    group: "Command",
    help: "Run the command alone and quietly: --disable-services, --exitkills and " +
      "--no-console-log in one, and a failure of the command is a failure.",
  },
  {
    name: "log-level",
    argument: "LEVEL",
    group: "Logging",
    help: `Make every logging section include at least this level: ${LEVELS}.`,
  },
  {
    name: "no-console-log",
    group: "Logging",
    help: "Write no log records to standard output and standard error.",
  },
  {
    name: "no-syslog",
    group: "Logging",
    help: "Do not serve /dev/log.",
  },
  {
    name: "debug",
    group: "Logging",
    help: "Log everything, and how options and configuration were understood.",
  },
  {
    name: "force",
    group: "Other",
    help: "Has no effect; 0.3.9 needed it to run as a process other than 1.",
  },
  VERSION_OPTION,
  HELP_OPTION,
] as const satisfies readonly OptionSpec[];

type Given = OptionValues<typeof CHAPERONE_OPTIONS>;

/** The command line with the defaults of `_CHAP_OPTIONS` merged in and `--task` applied. */
export interface ChaperoneOptions {
  /** As given; relative to the user's home or to `/`. */
  readonly config: string;
  /** At most one of `user` and `createUser` is set. */
  readonly user: string | undefined;
  readonly createUser: string | undefined;
  readonly defaultHome: string | undefined;
  /** `undefined`: depends on whether chaperone is interactive. */
  readonly exitKills: boolean | undefined;
  readonly ignoreFailures: boolean;
  /**
   * As given, `debug` with --debug: an unknown level is refused only after the configuration has been
   * read.
   */
  readonly logLevel: string | undefined;
  readonly noConsoleLog: boolean;
  readonly noSyslog: boolean;
  readonly noDefaults: boolean;
  readonly debug: boolean;
  readonly disableServices: boolean;
  readonly force: boolean;
  readonly showDependencies: boolean;
  readonly task: boolean;
  /** The command and its arguments, never empty. */
  readonly command: readonly string[] | undefined;
}

/** What is printed when the program ends before it has started anything. */
export interface EarlyExit {
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  readonly exitCode: number;
}

/** What a command line asks for. */
export type CommandLine =
  | { readonly kind: "run"; readonly options: ChaperoneOptions }
  | { readonly kind: "exit"; readonly exit: EarlyExit };

/** What parsing needs to know besides the arguments. */
export interface CommandLineContext {
  /** Base name under which the program was called. */
  readonly programName: string;
  readonly version: string;
  /** Value of `_CHAP_OPTIONS`. */
  readonly defaults: string | undefined;
}

interface Source {
  readonly values: Given;
  readonly command: readonly string[] | undefined;
}

/** Parses chaperone's arguments, the program's name not among them. */
export function parseCommandLine(
  args: readonly string[],
  context: CommandLineContext,
): CommandLine {
  const line = parseSource(() => args);
  if (line instanceof UsageError) return usageExit(line, context.programName);
  const { help, version } = line.values;
  if (help || version) return answer(line.values, context);
  const defaults = line.values["no-defaults"] ? undefined : context.defaults;
  if (defaults === undefined) return { kind: "run", options: mergeSources(line, NOTHING) };

  const fallback = parseSource(() => splitWords(defaults));
  if (fallback instanceof UsageError) {
    return usageExit(fallback, context.programName, [
      `The variable _CHAP_OPTIONS is not understood: ${defaults}`,
    ]);
  }
  if (fallback.values.help || fallback.values.version) return answer(fallback.values, context);
  return { kind: "run", options: mergeSources(line, fallback) };
}

const NOTHING: Source = { values: {}, command: undefined };

function parseSource(readArgs: () => readonly string[]): Source | UsageError {
  try {
    const { values, operands } = parseOptions(CHAPERONE_OPTIONS, readArgs(), "before-operands");
    const asks = values.help || values.version;
    const contradiction = findContradiction(values);
    if (contradiction !== undefined && !asks) return new UsageError(contradiction);
    // An empty word is not a command, as in 0.3.9: images write `chaperone "$CMD"`.
    return { values, command: operands[0] ? operands : undefined };
  } catch (error) {
    if (error instanceof UsageError) return error;
    if (error instanceof WordsError) return new UsageError(error.message);
    throw error;
  }
}

function findContradiction(values: Given): string | undefined {
  if (values.user !== undefined && values["create-user"] !== undefined) {
    return "--user and --create-user exclude each other";
  }
  if (values.exitkills && values["no-exitkills"]) {
    return "--exitkills and --no-exitkills exclude each other";
  }
  return undefined;
}

/**
 * Fills what the command line leaves open from the defaults. An empty value leaves an option open;
 * the opposite of an option settles it. A command and its arguments go together.
 */
function mergeSources(line: Source, fallback: Source): ChaperoneOptions {
  const given = line.values;
  const spare = fallback.values;
  const has = (name: SwitchName) => (given[name] ?? spare[name]) === true;
  const value = (name: ValueName) => given[name] || spare[name] || undefined;
  const task = has("task");
  const debug = has("debug");
  const createUser = given["create-user"] || (given.user ? undefined : value("create-user"));
  return {
    config: value("config") ?? DEFAULT_CONFIG_PATH,
    user: createUser ? undefined : value("user"),
    createUser,
    defaultHome: value("default-home"),
    exitKills: resolveExitKills([given, spare]),
    ignoreFailures: has("ignore-failures"),
    logLevel: debug ? "debug" : value("log-level"),
    noConsoleLog: has("no-console-log") || (task && !debug),
    noSyslog: has("no-syslog"),
    noDefaults: has("no-defaults"),
    debug,
    disableServices: task || has("disable-services"),
    force: has("force"),
    showDependencies: has("show-dependencies"),
    task,
    command: line.command ?? fallback.command,
  };
}

type ValueName = {
  [Name in keyof Given]-?: Given[Name] extends string | undefined ? Name : never;
}[keyof Given];
type SwitchName = Exclude<keyof Given, ValueName>;

/** The first source that says anything about it decides. */
function resolveExitKills(sources: readonly Given[]): boolean | undefined {
  for (const source of sources) {
    if (source.task || source.exitkills) return true;
    if (source["no-exitkills"]) return false;
  }
  return undefined;
}

function answer(values: Given, context: CommandLineContext): CommandLine {
  const stdout = values.help
    ? formatHelp(context.programName)
    : formatVersion(context.programName, context.version);
  return { kind: "exit", exit: { stdout, stderr: [], exitCode: 0 } };
}

function usageExit(
  error: UsageError,
  programName: string,
  stdout: readonly string[] = [],
): CommandLine {
  const reason = error.message === "" ? [] : [error.message];
  return {
    kind: "exit",
    exit: {
      stdout,
      stderr: [...reason, ...formatUsage(chaperoneSynopsis(programName))],
      exitCode: 1,
    },
  };
}

/** How chaperone is called. */
export function chaperoneSynopsis(programName: string): string[] {
  return [
    `${programName} [options] [<command> [<args>...]]`,
    `${programName} --help | --version`,
  ];
}

/** As they are called where there is no link of their name. */
const OTHER_PROGRAMS = [
  ["chaperone telchap", "Looks into a running container, and controls it."],
  ["chaperone envcp", "Copies files and expands variables in them."],
  ["chaperone sdnotify", "Tells chaperone or systemd about a service."],
  ["chaperone sdnotify-exec", "Runs a program with a notify socket of its own."],
  ["chaperone health", "Asks whether the container is ready, for HEALTHCHECK."],
  ["chaperone post-mortem", "Tells how a container's life ended, from its records."],
  ["chaperone mcp", "Lets an agent look after the services."],
] as const;

function formatHelp(programName: string): string[] {
  return [
    "Starts the services of a container, supervises them, collects their logs, and",
    "shuts them down in order. A command given here runs when all services are up.",
    "",
    ...formatUsage(chaperoneSynopsis(programName)),
    "",
    "The first word that is not an option is the command; what follows belongs to it.",
    "Options may be shortened as long as they stay unambiguous, and values may follow",
    "an equals sign or a blank. What the variable _CHAP_OPTIONS contains counts as",
    "given, unless the command line says otherwise.",
    "",
    ...formatOptions(CHAPERONE_OPTIONS),
    "",
    "Other programs in this binary, each with a --help of its own:",
    ...formatGlossary(OTHER_PROGRAMS),
    "",
    ...formatExamples(
      `${programName}                              all services of /etc/chaperone.d`,
      `${programName} /bin/bash                    the same, and a shell`,
      `${programName} --task backup --full         one program, its output, its exit code`,
      `${programName} --create-user app:/srv/data  services run as the owner of /srv/data`,
      `${programName} --help restart               what a directive does, or a topic`,
      `${programName} --init --help                writing a configuration to start from`,
      `${programName} --licenses                   whose work is in this program`,
    ),
  ];
}

/** Formats the line that `--debug` prints first. */
export function formatCommandOptions(options: ChaperoneOptions): string {
  const text = JSON.stringify(options, (_, value) => value === undefined ? null : value);
  return `COMMAND OPTIONS ${text}`;
}
