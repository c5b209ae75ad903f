/**
 * The commands of telchap: one table that drives parsing, usage, help and completion on both ends
 * of the
 * control socket. Decides what a line means, not what is then done.
 */
import { UsageError } from "../base/errors.ts";
import { didYouMean } from "../base/suggest.ts";
import {
  formatGlossary,
  formatOptions,
  type OptionSpec,
  parseOptions,
  wrapHelp,
} from "./options.ts";

/** What the words after a command are, for completion. */
export type OperandKind = "service" | "level" | "file" | "shell" | "command" | "delay";

export interface TelchapCommand {
  readonly name: string;
  /**
   * `read` is open to whom `control_mode` lets look, `write` to the owners of the socket; `local` needs
   * no chaperone. What is about services is open to their own user besides, see `isAboutServices`.
   */
  readonly access: "read" | "write" | "local";
  readonly options: readonly OptionSpec[];
  /** As the usage shows them. */
  readonly operands: string;
  readonly operandKind?: OperandKind;
  readonly minOperands: number;
  readonly maxOperands: number;
  readonly help: string;
}

/** The line that was typed, understood. */
export interface TelchapCall {
  readonly command: TelchapCommand;
  /** What was given, by long name. */
  readonly options: Readonly<Record<string, string | true | undefined>>;
  readonly operands: readonly string[];
}

const GROUP = "Options";
const MANY = Number.MAX_SAFE_INTEGER;

function flag(name: string, help: string, letter?: string): OptionSpec {
  return { name, help, group: GROUP, ...(letter === undefined ? {} : { letter }) };
}

const FORCE = flag("force", "Do it although something speaks against it.");
const WAIT = flag("wait", "Answer when it is done, or has failed.");
const JSON_OUTPUT = flag("json", "Answer with JSON.");
const FOLLOW = flag("follow", "Go on with what comes.", "f");
const LINES: OptionSpec = {
  name: "lines",
  letter: "n",
  argument: "N",
  group: GROUP,
  help: "The last N only.",
};

type Shape = Pick<TelchapCommand, "operands" | "minOperands" | "maxOperands" | "operandKind">;

const NOTHING: Shape = { operands: "", minOperands: 0, maxOperands: 0 };
const SERVICES: Shape = {
  operands: "[<servname> ...]",
  operandKind: "service",
  minOperands: 0,
  maxOperands: MANY,
};
const SOME_SERVICES: Shape = { ...SERVICES, operands: "<servname> ...", minOperands: 1 };
const ONE_SERVICE: Shape = { ...SOME_SERVICES, operands: "<servname>", maxOperands: 1 };

function optional(operands: string, operandKind: OperandKind): Shape {
  return { operands: `[${operands}]`, operandKind, minOperands: 0, maxOperands: 1 };
}

/** The first nine in the order in which 0.3.9 lists them. */
export const TELCHAP_COMMANDS: readonly TelchapCommand[] = [
  {
    name: "status",
    access: "read",
    options: [JSON_OUTPUT],
    ...NOTHING,
    help: "Show all services and their states.",
  },
  {
    name: "loglevel",
    access: "read",
    options: [],
    ...optional("<level>", "level"),
    help: "Show or set the least level that all logging sections include.",
  },
  {
    name: "stop",
    access: "write",
    options: [FORCE, WAIT, flag("disable", "Disable them, too.")],
    ...SERVICES,
    help: "Stop services.",
  },
  {
    name: "start",
    access: "write",
    options: [FORCE, WAIT, flag("enable", "Enable them and what they need first.")],
    ...SERVICES,
    help: "Start services; without names, all that are enabled and not started.",
  },
  {
    name: "reset",
    access: "write",
    options: [FORCE, WAIT],
    ...SERVICES,
    help: "Make services that have ended or failed startable again.",
  },
  { name: "enable", access: "write", options: [], ...SERVICES, help: "Enable services." },
  {
    name: "disable",
    access: "write",
    options: [],
    ...SERVICES,
    help: "Disable services; what runs goes on.",
  },
  {
    name: "dependencies",
    access: "read",
    options: [JSON_OUTPUT],
    ...NOTHING,
    help: "Show which service waits for which.",
  },
  {
    name: "shutdown",
    access: "write",
    options: [],
    ...optional("<delay>", "delay"),
    help: "End the container, now or after a number of seconds.",
  },
  {
    name: "restart",
    access: "write",
    options: [WAIT],
    ...SOME_SERVICES,
    help: "Stop and start services; instances of one service one after another.",
  },
  {
    name: "reload",
    access: "write",
    options: [WAIT],
    ...SOME_SERVICES,
    help: "Run reload_command, or send reload_signal.",
  },
  {
    name: "logs",
    access: "read",
    options: [FOLLOW, LINES, {
      name: "since",
      argument: "TIME",
      group: GROUP,
      help: "What came since TIME: 10m, 1h30m, or 2026-01-31T12:00.",
    }, JSON_OUTPUT],
    ...SERVICES,
    help: "Show recent output.",
  },
  {
    name: "events",
    access: "read",
    options: [FOLLOW, LINES, JSON_OUTPUT],
    ...SERVICES,
    help: "Show what happened to services.",
  },
  {
    name: "runs",
    access: "read",
    options: [LINES, JSON_OUTPUT],
    ...SERVICES,
    help: "Show the last runs of cron services, and when they run next.",
  },
  {
    name: "why",
    access: "read",
    options: [JSON_OUTPUT],
    ...ONE_SERVICE,
    help: "Tell why a service is in its state, and what comes next.",
  },
  {
    name: "tree",
    access: "read",
    options: [JSON_OUTPUT],
    ...NOTHING,
    help: "Show services with their processes, memory and CPU time.",
  },
  {
    name: "graph",
    access: "read",
    options: [
      flag("dot", "For Graphviz."),
      flag("mermaid", "For Mermaid."),
      flag("svg", "A picture."),
      JSON_OUTPUT,
    ],
    ...NOTHING,
    help: "Draw which service waits for which.",
  },
  {
    name: "blame",
    access: "read",
    options: [JSON_OUTPUT],
    ...NOTHING,
    help: "Tell what the time of the start-up went to.",
  },
  {
    name: "diff",
    access: "write",
    options: [JSON_OUTPUT],
    ...NOTHING,
    help: "Load the configuration anew, and tell what applying it would do.",
  },
  {
    name: "apply",
    access: "write",
    options: [{
      name: "timeout",
      argument: "TIME",
      group: GROUP,
      help: "How long services may take to be ready, in all: 30s, 2m.",
    }],
    ...NOTHING,
    help: "Load the configuration anew and put it in force, all of it or nothing.",
  },
  {
    name: "reexec",
    access: "write",
    options: [flag("last", "Only tell how the last time went.")],
    ...NOTHING,
    help: "Have chaperone execute its binary anew, which may be another version; services go on.",
  },
  {
    name: "names",
    access: "read",
    options: [],
    ...NOTHING,
    help: "List services and groups, for completion.",
  },
  {
    name: "top",
    access: "local",
    options: [],
    ...NOTHING,
    help: "Show services and processes live.",
  },
  {
    name: "check",
    access: "local",
    options: [
      JSON_OUTPUT,
      { name: "format", argument: "FORM", group: GROUP, help: "Answer as text, json or sarif." },
      {
        name: "root",
        argument: "DIR",
        group: GROUP,
        help: "Check for the image that lies in DIR: its users, programs and configuration.",
      },
    ],
    ...optional("<config>", "file"),
    help: "Load a configuration, start nothing, and say what is wrong with it.",
  },
  {
    name: "completion",
    access: "local",
    options: [],
    operands: "<shell>",
    operandKind: "shell",
    minOperands: 1,
    maxOperands: 1,
    help: "Print a completion script for bash, zsh or fish.",
  },
  {
    name: "help",
    access: "local",
    options: [],
    ...optional("<command>", "command"),
    help: "Explain a command.",
  },
];

const HELP = {
  name: "help",
  letter: "h",
  group: GROUP,
  help: "Print this help, and end.",
} as const;

/** The options of a command with those that every command has. */
export function optionsOf(command: TelchapCommand): readonly OptionSpec[] {
  return [...command.options, HELP];
}

/** Returns the command of this name. */
export function findTelchapCommand(name: string): TelchapCommand | undefined {
  return TELCHAP_COMMANDS.find((command) => command.name === name);
}

/**
 * Parses the words of a line, `telchap` itself not among them.
 * @throws {UsageError}
 */
export function parseTelchap(words: readonly string[]): TelchapCall {
  const [name = "", ...args] = words;
  const command = findTelchapCommand(name);
  if (command === undefined) throw unknownCommand(name);
  const { values, operands } = parseOptions(optionsOf(command), args, "anywhere");
  const options = values as TelchapCall["options"];
  if (options["help"]) return { command, options, operands };
  if (operands.length < command.minOperands) {
    throw new UsageError(`${name} needs ${command.operands.replace(/ \.\.\.$/, "")}`);
  }
  if (operands.length > command.maxOperands) {
    throw new UsageError(`${name} takes no '${operands[command.maxOperands]}'`);
  }
  return { command, options, operands };
}

/** Commands without names of services that answer with services, and can leave out those of others. */
const LISTS_SERVICES: ReadonlySet<string> = new Set(["status", "tree", "names"]);

/** Whether a command concerns services alone, so that a user may give it for its own ones. */
export function isAboutServices({ name, operandKind }: TelchapCommand): boolean {
  return operandKind === "service" || LISTS_SERVICES.has(name);
}

/** Whether a call changes anything: `loglevel` does only with a level. */
export function isWriting(call: TelchapCall): boolean {
  return call.command.access === "write" ||
    (call.command.name === "loglevel" && call.operands.length > 0);
}

/** Formats the usage as 0.3.9 does, one line a command. */
export function formatTelchapUsage(): string[] {
  return TELCHAP_COMMANDS.map((command, index) =>
    `${index === 0 ? "Usage:" : "      "} ${formatSynopsis(command)}`
  );
}

/** Says that there is no such command, and which one was probably meant. */
export function unknownCommand(name: string): UsageError {
  const hint = didYouMean(name, TELCHAP_COMMANDS.map((known) => known.name));
  return new UsageError(`there is no command '${name}'${hint}`);
}

/** Formats why a line is not understood, and how what it seems to mean is called. */
export function formatMisuse(words: readonly string[], { message }: UsageError): string[] {
  const [name = ""] = words;
  if (name === "") return formatTelchapUsage();
  const command = findTelchapCommand(name);
  if (command !== undefined) return [message, `Usage: ${formatSynopsis(command)}`];
  return [message, "Usage: telchap <command> [options] [<args>...]", LISTS_COMMANDS];
}

const LISTS_COMMANDS = "'telchap help' lists the commands.";

/** Says how a command is called. */
export function formatSynopsis(command: TelchapCommand): string {
  const options = command.options.map((option) => {
    const name = option.letter === undefined ? `--${option.name}` : `-${option.letter}`;
    return option.argument === undefined ? `[${name}]` : `[${name} ${option.argument}]`;
  });
  return ["telchap", command.name, ...options, command.operands]
    .filter((part) => part !== "").join(" ");
}

/** Formats the answer to `telchap --help`. */
export function formatTelchapHelp(): string[] {
  return [
    "Looks into a container that chaperone runs, and controls it.",
    "",
    "Usage:",
    "  telchap <command> [options] [<args>...]",
    "  telchap --help | --version",
    "",
    "Commands:",
    ...formatGlossary(TELCHAP_COMMANDS.map(({ name, help }) => [name, help])),
    "",
    ...wrapHelp(
      "A service is named with or without .service; names of groups and patterns such as " +
        "'web.*' stand for all that they match. `telchap help <command>` explains a command.",
    ),
    "",
    ...wrapHelp(
      "Exit status: 0 done, 1 refused or failed, 2 not understood, 3 nobody answers, " +
        "4 not permitted.",
    ),
  ];
}

/** Formats the help of one command. */
export function formatCommandHelp(command: TelchapCommand): string[] {
  return [
    ...wrapHelp(command.help),
    "",
    `Usage: ${formatSynopsis(command)}`,
    "",
    ...formatOptions(optionsOf(command)),
  ];
}
