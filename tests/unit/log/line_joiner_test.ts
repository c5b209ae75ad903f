import { assertEquals } from "@std/assert";
import { LineJoiner } from "../../../lib/log/line_joiner.ts";
import { test } from "../../test.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function joiner(continuation: true | RegExp, maxBytes = 1000) {
  const records: string[] = [];
  const joined = new LineJoiner(
    continuation,
    maxBytes,
    (bytes, start, end) => records.push(decoder.decode(bytes.subarray(start, end))),
  );
  const add = (line: string, nowMs = 0) => {
    const bytes = encoder.encode(`{${line} }`);
    joined.add(bytes, 1, bytes.length - 2, nowMs);
  };
  return { records, joined, add };
}

function join(continuation: true | RegExp, text: string, maxBytes?: number): string[] {
  const { records, joined, add } = joiner(continuation, maxBytes);
  for (const line of text.split("\n")) add(line);
  joined.flush();
  return records;
}

test("LineJoiner makes one record of a Java stack trace", () => {
  const trace = "java.lang.X: no\n\tat a.b(C.java:1)\nCaused by: Y\n\t... 3 more";
  assertEquals(join(true, `before\n${trace}\nafter`), ["before", trace, "after"]);
});

test("LineJoiner makes one record of a Python traceback and what it follows", () => {
  const trace =
    "ERROR:root:oops\nTraceback (most recent call last):\n  File x\n    y\nValueError: z";
  assertEquals(join(true, `${trace}\nafter`), [trace, "after"]);
});

test("LineJoiner takes as continuation what the pattern is found in", () => {
  assertEquals(join(/^(?!\d{4}-)/g, "2026-01 a\nb\nc\n2026-02 d\n2026-03 e"), [
    "2026-01 a\nb\nc",
    "2026-02 d",
    "2026-03 e",
  ]);
});

test("LineJoiner begins a new record when one is full", () => {
  assertEquals(join(true, "abc\n d\n e\n f", 7), ["abc\n d", " e\n f"]);
});

test("LineJoiner fills a record to its last byte", () => {
  assertEquals(join(true, "abc\n d\n e", 6), ["abc\n d", " e"]);
});

test("LineJoiner is in no traceback at the beginning, and in none after a JSON object", () => {
  assertEquals(join(true, " indented\nb"), [" indented", "b"]);
  assertEquals(join(true, '{"a":1}\n indented\nb'), ['{"a":1}', " indented", "b"]);
});

test("LineJoiner goes on with what another one has left, and waits as long again", () => {
  const first = joiner(true);
  first.add("Traceback (most recent call last):", 1000);
  first.add("  File x", 1000);
  const { rest } = first.joined;
  first.add("ValueError: of the first", 1000);
  const second = joiner(true);
  second.joined.restore(rest, 5000);
  assertEquals(second.joined.nextDeadlineMs, 5250);
  second.add("ValueError: 1", 5100);
  second.joined.flush();
  assertEquals(second.records, [
    "Traceback (most recent call last):\n  File x\nValueError: 1",
  ]);
});

test("LineJoiner waits for the end of what another one has left, however short that is", () => {
  const { joined, records } = joiner(true);
  joined.restore({ bytes: Uint8Array.of(0x61), isInTraceback: false }, 5000);
  assertEquals(joined.nextDeadlineMs, 5250);
  joined.expire(5250);
  assertEquals(records, ["a"]);
});

test("LineJoiner waits for nothing when another one has left nothing", () => {
  const { joined, records } = joiner(true);
  joined.restore(joiner(true).joined.rest, 5000);
  assertEquals(joined.nextDeadlineMs, Infinity);
  joined.flush();
  assertEquals(records, []);
});

test("LineJoiner waits for a continuation no longer than its deadline", () => {
  const { records, joined, add } = joiner(true);
  assertEquals(joined.nextDeadlineMs, Infinity);
  add("a", 1000);
  assertEquals(joined.nextDeadlineMs, 1250);
  add(" b", 1200);
  joined.expire(1449);
  assertEquals(records, []);
  joined.expire(1450);
  assertEquals(records, ["a\n b"]);
  assertEquals(joined.nextDeadlineMs, Infinity);
});

const TRACE = "Traceback (most recent call last):\n  File x\nValueError: 1";

test("F-039: LineJoiner continues no line that is a complete JSON object", () => {
  const object = '{"level":"error"}';
  assertEquals(join(true, `${object}\n${TRACE}\nafter`), [object, TRACE, "after"]);
  assertEquals(join(true, `${object}\n  indented`), [object, "  indented"]);
  assertEquals(join(/^(?!\d{4}-)/, `${object}\nb\nc`), [object, "b\nc"]);
});

test("F-039: LineJoiner takes a JSON object neither for the end of a traceback nor into a record", () => {
  assertEquals(join(true, 'Traceback (most recent call last):\n  File x\n{"a":1}\nb'), [
    "Traceback (most recent call last):\n  File x",
    '{"a":1}',
    "b",
  ]);
  assertEquals(join(true, 'a\n{"a":1}\n b'), ["a", '{"a":1}', " b"]);
});

test("F-039: a pattern that says so continues a record of text with a JSON object", () => {
  assertEquals(join(/^(?!\d{4}-)/, '2026-01 sent\n{"a":1}\n2026-02 b'), [
    '2026-01 sent\n{"a":1}',
    "2026-02 b",
  ]);
  assertEquals(join(/^\d/, 'sent\n{"a":1}\n2'), ["sent", '{"a":1}', "2"]);
});

test("F-039: LineJoiner tells a JSON object at once, and continues what only looks like one", () => {
  const { records, joined, add } = joiner(true);
  add('{"a":1}', 1000);
  assertEquals([records, joined.nextDeadlineMs], [['{"a":1}'], Infinity]);
  assertEquals(join(true, "{not json}\n  more"), ["{not json}\n  more"]);
  assertEquals(join(true, '{"a":\n  1}'), ['{"a":\n  1}']);
});
