import { assertEquals } from "@std/assert";
import { decodeBytes, encodeBytes } from "../../../lib/base/byte_text.ts";
import { test } from "../../test.ts";

const TEXTS: readonly (readonly [bytes: readonly number[], text: string])[] = [
  [[], ""],
  [[0x70, 0xe4, 0x73, 0x73], "p\udce4ss"],
  [[0xc3, 0xa4], "ä"],
  [[0xef, 0xbb, 0xbf, 0x61], "\ufeffa"],
  [[0xf0, 0x9f, 0x98, 0x80, 0xff], "\u{1f600}\udcff"],
  [[0xf0, 0x9f, 0x98], "\udcf0\udc9f\udc98"],
  // A surrogate, an overlong form and a continuation alone are no UTF-8.
  [[0xed, 0xb3, 0xa4], "\udced\udcb3\udca4"],
  [[0xc0, 0x80], "\udcc0\udc80"],
  [[0x80], "\udc80"],
];

for (const [bytes, text] of TEXTS) {
  test(`decodeBytes reads ${JSON.stringify(bytes)}, and encodeBytes gives it back`, () => {
    assertEquals(decodeBytes(Uint8Array.from(bytes)), text);
    assertEquals([...encodeBytes(text)], bytes);
  });
}

test("random bytes come back unchanged", () => {
  for (let round = 0; round < 2000; round++) {
    const length = Math.floor(Math.random() * 40);
    const bytes = Array.from({ length }, () => Math.floor(Math.random() * 256));
    assertEquals([...encodeBytes(decodeBytes(Uint8Array.from(bytes)))], bytes);
  }
});

test("encodeBytes replaces a surrogate that stands for no byte, as TextEncoder does", () => {
  assertEquals([...encodeBytes("\ud800x")], [0xef, 0xbf, 0xbd, 0x78]);
});
