import { assertEquals } from "@std/assert";
import { isSameSecret } from "../../../lib/base/secret_text.ts";
import { test } from "../../test.ts";

test("isSameSecret is true for the same text alone", () => {
  for (const text of ["", "a", "correct horse", "grüße"]) {
    assertEquals(isSameSecret(text, text), true);
  }
  for (
    const [given, secret] of [
      ["", "a"],
      ["a", ""],
      ["ab", "a"],
      ["a", "ab"],
      ["a\0", "a"],
      ["b", "a"],
      ["aa", "ab"],
      ["ba", "aa"],
      ["A", "a"],
    ] as const
  ) assertEquals(isSameSecret(given, secret), false, `${given} ${secret}`);
});
