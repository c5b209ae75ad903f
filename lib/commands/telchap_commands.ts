/**
 * The commands of telchap: one table that drives parsing, usage, help, documentation and completion
 * on both ends of the control socket. A new command is a row in the file whose sentence fits, and a
 * handler: the compiler misses the handler in the daemon (daemon/control/control_commands.ts) or,
 * for what needs no chaperone, in the client (apps/telchap.ts).
 */
import { type CommandSpec, GROUP } from "./command_spec.ts";
import type { OptionSpec, OptionValues } from "./options.ts";
import { CHANGING_COMMANDS } from "./telchap_changing.ts";
import { LOCAL_COMMANDS } from "./telchap_local.ts";
import { LOOKING_COMMANDS } from "./telchap_looking.ts";
import { STATE_COMMANDS } from "./telchap_states.ts";

/** In the order in which help lists them. */
export const TELCHAP_COMMANDS = [
  ...STATE_COMMANDS,
  ...LOOKING_COMMANDS,
  ...CHANGING_COMMANDS,
  ...LOCAL_COMMANDS,
] as const satisfies readonly CommandSpec[];

type Row = (typeof TELCHAP_COMMANDS)[number];

/** The name of a command. */
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
