import { assertEquals } from "@std/assert";
import { cutBefore, mark } from "../../../lib/log/line_pieces.ts";
import { test } from "../../test.ts";

/**
 * Each byte as one character: a letter for itself, `e` leads two bytes, `u` three, `g` four, `.`
 * goes on.
 */
const BYTES: Readonly<Record<string, number>> = { e: 0xc3, u: 0xe2, g: 0xf0, ".": 0x81 };

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from([...text].map((letter) => BYTES[letter] ?? letter.charCodeAt(0)));
}

const CUTS: readonly (readonly [text: string, start: number, end: number, cut: number])[] = [
  ["abcd", 0, 2, 2],
  ["abcd", 0, 4, 4],
  ["ae.b", 0, 2, 1],
  ["ae.b", 0, 3, 3],
  ["au..b", 0, 2, 1],
  ["au..b", 0, 3, 1],
  ["ag...b", 0, 4, 1],
  ["ag...b", 0, 3, 1],
  ["ag...b", 0, 5, 5],
  // A character that begins where the piece does cannot go to the next one.
  ["g...b", 0, 3, 3],
  ["abg...b", 2, 4, 4],
  // No character is longer than four bytes: that is no UTF-8, and is cut where the limit is.
  ["ab.......", 0, 5, 5],
  ["ab.......", 0, 6, 6],
  [".........", 0, 4, 4],
];

for (const [text, start, end, cut] of CUTS) {
  test(`cutBefore() cuts '${text}' from ${start} to ${end} at ${cut}`, () => {
    assertEquals(cutBefore(bytesOf(text), start, end), cut);
  });
}

const MARKS: readonly (readonly [before: boolean, after: boolean, piece: string])[] = [
  [false, false, "cd"],
  [true, false, "[...] cd"],
  [false, true, "cd [...]"],
  [true, true, "[...] cd [...]"],
];

for (const [before, after, piece] of MARKS) {
  test(`mark() makes '${piece}' of a piece`, () => {
    const marked = mark(new TextEncoder().encode("abcdef"), 2, 4, { before, after });
    assertEquals(new TextDecoder().decode(marked), piece);
  });
}
