/**
 * What the compiler says of changes: one that does not compile is noticed before any test runs,
 * such as a fallback left out that a type asks for.
 */
import type { Mutant } from "./mutate.ts";

/** A file of the compiler's answer that holds a change, or none: `source.change-12.ts`. */
const REFUSED = /\.change-(\w+)\.ts\b/g;

function fileFor(tree: string, path: string, change: number | string): string {
  return `${tree}/${path.replace(/\.ts$/, `.change-${change}.ts`)}`;
}

/**
 * Returns the numbers of changes that do not compile. `tree` holds the sources as they are; each
 * change is tried in a copy of its file beside it. A file whose copy alone does not compile, since
 * it is not the one that others import, says nothing of its changes.
 */
export async function refusedByCompiler(
  tree: string,
  mutants: readonly Mutant[],
): Promise<ReadonlySet<number>> {
  if (mutants.length === 0) return new Set();
  const files: string[] = [];
  const write = async (file: string, text: string) => {
    files.push(file);
    await Deno.writeTextFile(file, text);
  };
  const paths = [...new Set(mutants.map(({ path }) => path))];
  for (const [index, path] of paths.entries()) {
    const source = await Deno.readTextFile(`${tree}/${path}`);
    await write(fileFor(tree, path, `none${index}`), source);
    for (const { id, change } of mutants.filter((mutant) => mutant.path === path)) {
      const text = source.slice(0, change.start) + change.text + source.slice(change.end);
      await write(fileFor(tree, path, id), text);
    }
  }
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--quiet", ...files],
    cwd: tree,
    env: { NO_COLOR: "1" },
    stderr: "piped",
  }).output();
  const answer = new TextDecoder().decode(stderr);
  const refused = new Set([...answer.matchAll(REFUSED)].map(([, change]) => change));
  const counts = ({ path }: Mutant) => !refused.has(`none${paths.indexOf(path)}`);
  return new Set(
    mutants.filter((mutant) => refused.has(String(mutant.id)) && counts(mutant))
      .map(({ id }) => id),
  );
}
