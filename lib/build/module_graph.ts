/**
 * Which modules of the sources import which: what is loaded with a module, and what only once it is
 * asked for.
 */
import { listImports, resolveImport } from "./imports.ts";

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
    const ours = listImports(text).filter(({ specifier, isTypeOnly }) =>
      specifier.startsWith(".") && !isTypeOnly
    );
    const below = (isLater: boolean) =>
      ours.filter((each) => each.isLater === isLater)
        .map(({ specifier }) => resolveImport(path, specifier));
    const imports = { atOnce: below(false), later: below(true) };
    this.#imports.set(path, imports);
    return imports;
  }
}
