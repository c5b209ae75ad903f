/** How deep files are merged; what it means for sections is in load_layers_test.ts. */
import { assertEquals } from "@std/assert";
import { LAYER_RULES } from "../../../../lib/config/layer_rules.ts";
import { mergeSources } from "../../../../lib/config/source/merge.ts";
import { Problems } from "../../../../lib/config/source/problems.ts";
import { findRepeats } from "../../../../lib/config/source/repeats.ts";
import { formatPythonTree } from "../../../../lib/config/source/source.ts";
import { parseSource } from "../../../../lib/config/source/yaml_source.ts";
import { test } from "../../../test.ts";

function merged(...texts: string[]): string {
  const roots = texts.flatMap((text, at) => parseSource(`/${at}.conf`, text).root ?? []);
  const root = mergeSources(roots, LAYER_RULES, new Problems());
  return root === undefined ? "" : formatPythonTree(root);
}

test("settings are merged with the mappings in them, and no deeper", () => {
  assertEquals(
    merged(
      "settings: {a: 1, m: {x: 1, y: {p: 1}}, l: [1]}",
      "settings: {b: 2, m: {y: {q: 2}, z: 3}, l: [2]}",
    ),
    "{'settings': {'a': 1, 'm': {'x': 1, 'y': {'q': 2}, 'z': 3}, 'l': [2], 'b': 2}}",
  );
  assertEquals(merged("settings: {m: {x: 1}}", "settings: {m: 2}"), "{'settings': {'m': 2}}");
  assertEquals(merged(), "");
});

test("keys that stand twice are told down to what is in a mapping of a section", () => {
  const told = (text: string) => {
    const { root } = parseSource("/a.conf", text);
    return root === undefined ? [] : findRepeats(root).map(({ position }) => position?.column);
  };
  assertEquals(told("{a: 1, a: 2}"), [8]);
  assertEquals(told("{a: {b: 1, b: 2}}"), [12]);
  assertEquals(told("{a: {b: {c: 1, c: 2}}}"), [16]);
  assertEquals(told("{a: {b: {c: {d: 1, d: 2}}}}"), [20]);
  assertEquals(told("{a: {b: {c: {d: {e: 1, e: 2}}}}}"), []);
});
