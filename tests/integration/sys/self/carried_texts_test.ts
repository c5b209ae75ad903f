/** Texts in the program's own file: written behind its ELF image, and read without the rest. */
import { assertEquals } from "@std/assert";
import { carryTexts } from "../../../../lib/build/carry.ts";
import {
  elfSize,
  TEXT_ALIGNMENT,
  useCarriedTexts,
} from "../../../../lib/sys/self/carried_texts.ts";
import { test } from "../../test.ts";

const encoder = new TextEncoder();

/**
 * An image of 80 bytes: 64 of header, a section header of 16 behind it; then what a compiler
 * appended.
 */
function program(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(100).fill(7);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0x28, 64n, true);
  view.setUint16(0x3a, 16, true);
  view.setUint16(0x3c, 1, true);
  return bytes;
}

/** What is left of texts that are carried no more. */
const copy = (texts: readonly (Uint8Array | undefined)[]) => texts.map((text) => text?.slice());

async function withFile(bytes: Uint8Array, use: (path: string) => void): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, bytes);
    use(path);
  } finally {
    await Deno.remove(path);
  }
}

test("carried texts are read back, and the image and what was appended stay as they were", async () => {
  const texts = new Map([
    ["a.js", encoder.encode("one")],
    ["a.js.cache", new Uint8Array()],
    ["b.js", encoder.encode("two")],
  ]);
  const carrying = carryTexts(program(), texts);
  assertEquals(elfSize(carrying), 80);
  assertEquals(carrying.subarray(0, 80), program().subarray(0, 80));
  assertEquals(carrying.subarray(-20), program().subarray(-20));
  await withFile(carrying, (path) => {
    const names = ["a.js", "a.js.cache", "b.js", "c.js"];
    useCarriedTexts(names, ([one, none, two, absent]) => {
      assertEquals(one, encoder.encode("one"));
      assertEquals(none, new Uint8Array());
      assertEquals(two, encoder.encode("two"));
      assertEquals(absent, undefined);
      const places = [one, two].map((text) => (text?.byteOffset ?? NaN) % TEXT_ALIGNMENT);
      assertEquals(places, [0, 0]);
    }, path);
  });
});

test("a program without texts, one that is cut off and none at all have none", async () => {
  const texts = new Map([["a.js", encoder.encode("one")]]);
  const carrying = carryTexts(program(), texts);
  const damaged = carrying.slice();
  new DataView(damaged.buffer).setUint32(88, 0xffff_ffff, true);
  const files = [program(), carrying.subarray(0, 84), carrying.subarray(0, 100), damaged];
  for (const bytes of [...files, new Uint8Array(3)]) {
    await withFile(
      bytes,
      (path) => assertEquals(useCarriedTexts(["a.js"], copy, path), [undefined]),
    );
  }
  assertEquals(useCarriedTexts(["a.js"], copy, "/nonexistent"), [undefined]);
});
