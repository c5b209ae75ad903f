/**
 * The command line of envcp: which file is copied where, and which copies are refused before the
 * first is made. Texts and their order are those of chaperone 0.3.9. Looks at files only through
 * `EnvcpFiles`.
 */
import type { Introducer } from "../config/environment/expansion.ts";
import {
  formatExamples,
  formatOptions,
  formatUsage,
  HELP_OPTION,
  type OptionSpec,
  VERSION_OPTION,
  wrapHelp,
} from "./options.ts";
import { beginLine, type LineAnswer, refuseLine } from "./program_line.ts";

/** Every option of envcp. */
export const ENVCP_OPTIONS = [
  {
    name: "strip",
    argument: "SUFFIX",
    group: "Files",
    help: "Remove SUFFIX from the names of files that are copied into a directory.",
  },
  { name: "overwrite", group: "Files", help: "Replace files that exist." },
  {
    name: "archive",
    letter: "a",
    group: "Files",
    help: "Keep owner, group, mode and times of the source, as far as permitted.",
  },
  { name: "verbose", letter: "v", group: "Files", help: "Report what is copied." },
  {
    name: "shell-enable",
    group: "Expansion",
    help: "Execute $(`command`) and backticks within operators.",
  },
  {
    name: "xprefix",
    argument: "TEXT",
    group: "Expansion",
    help: "What introduces a variable instead of $.",
  },
  {
    name: "xgrouping",
    argument: "CHARS",
    group: "Expansion",
    help: "Which of ( [ { may follow the introducer; the default is ({.",
  },
  VERSION_OPTION,
  HELP_OPTION,
] as const satisfies readonly OptionSpec[];

/** What planning asks about files. */
export interface EnvcpFiles {
  /** What a path is, links followed; undefined where there is nothing. */
  kind(path: string): "file" | "directory" | "other" | undefined;
  isReadable(path: string): boolean;
  /** Whether files can be made in a directory. */
  isWritableDirectory(path: string): boolean;
  /** The path from the root. */
  absolute(path: string): string;
}

/** One file, and where it goes. */
export interface EnvcpCopy {
  readonly source: string;
  readonly target: string;
}

/** What is to be done. */
export interface EnvcpPlan {
  /** Empty: standard input is copied to standard output. */
  readonly copies: readonly EnvcpCopy[];
  readonly archive: boolean;
  readonly verbose: boolean;
  readonly shell: boolean;
  readonly introducer: Introducer;
  /** Printed although the copies are tried: 0.3.9 goes on, too. */
  readonly complaints: readonly string[];
}

/** What a line asks for. */
export type EnvcpCommand =
  | { readonly kind: "run"; readonly plan: EnvcpPlan }
  | LineAnswer;

/** A refusal with the text that says why. */
class Refusal extends Error {}

/** How envcp is called. */
export const ENVCP_SYNOPSIS = ["envcp [options] FILE...", "envcp --help | --version"];

/** Parses the arguments of envcp and looks at the files they name. */
export function parseEnvcp(
  args: readonly string[],
  version: string,
  files: EnvcpFiles,
): EnvcpCommand {
  const line = beginLine(args, {
    options: ENVCP_OPTIONS,
    placement: "anywhere",
    synopsis: ENVCP_SYNOPSIS,
    formatHelp,
    version: { programName: "envcp", version },
  });
  if (line.kind !== "begun") return line;
  const { values, operands } = line;
  if (operands.length === 0) return refuseLine("", ENVCP_SYNOPSIS);
  try {
    const openers = checkGrouping(values.xgrouping || "({");
    const { copies, complaints } = planCopies(operands, files, {
      strip: values.strip ?? "",
      overwrite: values.overwrite ?? false,
    });
    return {
      kind: "run",
      plan: {
        copies,
        complaints,
        archive: values.archive ?? false,
        verbose: values.verbose ?? false,
        shell: values["shell-enable"] ?? false,
        introducer: { prefix: values.xprefix || "$", openers },
      },
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { kind: "print", lines: error.message.split("\n"), exitCode: 1 };
  }
}

function checkGrouping(openers: string): string {
  if (/^[[{(]*$/.test(openers)) return openers;
  throw new Refusal(
    "error: --xgrouping can accept one or more of '{', '[', or '(' only.  " +
      `Not this: '${openers}'.`,
  );
}

interface CopyRules {
  readonly strip: string;
  readonly overwrite: boolean;
}

function planCopies(
  names: readonly string[],
  files: EnvcpFiles,
  rules: CopyRules,
): { copies: readonly EnvcpCopy[]; complaints: readonly string[] } {
  if (names.includes("-")) {
    if (names.length === 1) return { copies: [], complaints: [] };
    throw new Refusal(
      "error: '-' for stdin/stdout cannot be combined with other filename arguments",
    );
  }
  if (names.length < 2) throw new Refusal("error: must include two or more filename arguments");
  const sources = names.slice(0, -1);
  const last = names.at(-1) as string;
  const directory = files.absolute(last);
  const complaints: string[] = [];
  let copies: EnvcpCopy[];
  if (files.kind(directory) === "directory") {
    if (!files.isWritableDirectory(directory)) {
      complaints.push(`error: directory ${directory} exists but is not writable`);
    }
    copies = sources.map((source) => ({ source, target: intoDirectory(source, directory, rules) }));
  } else if (sources.length === 1) {
    copies = [{ source: sources[0] as string, target: last }];
  } else {
    throw new Refusal("error: destination is not a directory and more than 2 files specified");
  }
  checkTargets(copies, files, rules, complaints);
  checkSources(copies, files, complaints);
  return { copies, complaints };
}

function intoDirectory(source: string, directory: string, rules: CopyRules): string {
  const base = source.slice(source.lastIndexOf("/") + 1);
  // 0.3.9 removed any trailing characters that the suffix contains: html.tpl became htm.
  const isStripped = rules.strip !== "" && base.endsWith(rules.strip) && base !== rules.strip;
  const name = isStripped ? base.slice(0, -rules.strip.length) : base;
  return `${directory === "/" ? "" : directory}/${name}`;
}

function checkTargets(
  copies: readonly EnvcpCopy[],
  files: EnvcpFiles,
  rules: CopyRules,
  complaints: readonly string[],
): void {
  if (rules.overwrite) return;
  for (const { target } of copies) {
    if (files.kind(target) === undefined) continue;
    throw refuse(complaints, `error: file ${target} exists, won't overwrite`);
  }
}

function checkSources(
  copies: readonly EnvcpCopy[],
  files: EnvcpFiles,
  complaints: readonly string[],
): void {
  for (const { source } of copies) {
    if (files.kind(source) === undefined) {
      throw refuse(complaints, `error: file does not exist, ${source}`);
    }
    if (!files.isReadable(source)) {
      throw refuse(complaints, `error: file is not readable, ${source}`);
    }
  }
}

function refuse(complaints: readonly string[], text: string): Refusal {
  return new Refusal([...complaints, text].join("\n"));
}

function formatHelp(): string[] {
  return [
    ...wrapHelp(
      "Copies files and expands $(VARIABLE) and ${VARIABLE} in them from the environment.",
    ),
    "",
    ...formatUsage(ENVCP_SYNOPSIS),
    "",
    ...wrapHelp(
      "FILE... is a source and a destination, or sources and an existing directory, or a " +
        "single - for standard input to standard output.",
    ),
    "",
    ...formatOptions(ENVCP_OPTIONS),
    "",
    ...formatExamples(
      "envcp --strip .tpl /etc/templates/*.tpl /etc/app",
      "PORT=8080 envcp - <app.conf.tpl >app.conf",
    ),
  ];
}
