/** Pictures of which service waits for which: as text, for Graphviz and for Mermaid. */
import type { Family } from "../family.ts";
import { shortName } from "../../base/service_name.ts";

export type GraphFormat = "text" | "dot" | "mermaid";

/** Draws the graph; `statusOf` gives the word shown with each service. */
export function formatGraph(
  family: Family,
  statusOf: (name: string) => string,
  format: GraphFormat,
): string[] {
  switch (format) {
    case "text":
      return formatText(family, statusOf);
    case "dot":
      return formatDot(family, statusOf);
    case "mermaid":
      return formatMermaid(family, statusOf);
    default:
      return format satisfies never;
  }
}

function formatText(family: Family, statusOf: (name: string) => string): string[] {
  return family.startOrder.map((name) => {
    const after = family.prerequisites(name).map((below) => shortName(below.name)).join(", ");
    const text = `${"  ".repeat(family.depth(name))}${shortName(name)} (${statusOf(name)})`;
    return after === "" ? text : `${text} ← ${after}`;
  });
}

function formatDot(family: Family, statusOf: (name: string) => string): string[] {
  const quote = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  return [
    "digraph services {",
    "  rankdir=LR;",
    "  node [shape=box];",
    ...family.startOrder.map((name) =>
      `  ${quote(shortName(name))} [label=${
        quote(`${shortName(name)}\n${statusOf(name)}`).replaceAll("\n", "\\n")
      }];`
    ),
    ...edges(family).map(([from, to]) => `  ${quote(shortName(from))} -> ${quote(shortName(to))};`),
    "}",
  ];
}

function formatMermaid(family: Family, statusOf: (name: string) => string): string[] {
  const ids = new Map(family.startOrder.map((name, at) => [name, `s${at}`]));
  const label = (name: string) =>
    `${shortName(name)}: ${statusOf(name)}`.replaceAll('"', "#quot;").replaceAll("\n", " ");
  return [
    "graph LR",
    ...family.startOrder.map((name) => `  ${ids.get(name)}["${label(name)}"]`),
    ...edges(family).map(([from, to]) => `  ${ids.get(from)} --> ${ids.get(to)}`),
  ];
}

/** Pairs of a prerequisite and who waits for it. */
function edges(family: Family): [from: string, to: string][] {
  return family.startOrder.flatMap((name) =>
    family.prerequisites(name).map((below): [string, string] => [below.name, name])
  );
}
