/**
 * Draws a transcript as an SVG that plays it: each run of text appears when it came, and the window
 * scrolls as a terminal does. All of it is CSS, so that it plays where a page shows it as an image.
 * Who asked for less motion, and whatever knows no animation, sees the end.
 */
import type { Cell, Style, Transcript } from "./transcript.ts";

export interface DrawingOptions {
  /** What stands in the title bar. */
  readonly title: string;
  /** How many rows are seen at once. */
  readonly rows: number;
  /** How long the end stays before it begins anew. */
  readonly restMs: number;
}

interface Run {
  readonly text: string;
  readonly style: Style;
  readonly row: number;
  readonly column: number;
  readonly atMs: number;
}

const CELL_WIDTH = 8.4;
const LINE_HEIGHT = 18;
const PADDING = 14;
const BAR_HEIGHT = 32;
/** Below this, two times are one: it saves most of the file and nobody sees it. */
const TICK_MS = 20;

/** Colours that can be read on the background of each scheme. */
const DARK =
  `--back:#16181d;--bar:#23262d;--text:#d6d9df;--quiet:#8b919c;--red:#ff7b72;--green:#7ee787;--yellow:#e3b341;--blue:#79c0ff;--magenta:#d2a8ff;--cyan:#76e3ea`;
const LIGHT =
  `--back:#fbfbfa;--bar:#e9e9e6;--text:#24272c;--quiet:#656b75;--red:#c4261d;--green:#12702f;--yellow:#855900;--blue:#0756b5;--magenta:#7637b8;--cyan:#126a74`;

/** Draws the whole transcript. */
export function drawTerminal(transcript: Transcript, options: DrawingOptions): string {
  const { title, rows, restMs } = options;
  const runs = transcript.rows.flatMap(runsOf);
  const totalMs = Math.max(0, ...runs.map(({ atMs }) => atMs)) + restMs;
  const times = [...new Set(runs.map(({ atMs }) => atMs))].sort((a, b) => a - b);
  const names = new Map(times.map((atMs, index) => [atMs, `t${index}`]));
  const width = Math.ceil(transcript.columns * CELL_WIDTH) + 2 * PADDING;
  const screenHeight = rows * LINE_HEIGHT;
  const height = BAR_HEIGHT + screenHeight + 2 * PADDING;
  const scroll = scrollSteps(runs, rows);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${
    escapeXml(title)
  }">
<style>
svg{${DARK}}
@media (prefers-color-scheme:light){svg{${LIGHT}}}
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:var(--text);white-space:pre}
.f{fill:var(--quiet)}
.b{font-weight:bold}
.r{fill:var(--back)}
#scroll rect{fill:var(--text)}
${usedColours(runs).map((colour) => `.${colour}{fill:var(--${colour})}`).join("\n")}
#scroll{transform:translateY(${-offsetAfter(scroll)}px)}
@media (prefers-reduced-motion:no-preference){
#scroll text,#scroll rect,#scroll{animation:${seconds(totalMs)} step-end infinite}
#scroll{animation-name:scroll}
@keyframes scroll{${
    scroll.map(({ atMs, offset }) =>
      `${percent(atMs, totalMs)}{transform:translateY(${-offset}px)}`
    ).join("")
  }}
${
    times.filter((atMs) => atMs > 0).map((atMs) => {
      const name = names.get(atMs);
      return `#scroll .${name}{animation-name:${name}}@keyframes ${name}{0%{opacity:0}${
        percent(atMs, totalMs)
      }{opacity:1}}`;
    }).join("\n")
  }
}
</style>
<rect width="${width}" height="${height}" rx="8" style="fill:var(--back)"/>
<path d="M0 ${BAR_HEIGHT}V8a8 8 0 0 1 8-8H${
    width - 8
  }a8 8 0 0 1 8 8V${BAR_HEIGHT}z" style="fill:var(--bar)"/>
<text x="${PADDING}" y="21" class="f">${escapeXml(title)}</text>
<clipPath id="screen"><rect y="${BAR_HEIGHT + PADDING}" width="${width}" height="${
    screenHeight + PADDING / 2
  }"/></clipPath>
<g clip-path="url(#screen)"><g transform="translate(${PADDING} ${
    BAR_HEIGHT + PADDING
  })"><g id="scroll">
${runs.map((run) => drawRun(run, names)).join("\n")}
</g></g></g>
</svg>
`;
}

/** Joins neighbours of one style that came together; blanks at the end of a row are dropped. */
function runsOf(cells: readonly Cell[], row: number): Run[] {
  const runs: Run[] = [];
  cells.forEach(({ char, style, atMs: exactMs }, column) => {
    const atMs = Math.floor(exactMs / TICK_MS) * TICK_MS;
    const last = runs.at(-1);
    if (last !== undefined && last.atMs === atMs && isSameStyle(last.style, style)) {
      runs[runs.length - 1] = { ...last, text: last.text + char };
    } else {
      runs.push({ text: char, style, row, column, atMs });
    }
  });
  return runs.filter(({ text }) => text.trim() !== "");
}

function isSameStyle(one: Style, other: Style): boolean {
  return one.colour === other.colour && one.bold === other.bold && one.faint === other.faint &&
    one.reverse === other.reverse;
}

function drawRun({ text, style, row, column, atMs }: Run, names: ReadonlyMap<number, string>) {
  // The blanks before the text only move it, and those after it only widen it.
  const shown = text.trim();
  const start = column + text.length - text.trimStart().length;
  const classes = [
    ...(style.colour === undefined ? [] : [style.colour]),
    ...(style.bold ? ["b"] : []),
    ...(style.faint ? ["f"] : []),
    ...(atMs > 0 ? [names.get(atMs)] : []),
  ];
  const kindOf = (names: readonly (string | undefined)[]) =>
    names.length === 0 ? "" : ` class="${names.join(" ")}"`;
  const kind = kindOf(style.reverse ? [...classes, "r"] : classes);
  const back = !style.reverse
    ? ""
    : `<rect x="${round(column * CELL_WIDTH)}" y="${row * LINE_HEIGHT - 1}" width="${
      round([...text].length * CELL_WIDTH)
    }" height="${LINE_HEIGHT}"${kindOf(classes)}/>`;
  const length = round([...shown].length * CELL_WIDTH);
  return `${back}<text x="${round(start * CELL_WIDTH)}" y="${
    row * LINE_HEIGHT + 13
  }" textLength="${length}"${kind}>${escapeXml(shown)}</text>`;
}

interface ScrollStep {
  readonly atMs: number;
  readonly offset: number;
}

/** When the window moves, and how far from the top. */
function scrollSteps(runs: readonly Run[], rows: number): ScrollStep[] {
  const steps: ScrollStep[] = [{ atMs: 0, offset: 0 }];
  for (const { row, atMs } of runs.toSorted((a, b) => a.atMs - b.atMs)) {
    const offset = Math.max(0, row + 1 - rows) * LINE_HEIGHT;
    const last = steps.at(-1);
    if (last === undefined || offset <= last.offset) continue;
    if (last.atMs === atMs) steps.pop();
    steps.push({ atMs, offset });
  }
  return steps;
}

function offsetAfter(steps: readonly ScrollStep[]): number {
  return steps.at(-1)?.offset ?? 0;
}

function usedColours(runs: readonly Run[]): string[] {
  const names = runs.flatMap(({ style }) => style.colour === undefined ? [] : [style.colour]);
  return [...new Set(names)].sort();
}

function percent(atMs: number, totalMs: number): string {
  return `${round(atMs / totalMs * 100, 3)}%`;
}

function seconds(ms: number): string {
  return `${round(ms / 1000, 2)}s`;
}

function round(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
