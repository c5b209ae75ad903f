/**
 * The picture of the README: what runs in a container that chaperone keeps, and what goes where.
 * `deno task docs` draws docs/pictures/idea.svg of it. Tall rather than wide, so that it can be
 * read on a telephone; on a ground of its own, so that it can be read whatever colour the page has.
 */
import { escapeText } from "../lib/page/markup.ts";

/** A frame with a heading and small lines under it. */
interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly heading: string;
  readonly lines?: readonly string[];
  /** `host` is outside of chaperone, `frame` holds other boxes, `rare` runs now and then. */
  readonly kind: "host" | "frame" | "part" | "service" | "rare";
  /** Sheets behind it, of which it is the top one. */
  readonly sheets?: number;
}

/** A line from point to point; the tip is at the end. */
interface Arrow {
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly kind: "acts" | "tells" | "joins";
  readonly label?: string;
  readonly labelAt?: readonly [x: number, y: number];
  readonly labelEndsThere?: boolean;
}

const WIDTH = 560;
const HEIGHT = 562;

const BOXES: readonly Box[] = [
  {
    ...{ x: 20, y: 20, width: 520, height: 58, kind: "host" },
    heading: "container runtime",
    lines: ["docker, podman, Kubernetes"],
  },
  { x: 20, y: 128, width: 520, height: 236, kind: "frame", heading: "chaperone, process 1" },
  {
    ...{ x: 40, y: 176, width: 138, height: 72, kind: "part", sheets: 2 },
    heading: "configuration",
    lines: ["/etc/chaperone.d", "layer upon layer"],
  },
  {
    ...{ x: 212, y: 168, width: 136, height: 80, kind: "part" },
    heading: "supervisor",
    lines: ["order, readiness,", "restarts, strays"],
  },
  {
    ...{ x: 384, y: 168, width: 136, height: 80, kind: "part" },
    heading: "syslog",
    lines: ["/dev/log, and what", "services print"],
  },
  ...(
    [
      ["cron", "jobs, crontabs"],
      ["notify", "READY=1"],
      ["control", "telchap"],
      ["status", "HTTP, metrics"],
    ] as const
  ).map(([heading, line], index): Box => ({
    ...{ x: 40 + index * 123, y: 290, width: 111, height: 54, kind: "part" },
    heading,
    lines: [line],
  })),
  { x: 20, y: 416, width: 520, height: 126, kind: "frame", heading: "services" },
  ...["prepare", "database", "web"].map((heading, index): Box => ({
    ...{ x: 40 + index * 123, y: 450, width: 93, height: 38, kind: "service" },
    heading,
  })),
  { x: 427, y: 450, width: 93, height: 38, kind: "rare", heading: "job" },
];

const ARROWS: readonly Arrow[] = [
  { points: [[96, 78], [96, 128]], kind: "acts", label: "start, SIGTERM", labelAt: [106, 108] },
  {
    ...{ points: [[452, 168], [452, 78]], kind: "tells" },
    ...{ label: "log lines, exit status", labelAt: [442, 108], labelEndsThere: true },
  },
  { points: [[188, 208], [212, 208]], kind: "acts" },
  { points: [[348, 208], [384, 208]], kind: "tells" },
  { points: [[280, 248], [280, 269]], kind: "joins" },
  { points: [[95, 290], [95, 269], [464, 269], [464, 290]], kind: "joins" },
  { points: [[218, 269], [218, 290]], kind: "joins" },
  { points: [[341, 269], [341, 290]], kind: "joins" },
  {
    ...{ points: [[96, 364], [96, 416]], kind: "acts" },
    ...{ label: "starts, signals, reaps", labelAt: [106, 395] },
  },
  {
    ...{ points: [[452, 416], [452, 364]], kind: "tells" },
    ...{ label: "output, readiness", labelAt: [442, 395], labelEndsThere: true },
  },
  { points: [[133, 469], [163, 469]], kind: "acts" },
  { points: [[256, 469], [286, 469]], kind: "acts" },
  {
    ...{ points: [[40, 506], [379, 506]], kind: "acts" },
    ...{ label: "start: in order", labelAt: [389, 510] },
  },
  {
    ...{ points: [[379, 526], [40, 526]], kind: "acts" },
    ...{ label: "stop: in reverse", labelAt: [389, 530] },
  },
];

const STYLE = `
:root { color-scheme: light dark; --ground: #f6f7f9; --frame: #eceff3; --box: #ffffff; --line: #c3cad4;
  --text: #1b2029; --muted: #555e6b; --acts: #2563c9; --tells: #1c7d45; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #12151a; --frame: #181c23; --box: #222933; --line: #414c5a; --text: #e8ecf2;
    --muted: #a6b0be; --acts: #86b4ff; --tells: #56cb88; }
}
.ground { fill: var(--ground); }
rect { fill: var(--box); stroke: var(--line); }
.frame rect { fill: var(--frame); }
.service rect { stroke: var(--acts); }
.rare rect { stroke: var(--acts); stroke-dasharray: 4 3; }
text { font: 13px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: var(--muted); }
text.heading { font-size: 15px; font-weight: 600; fill: var(--text); }
.middle { text-anchor: middle; }
.end { text-anchor: end; }
path { fill: none; stroke-width: 1.6; }
.acts { stroke: var(--acts); }
.tells { stroke: var(--tells); }
.joins { stroke: var(--line); }
.tip { stroke: none; }
.tip.acts { fill: var(--acts); }
.tip.tells { fill: var(--tells); }
`;

function drawRect({ x, y, width, height }: Box, shift = 0): string {
  return `<rect x="${x + shift}" y="${y - shift}" width="${width}" height="${height}" rx="8"/>`;
}

function drawBox(box: Box): string {
  const { x, y, width, height, heading, lines = [], kind, sheets = 0 } = box;
  const isFrame = kind === "frame";
  const textX = isFrame ? x + 20 : x + width / 2;
  const textHeight = 15 + lines.length * 18;
  const firstY = isFrame ? y + 25 : y + (height - textHeight) / 2 + 13;
  const place = isFrame ? "" : " middle";
  const behind = Array.from({ length: sheets }, (_, index) => drawRect(box, (sheets - index) * 5));
  return [
    `<g class="${kind}">`,
    ...behind,
    drawRect(box),
    `<text class="heading${place}" x="${textX}" y="${firstY}">${escapeText(heading)}</text>`,
    ...lines.map((line, index) =>
      `<text class="line${place}" x="${textX}" y="${firstY + (index + 1) * 18}">${
        escapeText(line)
      }</text>`
    ),
    "</g>",
  ].join("\n");
}

function drawArrow({ points, kind, label, labelAt, labelEndsThere }: Arrow): string {
  const path = points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${x} ${y}`).join(" ");
  const tip = kind === "joins" ? "" : ` marker-end="url(#${kind})"`;
  const text = label === undefined || labelAt === undefined
    ? ""
    : `\n<text class="${labelEndsThere ? "end" : "start"}" x="${labelAt[0]}" y="${labelAt[1]}">` +
      `${escapeText(label)}</text>`;
  return `<path class="${kind}" d="${path}"${tip}/>${text}`;
}

function drawTip(kind: string): string {
  return `<marker id="${kind}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" ` +
    `markerUnits="userSpaceOnUse" orient="auto"><path class="tip ${kind}" d="M0 0 8 4 0 8z"/></marker>`;
}

/** Draws the picture. */
export function drawIdea(): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${WIDTH}" height="${HEIGHT}" ` +
    `viewBox="0 0 ${WIDTH} ${HEIGHT}">`,
    "<title>What runs in a container that chaperone keeps</title>",
    "<!-- Drawn by `deno task docs` of docs/idea.ts. -->",
    `<style>${STYLE}</style>`,
    `<defs>${drawTip("acts")}${drawTip("tells")}</defs>`,
    `<rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="12"/>`,
    ...BOXES.map(drawBox),
    ...ARROWS.map(drawArrow),
    "</svg>",
    "",
  ].join("\n");
}
