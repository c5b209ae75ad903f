import { assertEquals, assertThrows } from "@std/assert";
import {
  quoteWord,
  splitWords,
  WordsError,
} from "../../../../lib/config/environment/shell_words.ts";
import { test } from "../../../test.ts";

test("splitWords splits at blanks and drops the empty spaces between", () => {
  assertEquals(splitWords("  a\tb \n c "), ["a", "b", "c"]);
  assertEquals(splitWords(""), []);
});

test("splitWords joins quoted and bare pieces of one word", () => {
  assertEquals(splitWords(`bash -c 'echo "X"' a"b c"d`), ["bash", "-c", 'echo "X"', "ab cd"]);
  assertEquals(splitWords(`'' ""`), ["", ""]);
});

test("splitWords takes a backslash literally where a shell would", () => {
  assertEquals(splitWords(String.raw`a\ b '\n' "\n\"\\"`), ["a b", "\\n", '\\n"\\']);
});

test("splitWords treats # as an ordinary character", () => {
  assertEquals(splitWords("a #b"), ["a", "#b"]);
});

test("splitWords refuses an open quote and a trailing backslash", () => {
  assertThrows(() => splitWords("a 'b"), WordsError, "No closing quotation");
  assertThrows(() => splitWords('a "b\\"'), WordsError, "No closing quotation");
  assertThrows(() => splitWords("a\\"), WordsError, "No escaped character");
});

test("splitWords takes over newlines that are protected", () => {
  assertEquals(splitWords("'a\nb' \"c\nd\" e\\\nf"), ["a\nb", "c\nd", "e\nf"]);
});

test("quoteWord makes one word of anything", () => {
  assertEquals(quoteWord("/usr/bin/x-1.0"), "/usr/bin/x-1.0");
  for (const word of ["", "a b", "it's", 'say "x"', "$(A)", "a\\b", "\n", "#", "é*"]) {
    assertEquals(splitWords(quoteWord(word)), [word]);
  }
});

// Drawn at random; the words are those of Python's shlex.split.
const DRAWN: readonly (readonly [text: string, words: readonly string[] | string])[] = [
  ["\\bbaba", ["bbaba"]],
  [" \\b\" ''", "No closing quotation"],
  ["\ta", ["a"]],
  ["\tb", ["b"]],
  ["'b a\\\\", "No closing quotation"],
  ["\\\"a'  \\ ", "No closing quotation"],
  ['\t"  \t\\\\"', ["  \t\\"]],
  ['\'\\"\\\\"', "No closing quotation"],
  ["a a '", "No closing quotation"],
  ["aa", ["aa"]],
  ["\t  b\t ", ["b"]],
  [" \t\\ \t", [" "]],
  ['\\ \\"', [' "']],
  ['\\a"', "No closing quotation"],
  [" a'a ", "No closing quotation"],
  ["   \\b\\a ", ["ba"]],
  ["b'\t\\'", ["b\t\\"]],
  ["''\\'b", ["'b"]],
  ["b", ["b"]],
  ["'\\b\tba\t\t ", "No closing quotation"],
  ['"\\\\b"\tb', ["\\b", "b"]],
  ["  '\\'", ["\\"]],
  ['\t"\t"', ["\t"]],
  [" \\  \\a", [" ", "a"]],
  ['\\"\t a', ['"', "a"]],
  ["''", [""]],
  ['a\\" \t', ['a"']],
  ["\"'a'a\\ ", "No closing quotation"],
  ["\\'a b'a", "No closing quotation"],
  ["'\\\ta'b'b", "No closing quotation"],
  ['"   \\b\t ', "No closing quotation"],
  ["'\t   \" ", "No closing quotation"],
  ["\\\t ", ["\t"]],
  ["ba\\\\\\\t\t\\\\", ["ba\\\t", "\\"]],
  ["b\\ ", ["b "]],
  ["\t\\ \\\\", [" \\"]],
  [" a\t ", ["a"]],
  ['a "\t\\ ', "No closing quotation"],
  ["b  a\t  ", ["b", "a"]],
  ["a'\t", "No closing quotation"],
  ["\\a\\\t", ["a\t"]],
  [" a\t\t", ["a"]],
  ["a", ["a"]],
  ['"\\"', "No closing quotation"],
  [" a\t\\\\ \\a", ["a", "\\", "a"]],
  [" '\\\ta'b ", ["\\\tab"]],
  ["\t \\ab\\", "No escaped character"],
  [" \\ ", [" "]],
  ['\\\\\\ \\\\\\"', ['\\ \\"']],
  ["\\\t \\ ", ["\t", " "]],
  ["'\"b 'a\\b", ['"b ab']],
  ["\\' \t ", ["'"]],
  ['a\\\\a\\" a', ['a\\a"', "a"]],
  ["\t ''a \\\tb", ["a", "\tb"]],
  [" ", []],
  ["\t  '\\' \\ ", ["\\", " "]],
  ["\\ ba \\b", [" ba", "b"]],
  ["\t ", []],
  ['\\\\\t"', "No closing quotation"],
  ["a\\ ", ["a "]],
  [' \\\\\\"\\ ', ['\\" ']],
  ["  '  a", "No closing quotation"],
  ["b'b ", "No closing quotation"],
  ["b\"  'aa\t ", "No closing quotation"],
  [' \t" \\a"\\\\', [" \\a\\"]],
  ["bbb  \\", "No escaped character"],
  ["\\ '\"", "No closing quotation"],
  ["b b  ", ["b", "b"]],
  ["\\\\", ["\\"]],
  ["\\b ", ["b"]],
];

for (const [text, words] of DRAWN) {
  test(`splitWords of ${JSON.stringify(text)} is ${JSON.stringify(words)}`, () => {
    if (typeof words === "string") assertThrows(() => splitWords(text), WordsError, words);
    else assertEquals(splitWords(text), words);
  });
}
