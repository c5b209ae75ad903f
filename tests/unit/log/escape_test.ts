import { assertEquals } from "@std/assert";
import { OutputBuffer } from "../../../lib/base/output_buffer.ts";
import { appendEscaped, appendJson, appendJsonText } from "../../../lib/log/escape.ts";
import { test } from "../../test.ts";

const encoder = new TextEncoder();

/** Writes a text that stands between others, into a buffer that has to grow. */
function write(
  append: typeof appendEscaped,
  text: string | Uint8Array,
  decoder = new TextDecoder(),
): string {
  const bytes = typeof text === "string" ? encoder.encode(text) : text;
  const around = new Uint8Array(bytes.length + 12).fill(0x80);
  around.set(bytes, 4);
  const out = new OutputBuffer(1);
  out.appendByte(0x3e);
  append(out, around, 4, 4 + bytes.length);
  return decoder.decode(out.filled()).slice(1);
}

function escaped(text: string | Uint8Array): string {
  return write(appendEscaped, text);
}

function jsonOf(text: string | Uint8Array): string {
  // What is not UTF-8 throws.
  return write(appendJsonText, text, new TextDecoder("utf-8", { fatal: true }));
}

test("appendEscaped writes control characters as octal numbers, TAB excepted", () => {
  assertEquals(escaped("a\nb\tc\x1b[2J\x7f"), "a#012b\tc#033[2J#177");
});

test("appendEscaped writes both bytes of a C1 control character, and leaves Latin-1 letters", () => {
  assertEquals(escaped("\x9b2J \x80\x9f £ © é \xa0"), "#302#2332J #302#200#302#237 £ © é \xa0");
});

test("appendEscaped writes a C1 control character at the end", () => {
  assertEquals(escaped("a\x9b"), "a#302#233");
});

test("appendEscaped keeps a lead byte at the end", () => {
  assertEquals(escaped(Uint8Array.of(0x61, 0xc2)), "a\ufffd");
});

test("appendJsonText escapes what JSON allows and a terminal may not get", () => {
  assertEquals(
    jsonOf("a\x7f\x80\x9b\x9f\xa0é€"),
    "a\\u007f\\u0080\\u009b\\u009f\xa0é€",
  );
  assertEquals(jsonOf(Uint8Array.of(0x9b, 0xc2)), "\ufffd\ufffd");
});

test("appendJson keeps the value of JSON, and leaves nothing that would steer a terminal", () => {
  const value = { "k\x9b": "a\x7f\x80\x9f\xa0é€😀", list: [1, "\x1b"] };
  const text = write(appendJson, JSON.stringify(value));
  assertEquals(JSON.parse(text), value);
  // deno-lint-ignore no-control-regex
  assertEquals(/[\x00-\x1f\x7f-\x9f]/.exec(text), null);
});

test("appendEscaped makes room for a text of control characters", () => {
  assertEquals(escaped("\n".repeat(1000)), "#012".repeat(1000));
});

test("appendJsonText writes every character of ASCII as JSON.stringify does, DEL as a number", () => {
  for (let code = 0; code < 128; code++) {
    const character = String.fromCharCode(code);
    const expected = code === 0x7f ? "\\u007f" : JSON.stringify(character).slice(1, -1);
    assertEquals(jsonOf(character), expected);
  }
});

test("appendJsonText makes room for a text of control characters", () => {
  assertEquals(jsonOf("\x01".repeat(1000)), "\\u0001".repeat(1000));
});

const fatal = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Returns the character that a sequence of bytes is; undefined where it is not just one. */
function characterOf(sequence: Uint8Array): string | undefined {
  try {
    const text = fatal.decode(sequence);
    return [...text].length === 1 ? text : undefined;
  } catch {
    return undefined;
  }
}

/** The text with U+FFFD for each byte that belongs to no character, as Deno reads UTF-8. */
function readUtf8(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const size = [1, 2, 3, 4].find((length) =>
      at + length <= bytes.length && characterOf(bytes.subarray(at, at + length)) !== undefined
    );
    text += size === undefined ? "\ufffd" : characterOf(bytes.subarray(at, at + size));
    at += size ?? 1;
  }
  return text;
}

/** The text with what would steer a terminal as its number. */
function tame(text: string): string {
  return text.replace(
    /[\x7f-\x9f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

// The bytes at which RFC 3629 draws its lines, and those beside them.
const FIRST = [
  ...[0x80, 0xbf, 0xc0, 0xc1, 0xc2, 0xc3, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef],
  ...[0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf7, 0xf8, 0xff],
];
const SECOND = [0x41, 0x7f, 0x80, 0x8f, 0x90, 0x91, 0x9f, 0xa0, 0xa1, 0xbf, 0xc0, 0xff];

for (const first of FIRST) {
  test(`appendJsonText passes what is UTF-8 behind the byte ${first.toString(16)}`, () => {
    for (const second of SECOND) {
      for (const rest of [[], [0x80], [0x7f], [0x80, 0xbf], [0xbf, 0xc0], [0xc0, 0x80]]) {
        const bytes = Uint8Array.of(first, second, ...rest);
        assertEquals(jsonOf(bytes), tame(readUtf8(bytes)), `${bytes}`);
      }
    }
    assertEquals(jsonOf(Uint8Array.of(first)), "\ufffd");
  });
}
