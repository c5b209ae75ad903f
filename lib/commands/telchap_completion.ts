/** Completion scripts for shells, made from the table of telchap's commands. */
import { type OperandKind, optionsOf, TELCHAP_COMMANDS } from "./telchap_commands.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
const LEVELS = "emerg alert crit err warn notice info debug";

/** What each kind of operand is completed with, as a command of the shell. */
const WORDS_OF: Readonly<Record<Exclude<OperandKind, "file">, string>> = {
  service: "$(telchap names 2>/dev/null)",
  level: LEVELS,
  shell: SHELLS.join(" "),
  command: TELCHAP_COMMANDS.map(({ name }) => name).join(" "),
  delay: "now",
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

function formatBash(): string[] {
  return [
    "_telchap() {",
    '  local word="${COMP_WORDS[COMP_CWORD]}" words=""',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    words="${WORDS_OF.command} --help --version"`,
    "  else",
    '    case "${COMP_WORDS[1]}" in',
    ...TELCHAP_COMMANDS.map((command) => {
      const options = optionsOf(command).map(({ name }) => `--${name}`).join(" ");
      const { operandKind } = command;
      if (operandKind === "file") {
        return `      ${command.name}) COMPREPLY=($(compgen -f -W "${options}" -- "$word")); return ;;`;
      }
      const more = operandKind === undefined ? "" : ` ${WORDS_OF[operandKind]}`;
      return `      ${command.name}) words="${options}${more}" ;;`;
    }),
    "    esac",
    "  fi",
    '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
    "}",
    "complete -F _telchap telchap",
  ];
}

function formatFish(): string[] {
  const lines = ["complete -c telchap -f"];
  for (const command of TELCHAP_COMMANDS) {
    const { name, help, operandKind } = command;
    const quoted = help.replaceAll("'", "\\'");
    lines.push(`complete -c telchap -n __fish_use_subcommand -a ${name} -d '${quoted}'`);
    const after = `complete -c telchap -n '__fish_seen_subcommand_from ${name}'`;
    for (const option of optionsOf(command)) {
      const letter = option.letter === undefined ? "" : ` -s ${option.letter}`;
      const value = option.argument === undefined ? "" : " -x";
      lines.push(`${after} -l ${option.name}${letter}${value} -d '${option.help}'`);
    }
    if (operandKind === "file") lines.push(`${after} -F`);
    else if (operandKind !== undefined) {
      const words = WORDS_OF[operandKind].replace(/^\$/, "");
      lines.push(`${after} -a '${words}'`);
    }
  }
  return lines;
}
