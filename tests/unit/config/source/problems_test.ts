import { assertEquals } from "@std/assert";
import { ConfigError } from "../../../../lib/base/errors.ts";
import { formatConfigError } from "../../../../lib/config/source/problems.ts";
import { test } from "../../../test.ts";

test("formatConfigError prints a line for each finding, with its position where it has one", () => {
  const position = { file: "/x.conf", line: 3, column: 5 };
  assertEquals(
    formatConfigError(new ConfigError([{ message: "one" }, { message: "two", position }])),
    "Configuration Error: one\n/x.conf:3:5: Configuration Error: two",
  );
});

test("formatConfigError prints the first of very many findings", () => {
  const many = Array.from({ length: 60 }, (_, index) => ({ message: String(index) }));
  const lines = formatConfigError(new ConfigError(many)).split("\n");
  assertEquals(lines.slice(-2), [
    "Configuration Error: 49",
    "Configuration Error: there are 10 more errors",
  ]);
});
