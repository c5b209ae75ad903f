/**
 * Structured data of RFC 5424 6.3: `[id name="value" …][…]`. Skipping is part of parsing each
 * record; reading makes objects and is for output that shows them.
 */

const BLANK = 0x20;
const QUOTE = 0x22;
const EQUALS = 0x3d;
const OPEN = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE = 0x5d;

/** Parameters by name; one that occurs several times has its values in order. */
export type DataElement = Record<string, string | string[]>;

/**
 * Returns the offset after all of `[id name="value" …][…]`, or -1 where they are not well-formed.
 */
export function skipStructuredData(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && bytes[at] === OPEN) {
    at = skipElement(bytes, at + 1, end);
    if (at < 0) return -1;
  }
  return at > 0 && bytes[at - 1] === CLOSE ? at : -1;
}

function skipElement(bytes: Uint8Array, at: number, end: number): number {
  const idEnd = skipName(bytes, at, end);
  if (idEnd === at) return -1;
  at = idEnd;
  while (at < end && bytes[at] === BLANK) {
    const nameEnd = skipName(bytes, at + 1, end);
    if (nameEnd === at + 1 || bytes[nameEnd] !== EQUALS || bytes[nameEnd + 1] !== QUOTE) return -1;
    at = skipValue(bytes, nameEnd + 2, end);
  }
  return at < end && bytes[at] === CLOSE ? at + 1 : -1;
}

/** RFC 5424 6.3.2: printable, without blank, `=`, `]` and `"`. */
function skipName(bytes: Uint8Array, at: number, end: number): number {
  while (at < end) {
    const byte = bytes[at] as number;
    if (byte <= BLANK || byte >= 127 || byte === EQUALS || byte === CLOSE || byte === QUOTE) break;
    at++;
  }
  return at;
}

/**
 * Returns the offset after the closing quote; the end where there is none, which parses no further.
 */
function skipValue(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return Math.min(at + 1, end);
}

const decoder = new TextDecoder();

/**
 * Returns the elements by id. `bytes` from `start` to `end` have been skipped successfully; what is
 * not UTF-8 becomes U+FFFD.
 */
export function readStructuredData(
  bytes: Uint8Array,
  start: number,
  end: number,
): Record<string, DataElement> {
  const elements: Record<string, DataElement> = Object.create(null);
  let at = start;
  while (at < end) {
    const idEnd = skipName(bytes, at + 1, end);
    const id = decoder.decode(bytes.subarray(at + 1, idEnd));
    const element: DataElement = elements[id] ?? Object.create(null);
    elements[id] = element;
    at = idEnd;
    while (bytes[at] === BLANK) {
      const nameEnd = skipName(bytes, at + 1, end);
      const valueEnd = skipValue(bytes, nameEnd + 2, end);
      const name = decoder.decode(bytes.subarray(at + 1, nameEnd));
      const value = decoder.decode(bytes.subarray(nameEnd + 2, valueEnd - 1));
      addValue(element, name, value.replace(/\\(["\\\]])/g, "$1"));
      at = valueEnd;
    }
    at++;
  }
  return elements;
}

function addValue(element: DataElement, name: string, value: string): void {
  const present = element[name];
  element[name] = present === undefined ? value : [present, value].flat();
}
