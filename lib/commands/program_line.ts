/**
 * How the command line of every program begins: what is not understood is answered with the usage,
 * `--help` and `--version` with their texts. What is left is the program's own affair.
 */
import { UsageError } from "../base/errors.ts";
import {
  formatUsage,
  formatVersion,
  type OptionPlacement,
  type OptionSpec,
  type OptionValues,
  type ParsedOptions,
  parseOptions,
} from "./options.ts";

/** A line that is done with once these texts are printed. */
export type LineAnswer =
  /** For standard output, as 0.3.9 prints its errors, too. */
  | { readonly kind: "print"; readonly lines: readonly string[]; readonly exitCode: number }
  /** For standard error; the line was not understood. */
  | { readonly kind: "usage"; readonly lines: readonly string[] };

/** What the beginning of a line depends on. */
export interface Program<Table extends readonly OptionSpec[]> {
  readonly options: Table;
  readonly placement: OptionPlacement;
  readonly synopsis: readonly string[];
  readonly formatHelp: () => readonly string[];
  /** Absent where the program knows no `--version`. */
  readonly version?: { readonly programName: string; readonly version: string };
}

/** A line taken apart, or its answer. */
export type BegunLine<Table extends readonly OptionSpec[]> =
  | ({ readonly kind: "begun" } & ParsedOptions<Table>)
  | LineAnswer;

/** Takes a line apart, or answers it. */
export function beginLine<const Table extends readonly OptionSpec[]>(
  args: readonly string[],
  program: Program<Table>,
): BegunLine<Table> {
  try {
    const parsed = parseOptions(program.options, args, program.placement);
    const asked: OptionValues<readonly OptionSpec[]> = parsed.values;
    if (asked["help"]) return { kind: "print", lines: program.formatHelp(), exitCode: 0 };
    if (program.version !== undefined && asked["version"]) {
      const { programName, version } = program.version;
      return { kind: "print", lines: formatVersion(programName, version), exitCode: 0 };
    }
    return { kind: "begun", ...parsed };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return refuseLine(error.message, program.synopsis);
  }
}

/** Answers with the usage; the reason may be empty. */
export function refuseLine(reason: string, synopsis: readonly string[]): LineAnswer {
  return { kind: "usage", lines: [...(reason === "" ? [] : [reason]), ...formatUsage(synopsis)] };
}
