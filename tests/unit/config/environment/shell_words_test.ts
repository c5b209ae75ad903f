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
  assertThrows(() => splitWords("a 'b"), WordsError, "a quote is opened and not closed");
  assertThrows(() => splitWords('a "b\\"'), WordsError, "a quote is opened and not closed");
  assertThrows(() => splitWords("a\\"), WordsError, "nothing follows the backslash at its end");
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
  [" \\b\" ''", "a quote is opened and not closed"],
  ["\ta", ["a"]],
  ["\tb", ["b"]],
  ["'b a\\\\", "a quote is opened and not closed"],
  ["\\\"a'  \\ ", "a quote is opened and not closed"],
  ['\t"  \t\\\\"', ["  \t\\"]],
  ['\'\\"\\\\"', "a quote is opened and not closed"],
  ["a a '", "a quote is opened and not closed"],
  ["aa", ["aa"]],
  ["\t  b\t ", ["b"]],
  [" \t\\ \t", [" "]],
  ['\\ \\"', [' "']],
  ['\\a"', "a quote is opened and not closed"],
  [" a'a ", "a quote is opened and not closed"],
  ["   \\b\\a ", ["ba"]],
  ["b'\t\\'", ["b\t\\"]],
  ["''\\'b", ["'b"]],
  ["b", ["b"]],
  ["'\\b\tba\t\t ", "a quote is opened and not closed"],
  ['"\\\\b"\tb', ["\\b", "b"]],
  ["  '\\'", ["\\"]],
  ['\t"\t"', ["\t"]],
  [" \\  \\a", [" ", "a"]],
  ['\\"\t a', ['"', "a"]],
  ["''", [""]],
  ['a\\" \t', ['a"']],
  ["\"'a'a\\ ", "a quote is opened and not closed"],
  ["\\'a b'a", "a quote is opened and not closed"],
  ["'\\\ta'b'b", "a quote is opened and not closed"],
  ['"   \\b\t ', "a quote is opened and not closed"],
  ["'\t   \" ", "a quote is opened and not closed"],
  ["\\\t ", ["\t"]],
  ["ba\\\\\\\t\t\\\\", ["ba\\\t", "\\"]],
  ["b\\ ", ["b "]],
  ["\t\\ \\\\", [" \\"]],
  [" a\t ", ["a"]],
  ['a "\t\\ ', "a quote is opened and not closed"],
  ["b  a\t  ", ["b", "a"]],
  ["a'\t", "a quote is opened and not closed"],
  ["\\a\\\t", ["a\t"]],
  [" a\t\t", ["a"]],
  ["a", ["a"]],
  ['"\\"', "a quote is opened and not closed"],
  [" a\t\\\\ \\a", ["a", "\\", "a"]],
  [" '\\\ta'b ", ["\\\tab"]],
  ["\t \\ab\\", "nothing follows the backslash at its end"],
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
  ['\\\\\t"', "a quote is opened and not closed"],
  ["a\\ ", ["a "]],
  [' \\\\\\"\\ ', ['\\" ']],
  ["  '  a", "a quote is opened and not closed"],
  ["b'b ", "a quote is opened and not closed"],
  ["b\"  'aa\t ", "a quote is opened and not closed"],
  [' \t" \\a"\\\\', [" \\a\\"]],
  ["bbb  \\", "nothing follows the backslash at its end"],
  ["\\ '\"", "a quote is opened and not closed"],
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
