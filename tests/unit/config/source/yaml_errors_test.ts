/** Mistakes as they are made, and what is said of each. */
import { assertEquals } from "@std/assert";
import { formatDiagnostic } from "../../../../lib/base/errors.ts";
import { parseSource } from "../../../../lib/config/source/yaml_source.ts";
import { test } from "../../../test.ts";

const MISTAKES: readonly [what: string, text: string, message: string][] = [
  ["an open brace", "a:\n  b: {c: d\n  e: f\n", "x:2:6: { is not closed"],
  ["an open bracket", "a:\n  b: [c, {d: e}\n  f: g\n", "x:2:6: [ is not closed"],
  ["an open quote", 'a:\n  b: "c\n  d: e\n', 'x:2:6: " is not closed'],
  ["a star", "a:\n  b: */5 * * * *\n", "x:2:6: a value that begins with * must be in quotes"],
  ["an at sign", "a:\n  b: @daily\n", "x:2:6: a value that begins with @ must be in quotes"],
  ["a percent sign", "a:\n  b: %d\n", "x:2:6: a value that begins with % must be in quotes"],
  [
    "a colon in a value",
    "a:\n  b: echo c: d\n",
    "x:2:6: a value holds ': ', or the line after it is indented too far; " +
    "with ': ' in it, it must be in quotes",
  ],
];

for (const [what, text, message] of MISTAKES) {
  test(`parseSource explains ${what} where it stands`, () => {
    assertEquals(parseSource("x", text).problems.map(formatDiagnostic), [message]);
  });
}
