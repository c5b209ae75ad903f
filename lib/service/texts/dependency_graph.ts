/** Pictures of which service waits for which: as text, for Graphviz, for Mermaid, and as SVG. */
import type { Family } from "../family.ts";
import { shortName } from "./dependency_chart.ts";

export type GraphFormat = "text" | "dot" | "mermaid" | "svg";

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
    case "svg":
      return formatSvg(family, statusOf);
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

const BOX_WIDTH = 150;
const BOX_HEIGHT = 44;
const GAP_X = 60;
const GAP_Y = 16;
const MARGIN = 12;

interface Place {
  readonly x: number;
  readonly y: number;
}

/** Columns are depths: every arrow points to the right. */
function placeAll(family: Family): { places: Map<string, Place>; width: number; height: number } {
  const rows: number[] = [];
  const places = new Map<string, Place>();
  for (const name of family.startOrder) {
    const column = family.depth(name);
    const row = rows[column] ?? 0;
    rows[column] = row + 1;
    places.set(name, {
      x: MARGIN + column * (BOX_WIDTH + GAP_X),
      y: MARGIN + row * (BOX_HEIGHT + GAP_Y),
    });
  }
  const columns = Math.max(1, rows.length);
  const tallest = Math.max(1, ...rows.map((count) => count ?? 0));
  return {
    places,
    width: 2 * MARGIN + columns * BOX_WIDTH + (columns - 1) * GAP_X,
    height: 2 * MARGIN + tallest * BOX_HEIGHT + (tallest - 1) * GAP_Y,
  };
}

function formatSvg(family: Family, statusOf: (name: string) => string): string[] {
  const { places, width, height } = placeAll(family);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ` +
    `width="${width}" height="${height}" font-family="sans-serif" font-size="13">`,
    '<g fill="none" stroke="#888">',
    ...edges(family).flatMap(([from, to]) => drawEdge(places.get(from), places.get(to))),
    "</g>",
    ...[...places].flatMap(([name, place]) => drawBox(name, statusOf(name), place)),
    "</svg>",
  ];
}

function drawEdge(from: Place | undefined, to: Place | undefined): string[] {
  if (from === undefined || to === undefined) return [];
  const x1 = from.x + BOX_WIDTH;
  const y1 = from.y + BOX_HEIGHT / 2;
  const y2 = to.y + BOX_HEIGHT / 2;
  const half = (x1 + to.x) / 2;
  return [`<path d="M${x1} ${y1}C${half} ${y1} ${half} ${y2} ${to.x} ${y2}"/>`];
}

function drawBox(name: string, status: string, { x, y }: Place): string[] {
  const middle = x + BOX_WIDTH / 2;
  return [
    `<g data-service="${escapeXml(name)}" data-status="${escapeXml(status)}">`,
    `<rect x="${x}" y="${y}" width="${BOX_WIDTH}" height="${BOX_HEIGHT}" rx="6" ` +
    `fill="${colourOf(status)}" stroke="#555"/>`,
    `<text x="${middle}" y="${y + 18}" text-anchor="middle">${escapeXml(shortName(name))}</text>`,
    `<text x="${middle}" y="${y + 35}" text-anchor="middle" font-size="11" fill="#444">` +
    `${escapeXml(status)}</text>`,
    "</g>",
  ];
}

function colourOf(status: string): string {
  if (/^(running|started|ready|waiting)$/.test(status)) return "#d9f2d9";
  if (/^(exit\(|SIG|signal)/.test(status)) return "#f6d5d5";
  return /^(starting|activating)$/.test(status) ? "#fbf0cc" : "#eeeeee";
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
