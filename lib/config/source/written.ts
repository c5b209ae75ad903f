/** What stands where: each directive of each section as it was written, for messages about it. */
import type { SourcePosition } from "../../base/errors.ts";
import { shownValue } from "../../base/secret_names.ts";
import { formatPythonTree, type SourceMap } from "./source.ts";

/** A value as it was written. */
export interface WrittenValue {
  /** Empty for lists and mappings. */
  readonly text: string;
  /**
   * The whole of it on one line; values of variables that hold secrets by their names are hidden.
   */
  readonly shown: string;
  readonly position: SourcePosition;
}

/** Sections by name with suffix, and in each its directives by name. */
export type WrittenSections = ReadonlyMap<string, ReadonlyMap<string, WrittenValue>>;

/** Says what the merged text holds. */
export function findWritten(root: SourceMap): WrittenSections {
  const sections = new Map<string, ReadonlyMap<string, WrittenValue>>();
  for (const { key, value: section } of root.entries.values()) {
    if (section.kind !== "map") continue;
    const directives = new Map<string, WrittenValue>();
    for (const { key: name, value } of section.entries.values()) {
      directives.set(name.source, {
        text: value.kind === "scalar" ? value.source : "",
        shown: value.kind === "scalar"
          ? shownValue(name.source, value.source)
          : formatPythonTree(value),
        position: name.file.position(name.offset),
      });
    }
    sections.set(key.source, directives);
  }
  return sections;
}
