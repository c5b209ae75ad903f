/**
 * Masks secrets in a stream of bytes, however it is cut into chunks. What may be the beginning of a
 * secret is kept back until it is known: never more than a secret has bytes, and never beyond the
 * end of a line.
 */
import { concatenate } from "../base/byte_text.ts";
import { PATTERN_MIN_BYTES, SecretMatcher } from "./secret_matcher.ts";

/** One for each run of secrets. Never longer than what it stands for. */
const MASK = new TextEncoder().encode("***");

const NOTHING = new Uint8Array(0);

/** What another redactor goes on with. */
export interface UnfinishedRedaction {
  readonly patterns: readonly Uint8Array[];
  readonly kept: Uint8Array;
  /** A one for each byte that is kept and belongs to a secret. */
  readonly marks: Uint8Array;
  readonly endedMasked: boolean;
}

export class Redactor {
  readonly #matcher: SecretMatcher;
  #state = 0;
  #kept: Uint8Array = NOTHING;
  #marks: Uint8Array = NOTHING;
  /** Whether the last byte that was told was a mask's. */
  #endedMasked = false;

  constructor(matcher: SecretMatcher) {
    this.#matcher = matcher;
  }

  /** Goes on where another one has stopped. */
  static from({ patterns, kept, marks, endedMasked }: UnfinishedRedaction): Redactor {
    const redactor = new Redactor(new SecretMatcher(patterns));
    for (const byte of kept) redactor.#state = redactor.#matcher.step(redactor.#state, byte);
    redactor.#kept = kept;
    redactor.#marks = marks;
    redactor.#endedMasked = endedMasked;
    return redactor;
  }

  get rest(): UnfinishedRedaction {
    return {
      patterns: this.#matcher.patterns,
      kept: this.#kept,
      marks: this.#marks,
      endedMasked: this.#endedMasked,
    };
  }

  /** Returns what can be told by now: the chunk itself where there is nothing to mask in it. */
  push(chunk: Uint8Array): Uint8Array {
    const matcher = this.#matcher;
    const before = this.#kept.length;
    let marks: Uint8Array | undefined;
    let state = this.#state;
    for (let at = 0; at < chunk.length; at++) {
      state = matcher.step(state, chunk[at] as number);
      const found = matcher.found(state);
      if (found === 0) continue;
      marks ??= concatenate([this.#marks, new Uint8Array(chunk.length)]);
      const end = before + at + 1;
      marks.fill(1, end - found, end);
    }
    this.#state = state;
    const keptBytes = matcher.depth(state);
    if (marks === undefined && before === 0 && keptBytes === 0) {
      if (chunk.length > 0) this.#endedMasked = false;
      return chunk;
    }
    const all = concatenate([this.#kept, chunk]);
    const allMarks = marks ?? concatenate([this.#marks, new Uint8Array(chunk.length)]);
    const told = all.length - keptBytes;
    this.#kept = all.slice(told);
    this.#marks = allMarks.slice(told);
    return this.#masked(all.subarray(0, told), allMarks);
  }

  /** Returns what was kept. The beginning of a secret that nothing follows is masked, too. */
  end(): Uint8Array {
    const [kept, marks] = [this.#kept, this.#marks];
    this.#state = 0;
    this.#kept = NOTHING;
    this.#marks = NOTHING;
    if (kept.length >= PATTERN_MIN_BYTES) marks.fill(1);
    return this.#masked(kept, marks);
  }

  #masked(bytes: Uint8Array, marks: Uint8Array): Uint8Array {
    // A run of secrets may have begun with a chunk before.
    const out = new Uint8Array(bytes.length + MASK.length);
    let size = 0;
    for (let at = 0; at < bytes.length; at++) {
      const isMasked = marks[at] === 1;
      if (isMasked && !this.#endedMasked) {
        out.set(MASK, size);
        size += MASK.length;
      } else if (!isMasked) out[size++] = bytes[at] as number;
      this.#endedMasked = isMasked;
    }
    return out.subarray(0, size);
  }
}
