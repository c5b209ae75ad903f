import { assertEquals, assertThrows } from "@std/assert";
import {
  RegexCostError,
  replaceMatches,
} from "../../../../lib/config/environment/regex_replacement.ts";
import { test } from "../../../test.ts";

function replace(value: string, pattern: string, replacement: string, ignoreCase = false) {
  return replaceMatches(value, {
    pattern,
    replacement,
    ignoreCase,
    join: (pieces) => pieces.map(({ text }) => text).join(""),
  });
}

test("replaceMatches reads patterns as Python does", () => {
  const rows: readonly (readonly [string, string, string])[] = [
    ["key=val", "(?P<k>\\w+)=(?P<v>\\w+)", "[key=val]"],
    ["abab", "(?P<p>ab)(?P=p)", "[abab]"],
    ["aa", "(a)\\1", "[aa]"],
    ["größe!", "\\w+", "[größe]!"],
    ["größe!", "\\W", "größe[!]"],
    ["a٣b", "\\d", "a[٣]b"],
    ["an été", "\\bété\\b", "an [été]"],
    ["end\n", "d$", "en[d]\n"],
    ["a\nb", "a.b", "a\nb"],
    ["a\nb", "(?s)a.b", "[a\nb]"],
    ["a\nb", "(?m)^b$", "a\n[b]"],
    ["a\nb", "^b", "a\nb"],
    ["ABC", "(?i)b", "A[B]C"],
    ["ab", "\\Aa", "[a]b"],
    ["ab", "b\\Z", "a[b]"],
    ["a]b", "[]]", "a[]]b"],
    ["a[b", "[[]", "a[[]b"],
    ["a-b", "[a\\-]+", "[a-]b"],
    ["a&&b", "[&&]+", "a[&&]b"],
    ["x1 y", "[^\\W\\d]", "[x]1 [y]"],
    ["a{b", "{", "a[{]b"],
    ["a{,}", "a{,}", "[a][]{[],[]}[]"],
    ["aaa", "^a{,2}", "[aa]a"],
    ["aaa", "a{2}", "[aa]a"],
    ["aab", "a+?", "[a][a]b"],
    ["tab\there", "\\t", "tab[\t]here"],
    ["A", "\\x41", "[A]"],
    ["é", "\\u00e9", "[é]"],
    ["a/b#c", "[/#]", "a[/]b[#]c"],
    ["price", "pri(?=ce)", "[pri]ce"],
    ["price", "(?<=pri)ce", "pri[ce]"],
    ["ab", "a(?#note)b", "[ab]"],
  ];
  for (const [value, pattern, expected] of rows) {
    assertEquals(replace(value, pattern, "[\\g<0>]"), expected, pattern);
  }
});

test("replaceMatches fills groups into the replacement", () => {
  assertEquals(replace("ab", "(a)(b)", "\\2\\1"), "ba");
  assertEquals(replace("ab", "(a)(b)", "\\g<2>0\\g<1>"), "b0a");
  assertEquals(replace("ab", "(?P<x>a)", "<\\g<x>>"), "<a>b");
  assertEquals(replace("ab", "a", "\\0\\0"), "aab");
  assertEquals(replace("b", "(a)?b", "[\\1]"), "[]");
});

test("replaceMatches reads control escapes and keeps unknown ones", () => {
  assertEquals(replace("a,b", ",", "\\n"), "a\nb");
  assertEquals(replace("a,b", ",", "\\\\"), "a\\b");
  assertEquals(replace("a,b", ",", "\\$(X)\\."), "a\\$(X)\\.b");
});

test("replaceMatches replaces every match, empty ones too", () => {
  assertEquals(replace("abc", "x*", "-"), "-a-b-c-");
  assertEquals(replace("aXbx", "x", "_", true), "a_b_");
});

test("replaceMatches tells patterns and groups that do not exist", () => {
  for (const pattern of ["(", ")", "[", "a**", "\\", "(?P<1>a)", "[b-a]", "(?Pa)", "\\1"]) {
    assertEquals(replace("a", pattern, ""), undefined, pattern);
  }
  assertEquals(replace("a", "a", "\\1"), undefined);
  assertEquals(replace("a", "a", "\\g<name>"), undefined);
});

test("F-014: what the linear engine does not know is refused where it could take any time", () => {
  const rows: readonly (readonly [string, string, string])[] = [
    ["aaab", "(?=(a+)+$)x", "a repetition stands within another"],
    ["aaäb", "(\\w|\\w\\w)*$", "a repetition stands within another"],
    ["ä".repeat(5000), "\\w+x\\w+", "the value has 5000 characters"],
  ];
  for (const [value, pattern, message] of rows) {
    assertThrows(() => replace(value, pattern, ""), RegexCostError, message, pattern);
  }
  // What can be bounded goes on.
  assertEquals(replace("größe-größe", "(?<=-)\\w+", "[\\0]"), "größe-[größe]");
});

// Of a value that the linear engine is not asked for, since it is not ASCII.
const COSTS: readonly (readonly [pattern: string, length: number, isTried: boolean])[] = [
  ["\\w{1,30}", 30, true],
  ["(?:\\w{1,30}){1,30}!", 30, false],
  ["(?:\\w?){30}!", 30, false],
  ["(?:\\w?\\w)+!", 30, false],
  ["(?:\\w|\\w\\w)+!", 30, false],
  ["(?:\\w|\\w\\w){30}!", 30, false],
  ["(?:\\w+){30}!", 30, false],
  ["(\\w*)*!", 30, false],
  ["(?P<a>\\w*){2,}!", 30, false],
  ["(?:\\w+){2}!", 100, true],
  ["(?:\\w+){2}!", 1001, false],
  ["\\w+!\\w+", 1000, true],
  ["\\w+!\\w+", 1001, false],
  ["(?:\\w\\w)+", 30, true],
  ["(?:ab)+(?:cd)*", 30, true],
  ["(?i:ä)+", 30, true],
  ["\\w{30}", 30, true],
  ["(?:\\w{3}){3}", 30, true],
  ["(?:\\d{1,3}\\.){3}\\d{1,3}", 100, true],
  ["a|b|c|d|e|f|g|h|i|j|k|l|m|n|o|p|q|r|s|t|u|v|w|x|y|z|ä|ö|ü|ß|é|è", 1000, true],
  ["[*+({|]+\\(\\*", 30, true],
];

for (const [pattern, length, isTried] of COSTS) {
  test(`F-014: ${pattern} is ${isTried ? "tried" : "refused"} with ${length} characters`, () => {
    const value = "ä".repeat(length);
    if (isTried) replace(value, pattern, "");
    else assertThrows(() => replace(value, pattern, ""), RegexCostError);
  });
}
