/** docs/figures.md: the figures that the bench has kept, in the order of its measurements. */
import figures from "../tests/bench/figures.json" with { type: "json" };
import { type FigureTable, type Figures, format } from "../tests/bench/figures.ts";

const FIGURES = figures as unknown as Figures;

/** Those that everything is compared with, where they were measured. */
const OWN = "chaperone";

/** Returns the page. */
export function generateFigures(): string {
  const { version, date, cpus, kernel, remark, measures } = FIGURES;
  return [
    "# Figures",
    "",
    `chaperone ${version}, ${date}, ${cpus} virtual CPUs, Linux ${kernel}: one run of`,
    "`deno task bench --save`, in which the programs took turns, each as process 1 of a namespace of",
    "its own; medians. Behind each figure is how many times chaperone's it is: believe that rather than",
    "the figure, which depends on the machine. What grows with what, and what was learnt:",
    "[tests/bench/README.md](../tests/bench/README.md).",
    ...(remark === undefined ? [] : ["", remark]),
    ...measures.flatMap(formatTable),
    "",
  ].join("\n");
}

function formatTable({ title, quantities, tools }: FigureTable): string[] {
  const names = Object.keys(quantities);
  const rows = Object.entries(tools).map(([tool, values]) => {
    const cells = names.map((name) => formatCell(values[name], tools[OWN]?.[name], tool === OWN));
    return `| ${tool} | ${cells.join(" | ")} |`;
  });
  return [
    "",
    `## ${title}`,
    "",
    `| program | ${names.map((name) => quantities[name]).join(" | ")} |`,
    `| --- |${" ---: |".repeat(names.length)}`,
    ...rows,
  ];
}

function formatCell(value: number | undefined, own: number | undefined, isOwn: boolean): string {
  if (value === undefined) return "–";
  if (isOwn || !own) return format(value);
  return `${format(value)} (${(value / own).toFixed(2)})`;
}
