/**
 * Option tables: one table of a program drives its parsing, its help, and its documentation.
 * Follows the rules of 0.3.9, which are docopt's: any unambiguous prefix of a long option is
 * accepted, `--name value` and `--name=value` are the same, no option may be given twice.
 * Knows no program and prints nothing.
 */
import { UsageError } from "../base/errors.ts";
import { didYouMean } from "../base/suggest.ts";

/** One option of a program. */
export interface OptionSpec {
  /** Long name without the dashes. */
  readonly name: string;
  /** One letter that means the same. */
  readonly letter?: string;
  /** What stands for the value in the help, `DIR`; absent: a switch. */
  readonly argument?: string;
  /** It may be given again and again, and its value is a list. */
  readonly isRepeatable?: true;
  /** Values to choose from, for completion; others may be possible. */
  readonly values?: readonly string[];
  /** Heading under which the help lists it. */
  readonly group: string;
  /** One or more sentences; the help wraps them. */
  readonly help: string;
  /** Asks for information only: everything else on the line need not make sense. */
  readonly informational?: true;
}

/** What every program has. */
export const HELP_OPTION = {
  name: "help",
  letter: "h",
  group: "Other",
  help: "Print this help and exit.",
  informational: true,
} as const satisfies OptionSpec;

/** What the programs have that can be called by themselves. */
export const VERSION_OPTION = {
  name: "version",
  group: "Other",
  help: "Print the version and exit.",
  informational: true,
} as const satisfies OptionSpec;

type ValueOf<Spec extends OptionSpec> = Spec extends { readonly isRepeatable: true }
  ? readonly string[]
  : Spec extends { readonly argument: string } ? string
  : true;

/** What was given, by long name. */
export type OptionValues<Table extends readonly OptionSpec[]> = {
  readonly [Spec in Table[number] as Spec["name"]]?: ValueOf<Spec>;
};

/** A command line taken apart. */
export interface ParsedOptions<Table extends readonly OptionSpec[]> {
  readonly values: OptionValues<Table>;
  /** What is not an option, in order. */
  readonly operands: readonly string[];
}

/** Where options may stand: before the first operand, or among the operands up to `--`. */
export type OptionPlacement = "before-operands" | "anywhere";

/**
 * Parses `args` (without the program's name) by `table`. With `before-operands`, the first operand
 * takes everything after it along. `--` ends the options: it is itself no operand, and what follows
 * is.
 * @throws {UsageError}
 */
export function parseOptions<const Table extends readonly OptionSpec[]>(
  table: Table,
  args: readonly string[],
  placement: OptionPlacement,
): ParsedOptions<Table> {
  const found = new Map<string, string | true | readonly string[]>();
  const operands: string[] = [];
  // Questions win over what is merely unknown or repeated, so that `--help` always helps.
  let senseless: string | undefined;
  let informational = false;
  for (let at = 0; at < args.length; at++) {
    const token = args[at] as string;
    if (token === "--" || token === "-" || !token.startsWith("-")) {
      if (placement === "before-operands" || token === "--") {
        operands.push(...args.slice(token === "--" ? at + 1 : at));
        break;
      }
      operands.push(token);
      continue;
    }
    const matches = token.startsWith("--")
      ? [matchLong(table, token, args[at + 1])]
      : matchLetters(table, token, args[at + 1]);
    for (const match of matches) {
      if (typeof match === "string") {
        senseless ??= match;
        continue;
      }
      if (match.tookNext) at++;
      const former = found.get(match.spec.name);
      if (match.spec.isRepeatable) {
        found.set(match.spec.name, [...Array.isArray(former) ? former : [], String(match.value)]);
        continue;
      }
      if (former !== undefined) {
        senseless ??= `--${match.spec.name} is given twice`;
        continue;
      }
      if (match.spec.informational) informational = true;
      found.set(match.spec.name, match.value);
    }
  }
  if (senseless !== undefined && !informational) throw new UsageError(senseless);
  return { values: Object.fromEntries(found) as OptionValues<Table>, operands };
}

interface Match {
  readonly spec: OptionSpec;
  readonly value: string | true;
  /** Whether the value was the next argument. */
  readonly tookNext: boolean;
}

/** Returns why there is none where an option is not known. */
function matchLong(
  table: readonly OptionSpec[],
  token: string,
  next: string | undefined,
): Match | string {
  const equals = token.indexOf("=");
  const typed = equals < 0 ? token : token.slice(0, equals);
  const value = equals < 0 ? undefined : token.slice(equals + 1);
  const spec = findLong(table, typed);
  if (spec === undefined) {
    const hint = didYouMean(typed.slice(2), table.map(({ name }) => name)).replace("'", "'--");
    return `there is no option ${typed}${hint}`;
  }
  if (spec.argument === undefined) {
    if (value !== undefined) {
      throw new UsageError(`--${spec.name} takes no value, and has one: ${token}`);
    }
    return { spec, value: true, tookNext: false };
  }
  if (value !== undefined) return { spec, value, tookNext: false };
  if (next === undefined || next === "--") {
    throw new UsageError(`--${spec.name} needs a value: --${spec.name}=${spec.argument}`);
  }
  return { spec, value: next, tookNext: true };
}

function findLong(table: readonly OptionSpec[], typed: string): OptionSpec | undefined {
  const name = typed.slice(2);
  const exact = table.find((spec) => spec.name === name);
  if (exact !== undefined) return exact;
  const similar = table.filter((spec) => spec.name.startsWith(name));
  if (similar.length > 1) {
    const names = similar.map((spec) => `--${spec.name}`).join(" or ");
    throw new UsageError(`${typed} may mean ${names}: write more of it`);
  }
  return similar[0];
}

/** Reads `-a`, a bundle `-av`, or a letter with its value: `-n 5`, `-n5`. */
function matchLetters(
  table: readonly OptionSpec[],
  token: string,
  next: string | undefined,
): (Match | string)[] {
  const matches: (Match | string)[] = [];
  for (let at = 1; at < token.length; at++) {
    const spec = table.find((candidate) => candidate.letter === token[at]);
    if (spec === undefined) {
      matches.push(`there is no option -${token[at]}`);
      continue;
    }
    if (spec.argument === undefined) {
      matches.push({ spec, value: true, tookNext: false });
      continue;
    }
    const rest = token.slice(at + 1);
    const value = rest === "" ? next : rest;
    if (value === undefined || (rest === "" && value === "--")) {
      throw new UsageError(`-${spec.letter} needs a value: -${spec.letter} ${spec.argument}`);
    }
    matches.push({ spec, value, tookNext: rest === "" });
    break;
  }
  return matches;
}

/** Formats how a program is called, as help and errors show it. */
export function formatUsage(synopsis: readonly string[]): string[] {
  return ["Usage:", ...synopsis.map((line) => `  ${line}`)];
}

const HELP_WIDTH = 80;
const HELP_COLUMN = 26;

/** Lists the options of `table` group by group, at most 80 columns wide. */
export function formatOptions(table: readonly OptionSpec[]): string[] {
  const groups = Map.groupBy(table, (spec) => spec.group);
  return [...groups].flatMap(([group, specs], index) => [
    ...(index === 0 ? [] : [""]),
    `${group}:`,
    ...specs.flatMap(formatOption),
  ]);
}

function formatOption(spec: OptionSpec): string[] {
  const letter = spec.letter === undefined ? "" : `-${spec.letter}, `;
  const argument = spec.argument === undefined ? "" : `=${spec.argument}`;
  const label = `  ${letter}--${spec.name}${argument}`;
  const text = wrapText(spec.help, HELP_WIDTH - HELP_COLUMN);
  const lines = text.map((line) => " ".repeat(HELP_COLUMN) + line);
  if (label.length > HELP_COLUMN - 2) return [label, ...lines];
  return [label.padEnd(HELP_COLUMN) + (text[0] ?? ""), ...lines.slice(1)];
}

/** Breaks a paragraph of help for terminals of 80 columns. */
export function wrapHelp(text: string): string[] {
  return wrapText(text, HELP_WIDTH);
}

/** Formats lines that can be typed. */
export function formatExamples(...lines: readonly string[]): string[] {
  const title = lines.length === 1 ? "Example:" : "Examples:";
  return [title, ...lines.map((line) => `  ${line}`)];
}

/** Formats names and what is said of each, side by side in 80 columns. */
export function formatGlossary(entries: readonly (readonly [name: string, text: string])[]) {
  const column = Math.max(...entries.map(([name]) => name.length)) + 4;
  return entries.flatMap(([name, text]) =>
    wrapText(text, HELP_WIDTH - column).map((line, index) =>
      `  ${index === 0 ? name : ""}`.padEnd(column) + line
    )
  );
}

function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/**
 * Formats the answer to `--version`. Scripts of existing images read the fifth word of the
 * sentence, so its shape stays that of 0.3.9.
 */
export function formatVersion(programName: string, version: string): string[] {
  return [
    "",
    `This is '${programName}' version ${version}.`,
    "",
    "Documentation and source: README.md and docs/ of the distribution.",
    "Licensed under the Apache License, Version 2.0.",
    "",
  ];
}
