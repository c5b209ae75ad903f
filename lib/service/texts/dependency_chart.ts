/**
 * The picture that `--show-dependencies` and `telchap dependencies` print, line for line that of
 * chaperone 0.3.9; prerequisites are sorted by name, which 0.3.9 left to chance.
 */
import { shortName } from "../../base/service_name.ts";
import type { Family } from "../family.ts";

/** Draws when each service can start, and lists what it waits for. */
export function formatDependencyChart(family: Family): string[] {
  const names = family.startOrder;
  const width = Math.max(0, ...names.map((name) => shortName(name).length));
  const ends = columnEnds(names);
  const row = (name: string, text: string) => `${shortName(name).padEnd(width)} | ${text}`;
  return [
    " ".repeat(width + 3) + names.map(shortName).join(" | "),
    ...names.map((name) => row(name, drawBar(family, ends, name))),
    "-".repeat(width) + "-> depends on...",
    ...names.map((name) => {
      const waitsFor = new Set(family.prerequisites(name).map((prerequisite) => prerequisite.name));
      return row(name, [...waitsFor].map(shortName).join(", "));
    }),
  ];
}

/** Column behind each name in the first line. */
function columnEnds(names: readonly string[]): Map<string, number> {
  const ends = new Map<string, number>();
  let column = 0;
  for (const name of names) {
    column += shortName(name).length;
    ends.set(name, column);
    column += " | ".length;
  }
  return ends;
}

/** A bar from behind the column of the latest prerequisite to the end of the service's own. */
function drawBar(family: Family, ends: ReadonlyMap<string, number>, name: string): string {
  const start = family.prerequisites(name).reduce(
    (latest, prerequisite) => Math.max(latest, ends.get(prerequisite.name) ?? 0),
    0,
  );
  return " ".repeat(start) + "=".repeat((ends.get(name) ?? 0) - start);
}
