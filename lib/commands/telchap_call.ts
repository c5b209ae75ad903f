/** What a line of telchap means. */
import { UsageError } from "../base/errors.ts";
import { didYouMean } from "../base/suggest.ts";
import { explainForeignCommand } from "./foreign_commands.ts";
import { parseOptions } from "./options.ts";
import {
  findTelchapCommand,
  optionsOf,
  TELCHAP_COMMANDS,
  type TelchapCall,
} from "./telchap_commands.ts";
import type { CommandSpec } from "./command_spec.ts";

/**
 * Parses the words of a line, `telchap` itself not among them.
 * @throws {UsageError}
 */
export function parseTelchap(words: readonly string[]): TelchapCall {
  const [name = "", ...args] = words;
  const command = findTelchapCommand(name);
  if (command === undefined) throw unknownCommand(name);
  const placement = command.takesCommand ? "before-operands" : "anywhere";
  const { values, operands: found } = parseOptions(optionsOf(command), args, placement);
  // `--` may stand before the command, as in `exec web -- ls -l`.
  const operands = command.operandKind === "service" && command.takesCommand && found[1] === "--"
    ? found.toSpliced(1, 1)
    : found;
  const { help, ...options } = values;
  const call: TelchapCall = { command, options, operands, asksForHelp: help !== undefined };
  if (call.asksForHelp) return call;
  if (operands.length < command.minOperands) {
    throw new UsageError(`${name} needs ${missingOperands(command, operands.length)}`);
  }
  if (operands.length > command.maxOperands) {
    throw new UsageError(`${name} takes no '${operands[command.maxOperands]}'`);
  }
  return call;
}

/** Names the operands that are needed after those that were given. */
function missingOperands({ operands, minOperands }: CommandSpec, given: number): string {
  const names = operands.replace(/(?:^| )--(?= )| \.\.\./g, "").trim().split(" ");
  return names.slice(given, minOperands).join(" ");
}

/**
 * Commands without names of services that answer with services, and can leave out those of others.
 */
const LISTS_SERVICES: ReadonlySet<string> = new Set(["status", "tree", "names"]);

/** Whether a command concerns services alone, so that a user may give it for its own ones. */
export function isAboutServices({ name, operandKind }: CommandSpec): boolean {
  return operandKind === "service" || LISTS_SERVICES.has(name);
}

/** Whether a call changes anything: `loglevel` does only with a level. */
export function isWriting(call: TelchapCall): boolean {
  return call.command.access === "write" ||
    (call.command.name === "loglevel" && call.operands.length > 0);
}

/** Says that there is no such command, and which one was probably meant. */
function unknownCommand(name: string): UsageError {
  const hint = explainForeignCommand(name) ||
    didYouMean(name, TELCHAP_COMMANDS.map((known) => known.name));
  return new UsageError(`there is no command '${name}'${hint}`);
}
