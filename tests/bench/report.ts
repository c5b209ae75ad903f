/** What was measured, as a Markdown table and as a picture. */
import { type FigureTable, format } from "./figures.ts";
import { type Measure, median, type Values } from "./measure.ts";

/** The runs of one measurement by the name of the tool; a text says why there is none. */
export interface Outcome {
  readonly measure: Measure;
  readonly runs: ReadonlyMap<string, readonly Values[] | string>;
}

/** Returns the median of a quantity, undefined where a tool has none. */
export function value(outcome: Outcome, tool: string, quantity: string): number | undefined {
  const runs = outcome.runs.get(tool);
  if (runs === undefined || typeof runs === "string") return undefined;
  const found = median(runs.map((run) => run[quantity] ?? NaN));
  return Number.isFinite(found) ? found : undefined;
}

/** Returns what figures.json keeps of a measurement. */
export function toFigureTable(outcome: Outcome): FigureTable {
  const { name, title, quantities } = outcome.measure;
  const tools = [...outcome.runs.keys()].map((tool) => {
    const values = Object.keys(quantities).flatMap((quantity) => {
      const found = value(outcome, tool, quantity);
      return found === undefined ? [] : [[quantity, Number(found.toPrecision(3))] as const];
    });
    return [tool, Object.fromEntries(values)] as const;
  });
  return { name, title, quantities, tools: Object.fromEntries(tools) };
}

/** Formats all outcomes: a table for each, with the ratio to the first tool. */
export function formatMarkdown(outcomes: readonly Outcome[], head: readonly string[]): string {
  return [...head, "", ...outcomes.flatMap((outcome) => [...formatTable(outcome), ""])].join("\n");
}

function formatTable(outcome: Outcome): string[] {
  const { measure, runs } = outcome;
  const tools = [...runs.keys()];
  const [base] = tools;
  const titles = Object.entries(measure.quantities);
  const lines = [
    `## ${measure.title}`,
    "",
    `| tool | ${titles.map(([, title]) => `${title} | ratio`).join(" | ")} |`,
    `| --- |${" ---: | ---: |".repeat(titles.length)}`,
  ];
  for (const tool of tools) {
    const found = runs.get(tool);
    if (typeof found === "string") {
      lines.push(`| ${tool} | ${found} |${" |".repeat(2 * titles.length - 1)}`);
      continue;
    }
    const cells = titles.map(([quantity]) => {
      const own = value(outcome, tool, quantity);
      const reference = base === undefined ? undefined : value(outcome, base, quantity);
      if (own === undefined) return "– | –";
      return `${format(own)} | ${reference ? (own / reference).toFixed(2) : "–"}`;
    });
    lines.push(`| ${tool} | ${cells.join(" | ")} |`);
  }
  return lines;
}

const WIDTH = 720;
const NAME_WIDTH = 110;
const VALUE_WIDTH = 130;
const ROW = 20;
const TITLE = 34;

/** Draws the first quantity of each outcome as bars. */
export function drawBars(outcomes: readonly Outcome[]): string {
  const parts: string[] = [];
  let y = 10;
  for (const outcome of outcomes) {
    const [[quantity, title] = ["", ""]] = Object.entries(outcome.measure.quantities);
    const bars = [...outcome.runs.keys()].flatMap((tool) => {
      const own = value(outcome, tool, quantity);
      return own === undefined ? [] : [{ tool, own }];
    });
    const longest = Math.max(...bars.map(({ own }) => own), Number.MIN_VALUE);
    const isMore = outcome.measure.more?.includes(quantity) === true;
    const sense = isMore ? "more is better" : "less is better";
    parts.push(text(10, y + 20, `${outcome.measure.title}: ${title} (${sense})`, "bold"));
    y += TITLE;
    for (const [index, { tool, own }] of bars.entries()) {
      const length = own / longest * (WIDTH - NAME_WIDTH - VALUE_WIDTH);
      const colour = index === 0 ? "#2a6fbb" : "#9aa7b4";
      parts.push(
        text(10, y + 14, tool),
        `<rect x="${NAME_WIDTH}" y="${y + 3}" width="${
          length.toFixed(1)
        }" height="14" fill="${colour}"/>`,
        text(NAME_WIDTH + length + 6, y + 14, format(own)),
      );
      y += ROW;
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y + 10}" ` +
    `font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="white"/>\n` +
    `${parts.join("\n")}\n</svg>\n`;
}

function text(x: number, y: number, content: string, weight = "normal"): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x.toFixed(1)}" y="${y}" font-weight="${weight}">${escaped}</text>`;
}
