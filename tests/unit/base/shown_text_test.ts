import { assertEquals } from "@std/assert";
import { inOneLine, visibleText } from "../../../lib/base/shown_text.ts";
import { test } from "../../test.ts";

test("inOneLine makes a blank of each run of control characters", () => {
  assertEquals(inOneLine("a\r\n\tb\x1b[2Jc\x7f\x9fd é"), "a b [2Jc d é");
  assertEquals(inOneLine("plain"), "plain");
});

test("visibleText shows each character that is not seen as a question mark", () => {
  assertEquals(visibleText("a\x00\x1bb\u202ec\u2028d\xad"), "a??b?c?d?");
  assertEquals(visibleText("é ✓"), "é ✓");
});
