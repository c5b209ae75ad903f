/**
 * The lines of a large chunk as a table of offsets. A service that floods is read in chunks of
 * hundreds of lines; to take them one by one costs several times what their bytes do.
 */
import { trimEnd } from "./line_pieces.ts";

/** Chunks below this size are read line by line: until V8 has optimised it, a table costs more. */
export const BLOCK_MIN_BYTES = 8 * 1024;

const LINES_MAX = 1024;
/** So many bytes are looked at together. */
const STEP_BYTES = 16;

const NEWLINE = 0x0a;
const BLANK = 0x20;
const NEWLINES = 0x0a0a0a0a;
const ONES = 0x01010101;
const HIGH_BITS = 0x80808080;

/** Some lines of a chunk, without blank ones and without white space at their ends. */
export class LineBlock {
  /** Where the lines begin and end in the chunk; the first `count` of each count. */
  readonly starts = new Int32Array(LINES_MAX);
  readonly ends = new Int32Array(LINES_MAX);
  count = 0;
  /** Where the line begins that is looked through. */
  #lineStart = 0;

  /**
   * Takes the lines that begin at `start`, as many as it has room for, up to one of more than
   * `maxBytes` and without the last one, which no newline ends. Returns where the next one begins.
   */
  fill(bytes: Uint8Array, start: number, maxBytes: number): number {
    this.count = 0;
    this.#lineStart = start;
    if (bytes.byteOffset % Int32Array.BYTES_PER_ELEMENT !== 0) return start;
    const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
    const stepsEnd = bytes.length - bytes.length % STEP_BYTES;
    let at = start - start % STEP_BYTES;
    for (; at < stepsEnd; at += STEP_BYTES) {
      if (!hasNewline(words, at >> 2)) continue;
      const isWhole = this.#takeEnds(bytes, at, at + STEP_BYTES, maxBytes);
      if (!isWhole || this.count > LINES_MAX - STEP_BYTES) return this.#lineStart;
    }
    this.#takeEnds(bytes, at, bytes.length, maxBytes);
    return this.#lineStart;
  }

  /** Says whether no line was too long. */
  #takeEnds(bytes: Uint8Array, from: number, to: number, maxBytes: number): boolean {
    let start = this.#lineStart;
    for (let at = Math.max(from, start); at < to; at++) {
      if (bytes[at] !== NEWLINE) continue;
      if (at - start > maxBytes) return false;
      const hasBlanks = at > start && (bytes[at - 1] as number) <= BLANK;
      const end = hasBlanks ? trimEnd(bytes, start, at) : at;
      if (end > start) {
        this.starts[this.count] = start;
        this.ends[this.count++] = end;
      }
      this.#lineStart = start = at + 1;
    }
    return true;
  }
}

/** Looks at four words: a byte that is 0 once newlines are taken off was one. */
function hasNewline(words: Int32Array, at: number): boolean {
  const a = (words[at] as number) ^ NEWLINES;
  const b = (words[at + 1] as number) ^ NEWLINES;
  const c = (words[at + 2] as number) ^ NEWLINES;
  const d = (words[at + 3] as number) ^ NEWLINES;
  const zeros = ((a - ONES) & ~a) | ((b - ONES) & ~b) | ((c - ONES) & ~c) | ((d - ONES) & ~d);
  return (zeros & HIGH_BITS) !== 0;
}
