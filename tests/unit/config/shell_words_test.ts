import { assertEquals, assertThrows } from "@std/assert";
import { splitShellWords } from "../../../lib/config/shell_words.ts";
import { test } from "../../test.ts";

test("splitShellWords splits at blanks and drops the empty spaces between", () => {
  assertEquals(splitShellWords("  a\tb \n c "), ["a", "b", "c"]);
  assertEquals(splitShellWords(""), []);
});

test("splitShellWords joins quoted and bare pieces of one word", () => {
  assertEquals(splitShellWords(`bash -c 'echo "X"' a"b c"d`), ["bash", "-c", 'echo "X"', "ab cd"]);
  assertEquals(splitShellWords(`'' ""`), ["", ""]);
});

test("splitShellWords takes a backslash literally where a shell would", () => {
  assertEquals(splitShellWords(String.raw`a\ b '\n' "\n\"\\"`), ["a b", "\\n", '\\n"\\']);
});

test("splitShellWords treats # as an ordinary character", () => {
  assertEquals(splitShellWords("a #b"), ["a", "#b"]);
});

test("splitShellWords refuses an open quote and a trailing backslash", () => {
  assertThrows(() => splitShellWords("a 'b"), SyntaxError, "No closing quotation");
  assertThrows(() => splitShellWords('a "b\\"'), SyntaxError, "No closing quotation");
  assertThrows(() => splitShellWords("a\\"), SyntaxError, "No escaped character");
});
