import { assertEquals } from "@std/assert";
import { sequenceLength } from "../../../lib/base/utf8.ts";
import { test } from "../../test.ts";

/** Bytes, and how many of them are the character at their beginning. */
const SEQUENCES: readonly (readonly [bytes: readonly number[], length: number])[] = [
  [[0xc2, 0x80], 2],
  [[0xdf, 0xbf, 0x41], 2],
  [[0xe0, 0xa0, 0x80], 3],
  [[0xed, 0x9f, 0xbf], 3],
  [[0xee, 0x80, 0x80], 3],
  [[0xef, 0xbf, 0xbf], 3],
  [[0xf0, 0x90, 0x80, 0x80], 4],
  [[0xf4, 0x8f, 0xbf, 0xbf], 4],
  // A continuation, and forms that are longer than they need be.
  [[0x80], 0],
  [[0xbf, 0xbf], 0],
  [[0xc0, 0x80], 0],
  [[0xc1, 0xbf], 0],
  [[0xe0, 0x9f, 0xbf], 0],
  [[0xf0, 0x8f, 0xbf, 0xbf], 0],
  // Surrogates, and what is beyond U+10FFFF.
  [[0xed, 0xa0, 0x80], 0],
  [[0xf4, 0x90, 0x80, 0x80], 0],
  [[0xf5, 0x80, 0x80, 0x80], 0],
  // What is cut, or goes on as something else.
  [[0xc2], 0],
  [[0xe0, 0xa0], 0],
  [[0xf0, 0x90, 0x80], 0],
  [[0xc2, 0x7f], 0],
  [[0xe1, 0x80, 0xc0], 0],
];

for (const [bytes, length] of SEQUENCES) {
  const hex = bytes.map((byte) => byte.toString(16)).join(" ");
  test(`${hex} begins with a character of ${length} bytes`, () => {
    assertEquals(sequenceLength(Uint8Array.from(bytes), 0, bytes.length), length);
    // Whatever stands before it and behind its end counts for nothing.
    const within = Uint8Array.from([0x41, ...bytes, 0x80, 0x80]);
    assertEquals(sequenceLength(within, 1, 1 + bytes.length), length);
  });
}
