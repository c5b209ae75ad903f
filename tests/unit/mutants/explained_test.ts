import { assert, assertEquals } from "@std/assert";
import { formatChange, readExplained } from "../../mutants/explained.ts";
import { mutate } from "../../mutants/mutate.ts";
import { test } from "../../test.ts";

const ROOT = new URL("../../../", import.meta.url);

for (const { path, why, changes } of await readExplained()) {
  test(`explained.json speaks of changes that ${path} has: ${why}`, async () => {
    const { mutants } = mutate(path, await Deno.readTextFile(new URL(path, ROOT)), 0);
    const known = new Set(mutants.map(formatChange));
    assertEquals(changes.filter((change) => !known.has(change)), []);
    assert(changes.length > 0 && why.length > 10);
  });
}
