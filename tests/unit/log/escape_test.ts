import { assertEquals } from "@std/assert";
import { OutputBuffer } from "../../../lib/base/output_buffer.ts";
import { appendEscaped } from "../../../lib/log/escape.ts";
import { test } from "../../test.ts";

function escaped(text: string | Uint8Array): string {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const out = new OutputBuffer();
  appendEscaped(out, bytes, 0, bytes.length);
  return new TextDecoder().decode(out.bytes.subarray(0, out.length));
}

test("appendEscaped writes control characters as octal numbers, TAB excepted", () => {
  assertEquals(escaped("a\nb\tc\x1b[2J\x7f"), "a#012b\tc#033[2J#177");
});

test("appendEscaped writes both bytes of a C1 control character, and leaves Latin-1 letters", () => {
  assertEquals(escaped("\x9b2J \x80\x9f £ © é \xa0"), "#302#2332J #302#200#302#237 £ © é \xa0");
});

test("appendEscaped keeps a lead byte at the end", () => {
  assertEquals(escaped(Uint8Array.of(0x61, 0xc2)), "a\ufffd");
});
