import { assertEquals } from "@std/assert";
import { OutputBuffer } from "../../../lib/base/output_buffer.ts";
import { appendEscaped, appendJson, appendJsonText } from "../../../lib/log/escape.ts";
import { test } from "../../test.ts";

function escaped(text: string | Uint8Array, append = appendEscaped): string {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const out = new OutputBuffer();
  append(out, bytes, 0, bytes.length);
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

test("appendJsonText escapes what JSON allows and a terminal may not get", () => {
  assertEquals(
    escaped("a\x7f\x80\x9b\x9f\xa0é€", appendJsonText),
    "a\\u007f\\u0080\\u009b\\u009f\xa0é€",
  );
  assertEquals(escaped(Uint8Array.of(0x9b, 0xc2), appendJsonText), "\ufffd\ufffd");
});

test("appendJson keeps the value of JSON, and leaves nothing that would steer a terminal", () => {
  const value = { "k\x9b": "a\x7f\x80\x9f\xa0é€😀", list: [1, "\x1b"] };
  const text = escaped(JSON.stringify(value), appendJson);
  assertEquals(JSON.parse(text), value);
  // deno-lint-ignore no-control-regex
  assertEquals(/[\x00-\x1f\x7f-\x9f]/.exec(text), null);
});
