/**
 * The command line of sdnotify-exec, and the command that it runs after expansion. Texts are those
 * of chaperone 0.3.9.
 */
import { parseDuration } from "../base/duration.ts";
import { expandText } from "../config/environment/expansion.ts";
import {
  formatExamples,
  formatOptions,
  formatUsage,
  HELP_OPTION,
  type OptionSpec,
  VERSION_OPTION,
} from "./options.ts";
import { beginLine, type LineAnswer, refuseLine } from "./program_line.ts";
import { quoteWord, splitWords } from "../config/environment/shell_words.ts";

/** Every option of sdnotify-exec. */
export const SDNOTIFY_EXEC_OPTIONS = [
  {
    name: "noproxy",
    group: "Notifications",
    help: "Do not pass messages on to the NOTIFY_SOCKET of the environment.",
  },
  {
    name: "wait-ready",
    group: "Notifications",
    help: "After COMMAND has ended, wait for READY=1 or ERRNO=n, and exit with 0 or n.",
  },
  {
    name: "wait-stop",
    group: "Notifications",
    help: "Run until STOPPING=1 or ERRNO=n.",
  },
  {
    name: "timeout",
    argument: "SECS",
    group: "Notifications",
    help: "Wait no longer than this; then exit with 1.",
  },
  {
    name: "socket",
    argument: "PATH",
    group: "Notifications",
    help: "The socket; the default is /tmp/sdnotify-proxy-PID.sock.",
  },
  {
    name: "template",
    argument: "TEXT",
    group: "Notifications",
    help: "What %{SOCKET_ARGS} stands for.",
  },
  { name: "verbose", group: "Other", help: "Report each step." },
  VERSION_OPTION,
  HELP_OPTION,
] as const satisfies readonly OptionSpec[];

const DEFAULT_TEMPLATE =
  "--env NOTIFY_SOCKET=/tmp/notify-%{PID}.sock -v %{NOTIFY_SOCKET}:/tmp/notify-%{PID}.sock";

/** What is run, and what is awaited. */
export interface SdnotifyExecPlan {
  /** The words of the command, expanded. */
  readonly argv: readonly string[];
  /** The command as messages show it. */
  readonly text: string;
  readonly socketPath: string;
  readonly wait: "none" | "ready" | "stop";
  readonly timeoutMs: number | undefined;
  /** In seconds, for the message; as given where no unit was. */
  readonly timeoutText: string;
  /** The address that messages are passed on to. */
  readonly upstream: string | undefined;
  readonly verbose: boolean;
}

/** What a line asks for. */
export type SdnotifyExecCommand =
  | { readonly kind: "run"; readonly plan: SdnotifyExecPlan }
  | LineAnswer;

/** How sdnotify-exec is called. */
export const SDNOTIFY_EXEC_SYNOPSIS = [
  "sdnotify-exec [options] COMMAND [ARGS...]",
  "sdnotify-exec --help | --version",
];

/**
 * Parses the arguments of sdnotify-exec and expands the command.
 * @throws {ExpansionError} for a failing `:?`.
 * @throws {WordsError} where the expanded command cannot be split.
 */
export function parseSdnotifyExec(
  args: readonly string[],
  context: {
    readonly version: string;
    readonly pid: number;
    readonly variables: Readonly<Record<string, string>>;
  },
): SdnotifyExecCommand {
  const line = beginLine(args, {
    options: SDNOTIFY_EXEC_OPTIONS,
    placement: "before-operands",
    synopsis: SDNOTIFY_EXEC_SYNOPSIS,
    formatHelp,
    version: { programName: "sdnotify-exec", version: context.version },
  });
  if (line.kind !== "begun") return line;
  const { values, operands: words } = line;
  if (words.length === 0) return refuseLine("", SDNOTIFY_EXEC_SYNOPSIS);
  const given = values.timeout ?? "";
  const timeoutMs = parseDuration(given);
  if (given !== "" && timeoutMs === undefined) {
    const lines = [`error: not a valid number of seconds '${given}'`];
    return { kind: "print", lines, exitCode: 1 };
  }
  const socketPath = values.socket ?? `/tmp/sdnotify-proxy-${context.pid}.sock`;
  const inherited = context.variables["NOTIFY_SOCKET"] || undefined;
  const argv = expandCommand(words, values.template ?? DEFAULT_TEMPLATE, {
    ...context.variables,
    NOTIFY_SOCKET: socketPath,
    ORIG_NOTIFY_SOCKET: inherited ?? "",
    PID: String(context.pid),
  });
  if (argv.length === 0) return refuseLine("", SDNOTIFY_EXEC_SYNOPSIS);
  return {
    kind: "run",
    plan: {
      argv,
      text: argv.map(quoteWord).join(" "),
      socketPath,
      wait: values["wait-stop"] ? "stop" : values["wait-ready"] ? "ready" : "none",
      timeoutMs,
      timeoutText: Number.isNaN(Number(given)) ? String((timeoutMs ?? 0) / 1000) : given,
      upstream: values.noproxy ? undefined : inherited,
      verbose: values.verbose ?? false,
    },
  };
}

const INTRODUCER = { prefix: "%", openers: "{" };

/** Characters that a shell would react to; an argument that holds one stays one word. */
const SPECIAL = /[\s'"\\$&|;<>()*?#`]/;

/**
 * Expands `%{VAR}`. An argument that the caller's shell had to quote stays one word, whatever its
 * variables hold; others become as many words as their text has.
 */
function expandCommand(
  words: readonly string[],
  template: string,
  variables: Readonly<Record<string, string>>,
): string[] {
  const plain = (name: string) => Object.hasOwn(variables, name) ? variables[name] : undefined;
  const socketArgs = expandText(template, { lookup: plain, introducer: INTRODUCER }, "bracketed");
  const lookup = (name: string) => name === "SOCKET_ARGS" ? socketArgs : plain(name);
  const scope = { lookup, introducer: INTRODUCER };
  return words.flatMap((word) => {
    const text = expandText(word, scope, "bracketed");
    if (text === word || SPECIAL.test(word)) return [text];
    return splitWords(text);
  });
}

function formatHelp(): string[] {
  return [
    "Runs a program with a notify socket of its own, and passes its messages on.",
    "",
    ...formatUsage(SDNOTIFY_EXEC_SYNOPSIS),
    "",
    ...formatOptions(SDNOTIFY_EXEC_OPTIONS),
    "",
    "%{VARIABLE} in the command is expanded, also NOTIFY_SOCKET (the new socket),",
    "ORIG_NOTIFY_SOCKET, PID, and SOCKET_ARGS: options of docker run that hand the",
    "socket to a container.",
    "",
    ...formatExamples("sdnotify-exec --wait-ready docker run -d %{SOCKET_ARGS} IMAGE"),
  ];
}
