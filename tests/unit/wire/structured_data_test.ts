import { assertEquals } from "@std/assert";
import { readStructuredData, skipStructuredData } from "../../../lib/wire/structured_data.ts";
import { test } from "../../test.ts";

const encoder = new TextEncoder();

function read(text: string): unknown {
  const bytes = encoder.encode(text);
  assertEquals(skipStructuredData(bytes, 0, bytes.length), bytes.length);
  return JSON.parse(JSON.stringify(readStructuredData(bytes, 0, bytes.length)));
}

test("readStructuredData() reads elements, escapes and repeated parameters", () => {
  assertEquals(read('[a@1 k="v" ip="1" ip="2"][b x="\\"q\\" \\\\ \\] \\n é"][c]'), {
    "a@1": { k: "v", ip: ["1", "2"] },
    b: { x: '"q" \\ ] \\n é' },
    c: {},
  });
});

test("readStructuredData() takes names that objects have by themselves", () => {
  const data = read('[__proto__ constructor="x"]') as Record<string, unknown>;
  assertEquals(Object.getOwnPropertyDescriptor(data, "__proto__")?.value, { constructor: "x" });
});

for (
  const text of ["[", "[]", "[a", '[a b="]', "[a b]", '[a b="x"', '[a ="x"]', "x", '[a  b="x"]']
) {
  test(`skipStructuredData() refuses '${text}'`, () => {
    const bytes = encoder.encode(text);
    assertEquals(skipStructuredData(bytes, 0, bytes.length), -1);
  });
}
