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
