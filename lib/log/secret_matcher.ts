/**
 * Finds any of some byte strings in a stream, in one step a byte whatever they and the stream are:
 * the automaton of Aho and Corasick, its transitions in a table. Bytes that occur in no string
 * share a column.
 */
import { encodeBytes } from "../base/byte_text.ts";

/** Shorter ones are found all over the place. */
export const PATTERN_MIN_BYTES = 4;
/** Of all together. */
export const PATTERNS_MAX_BYTES = 16 * 1024;
/** A row for each byte of the patterns, a column for each byte that occurs: 2 MiB of table. */
const TABLE_MAX_CELLS = 1024 * 1024;
/** Of a secret, which may be its user's own file, no more is looked at. */
const VALUE_MAX_CHARS = 64 * 1024;

/** What of some texts can be found. */
export interface SecretPatterns {
  readonly patterns: readonly Uint8Array[];
  /** Whether that is all of them. */
  readonly isComplete: boolean;
}

/** Returns each line of the texts, since a stream is logged line by line. */
export function secretPatterns(values: readonly string[]): SecretPatterns {
  const lines = new Set(
    values.flatMap((value) => value.slice(0, VALUE_MAX_CHARS).split(/[\r\n\0]+/)),
  );
  const patterns: Uint8Array[] = [];
  let isComplete = values.every(({ length }) => length <= VALUE_MAX_CHARS);
  let sizeBytes = 0;
  let occurring = new Set<number>();
  for (const line of lines) {
    const bytes = encodeBytes(line.trim());
    if (bytes.length === 0) continue;
    const columns = columnsWith(bytes, { sizeBytes, occurring });
    if (columns === undefined) {
      isComplete = false;
      continue;
    }
    sizeBytes += bytes.length;
    occurring = columns;
    patterns.push(bytes);
  }
  return { patterns, isComplete };
}

/** The bytes that occur with one more pattern; undefined where that one is not taken. */
function columnsWith(
  bytes: Uint8Array,
  { sizeBytes, occurring }: { readonly sizeBytes: number; readonly occurring: Set<number> },
): Set<number> | undefined {
  const allBytes = sizeBytes + bytes.length;
  if (bytes.length < PATTERN_MIN_BYTES || allBytes > PATTERNS_MAX_BYTES) return undefined;
  const columns = occurring.union(new Set(bytes));
  return (allBytes + 1) * (columns.size + 1) > TABLE_MAX_CELLS ? undefined : columns;
}

export class SecretMatcher {
  readonly patterns: readonly Uint8Array[];
  /** The column of each byte; 0 of all that occur in no pattern. */
  readonly #columnOf = new Uint8Array(256);
  readonly #columns: number;
  readonly #next: Uint16Array;
  readonly #depth: Uint16Array;
  /** The length of the longest pattern that ends in a state; 0: none does. */
  readonly #found: Uint16Array;

  /** Patterns hold no newline, and are no more than `PATTERNS_MAX_BYTES` together. */
  constructor(patterns: readonly Uint8Array[]) {
    this.patterns = patterns;
    let columns = 1;
    for (const byte of new Set(patterns.flatMap((pattern) => [...pattern]))) {
      this.#columnOf[byte] = columns++;
    }
    this.#columns = columns;
    const statesMax = patterns.reduce((sum, { length }) => sum + length, 1);
    this.#next = new Uint16Array(statesMax * columns);
    this.#depth = new Uint16Array(statesMax);
    this.#found = new Uint16Array(statesMax);
    this.#plant();
    this.#link();
  }

  /** Whether these are its patterns. */
  isFor(patterns: readonly Uint8Array[]): boolean {
    return patterns.length === this.patterns.length && patterns.every((pattern, at) => {
      const own = this.patterns[at] as Uint8Array;
      return own.length === pattern.length && own.every((byte, i) => byte === pattern[i]);
    });
  }

  /** The state after one more byte; it begins with 0. */
  step(state: number, byte: number): number {
    return this.#next[state * this.#columns + (this.#columnOf[byte] as number)] as number;
  }

  /** How many of the last bytes may be the beginning of a pattern. */
  depth(state: number): number {
    return this.#depth[state] as number;
  }

  /** How long the longest pattern is that the last bytes are; 0: they are none. */
  found(state: number): number {
    return this.#found[state] as number;
  }

  #plant(): void {
    let states = 1;
    for (const pattern of this.patterns) {
      let state = 0;
      for (const byte of pattern) {
        const at = state * this.#columns + (this.#columnOf[byte] as number);
        if (this.#next[at] === 0) {
          this.#depth[states] = (this.#depth[state] as number) + 1;
          this.#next[at] = states++;
        }
        state = this.#next[at] as number;
      }
      this.#found[state] = pattern.length;
    }
  }

  /** Fills in where a byte leads that continues no pattern: to the longest end that begins one. */
  #link(): void {
    const fallback = new Uint16Array(this.#depth.length);
    const open: number[] = [0];
    for (const state of open) {
      const other = fallback[state] as number;
      if (this.#found[state] === 0) this.#found[state] = this.#found[other] as number;
      for (let column = 0; column < this.#columns; column++) {
        const at = state * this.#columns + column;
        const after = state === 0 ? 0 : this.#next[other * this.#columns + column] as number;
        const child = this.#next[at] as number;
        if (child === 0) this.#next[at] = after;
        else {
          fallback[child] = after;
          open.push(child);
        }
      }
    }
  }
}
