/**
 * How bytes from outside are written where they could do harm: as part of a line, and as a JSON
 * string. Works on bytes; text that is neither escaped nor invalid is copied as it is.
 */
import type { OutputBuffer } from "../base/output_buffer.ts";
import { sequenceLength } from "../base/utf8.ts";
import { C1_LEAD, isControl } from "../wire/byte_classes.ts";

const HEX = new TextEncoder().encode("0123456789abcdef");
const REPLACEMENT = [0xef, 0xbf, 0xbd] as const;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Appends bytes with each control character as `#ooo`, its octal number (TAB excepted), so that a
 * record stays one line and cannot steer a terminal. rsyslog writes them the same way.
 */
export function appendEscaped(
  out: OutputBuffer,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const target = out.reserve((end - start) * 4);
  let at = out.length;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    const isLead = byte === C1_LEAD;
    const next = isLead && i + 1 < end ? bytes[i + 1] as number : 0;
    if (!isControl(byte) || (isLead && (next < 0x80 || next > 0x9f))) {
      target[at++] = byte;
      continue;
    }
    at = putOctal(target, at, byte);
    if (isLead) at = putOctal(target, at, bytes[++i] as number);
  }
  out.length = at;
}

function putOctal(target: Uint8Array, start: number, byte: number): number {
  target[start] = 0x23;
  target[start + 1] = 0x30 + (byte >> 6);
  target[start + 2] = 0x30 + ((byte >> 3) & 7);
  target[start + 3] = 0x30 + (byte & 7);
  return start + 4;
}

/**
 * Appends bytes as the inside of a JSON string; what is not UTF-8 becomes U+FFFD. JSON allows DEL
 * and the control characters of C1 as they are; a terminal may not get them.
 */
export function appendJsonText(
  out: OutputBuffer,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const target = out.reserve((end - start) * 6);
  let at = out.length;
  for (let i = start; i < end;) {
    const byte = bytes[i] as number;
    if (byte >= 0x80) {
      const size = sequenceLength(bytes, i, end);
      if (size === 2 && isC1(bytes, i)) {
        at = putEscape(target, at, bytes[i + 1] as number);
        i += 2;
      } else if (size === 0) {
        target[at++] = REPLACEMENT[0];
        target[at++] = REPLACEMENT[1];
        target[at++] = REPLACEMENT[2];
        i++;
      } else {
        for (let k = 0; k < size; k++) target[at++] = bytes[i++] as number;
      }
      continue;
    }
    i++;
    if (byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH && byte !== 0x7f) {
      target[at++] = byte;
    } else {
      at = putEscape(target, at, byte);
    }
  }
  out.length = at;
}

/**
 * Appends JSON that is valid: what it may have in its strings and a terminal may not get is
 * escaped.
 */
export function appendJson(
  out: OutputBuffer,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const target = out.reserve((end - start) * 6);
  let at = out.length;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte === 0x7f) at = putEscape(target, at, byte);
    else if (byte === C1_LEAD && isC1(bytes, i)) at = putEscape(target, at, bytes[++i] as number);
    else target[at++] = byte;
  }
  out.length = at;
}

/** Whether two bytes of UTF-8 are one of U+0080 to U+009F. */
function isC1(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === C1_LEAD && (bytes[at + 1] as number) <= 0x9f;
}

/** Puts the JSON escape of an ASCII or C1 character and returns the offset after it. */
function putEscape(target: Uint8Array, at: number, byte: number): number {
  const letter = shortEscape(byte);
  target[at++] = BACKSLASH;
  if (letter !== 0) {
    target[at++] = letter;
    return at;
  }
  target[at++] = 0x75;
  target[at++] = 0x30;
  target[at++] = 0x30;
  target[at++] = HEX[byte >> 4] as number;
  target[at++] = HEX[byte & 15] as number;
  return at;
}

function shortEscape(byte: number): number {
  switch (byte) {
    case QUOTE:
    case BACKSLASH:
      return byte;
    case 0x08:
      return 0x62;
    case 0x09:
      return 0x74;
    case 0x0a:
      return 0x6e;
    case 0x0c:
      return 0x66;
    case 0x0d:
      return 0x72;
    default:
      return 0;
  }
}
