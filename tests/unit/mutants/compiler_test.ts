import { assertEquals } from "@std/assert";
import { refusedByCompiler } from "../../mutants/compiler.ts";
import { mutate } from "../../mutants/mutate.ts";
import { test } from "../../test.ts";

const SOURCE = `
export function first(texts: readonly string[]): string {
  return texts[0] ?? "";
}
export function limit(size: number | undefined): number {
  return (size ?? 3) + 1;
}
`;

test("refusedByCompiler finds the changes that do not compile", async () => {
  const tree = await Deno.makeTempDir({ prefix: "chaperone-compiler-" });
  try {
    const options = { strict: true, noUncheckedIndexedAccess: true };
    await Deno.writeTextFile(`${tree}/deno.json`, JSON.stringify({ compilerOptions: options }));
    await Deno.writeTextFile(`${tree}/a.ts`, SOURCE);
    const { mutants } = mutate("a.ts", SOURCE, 0);
    const refused = await refusedByCompiler(tree, mutants);
    const shown = mutants.filter(({ id }) => refused.has(id)).map(({ was }) => was);
    assertEquals(shown.sort(), ["size ?? 3", 'texts[0] ?? ""']);
  } finally {
    await Deno.remove(tree, { recursive: true });
  }
});
