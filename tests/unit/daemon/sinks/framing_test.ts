import { assertEquals } from "@std/assert";
import { OutputBuffer } from "../../../../lib/base/output_buffer.ts";
import {
  countRecords,
  insertOctetCount,
  readOctetCount,
  recordStart,
} from "../../../../lib/daemon/sinks/framing.ts";
import { test } from "../../../test.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

test("insertOctetCount puts the length in bytes before the last record", () => {
  const buffer = new OutputBuffer(4);
  for (const text of ["<13>ä", "x".repeat(12)]) {
    const start = buffer.length;
    buffer.append(encoder.encode(text));
    insertOctetCount(buffer, start);
  }
  assertEquals(decoder.decode(buffer.filled()), `6 <13>ä12 ${"x".repeat(12)}`);
});

test("readOctetCount finds the content of a counted record", () => {
  assertEquals(readOctetCount(encoder.encode("3 abc11 hello world"), 5), { start: 8, end: 19 });
});

test("recordStart finds the record that holds an offset", () => {
  const lines = encoder.encode("ab\ncd\nef");
  assertEquals([0, 2, 3, 4, 6, 8].map((at) => recordStart(lines, at, "line")), [0, 0, 3, 3, 6, 6]);
  const counted = encoder.encode("2 ab3 cde");
  assertEquals([0, 3, 4, 8, 9].map((at) => recordStart(counted, at, "octets")), [0, 0, 4, 4, 9]);
});

test("countRecords counts a record that was written in part", () => {
  const lines = encoder.encode("ab\ncd\nef\n");
  assertEquals([0, 1, 3, 4, 9].map((at) => countRecords(lines, at, "line")), [3, 3, 2, 2, 0]);
  const counted = encoder.encode("2 ab3 cde");
  assertEquals([0, 3, 4, 9].map((at) => countRecords(counted, at, "octets")), [2, 2, 1, 0]);
});
