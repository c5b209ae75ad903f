/** What figures.json holds: the documents are made of it. */

/** Medians of one run of the bench, as figures.json keeps them for the documents. */
export interface Figures {
  /** Of chaperone. */
  readonly version: string;
  /** Of the run, as `2026-11-29`. */
  readonly date: string;
  readonly cpus: number;
  readonly kernel: string;
  /** What a reader should know of the run, written by hand. */
  readonly remark?: string;
  readonly measures: readonly FigureTable[];
}

/** What was measured, and of each tool that took part, in its order, the median. */
export interface FigureTable {
  readonly name: string;
  readonly title: string;
  /** What is measured, with its unit, by a short name. */
  readonly quantities: Readonly<Record<string, string>>;
  readonly tools: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Formats a figure to some three digits. */
export function format(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString("en-US");
  if (value === 0) return "0";
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
