/** The command line of `chaperone mcp`. */
import {
  formatExamples,
  formatOptions,
  formatUsage,
  HELP_OPTION,
  type OptionSpec,
  wrapHelp,
} from "./options.ts";
import { beginLine, type LineAnswer } from "./program_line.ts";

/** Every option of `chaperone mcp`. */
export const MCP_OPTIONS = [
  {
    name: "read-only",
    group: "Options",
    help: "Offer only the tools that change nothing.",
  },
  { ...HELP_OPTION, group: "Options" },
] as const satisfies readonly OptionSpec[];

/** What a line asks for. */
export type McpCommand =
  | { readonly kind: "serve"; readonly readOnly: boolean }
  | LineAnswer;

/** How it is called. */
export const MCP_SYNOPSIS = ["chaperone mcp [options]"];

/** Parses the arguments of mcp; there are no words among them. */
export function parseMcp(args: readonly string[]): McpCommand {
  const line = beginLine(args, {
    options: MCP_OPTIONS,
    placement: "anywhere",
    synopsis: MCP_SYNOPSIS,
    formatHelp,
  });
  if (line.kind !== "begun") return line;
  return { kind: "serve", readOnly: line.values["read-only"] ?? false };
}

function formatHelp(): string[] {
  return [
    ...wrapHelp(
      "Lets an agent look after the services of this container: speaks the Model Context " +
        "Protocol on standard input and output, and asks the running chaperone as telchap does, " +
        "with the rights of the user that it runs as. The client starts it.",
    ),
    "",
    ...formatUsage(MCP_SYNOPSIS),
    "",
    ...formatOptions(MCP_OPTIONS),
    "",
    ...wrapHelp("In the settings of an agent, this is the command of a server:"),
    "",
    ...formatExamples("docker exec -i -u app CONTAINER chaperone mcp --read-only"),
  ];
}
