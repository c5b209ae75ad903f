import { assert, assertEquals } from "@std/assert";
import { type ClientLine, LineReader, readLine, RPC_ERROR } from "../../../lib/wire/json_rpc.ts";
import { test } from "../../test.ts";
import { Dice, roundsOf, SEED, withSeed } from "../random_text.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array | "too-long") =>
  bytes === "too-long" ? bytes : new TextDecoder().decode(bytes);
const read = (value: unknown): ClientLine => readLine(encode(JSON.stringify(value)));

test("readLine tells requests, notifications and answers apart", () => {
  const params = { a: 1 };
  assertEquals(read({ jsonrpc: "2.0", id: "x", method: "ping", params }), {
    kind: "request",
    id: "x",
    method: "ping",
    params,
  });
  assertEquals(read({ jsonrpc: "2.0", method: "ping" }), {
    kind: "notification",
    method: "ping",
    params: {},
  });
  assertEquals(read({ jsonrpc: "2.0", id: 1, result: {} }), { kind: "response" });
  assertEquals(read([{ jsonrpc: "2.0", id: 1, error: {} }]), [{ kind: "response" }]);
});

test("readLine says what is wrong with anything else, and to whom", () => {
  const cases: [unknown, string | number | null][] = [
    [1, null],
    [[], null],
    [{ id: 1, method: "ping" }, null],
    [{ jsonrpc: "2.0", id: {}, method: "ping" }, null],
    [{ jsonrpc: "2.0", id: null, method: "ping" }, null],
    [{ jsonrpc: "2.0", id: 7 }, 7],
    [{ jsonrpc: "2.0", id: "x", method: 1 }, "x"],
    [{ jsonrpc: "2.0", id: 7, method: "ping", params: [] }, 7],
  ];
  for (const [value, id] of cases) {
    const line = read(value);
    const { reason: _, ...rest } = "reason" in line ? line : { reason: "", ...line };
    assertEquals(rest, { kind: "invalid", id, code: RPC_ERROR.noRequest }, JSON.stringify(value));
  }
  for (const bytes of [encode("{"), Uint8Array.of(0x22, 0xff, 0x22)]) {
    const line = readLine(bytes);
    assert("kind" in line && line.kind === "invalid" && line.code === RPC_ERROR.noJson);
  }
});

test("LineReader puts lines together, leaves out blank ones, and names long ones", () => {
  const reader = new LineReader(10);
  const chunks = ["ab", "c\n\r\n \nde", "f\r\n", "x".repeat(8), "y".repeat(8), "\n0123456789\nz"];
  assertEquals(chunks.flatMap((chunk) => reader.push(encode(chunk))).map(decode), [
    "abc",
    "def\r",
    "too-long",
    "0123456789",
  ]);
});

test("LineReader: chunks may end anywhere", () => {
  withSeed(() => {
    const dice = new Dice(SEED);
    for (let round = roundsOf(100); round > 0; round--) {
      const lines = Array.from({ length: dice.below(6) }, () => `{${"é".repeat(dice.below(9))}}`);
      const bytes = encode(lines.map((line) => `${line}\n`).join(""));
      const reader = new LineReader();
      const found: string[] = [];
      for (let at = 0; at < bytes.length;) {
        const end = at + 1 + dice.below(7);
        found.push(...reader.push(bytes.subarray(at, end)).map(decode));
        at = end;
      }
      assertEquals(found, lines);
    }
  });
});
