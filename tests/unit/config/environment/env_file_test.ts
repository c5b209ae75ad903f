import { assert, assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../../../lib/base/errors.ts";
import { parseEnvFile, readSecret } from "../../../../lib/config/environment/env_file.ts";
import { test } from "../../../test.ts";

function parse(text: string): Record<string, string> {
  return parseEnvFile(text, "/x.env");
}

test("parseEnvFile reads names and values, comments and empty lines", () => {
  const text =
    "\n# note\nA=1\n  B = two words  \nexport C=3\n\nD=\nE=a=b\nF=x # note\nG=#fff\nH= # x";
  const expected = { A: "1", B: "two words", C: "3", D: "", E: "a=b", F: "x", G: "#fff", H: "" };
  assertEquals(parse(text), expected);
});

test("parseEnvFile takes quotes off, over several lines too", () => {
  const text = `A='x # $(Y) \\n'\nB="a\\tb \\"c\\" \\$d \\x" # note\nC="one\ntwo"\nD='1\n2'\nE=''`;
  assertEquals(parse(text), {
    A: "x # $(Y) \\n",
    B: 'a\tb "c" $d \\x',
    C: "one\ntwo",
    D: "1\n2",
    E: "",
  });
});

test("parseEnvFile accepts Windows line ends, a byte order mark and no last newline", () => {
  assertEquals(parse("\ufeffA=1\r\nB=2"), { A: "1", B: "2" });
});

test("parseEnvFile lets the last of several lines win", () => {
  assertEquals(parse("A=1\nA=2"), { A: "2" });
});

test("parseEnvFile keeps quotes that do not begin the value", () => {
  assertEquals(parse(`J={"a": "b"}\nK=it's`), { J: '{"a": "b"}', K: "it's" });
});

test("parseEnvFile names every line that it cannot read", () => {
  const error = assertThrows(
    () => parse('A=1\njust words\nB="x\ny"\n=novalue\nC="open\nD=\0'),
    ConfigError,
  );
  assertEquals((error as ConfigError).message.split("\n"), [
    "/x.env:2:1: expected NAME=value",
    "/x.env:5:1: expected NAME=value",
    '/x.env:6:1: closing " expected at the end of the value',
    "/x.env:7:1: a value cannot contain a NUL character",
  ]);
});

test("F-053: parseEnvFile reads the forms of docker, Compose and python-dotenv", () => {
  const rows: readonly (readonly [string, Record<string, string>])[] = [
    ["NAME\nA=1\n", { A: "1" }],
    ["export NAME # of the container\nA=1", { A: "1" }],
    ["a='b\\'c'\nB=2", { a: "b'c", B: "2" }],
    ["P='C:\\'\nB=2", { P: "C:\\", B: "2" }],
    ["\"KEY\"=v\n'OTHER' = w", { KEY: "v", OTHER: "w" }],
    ["A=1\rB='2\r3'\r\nC=4", { A: "1", B: "2\n3", C: "4" }],
  ];
  for (const [text, entries] of rows) assertEquals(parseEnvFile(text, "/f"), entries, text);
});

test("parseEnvFile takes a time that is linear in what it reads", () => {
  for (const piece of ['a="\\"', "a='x' y\n", 'a="b"c\n', " ", "a =\n", "\n#", "'"]) {
    const text = piece.repeat(40_000);
    const before = performance.now();
    try {
      parseEnvFile(text, "/f");
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
    }
    // A second where it is linear; minutes where it is not, and a busy machine is slow.
    assert(performance.now() - before < 30_000, JSON.stringify(piece));
  }
});

test("parseEnvFile refuses a file for one line alone that it cannot read", () => {
  assertThrows(() => parse("A=1\nnonsense here\nB=2"), ConfigError, "/x.env:2:1");
});

test("a secret is the content of its file without the newlines at its end", () => {
  const files: Record<string, string> = { a: "word\n", b: "two\nlines\r\n\n", c: "\n", d: "" };
  const read = (path: string) => files[path];
  assertEquals(["a", "b", "c", "d"].map((path) => readSecret("X_FILE", path, read)), [
    "word",
    "two\nlines",
    "",
    "",
  ]);
  assertThrows(() => readSecret("X_FILE", "e", read), ConfigError, "does not exist");
});

test("a file that is made to cost much has a bounded number of variables and mistakes", () => {
  const many = Array.from({ length: 50_000 }, (_, at) => `A${at}=x\n`).join("");
  assertThrows(() => parseEnvFile(many, "/env"), ConfigError, "a file has 10000 variables at most");
  const wrong = assertThrows(() => parseEnvFile("'x\n".repeat(50_000), "/env"), ConfigError);
  assertEquals(wrong.diagnostics.length, 20);
});
