import { assertEquals } from "@std/assert";
import { test } from "../../test.ts";

const TESTS = new URL("../../", import.meta.url);

async function readChecklist(): Promise<string> {
  return await Deno.readTextFile(new URL("CHECKLIST.md", TESTS));
}

test("the checklist has each of its items once, in order, each with the test that holds it", async () => {
  const rows = [...(await readChecklist()).matchAll(/^\| (\d+) \| .*? \| ([^|]*) \| [^|]*\|$/gm)];
  const numbers = rows.map((row) => Number(row[1]));
  assertEquals(numbers, Array.from({ length: 324 }, (_, index) => index + 1));
  assertEquals(rows.filter((row) => row[2]?.includes("`") !== true).map((row) => row[1]), []);
});

test("the files that the checklist names exist", async () => {
  const paths = [
    ...(await readChecklist()).matchAll(/`((?:e2e|unit|integration)\/[\w/]*(?:\.ts)?)`/g),
  ];
  const missing: string[] = [];
  for (const path of new Set(paths.map((match) => match[1] ?? ""))) {
    const found = await Deno.stat(new URL(path, TESTS)).then(() => true, () => false);
    if (!found) missing.push(path);
  }
  assertEquals(missing, []);
});
