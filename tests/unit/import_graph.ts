/** Who imports whom in this project, as the tests of its layout see it. */

import { listImports, resolveImport } from "../../lib/build/imports.ts";

/** The root of the project. */
export const ROOT = new URL("../../", import.meta.url);

/** Reads all TypeScript files below a folder of the project; paths from the root. */
export async function readTree(
  folder: string,
  into: Map<string, string>,
): Promise<Map<string, string>> {
  for await (const entry of Deno.readDir(new URL(folder, ROOT))) {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory) await readTree(`${path}/`, into);
    else if (path.endsWith(".ts")) into.set(path, await Deno.readTextFile(new URL(path, ROOT)));
  }
  return into;
}

/** Returns which file imports which, types included; paths from the root. */
export function importGraph(sources: ReadonlyMap<string, string>): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>();
  for (const [path, source] of sources) {
    const targets = listImports(source)
      .filter(({ specifier }) => specifier.startsWith("."))
      .map(({ specifier }) => resolveImport(path, specifier));
    graph.set(path, new Set(targets));
  }
  return graph;
}
