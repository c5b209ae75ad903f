/** parsePlain() against the reader of all of YAML: where it reads, both find the same. */
import { assert, assertEquals } from "@std/assert";
import { test } from "../../../test.ts";
import { parsePlain } from "../../../../lib/config/source/plain_source.ts";
import type { SourceNode } from "../../../../lib/config/source/source.ts";
import { parseSource } from "../../../../lib/config/source/yaml_source.ts";

/** A tree with all that matters of it, offsets included, in a form that compares. */
function outline(node: SourceNode | undefined): unknown {
  switch (node?.kind) {
    case undefined:
      return undefined;
    case "scalar":
      return [node.offset, node.type, String(node.value), node.source];
    case "list":
      return [node.offset, node.items.map(outline)];
    case "map":
      return [
        node.offset,
        [...node.entries].map(([id, { key, value }]) => [id, outline(key), outline(value)]),
      ];
  }
}

function assertSame(text: string): boolean {
  const plain = parsePlain("a.conf", text);
  if (plain === undefined) return false;
  const whole = parseSource("a.conf", text);
  assertEquals(outline(plain.root), outline(whole.root), JSON.stringify(text));
  assertEquals(whole.problems, [], JSON.stringify(text));
  return true;
}

test("parsePlain reads twenty levels, and leaves more to the reader of all of YAML", () => {
  const mappings = (levels: number) =>
    Array.from({ length: levels }, (_, at) => `${" ".repeat(at)}a:\n`).join("") +
    `${" ".repeat(levels)}b: c\n`;
  assert(assertSame(mappings(20)));
  assertEquals(parsePlain("a.conf", mappings(21)), undefined);
  const lists = (levels: number) => `a: ${"[".repeat(levels)}${"]".repeat(levels)}\n`;
  assert(assertSame(lists(20)));
  assertEquals(parsePlain("a.conf", lists(21)), undefined);
});

const READ = [
  "",
  "# nothing\n\n",
  "a.service:\n  command: /bin/true -x  # why\n  enabled: yes\n",
  "a.service:\n    command: \"say \\\"x\\\"\"\n    b: 'it''s'\nb.service:\n  type: simple\n",
  'a.service: {\n  command: "x",\n  # of a kind\n  env_set: { A: \'1\', "B": two words, },\n}\n',
  "settings:\n  env_set:\n    PATH: /bin:/usr/bin\n    N: 12:30\n  env_inherit: [ 'A*', B ]\n",
  "a:\n  b:\n  - x\n  - [y, { c: d }]\n  e:\n    - 'z'\nf: 1\n",
  "a: {}\nb: []\nc: é\n",
  "a: {\nb: c,\nd: [\n1\n]}\n",
];

for (const text of READ) {
  test(`parsePlain() reads ${JSON.stringify(text)} as the whole of YAML has it`, () => {
    assert(assertSame(text));
  });
}

const LEFT = [
  "- a\n",
  "a:\n",
  "a: |\n  text\n",
  "a: b\n  c\n",
  'a: "b\n  c"\n',
  "a: &x b\n",
  "a: *x\n",
  "a: !t b\n",
  "a: b: c\n",
  "? a\n: b\n",
  "<<: a\n",
  "--- \na: b\n",
  "a: {b: }\n",
  "a: [b\n",
  "a: b\n c: d\n",
  "a: b\r\n",
  " a: b\n",
  'a: "\\x41"\n',
  "a: [b]c\n",
  "a: [b]# c\n",
];

for (const text of LEFT) {
  test(`parsePlain() leaves ${JSON.stringify(text)} to those who know more`, () => {
    assertEquals(parsePlain("a.conf", text), undefined);
  });
}

const KEYS = [
  "settings:",
  "a.service:",
  "command:",
  "yes:",
  "0x10:",
  "1.5:",
  "'q':",
  "<<:",
  "a b:",
];
const VALUES = [
  ...'/bin/x -y|true|12|1:30|"a b"|"a \\" b\\n"|\'it\'\'s\'|a # c|a#b|[a, b]|[ \'x\', "y" , 3 ]'
    .split("|"),
  ..."[]|{}|{a: b}|{ a: 1, b: \"x y\" }|{\n  a: 1,\n  b: [x, {c: d}]\n}|{\n a: 'x', # c\n # d\n}"
    .split("|"),
  ..."$(FOO) `date`|~|2020-01-01|.nan|-5|--opt|[a b, -c]|[a,]|[a:b]|{a:b}|{a: }|{a}|{a: b c\n d}"
    .split("|"),
  ...'>|&x a|*a|!t x|a: b|- x|@x|%x|=|"open|\'open|"a"# c|[a #c]|[a]]|[a] # c|{yes: 1, 1: 2}'.split(
    "|",
  ),
  ..."é|\u00a0x|x\u2028y|a\tb|\tx|::|x:|1_000|0777|'''|[,]|{a: b}}|{a: x, a: y}|{a: -}|[\na]|"
    .split("|"),
];

/** A generator of Lehmer, so that each run tries the same. */
function* draws(seed: number): Generator<number, never> {
  for (let state = seed;;) {
    state = state * 48_271 % 0x7fff_ffff;
    yield state / 0x7fff_ffff;
  }
}

test("parsePlain() never finds anything else than the whole of YAML, whatever the text", () => {
  const numbers = draws(7);
  const pick = <T>(from: readonly T[]) => from[Math.floor(numbers.next().value * from.length)] as T;
  let read = 0;
  for (let round = 0; round < 4000; round++) {
    const lines = Array.from({ length: 1 + Math.floor(numbers.next().value * 6) }, (_, index) => {
      const indent = " ".repeat(index === 0 ? 0 : pick([0, 0, 2, 2, 2, 4, 1]));
      const start = pick(["- ", "", ...KEYS, ...KEYS, ...KEYS.slice(0, 3), ...KEYS.slice(0, 3)]);
      return `${indent}${start}${pick(["", " ", " ", " ", "  "])}${pick(["", ...VALUES])}`;
    });
    if (assertSame(lines.join("\n"))) read++;
  }
  assert(read > 200, `only ${read} were read`);
});

const nestedList = (depth: number) => `a: ${"[".repeat(depth)}${"]".repeat(depth)}\n`;
const nestedMap = (depth: number) => `a: ${"{b: ".repeat(depth)}1${"}".repeat(depth)}\n`;

test("brackets in brackets are read to a depth of 20; deeper ones are left to the whole reader", () => {
  for (const nested of [nestedList, nestedMap]) {
    assertEquals(parsePlain("a.conf", nested(20)) === undefined, false);
    assertEquals(parsePlain("a.conf", nested(21)), undefined);
  }
});
