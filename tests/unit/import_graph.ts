/** Who imports whom in this project, as the tests of its layout see it. */

/** The root of the project. */
export const ROOT = new URL("../../", import.meta.url);

export interface Import {
  readonly specifier: string;
  readonly isTypeOnly: boolean;
}

/** Lists what a source imports: statically, by `export … from`, and by `import(…)` of a literal. */
export function listImports(source: string): Import[] {
  const statements =
    /^\s*(?:import|export)\s+(?<clause>[\w$\s,*]*(?:\{[^}]*\})?)\s*from\s*["'](?<specifier>[^"']+)["']/gm;
  const bare = /^\s*import\s*["'](?<specifier>[^"']+)["']/gm;
  const dynamic = /\bimport\(\s*["'](?<specifier>[^"']+)["']/g;
  const found = [statements, bare, dynamic].flatMap((pattern) => [...source.matchAll(pattern)]);
  return found.map((match) => {
    const clause = match.groups?.["clause"] ?? "";
    const names = /\{([^}]*)\}/.exec(clause)?.[1]?.split(",").filter((name) => name.trim() !== "");
    const isTypeOnly = /^type\b/.test(clause) ||
      (names?.every((name) => /^\s*type\s/.test(name)) ?? false);
    return { specifier: match.groups?.["specifier"] ?? "", isTypeOnly };
  });
}

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
      .map(({ specifier }) => new URL(specifier, `file:///${path}`).pathname.slice(1));
    graph.set(path, new Set(targets));
  }
  return graph;
}
