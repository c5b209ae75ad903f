/**
 * Plain data as bytes, for another incarnation of the program: JSON, with a form for what JSON
 * lacks, bytes and numbers that are not finite. What is undefined is left out.
 */

const BYTES = "$bytes";
const NUMBER = "$number";

/** Encodes objects, lists, text, numbers, booleans and `Uint8Array`. */
export function encodePlainData(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value, replace));
}

/** Decodes what `encodePlainData` made. @throws {SyntaxError} */
export function decodePlainData(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes), revive);
}

function replace(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return { [BYTES]: value.toBase64() };
  if (typeof value === "number" && !Number.isFinite(value)) return { [NUMBER]: String(value) };
  return value;
}

function revive(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (BYTES in value) return Uint8Array.fromBase64(String(value[BYTES]));
  if (NUMBER in value) return Number(value[NUMBER]);
  return value;
}
