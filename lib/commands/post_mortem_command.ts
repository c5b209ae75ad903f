/** The command line of `chaperone post-mortem`. */
import {
  formatExamples,
  formatOptions,
  formatUsage,
  HELP_OPTION,
  type OptionSpec,
  wrapHelp,
} from "./options.ts";
import { beginLine, type LineAnswer, refuseLine } from "./program_line.ts";

/** Every option of `chaperone post-mortem`. */
export const POST_MORTEM_OPTIONS = [
  {
    name: "state-dir",
    argument: "DIR",
    group: "Options",
    help: "The directory that state_dir named. Default: /var/lib/chaperone.",
  },
  {
    name: "previous",
    argument: "N",
    group: "Options",
    help: "Which life: 1 is the last that is over (the default), 2 the one before that.",
  },
  { name: "json", group: "Options", help: "Answer with JSON." },
  { ...HELP_OPTION, group: "Options" },
] as const satisfies readonly OptionSpec[];

/** What a line asks for. */
export type PostMortemCommand =
  | {
    readonly kind: "tell";
    /** Absent: the usual one. */
    readonly stateDir?: string;
    readonly previous: number;
    readonly json: boolean;
  }
  | LineAnswer;

/** How it is called. */
export const POST_MORTEM_SYNOPSIS = ["chaperone post-mortem [options]"];

/** Parses the arguments of post-mortem. */
export function parsePostMortem(args: readonly string[]): PostMortemCommand {
  const line = beginLine(args, {
    options: POST_MORTEM_OPTIONS,
    placement: "anywhere",
    synopsis: POST_MORTEM_SYNOPSIS,
    formatHelp,
  });
  if (line.kind !== "begun") return line;
  const { values, operands } = line;
  if (operands.length > 0) return refuse(`error: not an option: '${operands[0]}'`);
  const { previous = "1" } = values;
  if (!/^[1-9]\d{0,5}$/.test(previous)) {
    return refuse(`error: --previous takes a number from 1 on, not '${previous}'`);
  }
  const stateDir = values["state-dir"];
  if (stateDir !== undefined && !stateDir.startsWith("/")) {
    return refuse(`error: --state-dir takes an absolute path, not '${stateDir}'`);
  }
  return {
    kind: "tell",
    ...(stateDir === undefined ? {} : { stateDir }),
    previous: Number(previous),
    json: values.json ?? false,
  };
}

function refuse(reason: string): LineAnswer {
  return refuseLine(reason, POST_MORTEM_SYNOPSIS);
}

function formatHelp(): string[] {
  return [
    ...wrapHelp(
      "Tells how a container's life ended, from what chaperone recorded of it: why, what led " +
        "there, what was running. Needs no running chaperone, only the directory: mount the " +
        "volume into any container that has chaperone.",
    ),
    "",
    ...formatUsage(POST_MORTEM_SYNOPSIS),
    "",
    ...formatOptions(POST_MORTEM_OPTIONS),
    "",
    ...formatExamples("podman run --rm -v state:/var/lib/chaperone IMAGE post-mortem"),
  ];
}
