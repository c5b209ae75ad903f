import { assertEquals } from "@std/assert";
import { parseBasic } from "../../../lib/wire/basic_auth.ts";
import { test } from "../../test.ts";

const encode = (text: string) => new TextEncoder().encode(text).toBase64();

test("parseBasic reads a name and a password, which may hold colons", () => {
  for (
    const [text, name, password] of [
      ["ann:secret", "ann", "secret"],
      [":secret", "", "secret"],
      ["jürgen:a:b", "jürgen", "a:b"],
      ["ann:", "ann", ""],
    ] as const
  ) {
    assertEquals(parseBasic(`Basic ${encode(text)}`), { name, password }, text);
    assertEquals(parseBasic(`bAsIc   ${encode(text)}`), { name, password }, text);
  }
});

test("parseBasic refuses what is no such field", () => {
  const fields = [
    "",
    "Basic",
    "Basic ",
    `Basic ${encode("no colon")}`,
    `Basic ${new Uint8Array([0xff, 0x3a]).toBase64()}`,
    "Basic ====",
    "Basic a",
    `Basic ${encode("a:b")} x`,
    `Bearer ${encode("a:b")}`,
    `Basic ${encode(`a:${"x".repeat(2000)}`)}`,
  ];
  for (const field of fields) assertEquals(parseBasic(field), undefined, field);
});
