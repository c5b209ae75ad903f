/** The text of `telchap status`, column for column that of chaperone 0.3.9: scripts parse it. */
import { inOneLine } from "../../base/shown_text.ts";

/** A line of the table. */
export interface StatusRow {
  readonly pid: number | undefined;
  /** With suffix. */
  readonly name: string;
  readonly enabled: boolean;
  readonly status: string;
  readonly note: string | undefined;
}

const COLUMNS = ["pid", "name", "enabled", "status", "note"] as const;

/** Formats the whole answer. */
export function formatStatusReport(
  rows: readonly StatusRow[],
  program: { readonly version: string; readonly uptimeMs: number },
): string[] {
  const enabled = rows.filter((row) => row.enabled).length;
  return [
    "",
    `Running:           chaperone version ${program.version}`,
    `Uptime:            ${formatDuration(program.uptimeMs)}`,
    `Managed processes: ${rows.length} (${enabled} enabled)`,
    "",
    "Services:",
    "",
    ...formatStatusTable(rows),
    "",
  ];
}

/** Formats header, rule and rows, these sorted by name. Every cell is padded, the last ones too. */
export function formatStatusTable(rows: readonly StatusRow[]): string[] {
  const cells = rows
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .map((row) => COLUMNS.map((column) => formatCell(row[column])));
  const widths = COLUMNS.map((column, at) =>
    cells.reduce((width, row) => Math.max(width, row[at]?.length ?? 0), column.length)
  );
  const pad = (texts: readonly string[]) =>
    texts.map((text, at) => text.padEnd(widths[at] ?? 0)).join("  ");
  return [pad(COLUMNS), widths.map((width) => "-".repeat(width)).join("  "), ...cells.map(pad)];
}

/** A note may come from a service: it must not break the line, nor move the terminal's cursor. */
function formatCell(value: string | number | boolean | undefined): string {
  const text = inOneLine(String(value ?? ""));
  return text === "" ? "-" : text;
}

/** Formats a duration as Python shows a timedelta: `0:00:04.123456`, `2 days, 3:04:05`. */
export function formatDuration(durationMs: number): string {
  const micros = Math.round(durationMs * 1000);
  const seconds = Math.floor(micros / 1_000_000);
  const days = Math.floor(seconds / 86_400);
  const two = (value: number) => value.toString().padStart(2, "0");
  const clock = `${Math.floor(seconds / 3600) % 24}:${two(Math.floor(seconds / 60) % 60)}:` +
    two(seconds % 60);
  const fraction = micros % 1_000_000;
  return (days === 0 ? "" : `${days} day${days === 1 ? "" : "s"}, `) + clock +
    (fraction === 0 ? "" : `.${fraction.toString().padStart(6, "0")}`);
}
