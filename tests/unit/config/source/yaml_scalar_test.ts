import { assertEquals } from "@std/assert";
import { resolvePlain, resolveTagged } from "../../../../lib/config/source/yaml_scalar.ts";
import { test } from "../../../test.ts";

/** Texts without quotes, and what they are to PyYAML. */
const PLAIN: readonly (readonly [text: string, type: string, value: unknown])[] = [
  ["yes", "bool", true],
  ["Off", "bool", false],
  ["y", "str", "y"],
  ["~", "null", null],
  ["", "null", null],
  ["0", "int", 0],
  ["-0", "int", -0],
  ["+12", "int", 12],
  ["-12", "int", -12],
  ["1_000", "int", 1000],
  ["010", "int", 8],
  ["-017", "int", -15],
  ["08", "str", "08"],
  ["0x1F", "int", 31],
  ["-0x_1f", "int", -31],
  ["0b101", "int", 5],
  ["1:30", "int", 90],
  ["-1:00:01", "int", -3601],
  ["1:60", "str", "1:60"],
  ["1.5", "float", 1.5],
  ["-1.5", "float", -1.5],
  ["+2.", "float", 2],
  [".5", "float", 0.5],
  ["1.5e+3", "float", 1500],
  ["1e3", "str", "1e3"],
  ["1:30.5", "float", 90.5],
  ["-1:30.5", "float", -90.5],
  [".inf", "float", Infinity],
  ["-.INF", "float", -Infinity],
  [".NaN", "float", NaN],
  ["2026-12-24", "date", "2026-12-24"],
  ["2026-12-24 18:00:00", "date", "2026-12-24 18:00:00"],
  ["-", "str", "-"],
];

for (const [text, type, value] of PLAIN) {
  test(`without quotes, '${text}' is ${type} ${value}`, () => {
    assertEquals(resolvePlain(text), { type, value } as unknown as ReturnType<typeof resolvePlain>);
  });
}

test("a tag is kept to, or refused", () => {
  const tagged = (text: string, tag: string) => resolveTagged(text, `tag:yaml.org,2002:${tag}`);
  assertEquals(tagged("12", "str"), { type: "str", value: "12" });
  assertEquals(tagged("x", "null"), { type: "null", value: null });
  assertEquals(tagged("12", "float"), { type: "float", value: 12 });
  assertEquals(tagged("12", "int"), { type: "int", value: 12 });
  assertEquals(tagged("yes", "bool"), { type: "bool", value: true });
  assertEquals(tagged("x", "int"), undefined);
  assertEquals(tagged("1.5", "int"), undefined);
  assertEquals(resolveTagged("12", "!int"), undefined);
});
