import { assertEquals } from "@std/assert";
import { boundedPattern, linearSource } from "../../../lib/base/bounded_pattern.ts";
import { test } from "../../test.ts";

const LINEAR: readonly (readonly [source: string, ignoreCase: boolean, linear: string])[] = [
  ["mail from .* rejected", false, "mail from .* rejected"],
  ["a1", true, "[\\u0061\\u0041]1"],
  ["\\x41\\.\\d", true, "[\\u0041\\u0061]\\.\\d"],
  ["[a-c_]", true, "[a-c_\\u0041\\u0042\\u0043]"],
  ["[a-]", true, "[a\\-\\u0041]"],
  ["é", true, "[\\u00e9\\u00c9]"],
  ["(?:1{2}){8}(?<n>2{16})", false, "(?:1{2}){8}(?<n>2{16})"],
  [".{4}.{4}.{4}", false, ".{4}.{4}.{4}"],
  ["(?:1{4}.{4}){4}.{16}", false, "(?:1{4}.{4}){4}.{16}"],
];

for (const [source, ignoreCase, linear] of LINEAR) {
  test(`linearSource writes ${source}${ignoreCase ? " with flag i" : ""} as ${linear}`, () => {
    assertEquals(linearSource(source, ignoreCase), linear);
  });
}

test("linearSource refuses what the linear engine does not know", () => {
  for (
    const source of [
      "(?=a)",
      "(?<!a)",
      "(a)\\1",
      "(?<n>a)\\k<n>",
      "a{17}",
      ".{17}",
      "(?:a{5}){4}",
      "(?i:a)",
    ]
  ) {
    assertEquals(linearSource(source, false), undefined, source);
  }
});

test("a written-out flag i takes and leaves what the flag does", () => {
  const sources = ["straße", "[^a-f]x", "ſK", "[Z-a]\\w", "µ|\\bÉ", "[\\d-x]"];
  const texts = ["STRASSE", "StraßE", "Ax", "GX", "sk", "ſk", "\u212a", "Μ", "é", "_Q", "-", "X"];
  for (const source of sources) {
    const regExp = new RegExp(source, "i");
    const pattern = boundedPattern(source, { ignoreCase: true });
    assertEquals(pattern.isLinear, true);
    for (const text of texts) {
      assertEquals(pattern.test(text), regExp.test(text), `${source} ${text}`);
    }
  }
});

test("boundedPattern looks at the beginning of a text only", () => {
  assertEquals(boundedPattern("x").test(`${" ".repeat(4095)}x`), true);
  assertEquals(boundedPattern("x").test(`${" ".repeat(4096)}x`), false);
  assertEquals(boundedPattern("(?=x)").test(`${" ".repeat(1024)}x`), false);
});

test("boundedPattern keeps no position", () => {
  const pattern = boundedPattern("a");
  assertEquals([pattern.test("a"), pattern.test("a")], [true, true]);
});
