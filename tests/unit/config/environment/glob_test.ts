import { assert, assertEquals } from "@std/assert";
import { compileGlob } from "../../../../lib/config/environment/glob.ts";
import { test } from "../../../test.ts";

test("compileGlob matches whole texts with *, ? and sets", () => {
  const rows: readonly (readonly [string, string, boolean])[] = [
    ["", "", true],
    ["", "a", false],
    ["*", "", true],
    ["*", "a/b\nc", true],
    ["a*", "abc", true],
    ["*c", "abc", true],
    ["a*c", "ac", true],
    ["a*b*c", "axxbyyc", true],
    ["a*b*c", "axxcyyb", false],
    ["?", "é", true],
    ["?", "🎈", true],
    ["?", "", false],
    ["a?c", "abbc", false],
    ["[abc]", "b", true],
    ["[abc]", "d", false],
    ["[a-c]x", "bx", true],
    ["[!a-c]", "d", true],
    ["[!a-c]", "b", false],
    ["[]]", "]", true],
    ["[!]]", "]", false],
    ["[a-]", "-", true],
    ["[-a]", "-", true],
    ["[", "[", true],
    ["[a", "[a", true],
    ["a.b", "axb", false],
    ["a+(b)|$^\\", "a+(b)|$^\\", true],
    ["LC_*", "lc_all", false],
  ];
  for (const [pattern, text, expected] of rows) {
    assertEquals(compileGlob(pattern)(text), expected, `${pattern} on ${text}`);
  }
});

test("compileGlob can ignore case, in sets too", () => {
  assert(compileGlob("LC_*", true)("lc_all"));
  assert(compileGlob("[A-C]x", true)("bX"));
  assert(compileGlob("[a-c]x", true)("BX"));
  assert(!compileGlob("[!a-c]x", true)("BX"));
});

test("compileGlob stays quick with many stars", () => {
  assert(!compileGlob("*a".repeat(50) + "b")("a".repeat(2000)));
});
