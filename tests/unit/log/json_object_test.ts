import { assertEquals } from "@std/assert";
import { parseJsonObject } from "../../../lib/log/json_object.ts";
import { test } from "../../test.ts";

const OBJECTS: readonly (readonly [text: string, isObject: boolean])[] = [
  ["{}", true],
  ['{"a":{"b":1}}', true],
  ['{ "a": 1 }', true],
  ['{"a":1} ', false],
  [' {"a":1}', false],
  ['{"a":1}}', false],
  ["{a}", false],
  ["[1]", false],
  ["{", false],
  ["}", false],
  ["", false],
];

for (const [text, isObject] of OBJECTS) {
  test(`parseJsonObject() ${isObject ? "takes" : "refuses"} '${text}', whatever is around it`, () => {
    const bytes = new TextEncoder().encode(`{${text}}`);
    assertEquals(parseJsonObject(bytes, 1, bytes.length - 1) !== undefined, isObject);
  });
}

test("parseJsonObject() refuses what is not UTF-8", () => {
  const bytes = Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d);
  assertEquals(parseJsonObject(bytes, 0, bytes.length), undefined);
});
