/** What the source of a module imports. */

export interface Import {
  readonly specifier: string;
  /** It imports types alone, which no bundle has. */
  readonly isTypeOnly: boolean;
  /** Only once it is asked for: `import(…)` of a literal. */
  readonly isLater: boolean;
}

const STATIC =
  /^\s*(?:import|export)\s+(?<clause>[\w$\s,*]*(?:\{[^}]*\})?)\s*from\s*["'](?<specifier>[^"']+)["']/gm;
const BARE = /^\s*import\s*["'](?<specifier>[^"']+)["']/gm;
const LATER = /\bimport\(\s*["'](?<specifier>[^"']+)["']/g;

/** Lists what a source imports: statically, by `export … from`, and later. */
export function listImports(source: string): Import[] {
  return [STATIC, BARE, LATER].flatMap((pattern) =>
    [...source.matchAll(pattern)].map(({ groups }) => ({
      specifier: groups?.["specifier"] ?? "",
      isTypeOnly: namesTypesOnly(groups?.["clause"] ?? ""),
      isLater: pattern === LATER,
    }))
  );
}

/** `type A`, `{ type A, type B }`. */
function namesTypesOnly(clause: string): boolean {
  if (/^type\b/.test(clause)) return true;
  const names = /\{([^}]*)\}/.exec(clause)?.[1]?.split(",").filter((name) => name.trim() !== "");
  return names !== undefined && names.length > 0 && names.every((name) => /^\s*type\s/.test(name));
}

/** Returns the path of what a module of ours imports; both from the same root. */
export function resolveImport(from: string, specifier: string): string {
  return new URL(specifier, `file:///${from}`).pathname.slice(1);
}
