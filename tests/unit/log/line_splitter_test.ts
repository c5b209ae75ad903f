import { assertEquals } from "@std/assert";
import { LineSplitter } from "../../../lib/log/line_splitter.ts";
import { test } from "../../test.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function split(chunks: readonly string[], maxBytes = 1000): string[] {
  return splitBytes(chunks.map((chunk) => encoder.encode(chunk)), maxBytes);
}

function splitBytes(chunks: readonly Uint8Array[], maxBytes: number): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter(
    maxBytes,
    (bytes, start, end) => lines.push(decoder.decode(bytes.subarray(start, end))),
  );
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return lines;
}

// Checklist 97.
test("LineSplitter drops blank lines and cuts trailing blanks", () => {
  assertEquals(split(["a \t\r\n\n  \n  b\n"]), ["a", "  b"]);
});

test("LineSplitter puts together what came in pieces and keeps the last line", () => {
  assertEquals(split(["on", "e\ntw", "", "o", "\n", "\nthree"]), ["one", "two", "three"]);
  assertEquals(split(["   "]), []);
});

// Checklist 98.
test("LineSplitter splits long lines with markers and goes on with the next", () => {
  assertEquals(split(["abcdefghij\nnext\n"], 4), [
    "abcd [...]",
    "[...] efgh [...]",
    "[...] ij",
    "next",
  ]);
  assertEquals(split(["abcd\nabcde\n"], 4), ["abcd", "abcd [...]", "[...] e"]);
});

test("LineSplitter tells the same pieces however the stream is cut", () => {
  const text = "abcdefghij\n\nxy\n0123456789012345678901234567890\nlast é€🎉é€🎉é€🎉";
  const expected = split([text], 8);
  const bytes = encoder.encode(text);
  for (let size = 1; size <= bytes.length; size++) {
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.slice(at, at + size));
    assertEquals(splitBytes(chunks, 8), expected);
  }
});

test("LineSplitter never cuts a UTF-8 sequence", () => {
  for (const line of split(["é€🎉".repeat(50)], 10)) assertEquals(line.includes("\ufffd"), false);
});

test("LineSplitter splits what is not UTF-8 at the limit", () => {
  const lines: number[] = [];
  const splitter = new LineSplitter(8, (_bytes, start, end) => lines.push(end - start));
  splitter.push(new Uint8Array(20).fill(0x80));
  splitter.end();
  assertEquals(lines, [8 + 6, 8 + 12, 4 + 6]);
});

test("LineSplitter gets through a line of 1 MiB", () => {
  const lines = split([`${"x".repeat(1 << 20)}\nlater\n`], 65_536);
  assertEquals(lines.length, 17);
  assertEquals(lines.at(-1), "later");
  assertEquals(lines.join("").replaceAll(/ ?\[\.\.\.\] ?/g, "").length, (1 << 20) + 5);
});
