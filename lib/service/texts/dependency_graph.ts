/** Pictures of which service waits for which: as text, for Graphviz and for Mermaid. */
import type { AnyEdge } from "../edges.ts";
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
    const after = family.prerequisites(name).map((below) => {
      return shortName(below.name) + (below.kind === undefined ? "" : ` (${below.kind})`);
    }).join(", ");
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
    ...edges(family).map(({ from, to, kind }) =>
      `  ${quote(shortName(from))} -> ${quote(shortName(to))}${DOT_LOOKS[kind]};`
    ),
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
    ...edges(family).map(({ from, to, kind }) =>
      `  ${ids.get(from)} ${MERMAID_ARROWS[kind]} ${ids.get(to)}`
    ),
  ];
}

const DOT_LOOKS: Readonly<Record<AnyEdge, string>> = {
  after: "",
  requires: " [style=bold, label=requires]",
  wants: " [style=dashed, label=wants]",
  follows: " [style=dotted, label=follows]",
};

const MERMAID_ARROWS: Readonly<Record<AnyEdge, string>> = {
  after: "-->",
  requires: "==>|requires|",
  wants: "-.->|wants|",
  follows: "-.->|follows|",
};

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly kind: AnyEdge;
}

/** A prerequisite, and who waits for it. */
function edges(family: Family): Edge[] {
  return family.startOrder.flatMap((to) =>
    family.prerequisites(to).map(({ name, kind }): Edge => ({
      from: name,
      to,
      kind: kind ?? "after",
    }))
  );
}
