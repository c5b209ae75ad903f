/** Python's notation of regular expressions. The matches are those of Python's re.finditer. */
import { assertEquals } from "@std/assert";
import {
  translateLinearly,
  translateRegex,
} from "../../../../lib/config/environment/regex_translation.ts";
import { test } from "../../../test.ts";

const MATCHES: readonly (readonly [source: string, text: string, matches: readonly string[]])[] = [
  ["(?i)b", "ABC", ["B"]],
  ["(?s)a.b", "a\nb", ["a\nb"]],
  ["(?m)^b$", "a\nb\nc", ["b"]],
  ["(?ms)^b.c", "a\nb\nc", ["b\nc"]],
  ["(?i)(?s)A.b", "a\nB", ["a\nB"]],
  ["(?u)a", "a", ["a"]],
  ["(?a)a", "a", ["a"]],
  ["a.b", "a\nb a-b", ["a-b"]],
  ["^b", "a\nb", []],
  ["a$", "a", ["a"]],
  ["^a", "aa", ["a"]],
  ["b\\Z", "ab", ["b"]],
  ["\\Aa", "aa", ["a"]],
  ["\\ba", "a ba", ["a"]],
  ["\\Ba", "a ba", ["a"]],
  ["[^a]", "ab", ["b"]],
  ["[]a]", "a]b", ["a", "]"]],
  ["[^]a]", "a]b", ["b"]],
  ["[a-c]", "abcd-", ["a", "b", "c"]],
  ["[a-]", "a-b", ["a", "-"]],
  ["[-a]", "a-b", ["a", "-"]],
  ["[a\\-c]", "a-bc", ["a", "-", "c"]],
  ["[\\b]", "a\bb", ["\b"]],
  ["[\\d]", "a1", ["1"]],
  ["[\\w]", "a-", ["a"]],
  ["[\\W]", "a-", ["-"]],
  ["[\\D]", "a1", ["a"]],
  ["[\\s]", "a b", [" "]],
  ["[\\S]", "a b", ["a", "b"]],
  ["[\\]]", "a]", ["]"]],
  ["[\\x41-C]", "ABCD", ["A", "B", "C"]],
  ["[a.]", "a.b", ["a", "."]],
  ["\\d+", "a12b3", ["12", "3"]],
  ["\\D+", "a12b3", ["a", "b"]],
  ["\\s", "a b", [" "]],
  ["\\S", "a b", ["a", "b"]],
  ["\\w+", "a_1 b", ["a_1", "b"]],
  ["\\W", "a-b", ["-"]],
  ["\\a", "x\u0007", ["\u0007"]],
  ["\\f", "x\f", ["\f"]],
  ["\\n", "x\ny", ["\n"]],
  ["\\r", "x\r", ["\r"]],
  ["\\t", "x\t", ["\t"]],
  ["\\v", "x\u000b", ["\u000b"]],
  ["\\x41", "AB", ["A"]],
  ["\\u0041", "AB", ["A"]],
  ["\\U00000041", "AB", ["A"]],
  ["\\0", "a\u0000", ["\u0000"]],
  ["\\07", "a\u0007b", ["\u0007"]],
  ["\\012", "a\nb", ["\n"]],
  ["\\\\", "a\\b", ["\\"]],
  ["\\.", "a.b", ["."]],
  ["{", "a{b", ["{"]],
  ["a{2}", "aaaa", ["aa", "aa"]],
  ["a{2,}", "aaaa", ["aaaa"]],
  ["a{,2}", "aaa", ["aa", "a", ""]],
  ["a{1,2}", "aaa", ["aa", "a"]],
  ["a{,}", "a{,}", ["a", "", "", "", ""]],
  ["a{x}", "a{x}", ["a{x}"]],
  ["a{}", "a{}", ["a{}"]],
  ["a{1", "a{1", ["a{1"]],
  ["(a)(b)\\1", "aba", ["aba"]],
  ["(a)(b)\\2", "abb", ["abb"]],
  ["(?P<n>a)(?P=n)", "aa", ["aa"]],
  ["(?:ab)+", "abab", ["abab"]],
  ["a(?#x)b", "ab", ["ab"]],
  ["a(?=b)", "abac", ["a"]],
  ["a(?!b)", "abac", ["a"]],
  ["(?<=a)b", "abcb", ["b"]],
  ["(?<!a)b", "abcb", ["b"]],
  ["(?i:A)b", "abAB", ["ab"]],
  ["(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)\\10", "abcdefghijj", ["abcdefghijj"]],
  ["(a)\\1b", "aab", ["aab"]],
  ["a|b", "ab", ["a", "b"]],
  ["a*", "aab", ["aa", "", ""]],
  ["a+?", "aa", ["a", "a"]],
  ["a??b", "ab", ["ab"]],
  ["/", "a/b", ["/"]],
  ["#", "a#b", ["#"]],
  ["&&", "a&&b", ["&&"]],
  ["[&]", "a&", ["&"]],
  ["~", "a~", ["~"]],
];

for (const [source, text, matches] of MATCHES) {
  test(`${JSON.stringify(source)} finds in ${JSON.stringify(text)} what Python finds`, () => {
    const found = (expression: RegExp | undefined) =>
      expression && [...text.matchAll(expression)].map(([match]) => match);
    assertEquals(found(translateRegex(source, false)), matches);
    // Where the linear engine cannot do it, the other one does.
    assertEquals(found(translateLinearly(source, false, text)) ?? matches, matches);
  });
}

test("a number may be that of the last character", () => {
  const last = String.fromCodePoint(0x10ffff);
  assertEquals([...last.matchAll(translateRegex("\\U0010ffff", false) as RegExp)].length, 1);
});

const INVALID = [
  "[a",
  "(a",
  "a)",
  "*a",
  "a\\",
  "[b-a]",
  "(?P<1a>b)",
  "\\U00110000",
  "(?P=n)",
  "(?Z)a",
  "[\\",
  "a**",
];

for (const source of INVALID) {
  test(`${JSON.stringify(source)} is not a regular expression`, () => {
    assertEquals(translateRegex(source, false), undefined);
    assertEquals(translateLinearly(source, false, "a"), undefined);
  });
}

// Whether the engine that takes linear time knows it, for a text.
const LINEAR: readonly (readonly [source: string, text: string, isLinear: boolean])[] = [
  ["a+b", "aab", true],
  ["\\w$", "ab", true],
  ["\\bA", "a", true],
  ["\\w$", "ab\n", false],
  ["\\w", "é", false],
  ["(a)\\1", "aa", false],
  ["a(?=b)", "ab", false],
  ["\\U0001f600", "a", false],
  ["\\uffff", "a", true],
];

for (const [source, text, isLinear] of LINEAR) {
  test(`${source} of ${JSON.stringify(text)} is linear: ${isLinear}`, () => {
    assertEquals(translateLinearly(source, false, text) !== undefined, isLinear);
  });
}

test("ignoring case is asked for from outside or inside", () => {
  for (
    const translate of [translateRegex, (s: string, i: boolean) => translateLinearly(s, i, "A")]
  ) {
    assertEquals([..."A".matchAll(translate("a", true) as RegExp)].length, 1);
    assertEquals([..."A".matchAll(translate("(?i)a", false) as RegExp)].length, 1);
    assertEquals([..."A".matchAll(translate("a", false) as RegExp)].length, 0);
  }
});
