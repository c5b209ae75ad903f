import { assertEquals } from "@std/assert";
import { test } from "../../test.ts";
import { readTree } from "../import_graph.ts";

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

/** Faults that were seen where the program met images, hosts, daemons, senders and habits. */
const FAULTS = [...range(18, 90), ...range(104, 107)];

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

test("each fault that was seen out there has a test that is called after it", async () => {
  const named = new Set<number>();
  for (const text of (await readTree("tests/", new Map())).values()) {
    for (const [name] of text.matchAll(/["`][^"`\n]*\bF-\d{3}\b[^"`\n]*["`]/g)) {
      for (const [, number] of name.matchAll(/\bF-(\d{3})\b/g)) named.add(Number(number));
    }
  }
  assertEquals(FAULTS.filter((number) => !named.has(number)), []);
});
