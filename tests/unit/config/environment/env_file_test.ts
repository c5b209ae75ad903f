import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../../../lib/base/errors.ts";
import { parseEnvFile } from "../../../../lib/config/environment/env_file.ts";
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
