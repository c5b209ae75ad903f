import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../../lib/base/errors.ts";
import { formatOptions, formatVersion, parseOptions } from "../../../lib/commands/options.ts";
import { test } from "../../test.ts";

const TABLE = [
  { name: "strip", argument: "SUFFIX", group: "Naming", help: "Removes a suffix." },
  { name: "stripped", group: "Naming", help: "A switch with a longer name." },
  { name: "verbose", letter: "v", group: "Output", help: "Says what happens." },
  { name: "archive", letter: "a", group: "Output", help: "Keeps times and owners." },
  { name: "help", letter: "h", group: "Output", help: "Helps.", informational: true },
] as const;

function parse(...args: string[]) {
  return parseOptions(TABLE, args, "before-operands");
}

function parseAnywhere(...args: string[]) {
  return parseOptions(TABLE, args, "anywhere");
}

test("parseOptions takes a value after a blank or after an equals sign", () => {
  assertEquals(parse("--strip", ".tpl").values, { strip: ".tpl" });
  assertEquals(parse("--strip=.tpl").values, { strip: ".tpl" });
  assertEquals(parse("--strip=a=b").values, { strip: "a=b" });
  assertEquals(parse("--strip=").values, { strip: "" });
  assertEquals(parse("--strip", "--verbose").values, { strip: "--verbose" });
});

test("parseOptions accepts an unambiguous prefix", () => {
  assertEquals(parse("--verb").values, { verbose: true });
  assertEquals(parse("--stripp").values, { stripped: true });
});

test("parseOptions prefers an exact name to the longer names it begins", () => {
  assertEquals(parse("--strip=x").values, { strip: "x" });
});

test("parseOptions names the candidates of an ambiguous prefix in table order", () => {
  assertThrows(
    () => parse("--str"),
    UsageError,
    "--str may mean --strip or --stripped: write more of it",
  );
});

test("parseOptions demands the value of an option that has one, by its full name", () => {
  assertThrows(() => parse("--strip"), UsageError, "--strip needs a value: --strip=");
  assertThrows(() => parse("--strip", "--"), UsageError, "--strip needs a value: --strip=");
});

test("parseOptions takes no -- for the value of a letter either", () => {
  const table = [{ name: "lines", letter: "n", argument: "N", group: "", help: "" }] as const;
  const parseLines = (...args: string[]) => parseOptions(table, args, "anywhere").values;
  for (const args of [["-n"], ["-n", "--", "web"]]) {
    assertThrows(() => parseLines(...args), UsageError, "-n needs a value: -n N");
  }
  assertEquals(parseLines("-n5"), { lines: "5" });
  assertEquals(parseLines("-n", "-5"), { lines: "-5" });
});

test("parseOptions refuses a value for a switch, by its full name", () => {
  assertThrows(
    () => parse("--verb=1"),
    UsageError,
    "--verbose takes no value, and has one: --verb=1",
  );
});

test("parseOptions refuses unknown and repeated options, and names the first", () => {
  const reasons: readonly [args: readonly string[], reason: string][] = [
    [["--bogus", "--other"], "there is no option --bogus"],
    [["--verbsoe"], "there is no option --verbsoe; did you mean '--verbose'?"],
    [["-x"], "there is no option -x"],
    [["-vx"], "there is no option -x"],
    [["-v", "--verbose"], "--verbose is given twice"],
    [["-vv"], "--verbose is given twice"],
  ];
  for (const [args, reason] of reasons) {
    assertEquals(assertThrows(() => parse(...args), UsageError).message, reason);
  }
});

test("parseOptions answers a question although the rest makes no sense", () => {
  assertEquals(parse("--bogus", "--help", "-v", "-v").values, { help: true, verbose: true });
});

test("parseOptions reads bundled letters", () => {
  assertEquals(parse("-va").values, { verbose: true, archive: true });
});

test("parseOptions stops at the first operand when options stand before operands", () => {
  assertEquals(parse("-v", "echo", "-a", "--strip"), {
    values: { verbose: true },
    operands: ["echo", "-a", "--strip"],
  });
  assertEquals(parse("--", "-v").operands, ["-v"]);
  assertEquals(parse("-", "-v").operands, ["-", "-v"]);
});

test("parseOptions finds options among operands, and none after --", () => {
  assertEquals(parseAnywhere("a", "-v", "-", "b", "--", "-a", "--"), {
    values: { verbose: true },
    operands: ["a", "-", "b", "-a", "--"],
  });
});

test("formatOptions lists groups with wrapped text", () => {
  const long = { name: "a-rather-long-name", argument: "VALUE", group: "G", help: "x ".repeat(40) };
  assertEquals(formatOptions([TABLE[2], { ...long, help: long.help.trim() }]), [
    "Output:",
    "  -v, --verbose           Says what happens.",
    "",
    "G:",
    "  --a-rather-long-name=VALUE",
    " ".repeat(26) + "x ".repeat(27).trim(),
    " ".repeat(26) + "x ".repeat(13).trim(),
  ]);
});

test("formatVersion gives the version as the fifth word of its sentence", () => {
  const lines = formatVersion("telchap", "1.2.3");
  assertEquals(lines[1]?.split(" ")[4], "1.2.3.");
  assertEquals([lines[0], lines.at(-1)], ["", ""]);
});

test("parseOptions takes a repeatable option again and again, in order", () => {
  const table = [{ name: "env", argument: "X", isRepeatable: true, group: "", help: "" }] as const;
  const { values, operands } = parseOptions(
    table,
    ["--env", "a", "--env=b", "x", "--env", "c"],
    "before-operands",
  );
  assertEquals([values.env, operands], [["a", "b"], ["x", "--env", "c"]]);
  assertEquals(parseOptions(table, ["--env", "a"], "anywhere").values.env, ["a"]);
});
