/** What stands where: each directive of each section as it was written, for messages about it. */
import type { SourcePosition } from "../../base/errors.ts";
import { shownValue } from "../../base/secret_names.ts";
import { DEFAULTS_SECTION, isTemplate, layer, type LayerRules } from "./merge.ts";
import { formatPythonTree, type SourceEntry, type SourceMap, type SourceNode } from "./source.ts";

/** A value as it was written. */
export interface WrittenValue {
  /** Empty for lists and mappings. */
  readonly text: string;
  /**
   * The whole of it on one line; values of variables that hold secrets by their names are hidden.
   */
  readonly shown: string;
  readonly position: SourcePosition;
  /** It stands in `defaults.service`. */
  readonly isDefault?: true;
  /** The entries of a mapping that come from more than one section, each where it stands. */
  readonly layers?: readonly WrittenValue[];
}

/** Sections by name with suffix, and in each its directives by name. */
export type WrittenSections = ReadonlyMap<string, ReadonlyMap<string, WrittenValue>>;

/** Says what the merged text holds. */
export function findWritten(root: SourceMap, rules: LayerRules): WrittenSections {
  const sections = new Map<string, ReadonlyMap<string, WrittenValue>>();
  const first = root.entries.get(DEFAULTS_SECTION);
  const template = first !== undefined && isTemplate(first) ? first.value : undefined;
  for (const { key, value: own } of root.entries.values()) {
    const isLayered = template !== undefined && key.source.endsWith(".service");
    const section = isLayered && own !== template ? layer(template, own, rules) : own;
    if (section.kind !== "map") continue;
    const directives = new Map<string, WrittenValue>();
    for (const [id, entry] of section.entries) {
      directives.set(entry.key.source, {
        ...describe(entry),
        ...ofTemplate(own, id),
        ...(rules.isLayered(id) ? layersOf(entry, entryOf(own, id)?.value) : {}),
      });
    }
    sections.set(key.source, directives);
  }
  return sections;
}

function describe({ key: name, value }: SourceEntry): WrittenValue {
  return {
    text: value.kind === "scalar" ? value.source : "",
    shown: value.kind === "scalar"
      ? shownValue(name.source, value.source)
      : formatPythonTree(value),
    position: name.file.position(name.offset),
  };
}

function entryOf(node: SourceNode | undefined, id: string): SourceEntry | undefined {
  return node?.kind === "map" ? node.entries.get(id) : undefined;
}

/** What the section does not say itself, all services take over. */
function ofTemplate(own: SourceNode | undefined, id: string): { isDefault?: true } {
  return entryOf(own, id) === undefined ? { isDefault: true } : {};
}

/** The entries of a mapping, where they do not all stand together. */
function layersOf(
  { value }: SourceEntry,
  own: SourceNode | undefined,
): { layers?: readonly WrittenValue[] } {
  if (value.kind !== "map" || !value.isLayered) return {};
  return {
    layers: [...value.entries].map(([id, entry]) => ({
      ...describe(entry),
      shown: formatPythonTree({ ...value, entries: new Map([[id, entry]]) }),
      ...ofTemplate(own, id),
    })),
  };
}
