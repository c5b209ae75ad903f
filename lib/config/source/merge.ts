/**
 * Merges the files of a configuration into one, as 0.3.9 does; what later files may say besides
 * (`web.service+`, `merge`, `defaults.service`, keys that begin with `x-`) changes nothing for a
 * configuration that has none of these words.
 */
import { didYouMean } from "../../base/suggest.ts";
import type { Problems } from "./problems.ts";
import type { SourceEntry, SourceMap, SourceNode } from "./source.ts";

/** What merging has to know of directives. */
export interface LayerRules {
  /** Whether null is a value of the directive: then it does not take the directive back. */
  takesNull(directive: string): boolean;
  /** Whether the directive is a mapping of independent entries, such as variables. */
  isLayered(directive: string): boolean;
}

/** The section that holds what all services take over. */
export const DEFAULTS_SECTION = "defaults.service";

/** What a section is called that changes the one before it. */
const CHANGING = /^.+\.service\+$/;
/** Keys for anchors; a section may be called `x-y.service`. */
const EXTENSION = /^x-(?!.*\.(?:service\+?$|alert$|logging))/;
/** Keys that say how files go together, and which directive of a section does. */
const INCLUDE = "include";
const MERGE = "merge";

/**
 * Returns all sections in the order of their first appearance. A service that appears again
 * replaces the earlier one, or changes it where it says so; settings and logging sections are
 * merged key by key, and so are values in them that are mappings on both sides.
 */
export function mergeSources(
  roots: readonly SourceMap[],
  rules: LayerRules,
  problems: Problems,
): SourceMap | undefined {
  const [first] = roots;
  if (first === undefined) return undefined;
  const entries = new Map<string, SourceEntry>();
  for (const root of roots) {
    for (const [id, entry] of root.entries) {
      if (id === INCLUDE || EXTENSION.test(id)) continue;
      if (id.endsWith(".service") || CHANGING.test(id)) {
        addService(entries, entry, { rules, problems });
        continue;
      }
      const earlier = entries.get(id);
      entries.set(id, earlier === undefined ? entry : mergeEntry(earlier, entry, SECTION_DEPTH));
    }
  }
  return { ...first, entries };
}

function addService(
  entries: Map<string, SourceEntry>,
  entry: SourceEntry,
  { rules, problems }: { readonly rules: LayerRules; readonly problems: Problems },
): void {
  const { key, value: written } = entry;
  const isChange = CHANGING.test(key.source);
  const name = isChange ? key.source.slice(0, -1) : key.source;
  const { value, merges } = withoutMerge(written);
  const own = {
    ...entry,
    key: isChange ? { ...key, source: name, value: name } : key,
    value,
  };
  const below = entries.get(name);
  if (!isChange && !merges) {
    entries.set(name, own);
  } else if (below !== undefined) {
    // What stands twice in its file is told where it stands.
    const told = entry.replaces === undefined ? below : own;
    entries.set(name, { ...told, value: layer(below.value, value, rules) });
  } else if (isMap(value) && (value.entries.has("command") || name === DEFAULTS_SECTION)) {
    entries.set(name, own);
  } else {
    const known = [...entries.keys()].filter((id) => id.endsWith(".service"));
    problems.add(
      `'${key.source}' changes '${name}', which nothing before it declares` +
        didYouMean(name, known),
      key,
    );
  }
}

/** A section without the word that says that it changes another, and whether it says so. */
function withoutMerge(section: SourceNode): { value: SourceNode; merges: boolean } {
  const merge = isMap(section) ? section.entries.get(MERGE)?.value : undefined;
  if (!isMap(section) || merge?.kind !== "scalar" || merge.type !== "bool") {
    return { value: section, merges: false };
  }
  const entries = new Map(section.entries);
  entries.delete(MERGE);
  return { value: { ...section, entries }, merges: merge.value === true };
}

/**
 * Lays one section over another: directive by directive, in `env_set` variable by variable. What is
 * null above is as if it had not been said below.
 */
export function layer(below: SourceNode, above: SourceNode, rules: LayerRules): SourceNode {
  if (!isMap(below) || !isMap(above)) return above;
  const entries = new Map(below.entries);
  for (const [id, entry] of above.entries) {
    const former = entries.get(id);
    if (isNull(entry.value) && !rules.takesNull(id)) entries.delete(id);
    else if (former === undefined || !rules.isLayered(id)) entries.set(id, entry);
    else entries.set(id, { ...entry, value: layer(former.value, entry.value, WITHIN) });
  }
  return { ...above, entries, isLayered: true };
}

/** The entries of a mapping such as `env_set`: each replaces the one below it whole. */
const WITHIN: LayerRules = { takesNull: () => false, isLayered: () => false };

/** Whether a section is not a service of its own, but what all services take over. */
export function isTemplate({ key, value }: SourceEntry): boolean {
  if (key.source !== DEFAULTS_SECTION || key.type !== "str" || !isMap(value)) return false;
  // 0.3.9 knows such a name only as that of a service, which has a command.
  return !value.entries.has("command") && !value.entries.has("file");
}

/** A section, and the mappings in it. */
const SECTION_DEPTH = 2;

function mergeEntry(earlier: SourceEntry, later: SourceEntry, depth: number): SourceEntry {
  if (depth === 0 || !isMap(earlier.value) || !isMap(later.value)) return later;
  const entries = new Map(earlier.value.entries);
  for (const [id, entry] of later.value.entries) {
    const before = entries.get(id);
    entries.set(id, before === undefined ? entry : mergeEntry(before, entry, depth - 1));
  }
  const isTold = earlier.replaces !== undefined && later.replaces === undefined;
  return { ...(isTold ? earlier : later), value: { ...later.value, entries } };
}

function isMap(node: SourceNode): node is SourceMap {
  return node.kind === "map";
}

function isNull(node: SourceNode): boolean {
  return node.kind === "scalar" && node.type === "null";
}
