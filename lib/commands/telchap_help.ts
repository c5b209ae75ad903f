/** What telchap says of itself: usage, help, and why a line is not understood. */
import type { UsageError } from "../base/errors.ts";
import { TOPIC_NAMES } from "./topic_names.ts";
import { formatExamples, formatGlossary, formatOptions, wrapHelp } from "./options.ts";
import { findTelchapCommand, optionsOf, TELCHAP_COMMANDS } from "./telchap_commands.ts";
import type { CommandSpec } from "./command_spec.ts";

/** Formats the usage as 0.3.9 does, one line a command. */
export function formatTelchapUsage(): string[] {
  return TELCHAP_COMMANDS.map((command, index) =>
    `${index === 0 ? "Usage:" : "      "} ${formatSynopsis(command)}`
  );
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

/** With `Usage: ` before it, a line of a terminal. */
const SYNOPSIS_MAX = 73;

/** Says how a command is called; where there are many options, they are not listed. */
export function formatSynopsis(command: CommandSpec): string {
  const options = command.options.map((option) => {
    const name = option.letter === undefined ? `--${option.name}` : `-${option.letter}`;
    return option.argument === undefined ? `[${name}]` : `[${name} ${option.argument}]`;
  });
  const join = (parts: readonly string[]) => parts.filter((part) => part !== "").join(" ");
  const line = join(["telchap", command.name, ...options, command.operands]);
  if (line.length <= SYNOPSIS_MAX) return line;
  return join(["telchap", command.name, "[options]", command.operands]);
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
        "'web.*' stand for all that they match. `telchap help <command>` explains a command, " +
        "`telchap help <directive>` a directive of the configuration.",
    ),
    "",
    ...wrapHelp(`Topics of \`telchap help\`: ${TOPIC_NAMES.join(", ")}.`),
    "",
    ...formatExamples(
      "telchap status",
      "telchap logs -f web",
      "docker exec CONTAINER telchap restart --wait 'web.*'",
    ),
    "",
    "Exit status: 0 done, 1 refused or failed, 2 not understood, 3 nobody answers,",
    "4 not permitted.",
  ];
}

/** Formats the help of one command. */
export function formatCommandHelp(command: CommandSpec): string[] {
  return [
    ...wrapHelp(command.help),
    "",
    `Usage: ${formatSynopsis(command)}`,
    "",
    ...formatOptions(optionsOf(command)),
    "",
    ...formatExamples(command.example),
  ];
}
