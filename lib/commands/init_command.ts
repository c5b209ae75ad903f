/**
 * `chaperone --init`: its options and what they ask for.
 *
 * An option and not a word, since words are programs to run: `chaperone init` starts a program
 * called init. It counts only as the first argument, so that prefixes such as `--i` keep meaning
 * what they meant in 0.3.9.
 */
import { DEFAULT_CONFIG_PATH } from "./command_line.ts";
import {
  formatExamples,
  formatOptions,
  formatUsage,
  HELP_OPTION,
  type OptionSpec,
  wrapHelp,
} from "./options.ts";
import { beginLine, type LineAnswer, refuseLine } from "./program_line.ts";

/** What can be converted, by the name in `--from-NAME`. */
export const IMPORT_FORMATS = [
  "supervisord",
  "systemd",
  "s6",
  "runit",
  "procfile",
  "compose",
  "crontab",
] as const;

/** One of these names. */
export type ImportFormat = typeof IMPORT_FORMATS[number];

const GROUP = "Writing a configuration";
const FROM = "Converting one";

/** The options of `chaperone --init`. */
export const INIT_OPTIONS = [
  {
    name: "to",
    argument: "DIR",
    group: GROUP,
    help: "Directory to write to; the default is /etc/chaperone.d. Files that exist are never " +
      "overwritten.",
  },
  { name: "stdout", group: GROUP, help: "Print the configuration rather than write it." },
  {
    name: "root",
    argument: "DIR",
    group: GROUP,
    help:
      "The image lies in DIR: look for programs there, and name scripts that are converted as " +
      "they are called within it.",
  },
  {
    name: "from-supervisord",
    group: FROM,
    help: "The sources are configuration files of supervisord.",
  },
  {
    name: "from-systemd",
    group: FROM,
    help: "The sources are unit files: NAME.service, NAME.timer and NAME.socket.",
  },
  {
    name: "from-s6",
    group: FROM,
    help: "The sources are directories of services, as /etc/s6-overlay/s6-rc.d or /etc/services.d.",
  },
  { name: "from-runit", group: FROM, help: "The sources are directories such as /etc/service." },
  { name: "from-procfile", group: FROM, help: "The sources are Procfiles." },
  { name: "from-compose", group: FROM, help: "The sources are files such as compose.yaml." },
  {
    name: "from-crontab",
    group: FROM,
    help: "The sources are crontabs. /etc/crontab and files of /etc/cron.d have a column of users.",
  },
  HELP_OPTION,
] as const satisfies readonly OptionSpec[];

/** What `--init` is to do. */
export interface InitRequest {
  /** Absent: to stdout. */
  readonly directory?: string;
  readonly root: string;
  /** Absent: a starter for what the image contains. */
  readonly format?: ImportFormat;
  readonly sources: readonly string[];
}

/** What the arguments after `--init` ask for. */
export type InitCommand =
  | { readonly kind: "init"; readonly request: InitRequest }
  | LineAnswer;

/** Parses the arguments after `--init`. */
export function parseInitCommand(args: readonly string[], programName: string): InitCommand {
  const synopsis = initSynopsis(programName);
  const line = beginLine(args, {
    options: INIT_OPTIONS,
    placement: "anywhere",
    synopsis,
    formatHelp: () => formatHelp(programName),
  });
  if (line.kind !== "begun") return line;
  const { values, operands } = line;
  const formats = IMPORT_FORMATS.filter((format) => values[`from-${format}`]);
  if (formats.length > 1) {
    return refuseLine("only one kind of source can be converted at once", synopsis);
  }
  if (formats.length === 0 && operands.length > 0) {
    const reason = `'${operands[0]}' is no option: write --to DIR, or --from-FORMAT for a source`;
    return refuseLine(reason, synopsis);
  }
  if (formats.length === 1 && operands.length === 0) {
    return refuseLine(`--from-${formats[0]} needs a source`, synopsis);
  }
  if (values.stdout && values.to !== undefined) {
    return refuseLine("--to and --stdout exclude each other", synopsis);
  }
  const request: InitRequest = {
    ...(values.stdout ? {} : { directory: values.to ?? DEFAULT_CONFIG_PATH }),
    root: values.root ?? "/",
    ...(formats[0] === undefined ? {} : { format: formats[0] }),
    sources: operands,
  };
  return { kind: "init", request };
}

/** How `--init` is called. */
export function initSynopsis(programName: string): string[] {
  return [
    `${programName} --init [--to DIR|--stdout] [--root DIR]`,
    `${programName} --init [--to DIR|--stdout] [--root DIR] --from-FORMAT SOURCE...`,
  ];
}

function formatHelp(programName: string): string[] {
  return [
    ...wrapHelp(
      "Writes a configuration to start from: for what is found in the image, or converted " +
        "from the configuration of another program. What has no counterpart becomes a comment.",
    ),
    "",
    ...formatUsage(initSynopsis(programName)),
    "",
    ...formatOptions(INIT_OPTIONS),
    "",
    ...formatExamples(
      `${programName} --init --to chaperone.d`,
      `${programName} --init --stdout --from-systemd redis.service backup.timer`,
      `${programName} --init --to chaperone.d --from-s6 /etc/s6-overlay/s6-rc.d`,
    ),
  ];
}
