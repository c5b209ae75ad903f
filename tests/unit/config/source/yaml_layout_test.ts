import { assertEquals } from "@std/assert";
import { findUnclosed, layOut } from "../../../../lib/config/source/yaml_layout.ts";
import { test } from "../../../test.ts";

/** What is put before a line that goes on. */
const IN = " ".repeat(40);

/** A text, and what the parser is given in its place. */
const LAID_OUT: readonly (readonly [text: string, result: string])[] = [
  ["a: b\nc: d\n", "a: b\nc: d\n"],
  ["a: [x,\ny]\nb: c\n", `a: [x,\n${IN}y]\nb: c\n`],
  ["a: {x: [1,\n2\n]}\nb: c\n", `a: {x: [1,\n${IN}2\n${IN}]}\nb: c\n`],
  ["a: [[x], {y: z}]\nb: c\n", "a: [[x], {y: z}]\nb: c\n"],
  ['a: "x\ny"\nb: c\n', `a: "x\n${IN}y"\nb: c\n`],
  ["a: 'x\n\ny'\nb: c\n", `a: 'x\n${IN}\n${IN}y'\nb: c\n`],
  ["a: 'it''s [\nso'\nb: c\n", `a: 'it''s [\n${IN}so'\nb: c\n`],
  ['a: "say \\"[\\"\nso"\nb: c\n', `a: "say \\"[\\"\n${IN}so"\nb: c\n`],
  // A line that ends with a backslash goes on, too.
  ['a: "x\\\ny"\nb: c\n', `a: "x\\\n${IN}y"\nb: c\n`],
  // What is a bracket or a quote only at the beginning of a value.
  ["a: x[\nb: it's\nc: d\n", "a: x[\nb: it's\nc: d\n"],
  ["a: x {\nb: ]\nc: d\n", "a: x {\nb: ]\nc: d\n"],
  ["- [x,\ny]\n- 'a\nb'\n", `- [x,\n${IN}y]\n- 'a\n${IN}b'\n`],
  ["? [x,\ny]\n: z\n", `? [x,\n${IN}y]\n: z\n`],
  ["a-b: [x\n]\n", `a-b: [x\n${IN}]\n`],
  ["a:b [\nc: d\n", "a:b [\nc: d\n"],
  ["[x,\ny]: z\n", `[x,\n${IN}y]: z\n`],
  ["a: x, [y\nb: c\n", "a: x, [y\nb: c\n"],
  ['a: "x "\nb: c\n', 'a: "x "\nb: c\n'],
  ["a: 'x '\nb: c\n", "a: 'x '\nb: c\n"],
  // Comments.
  ["# [\na: b # {\nc: d#[\ne: f\n", "# [\na: b # {\nc: d#[\ne: f\n"],
  ["a: [x, # ]\ny]\n", `a: [x, # ]\n${IN}y]\n`],
  ["a: [x#,\ny]\n", `a: [x#,\n${IN}y]\n`],
  // Anchors and tags, behind which the value follows.
  ["a: &x [y,\nz]\n", `a: &x [y,\n${IN}z]\n`],
  ["a: !x 'y\nz'\n", `a: !x 'y\n${IN}z'\n`],
  ["a: [&x,\ny]\n", `a: [&x,\n${IN}y]\n`],
  // Block texts hold what they like.
  ["a: |\n  [\n\n  '\nb: c\n", "a: |\n  [\n\n  '\nb: c\n"],
  ["a:\n  b: >-\n    {\n  c: [x,\n  y]\n", `a:\n  b: >-\n    {\n  c: [x,\n${IN}  y]\n`],
  ["a: |\n  [", "a: |\n  ["],
  // A lone dash within brackets, and an alias as a key.
  ["a: [-, b, -]\n", "a: ['-', b, '-']\n"],
  ["a: {-: b, c: -}\n", "a: {'-': b, c: '-'}\n"],
  ["a: [-b, - c]\n", "a: [-b, - c]\n"],
  ["a: -\n", "a: -\n"],
  ["a: {*x: y}\n", "a: {*x : y}\n"],
  ["*x: y\n", "*x : y\n"],
  ["a: *x\n", "a: *x\n"],
  ["a: {*x:y}\n", "a: {*x:y}\n"],
];

for (const [text, result] of LAID_OUT) {
  test(`layOut makes ${JSON.stringify(text)} what the parser reads as Python does`, () => {
    const layout = layOut(text);
    assertEquals(layout.text, result);
    // Of all offsets that lead to one, the last is that of the character itself.
    const offsets = new Map<number, number>();
    for (let at = 0; at <= result.length; at++) offsets.set(layout.originalOffset(at), at);
    const back = Array.from(text, (_, at) => result.charAt(offsets.get(at) ?? -1));
    assertEquals(back.join(""), text);
    assertEquals(layout.originalOffset(result.length), text.length);
  });
}

const UNCLOSED: readonly (readonly [text: string, offset: number | undefined])[] = [
  ["a: [b\nc: d\n", 3],
  ["a: {b: [c]\n", 3],
  ["a: [b, {c: d]\n", 3],
  ["a: [b]\nc: 'd\n", 10],
  ['a: "b\\"\n', 3],
  ["a: [b]\n", undefined],
  ["a: b]\n", undefined],
  ["a: b [\n", undefined],
  ["a: # [\n", undefined],
  ["", undefined],
];

for (const [text, offset] of UNCLOSED) {
  test(`${JSON.stringify(text)} has ${offset === undefined ? "nothing" : "something"} open`, () => {
    assertEquals(findUnclosed(text), offset);
  });
}
