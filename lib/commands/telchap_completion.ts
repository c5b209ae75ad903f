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
  test: "test",
};

/** What completes the value of an option, by what stands for it in the help. */
interface ValueWords {
  /** What `compgen` is told to offer. */
  readonly bash: string;
  /** What `complete` is told to. */
  readonly fish: string;
}

const VALUES: Readonly<Record<string, ValueWords>> = {
  DIR: { bash: "-d", fish: "-x -a '(__fish_complete_directories)'" },
  FILE: { bash: "-f", fish: "-r -F" },
  GROUP: { bash: "-g", fish: "-x -a '(__fish_complete_groups)'" },
  LEVEL: wordsOf(LEVELS),
  USER: { bash: "-u", fish: "-x -a '(__fish_complete_users)'" },
};

function wordsOf(words: string): ValueWords {
  return { bash: `-W "${words}"`, fish: `-x -a '${words}'` };
}

/** What completes the value of an option; undefined where nothing is known. */
function valueWords({ argument = "", values }: OptionSpec): ValueWords | undefined {
  return values === undefined ? VALUES[argument] : wordsOf(values.join(" "));
}

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
    const known = valueWords(option);
    const reply = known === undefined ? "" : `$(compgen ${known.bash} -- "$word")`;
    return `      "${command.name} --${option.name}"${letter}) COMPREPLY=(${reply}); return ;;`;
  });
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
      const value = option.argument === undefined ? "" : ` ${valueWords(option)?.fish ?? "-x"}`;
      lines.push(`${after} -l ${option.name}${letter}${value} -d ${quote(option.help)}`);
    }
    for (const kind of [command.operandKind, command.laterKind]) {
      if (kind === "file") lines.push(`${after} -F`);
      else if (kind !== undefined) lines.push(`${after} -a '${WORDS_OF[kind].replace(/^\$/, "")}'`);
    }
  }
  return lines;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}
