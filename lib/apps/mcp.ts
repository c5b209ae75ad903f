/**
 * The program `chaperone mcp`: a door for agents. It is a client as telchap is: whatever it asks is
 * judged by the user that it runs as.
 */
import { VERSION } from "../base/version.ts";
import { parseMcp } from "../commands/mcp_command.ts";
import { MCP_TOOLS, type McpTool, type ToolArguments } from "../commands/mcp_tools.ts";
import { parseTelchap } from "../commands/telchap_call.ts";
import type { TelchapCall } from "../commands/telchap_commands.ts";
import { stdinPieces, writeStdout } from "../sys/self/own_streams.ts";
import { setTimer } from "../sys/libc/clock.ts";
import { LineReader, MESSAGE_MAX_BYTES, readLine, RPC_ERROR } from "../wire/json_rpc.ts";
import { askChaperone } from "./ask.ts";
import { BROKEN_OFF, describeAskFailure, EXIT } from "./ask_failure.ts";
import { McpSession, type ToolAnswer } from "./mcp_session.ts";
import { printAnswer } from "./print_answer.ts";
import { filterLogs } from "./telchap_patterns.ts";

/** As wide as a table is made for a model. */
const COLUMNS = 120;
/** Of an answer for people; the last of it counts most. */
const TEXT_MAX_CHARS = 100_000;
/** Of one for programs: thousands of services. */
const VALUE_MAX_CHARS = 8 * 1024 * 1024;
/** A client that has closed its stdin may still read the answers. */
const LAST_ANSWERS_MS = 2000;

/** Serves the client on stdin and stdout until it leaves; returns the exit status. */
export async function runMcp(args: readonly string[]): Promise<number> {
  const command = parseMcp(args);
  if (command.kind !== "serve") return printAnswer(command);
  const encoder = new TextEncoder();
  const session = new McpSession({
    version: VERSION,
    tools: MCP_TOOLS.filter(({ effect }) => effect === "looks" || !command.readOnly),
    call: callTool,
    send: (message) => writeStdout(encoder.encode(`${JSON.stringify(message)}\n`)),
  });
  const lines = new LineReader();
  for await (const piece of stdinPieces()) {
    for (const line of lines.push(piece)) session.take(line === "too-long" ? LONG : readLine(line));
  }
  const cancel = setTimer(LAST_ANSWERS_MS, () => session.abandon());
  await session.settle();
  cancel();
  return EXIT.done;
}

const LONG = {
  kind: "invalid",
  id: null,
  code: RPC_ERROR.noRequest,
  reason: `a message of more than ${MESSAGE_MAX_BYTES} bytes`,
} as const;

async function callTool(
  tool: McpTool,
  given: ToolArguments,
  gone: AbortSignal,
): Promise<ToolAnswer> {
  const words = tool.words(given);
  try {
    const told = tool.name === "logs" ? await readLogs(words) : await ask(words, gone);
    const text = told.text === "" ? "Nothing." : cut(told.text);
    if (told.exitCode !== 0) return { text, isError: true };
    if (tool.answer === undefined) return { text, isError: false };
    const [name = "", ...rest] = words;
    const asked = await ask([name, "--json", ...rest], gone, VALUE_MAX_CHARS);
    if (asked.exitCode !== 0) return { text: asked.text, isError: true };
    const value: unknown = JSON.parse(asked.text);
    return {
      text,
      value: tool.listName === undefined ? value : { [tool.listName]: value },
      isError: false,
    };
  } catch (error) {
    const failure = describeAskFailure(error);
    const text = failure?.lines.join("\n") ?? (error instanceof Error ? error.message : `${error}`);
    return { text, isError: true };
  }
}

interface Told {
  readonly text: string;
  readonly exitCode: number;
}

/** Rejects as `askChaperone` does. */
async function ask(
  words: readonly string[],
  gone: AbortSignal,
  maxChars = Infinity,
): Promise<Told> {
  let text = "";
  const request = { words, colour: false, columns: COLUMNS };
  const exitCode = await askChaperone(request, (piece) => {
    text += piece;
    if (text.length > maxChars) throw new Error("the answer is too long");
  }, { enough: gone });
  return ended(text.trimEnd(), exitCode);
}

/** Lines are chosen here and not by chaperone: patterns may take any time. */
async function readLogs(words: readonly string[]): Promise<Told> {
  const lines: string[] = [];
  const call = parseTelchap(words) as TelchapCall<"logs">;
  const exitCode = await filterLogs(call, (line) => void lines.push(line));
  return ended(lines.join("\n"), exitCode);
}

/** Adds to a text that has broken off that it has. */
function ended(text: string, exitCode: number | undefined): Told {
  if (exitCode !== undefined) return { text, exitCode };
  return { text: `${text}\n${BROKEN_OFF}`.trim(), exitCode: EXIT.refused };
}

function cut(text: string): string {
  if (text.length <= TEXT_MAX_CHARS) return text;
  const left = text.length - TEXT_MAX_CHARS;
  return `(the first ${left} characters are left out)\n${text.slice(left)}`;
}
