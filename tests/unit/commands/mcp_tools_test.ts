import { assertEquals } from "@std/assert";
import { mcpArguments } from "../../../lib/commands/mcp_call.ts";
import { parseMcp } from "../../../lib/commands/mcp_command.ts";
import { MCP_TOOLS, readArguments, type ToolArguments } from "../../../lib/commands/mcp_tools.ts";
import { isWriting, parseTelchap } from "../../../lib/commands/telchap_call.ts";
import { test } from "../../test.ts";

/** Returns the line of telchap that a call is, or what is wrong with it. */
function lineOf(name: string, given: Record<string, unknown> = {}): string {
  const tool = MCP_TOOLS.find((each) => each.name === name);
  if (tool === undefined) return "no tool";
  const read = readArguments(tool, given);
  if ("problem" in read) return String(read.problem);
  return tool.words(read as ToolArguments).join(" ");
}

test("each tool is a line of telchap, and no argument becomes an option", () => {
  const cases: [string, Record<string, unknown>, string][] = [
    ["status", {}, "status"],
    ["why", { service: "--json" }, "why -- --json"],
    ["logs", {}, "logs --lines=50"],
    [
      "logs",
      { service: "a", lines: 3, grep: "-x", level: "warn", since: "5m", previous: true },
      "",
    ],
    ["events", { service: "a" }, "events --lines=30 -- a"],
    ["start", { service: "a" }, "start --wait -- a"],
    ["start", { service: "a", wait: false, enable: true }, "start --enable -- a"],
    ["stop", { service: "a", wait: false }, "stop -- a"],
    ["restart", { service: "a" }, "restart --wait -- a"],
    ["run", { service: "a" }, "run --wait -- a"],
    ["apply", { timeout: "2m" }, "apply --timeout=2m"],
    ["diff", {}, "diff"],
  ];
  for (const [name, given, line] of cases) {
    const words = lineOf(name, given);
    const call = parseTelchap(words.split(" "));
    assertEquals(call.command.name, name);
    assertEquals(call.operands, given["service"] === undefined ? [] : [given["service"]]);
    if (line !== "") assertEquals(words, line);
  }
  assertEquals(
    lineOf("logs", { service: "a", lines: 3, grep: "-x", level: "warn", previous: true }),
    "logs --lines=3 --grep=-x --level=warn --previous -- a",
  );
});

test("what only looks changes nothing, and the rest does", () => {
  for (const tool of MCP_TOOLS) {
    const given = Object.fromEntries(tool.required.map((name) => [name, "a"]));
    // `diff` may only be asked by who may apply.
    const isActing = tool.name !== "diff" && isWriting(parseTelchap(tool.words(given)));
    assertEquals(isActing, tool.effect !== "looks", tool.name);
  }
});

test("arguments that are none are refused in words", () => {
  const cases: [string, Record<string, unknown>, string][] = [
    ["why", {}, "why needs 'service'"],
    ["why", { servise: "web" }, "why takes no 'servise'; did you mean 'service'?"],
    ["why", { service: 1 }, "'service' is a text"],
    ["why", { service: "" }, "'service' is a text"],
    ["stop", { service: "a", wait: "no" }, "'wait' is true or false"],
    ["logs", { lines: 0 }, "'lines' is a number from 1 to 1000"],
    ["logs", { lines: 1.5 }, "'lines' is a number from 1 to 1000"],
    ["status", { service: "web" }, "status takes no 'service'"],
  ];
  for (const [name, given, problem] of cases) assertEquals(lineOf(name, given), problem);
});

test("chaperone mcp is the door alone or with options; else it runs a program called mcp", () => {
  assertEquals(mcpArguments(["mcp"], false), []);
  assertEquals(mcpArguments(["mcp", "--read-only"], false), ["--read-only"]);
  assertEquals(mcpArguments(["mcp", "run", "server.py"], false), undefined);
  assertEquals(mcpArguments(["mcp"], true), undefined);
  assertEquals(mcpArguments(["--debug", "mcp"], false), undefined);
  assertEquals(parseMcp([]), { kind: "serve", readOnly: false });
  assertEquals(parseMcp(["--read-only"]), { kind: "serve", readOnly: true });
  assertEquals(parseMcp(["--write"]).kind, "usage");
});
