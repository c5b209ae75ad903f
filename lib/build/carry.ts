/** Puts the texts that the program carries into its file: sys/self/carried_texts.ts reads them. */
import { concatenate } from "../base/byte_text.ts";
import {
  elfSize,
  TEXT_ALIGNMENT,
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
  const end = elfSize(program);
  const { index, padded } = layOut(texts);
  // Blanks after the index let the first text begin at a multiple of 8 in the file.
  const unaligned = encode(index).length;
  const start = end + TEXTS_HEAD_SIZE + unaligned;
  const indexBytes = new Uint8Array(align(start) - end - TEXTS_HEAD_SIZE).fill(BLANK);
  indexBytes.set(encode(index));
  const head = new Uint8Array(TEXTS_HEAD_SIZE);
  head.set(new TextEncoder().encode(TEXTS_MAGIC));
  new DataView(head.buffer).setUint32(TEXTS_MAGIC.length, indexBytes.length, true);
  return concatenate([
    program.subarray(0, end),
    head,
    indexBytes,
    ...padded,
    program.subarray(end),
  ]);
}

const BLANK = 0x20;

function encode(index: TextIndex): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(index));
}

function align(offset: number): number {
  return Math.ceil(offset / TEXT_ALIGNMENT) * TEXT_ALIGNMENT;
}

/** Where each text is, and all of them, each up to where the next begins. */
function layOut(
  texts: ReadonlyMap<string, Uint8Array>,
): { index: TextIndex; padded: readonly Uint8Array[] } {
  const index: Record<string, readonly [number, number]> = {};
  const padded: Uint8Array[] = [];
  let size = 0;
  for (const [name, bytes] of texts) {
    index[name] = [size, bytes.length];
    const whole = new Uint8Array(align(bytes.length));
    whole.set(bytes);
    padded.push(whole);
    size += whole.length;
  }
  return { index, padded };
}
