/**
 * The command line of sdnotify: which datagrams are sent, in which order. Texts are those of
 * chaperone 0.3.9.
 */
import {
  formatExamples,
  formatOptions,
  formatUsage,
  HELP_OPTION,
  type OptionSpec,
  VERSION_OPTION,
  wrapHelp,
} from "./options.ts";
import { beginLine, type LineAnswer } from "./program_line.ts";

/** Every option of sdnotify. */
export const SDNOTIFY_OPTIONS = [
  {
    name: "pid",
    argument: "PID",
    group: "Messages",
    help: "Set the main process (MAINPID=); 'self' is the pid of sdnotify.",
  },
  { name: "status", argument: "TEXT", group: "Messages", help: "Report a status (STATUS=)." },
  { name: "ready", group: "Messages", help: "Report that the service is ready (READY=1)." },
  { name: "booted", group: "Other", help: "Exit with 1: this system was not booted by systemd." },
  { name: "ignore", group: "Other", help: "Exit with 0 although nothing could be sent." },
  VERSION_OPTION,
  HELP_OPTION,
] as const satisfies readonly OptionSpec[];

/** What a line asks for. */
export type SdnotifyCommand =
  | {
    readonly kind: "send";
    readonly messages: readonly string[];
    readonly booted: boolean;
    readonly ignoreFailure: boolean;
  }
  | LineAnswer;

/** How sdnotify is called. */
export const SDNOTIFY_SYNOPSIS = [
  "sdnotify [options] [VARIABLE=VALUE...]",
  "sdnotify --help | --version",
];

/** Parses the arguments of sdnotify; `ownPid` is what `--pid self` stands for. */
export function parseSdnotify(
  args: readonly string[],
  version: string,
  ownPid: number,
): SdnotifyCommand {
  const line = beginLine(args, {
    options: SDNOTIFY_OPTIONS,
    placement: "anywhere",
    synopsis: SDNOTIFY_SYNOPSIS,
    formatHelp,
    version: { programName: "sdnotify", version },
  });
  if (line.kind !== "begun") return line;
  const { values, operands } = line;
  const messages: string[] = [];
  if (values.pid !== undefined) {
    if (values.pid !== "self" && !/^\s*[+-]?\d+\s*$/.test(values.pid)) {
      return refuse(`error: not a valid PID '${values.pid}'`);
    }
    messages.push(`MAINPID=${values.pid === "self" ? ownPid : Number(values.pid)}`);
  }
  if (values.status !== undefined) messages.push(`STATUS=${values.status}`);
  if (values.ready) messages.push("READY=1");
  for (const pair of operands) {
    const [name, value, ...more] = pair.split("=");
    if (!name || value === undefined || more.length > 0) {
      return refuse(`error: not a valid format for VARIABLE=VALUE, '${pair}'`);
    }
    messages.push(`${name.toUpperCase()}=${value}`);
  }
  return {
    kind: "send",
    messages,
    booted: values.booted ?? false,
    ignoreFailure: values.ignore ?? false,
  };
}

function refuse(line: string): SdnotifyCommand {
  return { kind: "print", lines: [line], exitCode: 1 };
}

function formatHelp(): string[] {
  return [
    ...wrapHelp(
      "Tells the service manager at $NOTIFY_SOCKET about this service, see sd_notify(3).",
    ),
    "",
    ...formatUsage(SDNOTIFY_SYNOPSIS),
    "",
    ...formatOptions(SDNOTIFY_OPTIONS),
    "",
    ...formatExamples(
      "sdnotify --status 'loading the index'",
      "sdnotify --ready --pid $$",
      "sdnotify RELOADING=1",
    ),
  ];
}
