/**
 * The commands of telchap: one table that drives parsing, usage, help, documentation and completion
 * on both ends of the control socket. A new command is a row here and a handler: the compiler
 * misses the handler in the daemon (daemon/control/control_commands.ts) or, for what needs no
 * chaperone, in the client (apps/telchap.ts).
 */
import type { OptionSpec, OptionValues } from "./options.ts";

/** What the words after a command are, for completion. */
export type OperandKind = "service" | "level" | "file" | "shell" | "topic" | "delay" | "signal";

/** A row of the table. */
export interface CommandSpec {
  readonly name: string;
  /**
   * `read` is open to whom `control_mode` lets look, `write` to the owners of the socket; `local`
   * needs no chaperone. What is about services is open to their own user besides, see
   * `isAboutServices`.
   */
  readonly access: "read" | "write" | "local";
  readonly options: readonly OptionSpec[];
  /** As the usage shows them. */
  readonly operands: string;
  readonly operandKind?: OperandKind;
  /** What the words from the second on are, where that is something else. */
  readonly laterKind?: OperandKind;
  readonly minOperands: number;
  readonly maxOperands: number;
  /** The last of the operands are a command: what looks like an option there is the command's. */
  readonly takesCommand?: true;
  readonly help: string;
  /** A line that can be typed, as the help shows it. */
  readonly example: string;
}

const GROUP = "Options";
const MANY = Number.MAX_SAFE_INTEGER;

function flag<const Name extends string>(name: Name, help: string) {
  return { name, help, group: GROUP } as const;
}

const FORCE = flag("force", "Skip the safety checks.");
const WAIT = flag("wait", "Answer when it is done, or has failed.");
const JSON_OUTPUT = flag("json", "Answer with JSON.");
const FOLLOW = {
  name: "follow",
  letter: "f",
  group: GROUP,
  help: "Keep printing new output.",
} as const;
const LINES = {
  name: "lines",
  letter: "n",
  argument: "N",
  group: GROUP,
  help: "Only the last N.",
} as const;

type Shape = Pick<CommandSpec, "operands" | "minOperands" | "maxOperands" | "operandKind">;

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
export const TELCHAP_COMMANDS = [
  {
    name: "status",
    access: "read",
    options: [
      flag(
        "classic",
        "The table of chaperone 0.3.9, as where no terminal reads it; 'ready' in it means stopped.",
      ),
      JSON_OUTPUT,
    ],
    ...SERVICES,
    help: "Show all services and their states; with names, everything known about those.",
    example: "telchap status web",
  },
  {
    name: "loglevel",
    access: "read",
    options: [JSON_OUTPUT],
    ...optional("<level>", "level"),
    help: "Show or set the level that every logging section writes at least.",
    example: "telchap loglevel debug",
  },
  {
    name: "stop",
    access: "write",
    options: [FORCE, WAIT, flag("disable", "Disable them, too."), JSON_OUTPUT],
    ...SERVICES,
    help: "Stop services, and keep them stopped.",
    example: "telchap stop --wait web",
  },
  {
    name: "start",
    access: "write",
    options: [FORCE, WAIT, flag("enable", "Enable them and what they need first."), JSON_OUTPUT],
    ...SERVICES,
    help: "Start services that are not running; without names, all enabled ones.",
    example: "telchap start --enable --wait web",
  },
  {
    name: "reset",
    access: "write",
    options: [FORCE, WAIT, JSON_OUTPUT],
    ...SERVICES,
    help:
      "Make services that have ended or failed startable again; end a daemon that was left running.",
    example: "telchap reset --force web",
  },
  {
    name: "enable",
    access: "write",
    options: [JSON_OUTPUT],
    ...SERVICES,
    help: "Enable services.",
    example: "telchap enable web",
  },
  {
    name: "disable",
    access: "write",
    options: [JSON_OUTPUT],
    ...SERVICES,
    help: "Disable services; running ones keep running.",
    example: "telchap disable web",
  },
  {
    name: "dependencies",
    access: "read",
    options: [JSON_OUTPUT],
    ...NOTHING,
    help: "Show which service waits for which.",
    example: "telchap dependencies",
  },
  {
    name: "shutdown",
    access: "write",
    options: [
      flag("cancel", "Call off a shutdown whose delay is not over; one that has begun goes on."),
      JSON_OUTPUT,
    ],
    ...optional("<delay>", "delay"),
    help: "End the container, now or after a number of seconds.",
    example: "telchap shutdown 60",
  },
  {
    name: "restart",
    access: "write",
    options: [WAIT, JSON_OUTPUT],
    ...SOME_SERVICES,
    help: "Stop and start services; instances of one service one after another.",
    example: "telchap restart --wait web",
  },
  {
    name: "reload",
    access: "write",
    options: [WAIT, JSON_OUTPUT],
    ...SOME_SERVICES,
    help: "Run reload_command, or send reload_signal.",
    example: "telchap reload web",
  },
  {
    name: "run",
    access: "write",
    options: [flag("wait", "Answer when it has ended, with its exit status."), JSON_OUTPUT],
    ...ONE_SERVICE,
    help: "Run a cron or oneshot service now, once.",
    example: "telchap run --wait backup",
  },
  {
    name: "signal",
    access: "write",
    options: [JSON_OUTPUT],
    operands: "<servname> <signal>",
    operandKind: "service",
    laterKind: "signal",
    minOperands: 2,
    maxOperands: 2,
    help: "Send a signal to the main process of services.",
    example: "telchap signal web HUP",
  },
  {
    name: "wait",
    access: "read",
    options: [
      {
        name: "for",
        argument: "STATE",
        values: ["ready", "healthy", "completed", "stopped", "log="],
        group: GROUP,
        help: "What to wait for: ready (the default), healthy, completed, stopped, or " +
          "log=/PATTERN/, a line of its output.",
      },
      {
        name: "timeout",
        argument: "TIME",
        group: GROUP,
        help: "Fail after this time: 30s, 2m. Without it there is no limit.",
      },
      JSON_OUTPUT,
    ],
    ...SERVICES,
    help: "Wait until services are in a state; without names, until all enabled ones are ready.",
    example: "telchap wait --for healthy --timeout 30s web",
  },
  {
    name: "logs",
    access: "read",
    options: [
      FOLLOW,
      LINES,
      {
        name: "since",
        argument: "TIME",
        group: GROUP,
        help: "Only what came since TIME: 10m, 1h30m, or 2026-01-31T12:00.",
      },
      flag("current", "Only what came since each service was last started."),
      flag(
        "previous",
        "The last lines of the container's life before this one; needs a state_dir.",
      ),
      {
        name: "grep",
        argument: "PATTERN",
        group: GROUP,
        help: "Only lines that match the regular expression.",
      },
      {
        name: "level",
        argument: "LEVEL",
        group: GROUP,
        help:
          "Only lines of LEVEL or worse, as they state it (else stdout is info, stderr warn), and chaperone's own.",
      },
      JSON_OUTPUT,
    ],
    ...SERVICES,
    help: "Show recent output.",
    example: "telchap logs -f --grep 'error|warn' web",
  },
  {
    name: "events",
    access: "read",
    options: [FOLLOW, LINES, JSON_OUTPUT],
    ...SERVICES,
    help: "Show what happened to services.",
    example: "telchap events -n 20",
  },
  {
    name: "runs",
    access: "read",
    options: [LINES, JSON_OUTPUT],
    ...SERVICES,
    help: "Show the last runs of cron services, and when they run next.",
    example: "telchap runs backup",
  },
  {
    name: "post-mortem",
    access: "write",
    options: [
      {
        name: "previous",
        argument: "N",
        group: GROUP,
        help:
          "Which life: 1 is the one before this (the default), 2 the one before that, 0 this one.",
      },
      JSON_OUTPUT,
    ],
    ...NOTHING,
    help: "Tell why the container ended the last time, and what led there; needs a state_dir.",
    example: "telchap post-mortem",
  },
  {
    name: "alert",
    access: "write",
    options: [JSON_OUTPUT],
    operands: "[test <name>]",
    minOperands: 0,
    maxOperands: 2,
    help: "Show what alerts have sent; with test, send a message by one now.",
    example: "telchap alert test ops",
  },
  {
    name: "why",
    access: "read",
    options: [JSON_OUTPUT],
    ...ONE_SERVICE,
    help: "Tell why a service is in its state, and what happens next.",
    example: "telchap why web",
  },
  {
    name: "show",
    access: "read",
    options: [JSON_OUTPUT],
    ...ONE_SERVICE,
    help: "Show what is configured for a service, and where each value comes from.",
    example: "telchap show web",
  },
  {
    name: "tree",
    access: "read",
    options: [JSON_OUTPUT],
    ...NOTHING,
    help: "Show services with their processes, memory and CPU time.",
    example: "telchap tree",
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
    example: "telchap graph --svg >services.svg",
  },
  {
    name: "blame",
    access: "read",
    options: [JSON_OUTPUT],
    ...NOTHING,
    help: "Show where start-up time went.",
    example: "telchap blame",
  },
  {
    name: "audit",
    access: "read",
    options: [JSON_OUTPUT],
    ...SERVICES,
    help: "Show what services may do: user, capabilities, filter, sandbox, ports, places and " +
      "secrets, with a grade and the two things that would better it most.",
    example: "telchap audit web",
  },
  {
    name: "diff",
    access: "write",
    options: [JSON_OUTPUT],
    ...NOTHING,
    help: "Reload the configuration and show what apply would change; fails if apply " +
      "would be refused.",
    example: "telchap diff",
  },
  {
    name: "apply",
    access: "write",
    options: [{
      name: "timeout",
      argument: "TIME",
      group: GROUP,
      help: "How long services may take to be ready, in all: 30s, 2m.",
    }, JSON_OUTPUT],
    ...NOTHING,
    help: "Reload the configuration and apply it, all of it or nothing.",
    example: "telchap apply --timeout 2m",
  },
  {
    name: "reexec",
    access: "write",
    options: [flag("last", "Only tell how the last time went."), JSON_OUTPUT],
    ...NOTHING,
    help: "Make chaperone execute its binary again, perhaps a new version; services keep running.",
    example: "telchap reexec",
  },
  {
    name: "exec",
    access: "write",
    options: [],
    operands: "<servname> -- <command> ...",
    operandKind: "service",
    laterKind: "file",
    takesCommand: true,
    minOperands: 2,
    maxOperands: MANY,
    help:
      "Run a command as a service runs: its user, groups, environment, directory, limits, sandbox. " +
      "It gets a terminal where this is one, ends with the service, and its exit status is " +
      "telchap's. Only root may, and who owns the control socket for services of that user.",
    example: "telchap exec web -- sh",
  },
  {
    name: "launch",
    access: "write",
    options: [
      { name: "name", argument: "NAME", group: GROUP, help: "What it is called; required." },
      {
        name: "restart",
        argument: "WHEN",
        values: ["never", "on-failure", "always"],
        group: GROUP,
        help: "Whether it is started again when it ends; by default never.",
      },
      { name: "uid", argument: "USER", group: GROUP, help: "Whom it runs as." },
      { name: "gid", argument: "GROUP", group: GROUP, help: "And with which group." },
      { name: "directory", argument: "DIR", group: GROUP, help: "Where it runs." },
      {
        name: "env",
        argument: "NAME=VALUE",
        isRepeatable: true,
        group: GROUP,
        help: "A variable; may be given again.",
      },
      {
        name: "ready",
        argument: "PROBE",
        group: GROUP,
        help: "When it is ready: log=/PATTERN/, tcp=PORT, http=URL, file=PATH.",
      },
      JSON_OUTPUT,
    ],
    operands: "-- <command> ...",
    takesCommand: true,
    minOperands: 1,
    maxOperands: MANY,
    help:
      "Start a service that is not configured; it is one in all else until it is forgotten. As " +
      "another user than one's own only root may.",
    example: "telchap launch --name agent --restart always -- agent --port 7000",
  },
  {
    name: "forget",
    access: "write",
    options: [JSON_OUTPUT],
    ...SOME_SERVICES,
    help: "Stop launched services, and forget them.",
    example: "telchap forget agent",
  },
  {
    name: "names",
    access: "read",
    options: [JSON_OUTPUT],
    ...NOTHING,
    help: "List services and groups, for completion.",
    example: "telchap names",
  },
  {
    name: "top",
    access: "local",
    options: [],
    ...NOTHING,
    help: "Show services and processes live; h lists the keys, q quits.",
    example: "telchap top",
  },
  {
    name: "check",
    access: "local",
    options: [
      JSON_OUTPUT,
      {
        name: "format",
        argument: "FORM",
        values: ["text", "json", "sarif"],
        group: GROUP,
        help: "Answer as text, json or sarif.",
      },
      {
        name: "root",
        argument: "DIR",
        group: GROUP,
        help: "Check for the image that lies in DIR: its users, programs and configuration.",
      },
      flag("audit", "Show what services could do, with a grade, as the configuration alone tells."),
    ],
    ...optional("<config>", "file"),
    help: "Load a configuration, start nothing, and say what is wrong with it.",
    example: "telchap check --root /mnt/image /etc/chaperone.d",
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
    example: 'eval "$(telchap completion bash)"',
  },
  {
    name: "help",
    access: "local",
    options: [],
    ...optional("<command>|<topic>", "topic"),
    help: "Explain a command, a directive, or a topic such as states, exit or selectors.",
    example: "telchap help after",
  },
] as const satisfies readonly CommandSpec[];

type Row = (typeof TELCHAP_COMMANDS)[number];

export type CommandName = Row["name"];

/** What the client does by itself. */
export type LocalCommandName = Extract<Row, { access: "local" }>["name"];

/** What the daemon carries out. */
export type ControlCommandName = Exclude<CommandName, LocalCommandName>;

/** What the options of a command were given as, by long name. */
export type CommandOptions<Name extends CommandName> = OptionValues<
  Extract<Row, { name: Name }>["options"]
>;

/** The line that was typed, understood. */
export interface TelchapCall<Name extends CommandName = CommandName> {
  readonly command: CommandSpec & { readonly name: Name };
  readonly options: CommandOptions<Name>;
  readonly operands: readonly string[];
  /** Somebody only wants to know how the command is used. */
  readonly asksForHelp: boolean;
}

const HELP = {
  name: "help",
  letter: "h",
  group: GROUP,
  help: "Print this help and exit.",
} as const;

/** The options of a command with those that every command has. */
export function optionsOf(command: CommandSpec): readonly OptionSpec[] {
  return [...command.options, HELP];
}

/** Returns the command of this name. */
export function findTelchapCommand(name: string): TelchapCall["command"] | undefined {
  return TELCHAP_COMMANDS.find((command) => command.name === name);
}
