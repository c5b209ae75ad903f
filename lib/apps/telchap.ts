/**
 * The program telchap: asks the chaperone of this container, and prints what it answers. What
 * needs no chaperone is done here, and so is what is matched against patterns of the caller's: a
 * pattern may take any time, and process 1 has none to lose.
 */
import { ERRNO, SystemError, UsageError } from "../base/errors.ts";
import { VERSION } from "../base/version.ts";
import type { ValueOf } from "../commands/answer_shapes.ts";
import type { REFUSAL } from "../commands/answers.ts";
import { formatVersion } from "../commands/options.ts";
import { parseTelchap } from "../commands/telchap_call.ts";
import {
  type CommandName,
  findTelchapCommand,
  type LocalCommandName,
  TELCHAP_COMMANDS,
  type TelchapCall,
} from "../commands/telchap_commands.ts";
import {
  formatCommandHelp,
  formatMisuse,
  formatTelchapHelp,
  formatTelchapUsage,
} from "../commands/telchap_help.ts";
import { nowMs, setTimer } from "../sys/libc/clock.ts";
import { print } from "../sys/self/print.ts";
import { wantsColour } from "../sys/self/program.ts";
import { terminalSize } from "../sys/self/terminal.ts";
import { askChaperone, NobodyAnswers } from "./ask.ts";
import { BROKEN_OFF, describeAskFailure, EXIT } from "./ask_failure.ts";
import { writeShown } from "./shown_output.ts";

/** Runs telchap with the arguments after its name, and returns its exit status. */
export async function runTelchap(args: readonly string[]): Promise<number> {
  if (args.length === 0) {
    print("stderr", formatTelchapUsage());
    return EXIT.usage;
  }
  if (args[0] === "--help" || args[0] === "-h") return say(formatTelchapHelp());
  if (args[0] === "--version") return say(formatVersion("telchap", VERSION));
  let call: TelchapCall;
  try {
    call = parseTelchap(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    print("stdout", formatMisuse(args, error));
    return EXIT.usage;
  }
  if (call.asksForHelp) return say(formatCommandHelp(call.command));
  try {
    return await carryOut(call, args);
  } catch (error) {
    return explain(error, call);
  }
}

async function carryOut(call: TelchapCall, args: readonly string[]): Promise<number> {
  const { name } = call.command;
  if (isLocal(name)) return await LOCALLY[name](call);
  if (isCall(call, "logs") && (call.options.grep ?? call.options.level) !== undefined) {
    const { filterLogs } = await import("./telchap_patterns.ts");
    return await conclude(call, await filterLogs(call, (line) => writeShown(`${line}\n`)));
  }
  if (isCall(call, "wait") && call.options.for?.startsWith("log=")) {
    return await (await import("./telchap_patterns.ts")).waitForLine(call);
  }
  if (isCall(call, "wait")) {
    const { waitPatiently } = await import("./patient_wait.ts");
    return await waitPatiently(call, (words) => askAndPrint(call, words));
  }
  if (isCall(call, "blame") && call.options.trace !== undefined) {
    return await (await import("./boot_trace_file.ts")).writeBootTrace(call.options.trace);
  }
  if (isCall(call, "exec")) return await (await import("./exec.ts")).runExec(args);
  return await askAndPrint(call, args);
}

function isCall<Name extends CommandName>(
  call: TelchapCall,
  name: Name,
): call is TelchapCall & TelchapCall<Name> {
  return call.command.name === name;
}

/** Says why nothing was answered. Rethrows what it does not know. */
function explain(error: unknown, call: TelchapCall): number {
  if (error instanceof SystemError && error.call === "write") {
    // Whoever read this has seen enough.
    if (error.errno === ERRNO.EPIPE) return EXIT.done;
    print("stderr", [`telchap cannot write its output: ${error.message}`]);
    return EXIT.refused;
  }
  const failure = describeAskFailure(error);
  if (failure === undefined) throw error;
  tellFailure(call, "stdout", failure.lines);
  return failure.exitCode;
}

/** Says why there is no answer; who asks for JSON gets that in the form of a refusal. */
function tellFailure(
  { options }: TelchapCall,
  stream: "stdout" | "stderr",
  lines: readonly string[],
): void {
  if (!options.json) return print(stream, lines);
  const refusal: ValueOf<typeof REFUSAL> = { error: lines.join(" ") };
  print("stdout", [JSON.stringify(refusal)]);
}

function say(lines: readonly string[]): number {
  print("stdout", lines);
  return EXIT.done;
}

async function askAndPrint(call: TelchapCall, args: readonly string[]): Promise<number> {
  const columns = terminalSize()?.columns;
  const request = {
    words: args,
    colour: wantsColour("stdout"),
    ...(columns === undefined ? {} : { columns }),
  };
  return await conclude(call, await askChaperone(request, writeShown, { isLast: true }));
}

/** Returns the exit status of an answer; undefined: the connection has ended before it did. */
async function conclude(call: TelchapCall, exitCode: number | undefined): Promise<number> {
  if (exitCode !== undefined) return exitCode;
  if (call.options.follow) return EXIT.done;
  if (call.command.name === "reexec") return await tellNextImage(call);
  tellFailure(call, "stderr", [BROKEN_OFF]);
  return EXIT.refused;
}

/**
 * chaperone has executed itself, and the connection with it; the next incarnation says how that
 * went.
 */
async function tellNextImage(call: TelchapCall): Promise<number> {
  const { awaitNextImage, formatNoNextImage } = await import("./next_image.ts");
  const words = ["reexec", "--last", ...(call.options.json ? ["--json"] : [])];
  const exitCode = await awaitNextImage({
    ask: async () => {
      try {
        return await askChaperone({ words, colour: false }, writeShown) ?? "broken-off";
      } catch (error) {
        if (error instanceof NobodyAnswers) return "nobody";
        throw error;
      }
    },
    nowMs,
    pause: (delayMs) => new Promise<void>((resolve) => void setTimer(delayMs, resolve)),
  });
  if (exitCode !== undefined) return exitCode;
  tellFailure(call, "stdout", [formatNoNextImage()]);
  return EXIT.nobody;
}

/** What few calls need is imported then: `telchap status` in a script starts the sooner. */
const LOCALLY: {
  readonly [Name in LocalCommandName]: (call: TelchapCall) => number | Promise<number>;
} = {
  async check({ operands, options }) {
    return (await import("./check.ts")).checkConfigs(operands, options);
  },
  async top() {
    return await (await import("./top.ts")).runTop();
  },
  async completion({ operands: [shell = ""] }) {
    const { formatCompletion } = await import("../commands/telchap_completion.ts");
    const lines = formatCompletion(shell);
    if (lines !== undefined) return say(lines);
    print("stderr", [`no completion for '${shell}': bash, zsh and fish are known`]);
    return EXIT.usage;
  },
  async help({ operands: [name] }) {
    if (name === undefined) return say(formatTelchapHelp());
    const command = findTelchapCommand(name);
    if (command !== undefined) say(formatCommandHelp(command));
    const { formatUnknownTopic, printTopic } = await import("./topics.ts");
    // Some words are both, as restart.
    if (printTopic(name, command !== undefined) || command !== undefined) return EXIT.done;
    print("stderr", formatUnknownTopic(name, TELCHAP_COMMANDS.map(({ name }) => name)));
    return EXIT.usage;
  },
};

function isLocal(name: CommandName): name is LocalCommandName {
  return name in LOCALLY;
}
