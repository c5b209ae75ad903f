/**
 * Where records begin and end in a sink's buffer. `line`: each ends in a newline. `octets`: each
 * begins with its length in decimal and a blank, as RFC 6587 3.4.1 sends them; datagrams are kept
 * so too, and lose it when they are sent.
 */
import type { OutputBuffer } from "../../base/output_buffer.ts";

export type Framing = "line" | "octets";

const NEWLINE = 0x0a;
const BLANK = 0x20;
const ZERO = 0x30;

/** Puts the octet count before the record that begins at `start` and ends the buffer. */
export function insertOctetCount(buffer: OutputBuffer, start: number): void {
  const end = buffer.length;
  const count = String(end - start);
  const shift = count.length + 1;
  const bytes = buffer.reserve(shift);
  bytes.copyWithin(start + shift, start, end);
  for (let i = 0; i < count.length; i++) bytes[start + i] = count.charCodeAt(i);
  bytes[start + shift - 1] = BLANK;
  buffer.length = end + shift;
}

/** Where the content of a counted record stands. */
export interface RecordSpan {
  readonly start: number;
  readonly end: number;
}

/** Returns the content of the counted record that begins at `start`. */
export function readOctetCount(bytes: Uint8Array, start: number): RecordSpan {
  let size = 0;
  let at = start;
  while (bytes[at] !== BLANK) size = size * 10 + (bytes[at++] as number) - ZERO;
  return { start: at + 1, end: at + 1 + size };
}

/** Returns where the record that holds `offset` begins; `bytes` begins with a record. */
export function recordStart(bytes: Uint8Array, offset: number, framing: Framing): number {
  if (framing === "line") {
    return offset === 0 ? 0 : bytes.lastIndexOf(NEWLINE, offset - 1) + 1;
  }
  let start = 0;
  while (start < offset) {
    const { end } = readOctetCount(bytes, start);
    if (end > offset) break;
    start = end;
  }
  return start;
}

/** Counts the records that are not complete before `offset`. */
export function countRecords(bytes: Uint8Array, offset: number, framing: Framing): number {
  let count = 0;
  let at = recordStart(bytes, offset, framing);
  while (at < bytes.length) {
    const end = framing === "octets"
      ? readOctetCount(bytes, at).end
      : bytes.indexOf(NEWLINE, at) + 1;
    count++;
    if (end <= 0) break;
    at = end;
  }
  return count;
}
