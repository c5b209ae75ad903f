/** Mistakes as they are made, and what is said of each. */
import { assertEquals } from "@std/assert";
import { formatDiagnostic } from "../../../../lib/base/errors.ts";
import { parseSource } from "../../../../lib/config/source/yaml_source.ts";
import { test } from "../../../test.ts";

function needsQuotes(sign: string): string {
  return `x:2:6: a value that begins with ${sign} must be in quotes`;
}

const QUOTE_STAR = "a value that begins with * must be in quotes";
const COLON = "a ':' is missing on this line, after the name";

const MISTAKES: readonly [what: string, text: string, message: string][] = [
  ["an open brace", "a:\n  b: {c: d\n  e: f\n", "x:2:6: { is not closed"],
  ["an open bracket", "a:\n  b: [c, {d: e}\n  f: g\n", "x:2:6: [ is not closed"],
  ["an open quote", 'a:\n  b: "c\n  d: e\n', 'x:2:6: " is not closed'],
  ["a star", "a:\n  b: */5 * * * *\n", "x:2:6: a value that begins with * must be in quotes"],
  ["an at sign", "a:\n  b: @daily\n", "x:2:6: a value that begins with @ must be in quotes"],
  ["a percent sign", "a:\n  b: %d\n", "x:2:6: a value that begins with % must be in quotes"],
  ["F-056: five stars", "a:\n  b: * * * * *\n", needsQuotes("*")],
  ["F-056: brackets that go on", "a:\n  b: [nginx].*\n", needsQuotes("[")],
  ["F-056: braces that go on", "a:\n  b: {x}.log\n", needsQuotes("{")],
  ["F-056: an exclamation mark", "a:\n  b: !mail.*\n", needsQuotes("!")],
  ["F-056: a greater-than sign", "a:\n  b: >out\n", needsQuotes(">")],
  [
    "F-056: text after a quote",
    "a:\n  b: 'c' d\n",
    "x:2:6: text follows the closing '; put the whole value between other quotes",
  ],
  [
    "F-056: a dash",
    "a:\n  b: - c\n",
    "x:2:6: a list begins on the line below its key; a text that begins with - must be in quotes",
  ],
  ["F-056: stars within braces", "a: {b: c, d: * * * * *, e: f}\n", "x:1:14: " + QUOTE_STAR],
  ["F-056: a step within braces", "a: {b: 'c', d: */5 * * * *}\n", "x:1:16: " + QUOTE_STAR],
  [
    "F-056: brackets within braces",
    "a: {b: [nginx].*, c: d}\n",
    "x:1:8: a value that begins with [ must be in quotes",
  ],
  ["F-056: a star within brackets", "a: [b, * *]\n", "x:1:8: " + QUOTE_STAR],
  ["F-056: a section without a colon", "a.service\n  b: c\n", "x:1:1: " + COLON],
  ["F-056: a directive without a colon", "a:\n  b c\n  d: e\n", "x:2:3: " + COLON],
  [
    "F-056: a backslash between double quotes",
    'a:\n  b: "c\\d"\n',
    "x:2:8: \\d means nothing between double quotes; use single quotes instead",
  ],
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
