import { assertEquals } from "@std/assert";
import { McpSession, type ToolAnswer } from "../../../lib/apps/mcp_session.ts";
import { MCP_TOOLS } from "../../../lib/commands/mcp_tools.ts";
import { readLine } from "../../../lib/wire/json_rpc.ts";
import { test } from "../../test.ts";

// deno-lint-ignore no-explicit-any
type Sent = any;

interface Call {
  readonly words: readonly string[];
  readonly gone: AbortSignal;
  readonly answer: (answer: ToolAnswer) => void;
}

/** A session, what it has sent, and the calls that wait for their answers. */
function begin() {
  const sent: Sent[] = [];
  const calls: Call[] = [];
  const session = new McpSession({
    version: "1.2.3",
    tools: MCP_TOOLS.filter(({ effect }) => effect === "looks"),
    call: (tool, given, gone) =>
      new Promise((answer) => void calls.push({ words: tool.words(given), gone, answer })),
    send: (message) => void sent.push(message),
  });
  const take = (value: unknown) =>
    session.take(readLine(new TextEncoder().encode(JSON.stringify(value))));
  const ask = (id: number, method: string, params: object = {}) =>
    take({ jsonrpc: "2.0", id, method, params });
  const tell = (method: string, params: object) => take({ jsonrpc: "2.0", method, params });
  return { session, sent, calls, take, ask, tell };
}

test("a session begins with the version that the client speaks, or else the newest", async () => {
  const { session, sent, ask, tell } = begin();
  ask(1, "initialize", { protocolVersion: "2024-11-05", capabilities: {} });
  tell("notifications/initialized", {});
  ask(2, "initialize", { protocolVersion: "1999-01-01" });
  ask(3, "ping");
  await session.settle();
  assertEquals(sent.length, 3);
  assertEquals(sent.map(({ result }) => result.protocolVersion), [
    "2024-11-05",
    "2025-11-25",
    undefined,
  ]);
  assertEquals(sent[0].result.serverInfo.version, "1.2.3");
  assertEquals(sent[0].result.capabilities, { tools: {} });
});

test("a tool is called, and another one meanwhile", async () => {
  const { session, sent, calls, ask } = begin();
  ask(1, "tools/call", { name: "why", arguments: { service: "web" } });
  ask(2, "tools/call", { name: "status" });
  await Promise.resolve();
  assertEquals(calls.map(({ words }) => words), [["why", "--", "web"], ["status"]]);
  calls[1]?.answer({ text: "all well", value: { services: [] }, isError: false });
  calls[0]?.answer({ text: "no", isError: true });
  await session.settle();
  assertEquals(sent.map(({ id, result }) => [id, result]), [
    [2, {
      content: [{ type: "text", text: "all well" }],
      structuredContent: { services: [] },
      isError: false,
    }],
    [1, { content: [{ type: "text", text: "no" }], isError: true }],
  ]);
});

test("a call that is cancelled is given up, and not answered", async () => {
  const { session, sent, calls, ask, tell } = begin();
  ask(1, "tools/call", { name: "status" });
  tell("notifications/cancelled", { requestId: 2 });
  assertEquals(calls[0]?.gone.aborted, false);
  tell("notifications/cancelled", { requestId: 1 });
  assertEquals(calls[0]?.gone.aborted, true);
  calls[0]?.answer({ text: "late", isError: true });
  await session.settle();
  assertEquals(sent, []);
});

test("what is not understood is answered, and what is too much", async () => {
  const { session, sent, calls, ask, take } = begin();
  ask(1, "resources/list");
  ask(2, "tools/call", { name: "stop", arguments: { service: "web" } });
  ask(3, "tools/call", { name: "status", arguments: [] });
  ask(4, "tools/call", { name: "why" });
  take("no message");
  take([{ jsonrpc: "2.0", id: 5, method: "ping" }, { jsonrpc: "2.0", method: "x" }]);
  await session.settle();
  const facts = sent.map((message) =>
    message.error?.code ?? message.result?.content[0].text ?? message
  );
  assertEquals(
    new Set(facts),
    new Set([
      ...[-32601, -32602, -32600, "why needs 'service'"],
      [{ jsonrpc: "2.0", id: 5, result: {} }],
    ]),
  );
  for (let id = 10; id < 19; id++) ask(id, "tools/call", { name: "status" });
  ask(10, "tools/call", { name: "status" });
  await Promise.resolve();
  assertEquals(calls.length, 8);
  session.abandon();
  for (const { answer } of calls) answer({ text: "", isError: true });
  await session.settle();
  assertEquals(new Set(sent.slice(6).map(({ id }) => id)), new Set([10, 18]));
});
