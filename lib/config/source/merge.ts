/** Merges the files of a configuration into one, as 0.3.9 does. */
import type { SourceEntry, SourceMap, SourceNode } from "./source.ts";

/**
 * Returns all sections in the order of their first appearance. A service that appears again
 * replaces the earlier one; settings and logging sections are merged key by key, and so are values
 * in them that are mappings on both sides.
 */
export function mergeSources(roots: readonly SourceMap[]): SourceMap | undefined {
  const [first, ...others] = roots;
  if (first === undefined || others.length === 0) return first;
  const entries = new Map(first.entries);
  for (const root of others) {
    for (const [id, entry] of root.entries) {
      const earlier = id.endsWith(".service") ? undefined : entries.get(id);
      entries.set(id, earlier === undefined ? entry : mergeEntry(earlier, entry, SECTION_DEPTH));
    }
  }
  return { ...first, entries };
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
  return { ...later, value: { ...later.value, entries } };
}

function isMap(node: SourceNode): node is SourceMap {
  return node.kind === "map";
}
