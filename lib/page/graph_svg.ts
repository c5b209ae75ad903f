/** Draws which service waits for which, as SVG: inside the page, and as a file of its own. */
import { shortName } from "../base/service_name.ts";
import { columnsOf, fitColumns } from "../base/text_columns.ts";
import type { Prerequisite } from "../service/family.ts";
import { layoutGraph, NODE_HEIGHT_PX, type PlacedEdge, type PlacedNode } from "./graph_layout.ts";
import { escapeText, plainText } from "./markup.ts";
import type { Tone } from "./tone.ts";

/** A service to draw. */
export interface GraphService {
  /** With suffix. */
  readonly name: string;
  readonly prerequisites: readonly Prerequisite[];
  /** Its state in a word. */
  readonly state?: string;
  readonly tone?: Tone;
}

/** Where the picture goes. */
export interface GraphOptions {
  /** Carries its own colours, light and dark, instead of the page's. */
  readonly standalone?: boolean;
}

/** Advance of a character of the 12 px monospaced font, and the room beside the text. */
const CHARACTER_PX = 7.3;
const PADDING_PX = 36;
const NODE_WIDTH_MIN_PX = 96;
/** Names may be long, boxes not. */
const NAME_COLUMNS = 28;

/** Draws the graph. The same services give the same text. */
export function renderGraphSvg(
  services: readonly GraphService[],
  options: GraphOptions = {},
): string {
  const layout = layoutGraph(
    services.map(({ name, prerequisites, state }) => ({
      name,
      prerequisites,
      widthPx: widthOf(labelOf(name), state ?? ""),
    })),
  );
  const byName = new Map(services.map((service) => [service.name, service]));
  const { widthPx, heightPx } = layout;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="graph" role="img" ` +
    `aria-label="Which service waits for which" width="${widthPx}" height="${heightPx}" ` +
    `viewBox="0 0 ${widthPx} ${heightPx}">`,
    ...(options.standalone ? [`<style>${GRAPH_COLOURS}${GRAPH_STYLE}</style>`] : []),
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" ' +
    'orient="auto"><path class="tip" d="M0 0.5 8 4 0 7.5z"/></marker></defs>',
    ...layout.edges.map(drawEdge),
    ...layout.nodes.map((node) => drawNode(node, byName.get(node.name))),
    "</svg>",
  ].join("\n");
}

function labelOf(name: string): string {
  return fitColumns(plainText(shortName(name)), NAME_COLUMNS);
}

function widthOf(label: string, state: string): number {
  const longest = Math.max(columnsOf(label), state.length * 0.9);
  return Math.max(NODE_WIDTH_MIN_PX, Math.ceil(longest * CHARACTER_PX) + PADDING_PX);
}

function drawEdge({ from, to, condition, points }: PlacedEdge): string {
  const [first, ...rest] = points;
  let path = `M${first?.x} ${first?.y}`;
  let at = first;
  for (const point of rest) {
    const middle = ((at?.x ?? 0) + point.x) / 2;
    path += at?.y === point.y
      ? `H${point.x}`
      : `C${middle} ${at?.y} ${middle} ${point.y} ${point.x} ${point.y}`;
    at = point;
  }
  const what = condition === undefined ? "" : ` (${condition})`;
  const title = escapeText(`${labelOf(to)} waits for ${labelOf(from)}${what}`);
  const name = condition === undefined ? "edge" : `edge edge-${condition}`;
  return `<path class="${name}" d="${path}" marker-end="url(#tip)"><title>${title}</title></path>`;
}

function drawNode({ name, x, y, widthPx }: PlacedNode, service?: GraphService): string {
  const { state = "", tone = "off" } = service ?? {};
  const textX = x + 26;
  const middle = y + NODE_HEIGHT_PX / 2;
  const label = `<text class="name" x="${textX}" y="${state === "" ? middle + 4 : middle - 3}">` +
    `${escapeText(labelOf(name))}</text>`;
  const word = state === ""
    ? ""
    : `<text class="state" x="${textX}" y="${middle + 12}">${escapeText(plainText(state))}</text>`;
  return `<g class="node tone-${tone}"><title>${escapeText(plainText(name))}</title>` +
    `<rect x="${x}" y="${y}" width="${widthPx}" height="${NODE_HEIGHT_PX}" rx="8"/>` +
    `<circle cx="${x + 14}" cy="${middle}" r="4"/>${label}${word}</g>`;
}

/** How the parts of a graph look, in the colours of the page or its own. */
export const GRAPH_STYLE = `
.graph .node rect { fill: var(--raised); stroke: var(--line); }
.graph .node.tone-bad rect { stroke: var(--bad); }
.graph .node circle { fill: var(--off); }
.graph .tone-good circle { fill: var(--good); }
.graph .tone-busy circle { fill: var(--busy); }
.graph .tone-bad circle { fill: var(--bad); }
.graph text { font: 12px ui-monospace, "DejaVu Sans Mono", monospace; fill: var(--text); }
.graph text.name { font-weight: 600; }
.graph text.state { font-size: 11px; fill: var(--muted); }
.graph .tone-off text.name { fill: var(--muted); }
.graph .edge { fill: none; stroke: var(--edge); stroke-width: 1.3; }
.graph .edge-ready { stroke-dasharray: none; stroke-width: 2; }
.graph .edge-completed { stroke-dasharray: 5 3; }
.graph .tip { fill: var(--edge); }
`;

/** The colours, light and dark. */
export const GRAPH_COLOURS = `
:root { color-scheme: light dark; --page: #f6f7f9; --raised: #ffffff; --line: #d9dde3;
  --text: #1b2029; --muted: #5d6673; --edge: #9aa3b0; --good: #1f8f4e; --busy: #b87503;
  --bad: #c9302c; --off: #a5adb8; --accent: #2563c9; }
@media (prefers-color-scheme: dark) {
  :root { --page: #12151a; --raised: #1b2027; --line: #323a45; --text: #e5e9ef; --muted: #98a2b0;
    --edge: #66707e; --good: #45c37b; --busy: #e5a93c; --bad: #f0716a; --off: #5a6472;
    --accent: #7eb0ff; }
}
`;
