import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { formatDiagnostic } from "../../../../lib/base/errors.ts";
import {
  expandTabs,
  formatPythonTree,
  lastUpTo,
  SourceFile,
} from "../../../../lib/config/source/source.ts";
import { SOURCE_MAX_CHARS } from "../../../../lib/config/source/source_text.ts";
import { parseSource } from "../../../../lib/config/source/yaml_source.ts";
import { test } from "../../../test.ts";

function parsed(text: string): string | undefined {
  const { root, problems } = parseSource("x.conf", text);
  assertEquals(problems, []);
  return root && formatPythonTree(root);
}

function problemsOf(text: string): string[] {
  return parseSource("x.conf", text).problems.map(formatDiagnostic);
}

test("parseSource reads unquoted words as Python's YAML 1.1 does", () => {
  assertEquals(
    parsed("{a: yes, b: Off, c: TRUE, d: y, e: n, f: ~, g: , h: Null, i: 'yes', j: tRUE}"),
    "{'a': True, 'b': False, 'c': True, 'd': 'y', 'e': 'n', 'f': None, 'g': None, 'h': None, " +
      "'i': 'yes', 'j': 'tRUE'}",
  );
});

test("parseSource reads numbers as Python's YAML 1.1 does", () => {
  const values: Readonly<Record<string, string>> = {
    "10": "10",
    "-1": "-1",
    "0755": "493",
    "0o755": "'0o755'",
    "0x1F": "31",
    "0b11": "3",
    "1_000": "1000",
    "12:30": "750",
    "1:2:3": "3723",
    "60.0": "60.0",
    ".5": "0.5",
    "1e3": "'1e3'",
    "1.5e+3": "1500.0",
    "1:30.5": "90.5",
    "-.inf": "-inf",
    ".NaN": "nan",
    "1.2.3": "'1.2.3'",
    "08": "'08'",
    "2015-01-01": "'2015-01-01'",
  };
  for (const [text, value] of Object.entries(values)) {
    assertEquals(parsed(`a: ${text}`), `{'a': ${value}}`, text);
  }
});

test("parseSource knows that dates and numbers are not texts", () => {
  const { root } = parseSource("x.conf", "{a: 2015-01-01, b: 2001-12-14 21:59:43, c: 12:30}");
  const types = [...root?.entries.values() ?? []].map(({ value }) =>
    value.kind === "scalar" ? value.type : value.kind
  );
  assertEquals(types, ["date", "date", "int"]);
});

test("parseSource obeys explicit tags, and refuses those of Python objects", () => {
  assertEquals(
    parsed("{a: !!str 80, b: !!float 1, c: !!int '7'}"),
    "{'a': '80', 'b': 1.0, 'c': 7}",
  );
  assertStringIncludes(problemsOf("a: !!python/object:os.system x")[0] ?? "", "does not fit");
  assertEquals(problemsOf("a: !!int x"), [
    "x.conf:1:10: the tag '!!int' does not fit 'x'; leave it out",
  ]);
});

test("parseSource lets the last of two equal keys win, in the place of the first", () => {
  assertEquals(parsed("a: 1\nb: 2\na: 3\n"), "{'a': 3, 'b': 2}");
  assertEquals(parsed("x: {k: 1, k: 2, k: 3}"), "{'x': {'k': 3}}");
});

test("parseSource takes a list of names for empty sections", () => {
  assertEquals(parsed("- settings\n- a.logging\n"), "{'settings': {}, 'a.logging': {}}");
});

test("parseSource takes an empty text, comments and null for nothing", () => {
  for (const text of ["", "\n\n", "# only a comment\n", "---\n", "~\n", "\t# x\n"]) {
    assertEquals(parsed(text), undefined, JSON.stringify(text));
  }
});

test("parseSource accepts TABs between tokens, in comments and before values", () => {
  assertEquals(
    parsed("a:\t{\tb:\t1,\t# c\td\n\tc:\t'x\ty',\t}\t# end\n"),
    "{'a': {'b': 1, 'c': 'x      y'}}",
  );
});

test("parseSource accepts trailing commas in brackets", () => {
  assertEquals(parsed("a: {b: [1, 2, ], c: 3, }"), "{'a': {'b': [1, 2], 'c': 3}}");
});

test("parseSource accepts lines in brackets and quotes that are not indented", () => {
  assertEquals(
    parsed('a.service: {\ncommand: "x\ny",\n}\n# end\nb: &x [\n1\n]\n'),
    "{'a.service': {'command': 'x y'}, 'b': [1]}",
  );
});

test("parseSource tells positions of what it had to indent", () => {
  const { root } = parseSource("x.conf", "a: {\nb: 1,\ncc: 22\n}\n");
  const inner = root?.entries.get("a")?.value;
  const entry = inner?.kind === "map" ? inner.entries.get("cc") : undefined;
  assertEquals(entry?.key.file.position(entry.key.offset).column, 1);
  assertEquals(entry?.value.file.position(entry.value.offset), {
    file: "x.conf",
    line: 3,
    column: 5,
  });
});

test("parseSource accepts comments right after values", () => {
  assertEquals(parsed("a: 'b'#c\nd: {e: 1,#f\n g: 2}\n"), "{'a': 'b', 'd': {'e': 1, 'g': 2}}");
});

test("parseSource resolves anchors, aliases and merges", () => {
  assertEquals(
    parsed("base: &b {x: 1, y: 2}\nother: &o {y: 5, z: 6}\na: {<<: [*b, *o], x: 9}\nc: *o\n"),
    "{'base': {'x': 1, 'y': 2}, 'other': {'y': 5, 'z': 6}, 'a': {'x': 9, 'y': 2, 'z': 6}, " +
      "'c': {'y': 5, 'z': 6}}",
  );
});

test("parseSource refuses an alias without anchor, or within its own", () => {
  assertEquals(problemsOf("a: *x\n"), [
    "x.conf:1:4: no '&x' stands before '*x'; a value that begins with * must be in quotes",
  ]);
  assertEquals(problemsOf("a: &x [*x]\n"), [
    "x.conf:1:8: '*x' stands inside the value that it is to repeat",
  ]);
});

test("parseSource tells line and column of a syntax error", () => {
  assertEquals(problemsOf("a: 1\nb: {c: 2\n"), ["x.conf:2:4: { is not closed"]);
  assertEquals(problemsOf("a: {x: 1}\nb: [c, {d: 2}\ne: {f: 3}\n"), [
    "x.conf:2:4: [ is not closed",
  ]);
  assertStringIncludes(problemsOf("a:\n  b: c: d\n")[0] ?? "", "x.conf:2:6: ");
});

test("parseSource refuses a second document, a text and a NUL", () => {
  assertEquals(problemsOf("a: 1\n---\nb: 2\n").length, 1);
  assertStringIncludes(problemsOf("just text")[0] ?? "", "x.conf:1:1: expected sections");
  assertStringIncludes(problemsOf('a: "x\\0"')[0] ?? "", "x.conf:1:4: a NUL character");
});

test("SourceFile counts a TAB as one column and a character outside the BMP as one", () => {
  const file = new SourceFile("x.conf", "a:\n\t\tbb:\t'😀'\tx\n");
  assertEquals(file.position(file.text.indexOf("bb")).column, 3);
  assertEquals(file.position(file.text.indexOf("'")).column, 7);
  assertEquals(file.position(file.text.indexOf("x")), { file: "x.conf", line: 2, column: 11 });
});

test("expandTabs fills up to the next multiple of 8 columns, and starts anew in each line", () => {
  assertEquals(
    expandTabs("a\tb\t12345678\t|\n\t|\r\té\t|"),
    [
      "a       b       12345678        |\n",
      "        |\r",
      "        é       |",
    ].join(""),
  );
});

test("parseSource refuses a text of 10 MB at once", () => {
  const text = "a.service: {command: x}\n".repeat(10 * 1024 * 1024 / 24);
  assertStringIncludes(problemsOf(text)[0] ?? "", "x.conf:1:1: file is too large");
});

test("parseSource reads a line as long as the limit", () => {
  const text = `a: ${"x".repeat(SOURCE_MAX_CHARS - 4)}\n`;
  assertEquals(parseSource("x.conf", text).problems, []);
});

test("parseSource refuses a bomb of aliases", () => {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 12; level++) {
    const alias = `*a${level - 1}`;
    lines.push(`a${level}: &a${level} [${Array(10).fill(alias).join(", ")}]`);
  }
  assertStringIncludes(problemsOf(lines.join("\n"))[0] ?? "", "aliases stand for too many values");
});

test("parseSource refuses many aliases of a long text", () => {
  const aliases = Array(1000).fill("*x").join(", ");
  assertStringIncludes(
    problemsOf(`a: [&x ${"y".repeat(100_000)}, ${aliases}]`)[0] ?? "",
    "aliases stand for too many values",
  );
});

test("parseSource refuses a bomb of merges", () => {
  const keys = Array.from({ length: 2000 }, (_, index) => `k${index}: 1`).join(", ");
  const merges = Array.from({ length: 200 }, (_, index) => `m${index}: {<<: *b}`).join("\n");
  assertStringIncludes(
    problemsOf(`b: &b {${keys}}\n${merges}\n`)[0] ?? "",
    "aliases stand for too many values",
  );
});

test("parseSource refuses deep nesting of every kind", () => {
  const count = 20_000;
  const texts = [
    "a: " + "[".repeat(count),
    "a: " + "[".repeat(count) + "]".repeat(count),
    "{a: ".repeat(count),
    "- ".repeat(count) + "x",
    "? ".repeat(count) + "x",
    Array.from({ length: 300 }, (_, depth) => " ".repeat(depth) + "a:\n").join(""),
    "a: " + "[".repeat(150) + "]".repeat(150),
  ];
  for (const text of texts) {
    assertStringIncludes(problemsOf(text)[0] ?? "", "nested too deeply", text.slice(0, 20));
  }
});

test("F-065: forms of PyYAML that are refused are told with what to write instead", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["a: x\u2028b: y\n", "x.conf:1:5: U+2028 does not end a line; write a newline in its place"],
    ["# hidden\u2029a: x\n", "x.conf:1:9: U+2029 does not end a line; write a newline in its"],
    ["a: [- b]\n", "x.conf:1:5: within [ ] and { } no '-' stands before the items of a list"],
  ];
  for (const [text, says] of cases) assertStringIncludes(problemsOf(text)[0] ?? "", says, text);
  assertEquals(parsed('a: "x\\u2028y"\n'), "{'a': 'x\u2028y'}");
  assertEquals(parsed("a: ['-', b]\n"), "{'a': ['-', 'b']}");
  assertEquals(parsed("x: &x H\na: {*x : y}\n"), "{'x': 'H', 'a': {'H': 'y'}}");
});

test("F-065: a lone dash and an alias as a key within brackets are read as PyYAML reads them", () => {
  // What PyYAML 6.0 returns.
  const rows: readonly (readonly [text: string, tree: string])[] = [
    ["a: [-]\n", "{'a': ['-']}"],
    ["a: [-, b]\n", "{'a': ['-', 'b']}"],
    ["a: [b, -]\n", "{'a': ['b', '-']}"],
    ["a: {b: -}\n", "{'a': {'b': '-'}}"],
    ["a: {-: b}\n", "{'a': {'-': 'b'}}"],
    ["a: [x-, -y, x - y,\n-, z]\n", "{'a': ['x-', '-y', 'x - y', '-', 'z']}"],
    ["x: &x H\na: {*x: y}\n", "{'x': 'H', 'a': {'H': 'y'}}"],
    ["x: &x H\na: {b: c, *x: y}\n", "{'x': 'H', 'a': {'b': 'c', 'H': 'y'}}"],
    ["x: &x H\n*x: y\n", "{'x': 'H', 'H': 'y'}"],
    ["x: &x H\na: ['- *x: y', [-]]\n", "{'x': 'H', 'a': ['- *x: y', ['-']]}"],
  ];
  for (const [text, tree] of rows) assertEquals(parsed(text), tree, text);
});

test("F-065: what follows such a form keeps its place", () => {
  const [problem] = problemsOf("x: &x H\na: [-, -, {*x: [*y]}]\n");
  assertStringIncludes(problem ?? "", "x.conf:2:17: no '&y' stands before '*y'");
});

test("layout that is wrong is told in plain words", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["a:\n  b: 1\n c: 2\n", "indented differently from the lines around it"],
    ["a:\n  b: 1\n  c\n", "':' is missing"],
    ["a: {b: 1 c: 2}\n", "',' is missing, or a text that holds ': ' is not in quotes"],
    ["[program:web]\ncommand=nginx\n", "x.conf:1:1: this looks like a file of supervisord"],
    ["[Unit]\nDescription=x\n[Service]\nExecStart=/x\n", "`chaperone --init` converts these"],
    ["a: [b, c]\nd: 'e' f\n", "x.conf:2:4: text follows the closing '"],
  ];
  for (const [text, says] of cases) {
    assertMatch(problemsOf(text)[0] ?? "", new RegExp(says), text);
  }
});

test("F-065: lines may end with CR alone or NEL", () => {
  for (const end of ["\r", "\u0085"]) {
    const { root, problems } = parseSource("x", `a: b${end}c: 'd${end}  e'${end}f:${end}- 1${end}`);
    assertEquals(problems, []);
    assertEquals(root && formatPythonTree(root), "{'a': 'b', 'c': 'd e', 'f': [1]}");
  }
});

test("F-065: an exclamation mark alone leaves the type to the value", () => {
  const { root } = parseSource("x", "a: ! 12\nb: ! '12'\nc: !\nd: !!null x\n");
  assertEquals(root && formatPythonTree(root), "{'a': 12, 'b': '12', 'c': None, 'd': None}");
});

test("F-064: a block text at the end of a file has no newline where the file has none", () => {
  // What PyYAML 6.0 returns.
  const rows: readonly (readonly [text: string, value: string])[] = [
    ["X: |\n  text", "text"],
    ["X: |\n  text\n", "text\\n"],
    ["X: |+\n  text", "text"],
    ["X: |-\n  text", "text"],
    ["X: >\n  a\n  text", "a text"],
    ["X: >\n  a\n  text\n", "a text\\n"],
    ["X: |\n  text\n ", "text\\n"],
    ["X: |\n  text\n#c", "text\\n"],
    ["X: |+\n  text\n\n", "text\\n\\n"],
    ["Y: [a,\nb]\nX: |\n  text", "text"],
    ["X: |\n  text\r\n", "text\\n"],
  ];
  for (const [text, value] of rows) {
    assertStringIncludes(parsed(text) ?? "", `'X': '${value}'}`, JSON.stringify(text));
  }
});

test("parseSource says where a text is that no configuration may hold, wherever that is", () => {
  const told = (text: string) => parseSource("x", text).problems.map(formatDiagnostic);
  assertEquals(told("\u2028a: b")[0]?.slice(0, 32), "x:1:1: U+2028 does not end a lin");
  assertEquals(told("!x"), ["x:1:1: a value that begins with ! must be in quotes"]);
  assertEquals(told("a: !!seq {b: c}"), [
    "x:1:10: the tag '!!seq' does not fit a mapping; leave it out",
  ]);
  assertEquals(told("a: !!map [b]"), [
    "x:1:10: the tag '!!map' does not fit a list; leave it out",
  ]);
  assertEquals(told("a: !!map {b: !!seq [c]}"), []);
  assertEquals(told(`a: !!int ${"x".repeat(41)}`), [
    `x:1:10: the tag '!!int' does not fit '${"x".repeat(40)}'; leave it out`,
  ]);
});

test("parseSource tells of three mistakes, and of those within brackets where they are", () => {
  const places = (text: string) =>
    parseSource("x", text).problems.map(({ position: at }) => `${at?.line}:${at?.column}`);
  assertEquals(places("a: @x\nb: @y\nc: @z\nd: @q\n"), ["1:4", "2:4", "3:4"]);
  assertEquals(places("a:   @c # @d\n"), ["1:6"]);
  for (const line of [1, 2]) {
    const lines = "\n".repeat(line - 1) + "- @a\n";
    assertEquals(parseSource("x", lines).problems.map(formatDiagnostic), [
      `x:${line}:3: a value that begins with @ must be in quotes`,
    ]);
  }
  assertEquals(places("a: [@c]\n"), ["1:5"]);
  assertEquals(places("a: [ @c ]\n"), ["1:6"]);
  assertEquals(places("a: [[@c]]\n"), ["1:6"]);
  assertEquals(places("a: [b,  @c, d]\n"), ["1:9"]);
  assertEquals(places("a: {b: c, d: @e}\n"), ["1:14"]);
});

test("lastUpTo finds the last of ascending numbers that is not above a limit", () => {
  const numbers = [0, 3, 3, 7];
  assertEquals([-1, 0, 2, 3, 6, 7, 99].map((limit) => lastUpTo(numbers, limit)), [
    ...[-1, 0, 0, 2, 2, 3, 3],
  ]);
  assertEquals(lastUpTo([], 5), -1);
});
