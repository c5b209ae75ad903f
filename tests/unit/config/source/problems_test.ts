import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../../../lib/base/errors.ts";
import { formatConfigError, Problems } from "../../../../lib/config/source/problems.ts";
import { SourceFile } from "../../../../lib/config/source/source.ts";
import { test } from "../../../test.ts";

test("formatConfigError prints a line for each finding, with its position where it has one", () => {
  const position = { file: "/x.conf", line: 3, column: 5 };
  assertEquals(
    formatConfigError(new ConfigError([{ message: "one" }, { message: "two", position }])),
    "Configuration Error: one\n/x.conf:3:5: Configuration Error: two",
  );
});

test("formatConfigError prints the first of very many findings", () => {
  const last = (count: number) => {
    const many = Array.from({ length: count }, (_, index) => ({ message: String(index) }));
    const lines = formatConfigError(new ConfigError(many)).split("\n");
    return lines.slice(49).map((line) => line.replace("Configuration Error: ", ""));
  };
  assertEquals(last(50), ["49"]);
  assertEquals(last(51), ["49", "there is 1 more error"]);
  assertEquals(last(60), ["49", "there are 10 more errors"]);
});

test("what is told twice of one place is told once, an error and a warning apart", () => {
  const problems = new Problems();
  const file = new SourceFile("/x.conf", "a: b\nc: d\n");
  for (const offset of [5, 0, 5]) {
    problems.add("wrong", { file, offset });
    problems.warn("wrong", { file, offset });
  }
  problems.add("nowhere");
  assertEquals(problems.warnings.map(({ position }) => position?.line), [2, 1]);
  const error = assertThrows(() => problems.throwIfAny(["/x.conf"]), ConfigError);
  assertEquals(formatConfigError(error).split("\n"), [
    "Configuration Error: nowhere",
    "/x.conf:1:1: Configuration Error: wrong",
    "/x.conf:2:1: Configuration Error: wrong",
  ]);
});

test("errors come in the order of the files, and there by line and column", () => {
  const problems = new Problems();
  const [a, b] = ["/a.conf", "/b.conf"].map((name) => new SourceFile(name, "x: y\nx: y\n"));
  if (a === undefined || b === undefined) throw new Error("no files");
  for (const [file, offset] of [[b, 0], [a, 8], [a, 5], [a, 3]] as const) {
    problems.add("wrong", { file, offset });
  }
  const { diagnostics }: ConfigError = assertThrows(
    () => problems.throwIfAny(["/a.conf", "/b.conf"]),
    ConfigError,
  );
  assertEquals(
    diagnostics.map(({ position: at }) => `${at?.file}:${at?.line}:${at?.column}`),
    ["/a.conf:1:4", "/a.conf:2:1", "/a.conf:2:4", "/b.conf:1:1"],
  );
});
