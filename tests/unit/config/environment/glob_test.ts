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

// Drawn at random; whether they match is what Python's fnmatchcase says.
const DRAWN: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
  ["b*", "]-bb", false],
  ["?", "b", true],
  ["*", "-b", true],
  ["*-*", "--!!", true],
  ["[[]*", "[a-]", true],
  ["!-?*b", "[!", false],
  ["*", "!-", true],
  ["**", "[ba", true],
  ["!*][", "[c]", false],
  ["?*!bb", "", false],
  ["[", "[", true],
  ["][-?*a", "!", false],
  ["[ab", "[!]a", false],
  ["*", "-[", true],
  ["*", "][b!", true],
  ["![a[?", "", false],
  ["*", "", true],
  ["[ab-]?", "-b", true],
  ["[", "[!-]", false],
  ["*", "aa!", true],
  ["b-a", "]b]-", false],
  ["[?", "", false],
  ["b]cc-a", "][", false],
  ["--[c", "", false],
  ["b-!", "b-!", true],
  ["*bab!", "ba[", false],
  ["c?", "cb", true],
  ["*a", "aa", true],
  ["ca", "c!c[", false],
  ["*-", "]-", true],
  ["]-a*!", "b!", false],
  ["b", "[[[", false],
  ["**", "c", true],
  ["]?a[?!", "]][!", false],
  ["-?", "--", true],
  ["*", "!a", true],
  ["?", "]", true],
  ["*", "!]", true],
  ["*", "c-cb", true],
  ["c]ac", "", false],
  ["*", "cc[]", true],
  ["!*!b-", "!", false],
  ["?c", "-c[[", false],
  ["*", "-cbc", true],
  ["*", "a[", true],
  ["*!", "c]-!", true],
  ["a[*", "", false],
  ["b]cb?*", "-]", false],
  ["b*]c]a", "]-", false],
  ["!", "aa", false],
  ["*", "ac", true],
  ["*??a*", "]aa", true],
  ["-?cb", "!!!", false],
  ["]!-ab", "", false],
  ["b??a", "", false],
  ["a-c", "-", false],
  ["-*[!c-", "-!!", false],
  ["??b", "![ac", false],
  ["*", "[b", true],
  ["*c", "c", true],
  ["*c", "a[[c", true],
  ["**]*?", "-a]!", true],
  ["c?[]?!", "", false],
  ["c]]!ac", "cc", false],
  ["*", "!", true],
  ["*", "aa]", true],
  ["--]", "-]", false],
  ["?*?c?", "cbc[", true],
  ["]***", "b", false],
  ["?*?", "-[", true],
  ["b*!", "ca", false],
  ["]b*]-", "!", false],
  ["?", "c", true],
  ["c!c-c*", "a[", false],
  ["*", "-", true],
  ["**", "-[][", true],
  ["]bbaa-", "cc[", false],
  ["]", "]cca", false],
  ["[*]-", "]-c", false],
  ["*", "b-[", true],
  ["*", "[b]", true],
  ["[-]", "!ba", false],
  ["-?b*", "-[b", true],
  ["**", "a!ca", true],
  ["*?", "b!b[", true],
  ["ca?*", "]!a", false],
  ["ca", "b!", false],
  ["*b!", "[-!-", false],
  ["]", "]", true],
  ["**", "cb", true],
  ["[[]*", "ca-]", false],
  ["[ab-]?", "!b", false],
  ["-?", "a-", false],
  ["*c", "]", false],
];

for (const [pattern, text, matches] of DRAWN) {
  test(`compileGlob: ${pattern} ${matches ? "matches" : "does not match"} '${text}'`, () => {
    assertEquals(compileGlob(pattern)(text), matches);
  });
}
