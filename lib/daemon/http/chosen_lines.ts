/** The lines of a log that a reader of a page has chosen. */
import { severityOfLine } from "../../log/line_severity.ts";
import { parseSeverity } from "../../log/priorities.ts";
import type { LogFilter } from "../../page/log_filter.ts";
import type { LogLine } from "../../page/report.ts";

/** chaperone tells of a service whatever it does with it: its lines do not hide the few bad ones. */
const OWN_SEVERITY = 6;

/** Returns the last `count` of the lines that are chosen. */
export function chosenLines(
  lines: readonly LogLine[],
  { search, level }: LogFilter,
  count: number,
): readonly LogLine[] {
  const wanted = search.toLowerCase();
  const mostSeverity = parseSeverity(level) ?? Infinity;
  return lines.filter((line) =>
    line.text.toLowerCase().includes(wanted) && severityOf(line) <= mostSeverity
  ).slice(-count);
}

function severityOf(line: LogLine): number {
  return line.stream === "chaperone" ? OWN_SEVERITY : severityOfLine(line);
}
