/**
 * Texts that carry bytes unchanged. What is UTF-8 is read as such; each byte that is not becomes a
 * lone surrogate, U+DC80 to U+DCFF, as in Python (PEP 383, "surrogateescape"), and turns back into
 * that byte. So variables, secrets and words may hold any byte but NUL, and still are strings.
 */
import { sequenceLength } from "./utf8.ts";

/** Added to a byte that is no UTF-8. */
const ESCAPE_BASE = 0xdc00;

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** A run of what `decodeBytes` has escaped; a surrogate that is one of a pair does not match. */
const ESCAPED = /[\udc80-\udcff]+/gu;

/** Reads bytes as text; nothing is lost. */
export function decodeBytes(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeInPieces(bytes); // TypeError: not UTF-8.
  }
}

function decodeInPieces(bytes: Uint8Array): string {
  const pieces: string[] = [];
  let from = 0;
  for (let at = 0; at < bytes.length;) {
    const isAscii = (bytes[at] as number) < 0x80;
    const length = isAscii ? 1 : sequenceLength(bytes, at, bytes.length);
    if (length === 0) {
      if (from < at) pieces.push(strict.decode(bytes.subarray(from, at)));
      pieces.push(String.fromCharCode(ESCAPE_BASE + (bytes[at] as number)));
      from = at + 1;
    }
    at += Math.max(1, length);
  }
  pieces.push(strict.decode(bytes.subarray(from)));
  return pieces.join("");
}

/** Returns the bytes that `decodeBytes` has read a text from. */
export function encodeBytes(text: string): Uint8Array<ArrayBuffer> {
  if (text.isWellFormed()) return encoder.encode(text);
  // At most three bytes for each unit of UTF-16.
  const bytes = new Uint8Array(3 * text.length);
  let length = 0;
  let from = 0;
  for (const { 0: escaped, index } of text.matchAll(ESCAPED)) {
    length += encoder.encodeInto(text.slice(from, index), bytes.subarray(length)).written;
    for (const unit of escaped) bytes[length++] = unit.charCodeAt(0) - ESCAPE_BASE;
    from = index + escaped.length;
  }
  length += encoder.encodeInto(text.slice(from), bytes.subarray(length)).written;
  return bytes.slice(0, length);
}

/** Joins what was read in pieces. */
export function concatenate(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
