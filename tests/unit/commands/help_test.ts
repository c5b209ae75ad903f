/** What every program answers to --help. */
import { assertEquals, assertMatch } from "@std/assert";
import { parseCommandLine } from "../../../lib/commands/command_line.ts";
import { type EnvcpFiles, parseEnvcp } from "../../../lib/commands/envcp_command.ts";
import { parseHealth } from "../../../lib/commands/health_command.ts";
import { parseMcp } from "../../../lib/commands/mcp_command.ts";
import { parsePostMortem } from "../../../lib/commands/post_mortem_command.ts";
import { parseInitCommand } from "../../../lib/commands/init_command.ts";
import { parseSdnotify } from "../../../lib/commands/sdnotify_command.ts";
import { parseSdnotifyExec } from "../../../lib/commands/sdnotify_exec_command.ts";
import { TELCHAP_COMMANDS } from "../../../lib/commands/telchap_commands.ts";
import {
  formatCommandHelp,
  formatTelchapHelp,
  formatTelchapUsage,
} from "../../../lib/commands/telchap_help.ts";
import { test } from "../../test.ts";

const ASKS = ["--help"];
const VERSION = "1";
const FILES = {} as EnvcpFiles;

function linesOf(parsed: object): readonly string[] {
  const answer = "exit" in parsed
    ? (parsed.exit as { stdout: readonly string[] }).stdout
    : undefined;
  return answer ?? ("lines" in parsed ? parsed.lines as readonly string[] : []);
}

const HELPS: Readonly<Record<string, readonly string[]>> = {
  chaperone: linesOf(
    parseCommandLine(ASKS, { programName: "chaperone", version: VERSION, defaults: undefined }),
  ),
  "chaperone --init": linesOf(parseInitCommand(ASKS, "chaperone")),
  "chaperone health": linesOf(parseHealth(ASKS)),
  "chaperone mcp": linesOf(parseMcp(ASKS)),
  "chaperone post-mortem": linesOf(parsePostMortem(ASKS)),
  envcp: linesOf(parseEnvcp(ASKS, VERSION, FILES)),
  sdnotify: linesOf(parseSdnotify(ASKS, VERSION, 1)),
  "sdnotify-exec": linesOf(parseSdnotifyExec(ASKS, { version: VERSION, pid: 1, variables: {} })),
  telchap: formatTelchapHelp(),
  "telchap without a command": formatTelchapUsage(),
  ...Object.fromEntries(
    TELCHAP_COMMANDS.map((command) => [`telchap ${command.name}`, formatCommandHelp(command)]),
  ),
};

for (const [name, lines] of Object.entries(HELPS)) {
  test(`the help of ${name} fits into 80 columns and shows how to call it`, () => {
    assertEquals(lines.filter((line) => line.length > 80 || /\s$/.test(line)), []);
    assertEquals(lines.filter((line) => line.startsWith("Usage:")).length, 1);
    // The bare usage answers a line that says nothing.
    if (name === "telchap without a command") return;
    assertMatch(lines.join("\n"), /^Examples?:\n {2}\S/m);
  });
}
