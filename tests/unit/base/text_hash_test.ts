import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { textHash } from "../../../lib/base/text_hash.ts";
import { test } from "../../test.ts";

test("a hash is the same for the same text, another for another, and always twelve digits", () => {
  const texts = ["", "a", "b", "ab", "ba", "é", "x".repeat(100_000)];
  for (const text of texts) assertMatch(textHash(text), /^[0-9a-f]{12}$/);
  assertEquals(textHash("command: run"), textHash("command: run"));
  assertEquals(new Set(texts.map(textHash)).size, texts.length);
  assertNotEquals(textHash("command: run"), textHash("command: ran"));
});
