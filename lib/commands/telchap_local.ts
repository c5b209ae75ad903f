/** Commands that telchap carries out by itself. */
import {
  type CommandSpec,
  flag,
  GROUP,
  JSON_OUTPUT,
  MANY,
  NOTHING,
  optional,
} from "./command_spec.ts";

/** In the order in which help lists them. */
export const LOCAL_COMMANDS = [
  {
    name: "top",
    access: "local",
    options: [],
    ...NOTHING,
    help: "Show services, processes and logs live, with keys that restart, stop, start, reload, " +
      "signal and run; h lists the keys, q quits.",
    example: "telchap top",
  },
  {
    name: "check",
    access: "local",
    options: [
      JSON_OUTPUT,
      {
        name: "format",
        argument: "FORM",
        values: ["text", "json", "sarif"],
        group: GROUP,
        help: "Answer as text, json or sarif.",
      },
      {
        name: "root",
        argument: "DIR",
        group: GROUP,
        help: "Check for the image that lies in DIR: its users, programs and configuration.",
      },
      flag("audit", "Show what services could do, with a grade, as the configuration alone tells."),
    ],
    operands: "[<config> ...]",
    operandKind: "file",
    minOperands: 0,
    maxOperands: MANY,
    help: "Load a configuration, start nothing, and say what is wrong with it; of several, each " +
      "for itself. A configuration is a file or a directory.",
    example: "telchap check --root /mnt/image /etc/chaperone.d",
  },
  {
    name: "completion",
    access: "local",
    options: [],
    operands: "<shell>",
    operandKind: "shell",
    minOperands: 1,
    maxOperands: 1,
    help: "Print a completion script for bash, zsh or fish.",
    example: 'eval "$(telchap completion bash)"',
  },
  {
    name: "help",
    access: "local",
    options: [],
    ...optional("<command>|<topic>", "topic"),
    help: "Explain a command, a directive, or a topic such as states, exit or selectors.",
    example: "telchap help after",
  },
] as const satisfies readonly CommandSpec[];
