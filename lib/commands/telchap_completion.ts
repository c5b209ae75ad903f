/** Completion scripts for shells, made from the table of telchap's commands. */
import { SEVERITIES } from "../base/severities.ts";
import type { OptionSpec } from "./options.ts";
import { TOPIC_NAMES } from "./topic_names.ts";
import { optionsOf, TELCHAP_COMMANDS } from "./telchap_commands.ts";
import type { CommandSpec, OperandKind } from "./command_spec.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
const LEVELS = SEVERITIES.join(" ");
const SIGNALS = "HUP INT QUIT KILL USR1 USR2 TERM CONT STOP WINCH";

const COMMANDS = TELCHAP_COMMANDS.map(({ name }) => name).join(" ");

/** What each kind of operand is completed with, as a command of the shell. */
const WORDS_OF: Readonly<Record<Exclude<OperandKind, "file">, string>> = {
  service: "$(telchap names 2>/dev/null)",
  level: LEVELS,
  shell: SHELLS.join(" "),
  topic: `${COMMANDS} ${TOPIC_NAMES.join(" ")}`,
  delay: "now",
  signal: SIGNALS,
};

/** Returns the lines of the script, undefined for an unknown shell. */
export function formatCompletion(shell: string): string[] | undefined {
  switch (shell) {
    case "bash":
      return formatBash();
    case "zsh":
      // zsh runs bash's functions; one script serves both.
      return ["#compdef telchap", "autoload -U +X bashcompinit && bashcompinit", ...formatBash()];
    case "fish":
      return formatFish();
    default:
      return undefined;
  }
}

/** bash takes `=` for a word of its own: `--format=te` is three words. */
function formatBash(): string[] {
  return [
    "_telchap() {",
    '  local word="${COMP_WORDS[COMP_CWORD]}" words=""',
    '  local before="${COMP_WORDS[COMP_CWORD-1]}"',
    '  [ "$word" != "=" ] || word=""',
    '  [ "$before" != "=" ] || before="${COMP_WORDS[COMP_CWORD-2]}"',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    words="${COMMANDS} --help --version"`,
    "  else",
    '    case "${COMP_WORDS[1]} $before" in',
    ...TELCHAP_COMMANDS.flatMap(bashArguments),
    "    esac",
    '    case "${COMP_WORDS[1]}" in',
    ...TELCHAP_COMMANDS.map(bashOperands),
    "    esac",
    "  fi",
    '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
    "}",
    "complete -F _telchap telchap",
  ];
}

/** What may follow an option that takes a value; where nothing is known, nothing is offered. */
function bashArguments(command: CommandSpec): string[] {
  return optionsOf(command).filter(({ argument }) => argument !== undefined).map((option) => {
    const letter = option.letter === undefined ? "" : `|"${command.name} -${option.letter}"`;
    const words = option.values === undefined ? "" : `-W "${option.values.join(" ")}" `;
    const offer = takesDirectory(option) ? "-d " : takesFile(option) ? "-f " : words;
    const reply = offer === "" ? "" : `$(compgen ${offer}-- "$word")`;
    return `      "${command.name} --${option.name}"${letter}) COMPREPLY=(${reply}); return ;;`;
  });
}

function takesDirectory({ argument }: OptionSpec): boolean {
  return argument === "DIR";
}

function takesFile({ argument }: OptionSpec): boolean {
  return argument === "FILE";
}

function bashOperands(command: CommandSpec): string {
  const { name, operandKind, laterKind } = command;
  const options = optionsOf(command).map((option) => `--${option.name}`).join(" ");
  if (operandKind === "file") {
    return `      ${name}) COMPREPLY=($(compgen -f -W "${options}" -- "$word")); return ;;`;
  }
  const more = operandKind === undefined ? "" : ` ${WORDS_OF[operandKind]}`;
  if (laterKind === undefined || laterKind === "file") {
    return `      ${name}) words="${options}${more}" ;;`;
  }
  return `      ${name}) words="${options}${more}"; ` +
    `[ "$COMP_CWORD" -eq 2 ] || words="${options} ${WORDS_OF[laterKind]}" ;;`;
}

function formatFish(): string[] {
  const lines = ["complete -c telchap -f"];
  for (const command of TELCHAP_COMMANDS as readonly CommandSpec[]) {
    const { name, help } = command;
    lines.push(`complete -c telchap -n __fish_use_subcommand -a ${name} -d ${quote(help)}`);
    const after = `complete -c telchap -n '__fish_seen_subcommand_from ${name}'`;
    for (const option of optionsOf(command)) {
      const letter = option.letter === undefined ? "" : ` -s ${option.letter}`;
      const value = fishArgument(option);
      lines.push(`${after} -l ${option.name}${letter}${value} -d ${quote(option.help)}`);
    }
    for (const kind of [command.operandKind, command.laterKind]) {
      if (kind === "file") lines.push(`${after} -F`);
      else if (kind !== undefined) lines.push(`${after} -a '${WORDS_OF[kind].replace(/^\$/, "")}'`);
    }
  }
  return lines;
}

function fishArgument(option: OptionSpec): string {
  if (option.argument === undefined) return "";
  if (takesDirectory(option)) return " -x -a '(__fish_complete_directories)'";
  if (takesFile(option)) return " -r -F";
  return option.values === undefined ? " -x" : ` -x -a '${option.values.join(" ")}'`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}
