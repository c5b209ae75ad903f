/**
 * Divides a program into what each start needs, its core, and parts that are texts of their own,
 * loaded when they are asked for: what nobody asks for costs neither memory nor start. A part takes
 * the modules that it has in common with the core from there, so that there is one of each.
 */
import { ModuleGraph } from "./module_graph.ts";
import { BuildError } from "./tools.ts";

/** Which modules are where. */
export interface Division {
  /** In the core, and loaded at once. */
  readonly core: ReadonlySet<string>;
  /** In the core, and loaded when the core or a part needs them. */
  readonly later: ReadonlySet<string>;
}

/** Divides the program of a main module. @throws {BuildError} where the core needs a part. */
export function divide(root: string, main: string, parts: readonly string[]): Division {
  const graph = new ModuleGraph(root);
  const core = graph.loadedWith([main]);
  const needed = parts.find((part) => core.has(part));
  if (needed !== undefined) throw new BuildError(`Cannot divide ${main}: it imports ${needed}`);
  const reach = (mains: readonly string[]) => {
    const found = graph.loadedWith(mains);
    // What is found is looked at, too.
    for (const path of found) {
      const others = [...graph.importedLater([path])].filter((other) => !parts.includes(other));
      for (const other of graph.loadedWith(others)) found.add(other);
    }
    return found;
  };
  const later = reach([main]);
  const counts = new Map<string, number>();
  for (const part of parts) {
    for (const path of reach([part])) counts.set(path, (counts.get(path) ?? 0) + 1);
  }
  // What two parts have in common there is to be once, too.
  for (const [path, count] of counts) if (count > 1) later.add(path);
  return { core, later: later.difference(core) };
}

/** What parts take of the modules of the core: names, or all of a module. */
export type Needs = Map<string, Set<string> | "all">;

/** What loads another module in the text of a part. */
const CALLS = ["require", "import"] as const;
const REQUIRED = /(?:\b(\w+) = )?\b(?:require|import)\("\/([^"]+)"\)/g;

/**
 * Returns the text of a part, bundled with the core's modules as external ones, in the form in which
 * it requires them by their paths below the root; and adds to `needs` what it takes of each.
 */
export function linkPart(text: string, root: string, needs: Needs): string {
  const linked = CALLS.reduce(
    (linking, call) => linking.replaceAll(`${call}("${root}`, `${call}("/`),
    text,
  );
  for (const [, variable, path = ""] of linked.matchAll(REQUIRED)) {
    const known = needs.get(path) ?? new Set();
    if (variable === undefined || known === "all") needs.set(path, "all");
    else needs.set(path, known.union(membersOf(linked, variable)));
  }
  return linked;
}

function membersOf(text: string, variable: string): Set<string> {
  const members = text.matchAll(new RegExp(`\\b${variable}\\.(\\w+)`, "g"));
  return new Set([...members].map(([, member = ""]) => member));
}

/**
 * Returns the main module of the core: what the program's main module exports, and `shared`, by
 * which a part gets a module of the core, by its path.
 */
export function coreEntry(
  root: string,
  main: string,
  { core }: Division,
  needs: Needs,
): string {
  const imports: string[] = [];
  const table: string[] = [];
  for (const path of [...needs.keys()].sort()) {
    const members = needs.get(path) ?? "all";
    if (members === "all" || !core.has(path)) {
      table.push(`"/${path}": () => require("${root}${path}"),`);
      continue;
    }
    const name = `m${imports.length}`;
    imports.push(`import * as ${name} from "${root}${path}";`);
    const getters = [...members].sort().map((each) => `get ${each}() { return ${name}.${each}; }`);
    table.push(`"/${path}": () => ({ ${getters.join(", ")} }),`);
  }
  return [
    `export * from "${root}${main}";`,
    ...imports,
    "declare const require: (path: string) => unknown;",
    "export const shared: Readonly<Record<string, () => unknown>> = {",
    ...table,
    "};\n",
  ].join("\n");
}

/** Returns the modules that a bundle holds: the bundler writes the path of each above it. */
export function modulesOf(bundle: string): Set<string> {
  return new Set([...bundle.matchAll(/^ *\/\/ (lib\/\S+\.ts)$/gm)].map(([, path = ""]) => path));
}
