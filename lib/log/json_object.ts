/** Whether a text is one JSON object, all of it. */

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Returns the object that the bytes `start` to `end` are, or `undefined` where they are anything
 * else.
 */
export function parseJsonObject(
  bytes: Uint8Array,
  start: number,
  end: number,
): object | undefined {
  if (bytes[start] !== OPEN_BRACE || bytes[end - 1] !== CLOSE_BRACE) return undefined;
  try {
    return JSON.parse(decoder.decode(bytes.subarray(start, end)));
  } catch {
    // Not JSON or not UTF-8: a line of text that happens to stand in braces.
    return undefined;
  }
}
