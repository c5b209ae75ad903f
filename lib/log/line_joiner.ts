/**
 * Joins lines that belong together, such as a stack trace, into one record with newlines in it.
 *
 * `multiline: true` takes as continuation: indented lines, and those by which Java and Python go on
 * (`Caused by: `, `Traceback (most recent call last):`, the exception that ends a traceback).
 * `multiline: REGEX` takes as continuation what the pattern is found in. A line that is a complete
 * JSON object is a record by itself: nothing continues it, and it continues nothing that only looks
 * unfinished. A pattern decides alone what continues a record of text. A record is told when
 * another one begins, when it is full, and when nothing has followed in time. Knows no clock and
 * sets no timer: it says when it wants to be asked.
 */
import { type BoundedPattern, boundedPattern } from "../base/bounded_pattern.ts";
import { OutputBuffer } from "../base/output_buffer.ts";
import { parseJsonObject } from "./json_object.ts";
import type { LineListener } from "./line_splitter.ts";

const NEWLINE = 0x0a;

/** How long a record waits for its continuation. */
const FLUSH_MS = 250;

const PREFIXES = [
  "Caused by: ",
  "Suppressed: ",
  "Traceback (most recent call last):",
  "During handling of the above exception",
  "The above exception was the direct cause",
];

const decoder = new TextDecoder();

/** Lines that have been joined, to which more may come. */
export interface UnfinishedRecord {
  readonly bytes: Uint8Array;
  readonly isInTraceback: boolean;
}

/** Joins continuation lines. Times are of a monotonic clock. */
export class LineJoiner {
  readonly #pattern: BoundedPattern | undefined;
  readonly #maxBytes: number;
  readonly #listener: LineListener;
  readonly #pending = new OutputBuffer(1024);
  #deadlineMs = Infinity;
  /** In a traceback, whose last line is not indented. */
  #isInTraceback = false;

  constructor(continuation: true | RegExp, maxBytes: number, listener: LineListener) {
    this.#pattern = continuation === true
      ? undefined
      : boundedPattern(continuation.source, continuation);
    this.#maxBytes = maxBytes;
    this.#listener = listener;
  }

  /** When `expire` will tell the pending record; `Infinity` where there is none. */
  get nextDeadlineMs(): number {
    return this.#deadlineMs;
  }

  /** Takes a line. */
  add(bytes: Uint8Array, start: number, end: number, nowMs: number): void {
    if (this.#isWhole(bytes, start, end)) {
      this.flush();
      this.#isInTraceback = false;
      this.#listener(bytes, start, end);
      return;
    }
    const isMore = this.#isContinuation(bytes, start, end) && this.#pending.length > 0 &&
      this.#pending.length + 1 + end - start <= this.#maxBytes;
    if (isMore) this.#pending.appendByte(NEWLINE);
    else this.flush();
    this.#pending.append(bytes, start, end);
    this.#deadlineMs = nowMs + FLUSH_MS;
  }

  /** The record that waits for its continuation; a copy. */
  get rest(): UnfinishedRecord {
    return { bytes: this.#pending.filled().slice(), isInTraceback: this.#isInTraceback };
  }

  /** Goes on with a record that another joiner has left. Before anything is added. */
  restore({ bytes, isInTraceback }: UnfinishedRecord, nowMs: number): void {
    this.#pending.append(bytes);
    this.#isInTraceback = isInTraceback;
    if (bytes.length > 0) this.#deadlineMs = nowMs + FLUSH_MS;
  }

  /** Tells the pending record if its time has come. */
  expire(nowMs: number): void {
    if (nowMs >= this.#deadlineMs) this.flush();
  }

  /** Tells the pending record. */
  flush(): void {
    this.#deadlineMs = Infinity;
    if (this.#pending.length === 0) return;
    this.#listener(this.#pending.bytes, 0, this.#pending.length);
    this.#pending.reset();
  }

  #isWhole(bytes: Uint8Array, start: number, end: number): boolean {
    if (parseJsonObject(bytes, start, end) === undefined) return false;
    return this.#pattern === undefined || this.#pending.length === 0 ||
      !this.#isContinuation(bytes, start, end);
  }

  #isContinuation(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#pattern !== undefined) {
      return this.#pattern.test(decoder.decode(bytes.subarray(start, end)));
    }
    const first = bytes[start];
    if (first === 0x20 || first === 0x09) return true;
    const text = decoder.decode(bytes.subarray(start, Math.min(end, start + 64)));
    const endsTraceback = this.#isInTraceback;
    this.#isInTraceback = text.startsWith("Traceback (most recent call last):");
    return endsTraceback || PREFIXES.some((prefix) => text.startsWith(prefix));
  }
}
