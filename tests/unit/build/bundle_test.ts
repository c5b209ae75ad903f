/** What a text that the program carries may hold. */
import { assertThrows } from "@std/assert";
import { demandAscii } from "../../../lib/build/bundle.ts";
import { BuildError } from "../../../lib/build/tools.ts";
import { test } from "../../test.ts";

test("demandAscii names the character that would double a text, and what to write", () => {
  demandAscii("x.js", "all\nASCII \x7f");
  for (const [text, code] of [["/±/", "00b1"], ["/→/", "2192"], ["/\x80/", "0080"]] as const) {
    assertThrows(() => demandAscii("x.js", text), BuildError, `write \\u${code} in`);
  }
});
