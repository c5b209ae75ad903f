/**
 * Which modules of the sources import which: what is loaded with a module, and what only once it is
 * asked for.
 */

/** `import … from`, `export … from` of a module of ours; what is imported, and from where. */
const STATIC_IMPORT = /^(?:import|export)\s(?!type\b)([^;"]*?)\bfrom\s+"(\.[^"]+)"/gm;
const DYNAMIC_IMPORT = /\bimport\(\s*"(\.[^"]+)"\s*\)/g;

interface Imports {
  readonly atOnce: readonly string[];
  readonly later: readonly string[];
}

/** Modules are named by their paths below the root, as `lib/base/errors.ts`. */
export class ModuleGraph {
  readonly #root: string;
  readonly #imports = new Map<string, Imports>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Returns the modules that are loaded with these, themselves included. */
  loadedWith(mains: readonly string[]): Set<string> {
    const found = new Set(mains);
    for (const path of found) for (const other of this.#of(path).atOnce) found.add(other);
    return found;
  }

  /** Returns the modules that these import only when they need them. */
  importedLater(modules: Iterable<string>): Set<string> {
    return new Set([...modules].flatMap((path) => this.#of(path).later));
  }

  #of(path: string): Imports {
    const known = this.#imports.get(path);
    if (known !== undefined) return known;
    const text = Deno.readTextFileSync(`${this.#root}${path}`);
    const below = (specifier: string) => resolve(path, specifier);
    const imports = {
      atOnce: [...text.matchAll(STATIC_IMPORT)]
        .filter(([, names = ""]) => !namesTypesOnly(names))
        .map(([, , specifier = ""]) => below(specifier)),
      later: [...text.matchAll(DYNAMIC_IMPORT)].map(([, specifier = ""]) => below(specifier)),
    };
    this.#imports.set(path, imports);
    return imports;
  }
}

/** Whether a bundler drops the import: `{ type A, type B }`. */
function namesTypesOnly(names: string): boolean {
  const [, list] = /^\{([^}]*)\}\s*$/.exec(names.trim()) ?? [];
  const each = list?.split(",").map((name) => name.trim()).filter((name) => name !== "");
  return each !== undefined && each.length > 0 && each.every((name) => name.startsWith("type "));
}

function resolve(from: string, specifier: string): string {
  return new URL(specifier, `file:///${from}`).pathname.slice(1);
}
