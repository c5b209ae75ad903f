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

test("LineSplitter goes on where another one was cut off, wherever that was", () => {
  const text = "abcdefghij\n\nxy\n012345678 \n  last";
  const bytes = encoder.encode(text);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const lines: string[] = [];
    const splitter = () =>
      new LineSplitter(
        8,
        (line, start, end) => lines.push(decoder.decode(line.subarray(start, end))),
      );
    const first = splitter();
    first.push(bytes.slice(0, cut));
    const second = splitter();
    second.restore(first.rest);
    second.push(bytes.slice(cut));
    second.end();
    assertEquals(lines, split([text], 8), `cut at ${cut}`);
  }
});

test("LineSplitter cuts off what Python's rstrip removes, and nothing else", () => {
  for (let byte = 0; byte < 128; byte++) {
    if (byte === 10) continue;
    const isCut = (byte >= 9 && byte <= 13) || (byte >= 28 && byte <= 32);
    const character = String.fromCharCode(byte);
    assertEquals(split([`a${character}\n`]), [isCut ? "a" : `a${character}`], `byte ${byte}`);
  }
});

test("LineSplitter keeps blanks inside a long line, and tells no piece of blanks at its end", () => {
  assertEquals(split(["abc  defgh\n"], 4), ["abc  [...]", "[...]  def [...]", "[...] gh"]);
  assertEquals(split(["abc     \nd"], 4), ["abc  [...]", "d"]);
  assertEquals(split(["abcd", "e\nf\n"], 4), ["abcd [...]", "[...] e", "f"]);
});

test("LineSplitter tells what is left at the end once", () => {
  const lines: string[] = [];
  const splitter = new LineSplitter(
    4,
    (bytes, start, end) => lines.push(decoder.decode(bytes.subarray(start, end))),
  );
  splitter.push(encoder.encode("abcdefgh  "));
  splitter.end();
  splitter.end();
  splitter.push(encoder.encode("new\n"));
  assertEquals(lines, ["abcd [...]", "[...] efgh [...]", "new"]);
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
