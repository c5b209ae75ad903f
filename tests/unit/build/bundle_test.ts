/** What a text that the program carries may hold. */
import { assertEquals, assertThrows } from "@std/assert";
import { demandAscii, withShortModuleNames } from "../../../lib/build/bundle.ts";
import { BuildError } from "../../../lib/build/tools.ts";
import { test } from "../../test.ts";

test("demandAscii names the character that would double a text, and what to write", () => {
  demandAscii("x.js", "all\nASCII \x7f");
  for (const [text, code] of [["/±/", "00b1"], ["/→/", "2192"], ["/\x80/", "0080"]] as const) {
    assertThrows(() => demandAscii("x.js", text), BuildError, `write \\u${code} in`);
  }
});

test("the functions that evaluate modules have short names, and nothing else is renamed", () => {
  const text = 'var init_a=__esm({"lib/base/a.ts"(){init_b(),A=1}}),init_b=__esm({\n' +
    '"lib/base/b\\\n.ts"(){}});init_a();init_other("init_a2")';
  assertEquals(
    withShortModuleNames(text),
    'var $0=__esm({module(){$1(),A=1}}),$1=__esm({module(){}});$0();init_other("init_a2")',
  );
});
