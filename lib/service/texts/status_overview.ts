/**
 * The text of `telchap status` on a terminal: one line a service, as wide as the terminal. Scripts
 * get another one, see service/texts/status_table.ts.
 */
import { type Look, paint, SGR } from "../../base/ansi.ts";
import { shortName } from "../../base/service_name.ts";
import { inOneLine } from "../../base/shown_text.ts";
import { columnsOf, fitColumns, padColumns } from "../../base/text_columns.ts";

/** A line of the overview. */
export interface OverviewRow {
  /** With suffix. */
  readonly name: string;
  readonly state: string;
  readonly look: Look | undefined;
  /** How long it has been in this state. */
  readonly sinceMs: number;
  readonly restarts: number;
  /** Undefined where nothing of it runs. */
  readonly memoryBytes: number | undefined;
  /** Undefined where nothing probes it. */
  readonly health: string | undefined;
  /** Why it is in this state, or what it says. */
  readonly reason: string;
}

export interface OverviewShape {
  /** Width of the terminal. */
  readonly columns: number;
  readonly colour: boolean;
}

interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
  /** The least width of a terminal that has room for it. */
  readonly fromColumns: number;
  readonly text: (row: OverviewRow, columns: number) => string;
}

/** Below this the reason gets what room there is. */
const WIDE_COLUMNS = 100;
const NAME_MAX = 32;
const NARROW_NAME_MAX = 16;
const GAP = "  ";

const COLUMNS: readonly Column[] = [
  {
    title: "SERVICE",
    fromColumns: 0,
    text: ({ name }, columns) =>
      fitColumns(shortName(name), columns < WIDE_COLUMNS ? NARROW_NAME_MAX : NAME_MAX),
  },
  { title: "STATE", fromColumns: 0, text: ({ state }) => state },
  { title: "FOR", isNumber: true, fromColumns: 40, text: ({ sinceMs }) => formatAge(sinceMs) },
  {
    title: "RESTARTS",
    isNumber: true,
    fromColumns: 60,
    text: ({ restarts }) => restarts === 0 ? "" : String(restarts),
  },
  {
    title: "MEMORY",
    isNumber: true,
    fromColumns: 70,
    text: ({ memoryBytes }) => memoryBytes === undefined ? "" : formatMemory(memoryBytes),
  },
  { title: "HEALTH", fromColumns: WIDE_COLUMNS, text: ({ health }) => health ?? "" },
];

/** Formats header and rows, these sorted by name. A column that is empty all over is left out. */
export function formatOverview(
  rows: readonly OverviewRow[],
  { columns, colour }: OverviewShape,
): string[] {
  const sorted = rows.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const shown = COLUMNS.filter(({ fromColumns, text, title }) =>
    columns >= fromColumns &&
    (title === "SERVICE" || sorted.some((row) => text(row, columns) !== ""))
  );
  const widths = shown.map(({ title, text }) =>
    Math.max(title.length, ...sorted.map((row) => columnsOf(text(row, columns))))
  );
  const left = columns - widths.reduce((sum, width) => sum + width + GAP.length, 0);
  const lineOf = (cells: readonly string[], reason: string) =>
    [...cells, fitColumns(inOneLine(reason), left)].join(GAP).trimEnd();
  const pad = (text: string, at: number) => {
    const width = widths[at] ?? 0;
    return shown[at]?.isNumber ? text.padStart(width) : padColumns(text, width);
  };
  const head = lineOf(shown.map(({ title }, at) => pad(title, at)), "");
  return [
    colour ? paint(head, SGR.bold) : head,
    ...sorted.map((row) => {
      const cells = shown.map((column, at) => {
        const cell = pad(column.text(row, columns), at);
        return colour && column.title === "STATE" ? paint(cell, row.look) : cell;
      });
      const { health = "", reason } = row;
      return lineOf(cells, reason === "" && columns < WIDE_COLUMNS ? health : reason);
    }),
  ];
}

/** Formats a duration in at most seven characters: `9s`, `3m12s`, `5h04m`, `12d3h`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${two(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h${two(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d${hours % 24}h`;
}

/** Formats a number of bytes: `812 K`, `12.3 M`, `1.20 G`. */
export function formatMemory(bytes: number): string {
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} K`;
  if (bytes < 1024 ** 3) return `${(bytes / 1024 ** 2).toFixed(1)} M`;
  return `${(bytes / 1024 ** 3).toFixed(2)} G`;
}
