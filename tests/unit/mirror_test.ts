/**
 * tests/unit mirrors lib: what tests a file of a folder lies in the folder of that name, and looks
 * at a file of it, perhaps through files that several tests share.
 */
import { assertEquals } from "@std/assert";
import { test } from "../test.ts";
import { importGraph, readTree } from "./import_graph.ts";

/** Folders whose tests look at a part of tests/ itself. */
const OF_TESTS = /^tests\/unit\/(gather|mutants|pictures)\//;

/** These look at documents, or at the text of every file of lib/sys. */
const OF_DOCUMENTS = new Set([
  "tests/unit/manual/checklist_test.ts",
  "tests/unit/manual/dockerfiles_test.ts",
  "tests/unit/manual/commands_test.ts",
  "tests/unit/manual/cookbook_test.ts",
  "tests/unit/manual/examples_test.ts",
  "tests/unit/manual/figures_test.ts",
  "tests/unit/manual/links_test.ts",
  "tests/unit/manual/promises_test.ts",
  "tests/unit/manual/shown_outputs_test.ts",
  "tests/unit/manual/site_test.ts",
  "tests/unit/manual/troubleshooting_test.ts",
  "tests/unit/manual/wrap_test.ts",
  "tests/unit/sys/outside_calls_test.ts",
]);

const folderOf = (path: string) => path.slice(0, path.lastIndexOf("/"));

/** Lists what a test imports of lib, directly or through files of tests that it imports. */
function reachedOfLib(test: string, graph: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const seen = new Set<string>();
  const open = [test];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    if (!path.startsWith("lib/")) open.push(...graph.get(path) ?? []);
  }
  return new Set([...seen].filter((path) => path.startsWith("lib/")));
}

/** Says what is wrong with the place of a test; undefined: nothing. */
function misplacement(
  test: string,
  graph: ReadonlyMap<string, ReadonlySet<string>>,
  lib: readonly string[],
): string | undefined {
  const folder = folderOf(test).replace(/^tests\/unit/, "lib");
  const reached = [...reachedOfLib(test, graph)];
  if (!reached.some((path) => folderOf(path) === folder)) {
    return `${test} looks at no file of ${folder}`;
  }
  const name = test.slice(test.lastIndexOf("/") + 1).replace(/_test\.ts$/, ".ts");
  const homes = lib.filter((path) => path.endsWith(`/${name}`)).map(folderOf);
  return homes.length === 0 || homes.includes(folder)
    ? undefined
    : `${test} has the name of a file of ${homes.join(" and ")}`;
}

test("each test of tests/unit lies where what it tests lies in lib", async () => {
  const graph = importGraph(await readTree("tests/", new Map()));
  const lib = [...(await readTree("lib/", new Map())).keys()];
  const tests = [...graph.keys()].filter((path) =>
    /^tests\/unit\/.+\/.+_test\.ts$/.test(path) && !OF_TESTS.test(path) && !OF_DOCUMENTS.has(path)
  );
  const misplaced = tests.map((path) => misplacement(path, graph, lib));
  assertEquals(misplaced.filter((text) => text !== undefined), []);
});

test("misplacement() finds a test that looks elsewhere, and one with the name of another file", () => {
  const lib = ["lib/a/one.ts", "lib/a/two.ts", "lib/b/three.ts"];
  const graph = importGraph(
    new Map([
      ["tests/unit/a/one_test.ts", 'import { one } from "./shared.ts";'],
      ["tests/unit/a/shared.ts", 'import { one } from "../../../lib/a/one.ts";'],
      ["tests/unit/a/three_test.ts", 'import { one } from "../../../lib/a/one.ts";'],
      ["tests/unit/b/both_test.ts", 'import { one } from "../../../lib/a/one.ts";'],
    ]),
  );
  assertEquals(misplacement("tests/unit/a/one_test.ts", graph, lib), undefined);
  assertEquals(
    misplacement("tests/unit/a/three_test.ts", graph, lib),
    "tests/unit/a/three_test.ts has the name of a file of lib/b",
  );
  assertEquals(
    misplacement("tests/unit/b/both_test.ts", graph, lib),
    "tests/unit/b/both_test.ts looks at no file of lib/b",
  );
});
