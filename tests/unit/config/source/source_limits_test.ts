/** How much of a configuration is read: the last size that is taken, the first that is not. */
import { assertEquals } from "@std/assert";
import { Problems } from "../../../../lib/config/source/problems.ts";
import { parseSource } from "../../../../lib/config/source/yaml_source.ts";
import { test } from "../../../test.ts";
import { DIRECTORY, load, refusal } from "../loading.ts";

const MEBIBYTE = 1024 * 1024;

/** Returns what is wrong with a file, a message each. */
function problemsOf(text: string): string[] {
  return parseSource("a.conf", text).problems.map(({ message }) => message);
}

/** A file of so many characters: one comment. */
function comment(size: number): string {
  return `#${"x".repeat(size - 1)}`;
}

test("a file may have a mebibyte", () => {
  assertEquals(problemsOf(comment(MEBIBYTE)), []);
  assertEquals(problemsOf(comment(MEBIBYTE + 1)), [
    "file is too large: 1048577 characters, at most 1 MiB is read",
  ]);
});

test("all files together may have four", () => {
  const files = (...sizes: number[]) =>
    Object.fromEntries(sizes.map((size, at) => [`${DIRECTORY}/${at}.conf`, comment(size)]));
  const full = [MEBIBYTE, MEBIBYTE, MEBIBYTE, MEBIBYTE - 1];
  load({ files: files(...full, 1) });
  assertEquals(
    refusal({ files: files(...full, 2) }).includes(
      `the configuration is too large: more than 4 MiB up to '${DIRECTORY}/4.conf'`,
    ),
    true,
  );
});

test("values may be nested a hundred deep", () => {
  const nested = (lists: number) => `a: ${"[".repeat(lists)}x${"]".repeat(lists)}\n`;
  // The mapping is the first, the word the last.
  assertEquals(problemsOf(nested(98)), []);
  assertEquals(problemsOf(nested(99)), ["values are nested too deeply, at most 100"]);
});

test("aliases may stand for a hundred thousand values", () => {
  // A list of 999 words weighs 1000.
  const list = `a: &a [${"x,".repeat(998)}x]\n`;
  const times = (count: number) => `${list}b: [${"*a,".repeat(count - 1)}*a]\n`;
  assertEquals(problemsOf(times(100)), []);
  assertEquals(problemsOf(times(101)), [
    "aliases stand for too many values, at most 100000",
  ]);
});

test("no more than fifty problems need a suggestion", () => {
  const problems = new Problems();
  for (let count = 0; count < 49; count++) problems.add(`x${count}`);
  assertEquals([problems.isFull, problems.isEmpty], [false, false]);
  problems.add("x");
  assertEquals(problems.isFull, true);
  assertEquals(new Problems().isEmpty, true);
});
