import { assert, assertEquals } from "@std/assert";
import { BLOCK_MIN_BYTES, LineBlock } from "../../../lib/log/line_block.ts";
import { LineSplitter } from "../../../lib/log/line_splitter.ts";
import { test } from "../../test.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function text(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return decoder.decode(bytes.subarray(start, end));
}

/** Splits as a stream that floods is split, or as any other is; says how many came in blocks. */
function split(chunks: readonly Uint8Array[], maxBytes: number, inBlocks: boolean) {
  const lines: string[] = [];
  let blockLines = 0;
  const splitter = new LineSplitter(
    maxBytes,
    (bytes, start, end) => lines.push(text(bytes, start, end)),
    inBlocks
      ? (bytes, { starts, ends, count }) => {
        blockLines += count;
        for (let i = 0; i < count; i++) lines.push(text(bytes, starts[i], ends[i]));
      }
      : undefined,
  );
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return { lines, blockLines };
}

/** The same text for the same seed: lines of all lengths, blank ones, blanks and CR at ends. */
function makeText(seed: number, sizeBytes: number): Uint8Array {
  let state = seed;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
  const ends = ["", "", "", " ", "\t \r", "\u001f", "\u008a", "é", "\ufffd"];
  let made = "";
  while (made.length < sizeBytes) {
    const length = random(10) === 0 ? random(3000) : random(40);
    made += `${"x".repeat(length)}${ends[random(ends.length)]}\n`;
  }
  return encoder.encode(made);
}

test("LineBlock gives the lines that a splitter gives one by one", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const bytes = makeText(seed, 40_000);
    for (const maxBytes of [500, 100_000]) {
      const cut = seed * 997;
      const chunks = [bytes.subarray(0, cut), bytes.slice(cut)];
      const { lines, blockLines } = split(chunks, maxBytes, true);
      assertEquals(lines, split(chunks, maxBytes, false).lines);
      assert(maxBytes === 500 || blockLines > 100);
    }
  }
});

test("LineBlock takes as many lines as it has room for, and goes on where it stopped", () => {
  const bytes = encoder.encode("a\n".repeat(BLOCK_MIN_BYTES));
  const { lines, blockLines } = split([bytes], 100, true);
  assertEquals([lines.length, blockLines], [BLOCK_MIN_BYTES, BLOCK_MIN_BYTES]);
  assertEquals(new Set(lines), new Set(["a"]));
});

test("LineBlock leaves a line alone that is too long, and one without end", () => {
  const block = new LineBlock();
  const bytes = encoder.encode(`one\ntwo\n${"x".repeat(50)}\nthree\n`);
  assertEquals([block.fill(bytes, 0, 49), block.count], [8, 2]);
  assertEquals([block.fill(bytes, 0, 50), block.count], [65, 4]);
  const open = encoder.encode(`one\n${"x".repeat(50)}`);
  assertEquals([block.fill(open, 0, 10), block.count], [4, 1]);
});

test("LineBlock takes nothing from bytes that do not lie at the beginning of a word", () => {
  const bytes = encoder.encode("?" + "a line\n".repeat(2000)).subarray(1);
  assertEquals(new LineBlock().fill(bytes, 0, 100), 0);
  assertEquals(split([bytes], 100, true).lines.length, 2000);
});
