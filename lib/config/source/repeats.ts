/**
 * Keys that stand twice in one mapping. YAML 1.1 lets the last one win without a word, and so does
 * 0.3.9; whoever copied a section and forgot to rename it wants to know.
 */
import type { Diagnostic } from "../../base/errors.ts";
import type { SourceEntry, SourceMap } from "./source.ts";

/** A section, a mapping in it, and one in that: nothing is nested deeper. */
const DEPTH_MAX = 3;

/** Finds what is lost in this way, in the order of the files. */
export function findRepeats(root: SourceMap, depth = 0): Diagnostic[] {
  return [...root.entries.values()].flatMap((entry) => [
    ...describeRepeat(entry),
    ...(entry.value.kind === "map" && depth < DEPTH_MAX ? findRepeats(entry.value, depth + 1) : []),
  ]);
}

function describeRepeat({ key, replaces }: SourceEntry): Diagnostic[] {
  if (replaces === undefined) return [];
  const { line } = replaces.file.position(replaces.offset);
  return [{
    message: `'${key.source}' stands here again; what line ${line} says of it is lost`,
    position: key.file.position(key.offset),
  }];
}
