/** Puts the texts that the program carries into its file: sys/self/carried_texts.ts reads them. */
import {
  elfSize,
  type TextIndex,
  TEXTS_HEAD_SIZE,
  TEXTS_MAGIC,
} from "../sys/self/carried_texts.ts";

/**
 * Returns the compiled program with the texts between the base runtime and what `deno compile`
 * appended. Deno finds that from the end of the file.
 */
export function carryTexts(
  program: Uint8Array,
  texts: ReadonlyMap<string, Uint8Array>,
): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const index: Record<string, readonly [number, number]> = {};
  let size = 0;
  for (const [name, bytes] of texts) {
    index[name] = [size, bytes.length];
    size += bytes.length;
  }
  const indexBytes = encoder.encode(JSON.stringify(index satisfies TextIndex));
  const head = new Uint8Array(TEXTS_HEAD_SIZE);
  head.set(encoder.encode(TEXTS_MAGIC));
  new DataView(head.buffer).setUint32(TEXTS_MAGIC.length, indexBytes.length, true);
  const end = elfSize(program);
  return concatenate([
    program.subarray(0, end),
    head,
    indexBytes,
    ...texts.values(),
    program.subarray(end),
  ]);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
