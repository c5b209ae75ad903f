/**
 * What the time of the start-up went to: each service's own share, and the chain of services that
 * the end of it waited for. Pure.
 */
import { formatHumanDuration } from "../../base/duration.ts";
import type { Family } from "../family.ts";
import { shortName } from "../../base/service_name.ts";

/** How a service's first start went. Monotonic times. */
export interface StartRecord {
  readonly wantedMs: number;
  readonly launchedMs?: number;
  /** When it was started, or had failed. */
  readonly settledMs?: number;
}

/** One service in the report. */
export interface BlameEntry {
  readonly name: string;
  /** From the launch until it counted as started. */
  readonly tookMs: number;
  /** From the beginning of the start-up until then. */
  readonly readyAfterMs: number;
}

export interface BootReport {
  /** From the beginning until the last service was started. */
  readonly totalMs: number;
  /** The slowest first. */
  readonly entries: readonly BlameEntry[];
  /** The last service to be started, and before it what it waited for, first to last. */
  readonly criticalPath: readonly BlameEntry[];
}

/** Makes the report; services that are still on their way are left out. */
export function reportBoot(
  starts: ReadonlyMap<string, StartRecord>,
  family: Family,
  beganMs: number,
): BootReport {
  const entries = new Map<string, BlameEntry>();
  for (const [name, { launchedMs, settledMs }] of starts) {
    if (launchedMs === undefined || settledMs === undefined) continue;
    entries.set(name, {
      name,
      tookMs: settledMs - launchedMs,
      readyAfterMs: settledMs - beganMs,
    });
  }
  const sorted = [...entries.values()].sort((a, b) => b.tookMs - a.tookMs);
  const last = latest(sorted);
  return {
    totalMs: last?.readyAfterMs ?? 0,
    entries: sorted,
    criticalPath: last === undefined ? [] : chainTo(last, entries, family),
  };
}

function latest(entries: readonly BlameEntry[]): BlameEntry | undefined {
  return entries.reduce<BlameEntry | undefined>(
    (best, entry) => best === undefined || entry.readyAfterMs > best.readyAfterMs ? entry : best,
    undefined,
  );
}

function chainTo(
  last: BlameEntry,
  entries: ReadonlyMap<string, BlameEntry>,
  family: Family,
): BlameEntry[] {
  const chain = [last];
  for (let current: BlameEntry | undefined = last; current !== undefined;) {
    const before: BlameEntry[] = family.prerequisites(current.name)
      .flatMap(({ name }) => entries.get(name) ?? []);
    current = latest(before);
    if (current === undefined || chain.includes(current)) break;
    chain.unshift(current);
  }
  return chain;
}

/** Formats the report for people. */
export function formatBootReport(report: BootReport): string[] {
  const line = (tookMs: number, text: string) =>
    `${formatHumanDuration(tookMs).padStart(10)}  ${text}`;
  return [
    `Start-up took ${formatHumanDuration(report.totalMs)}.`,
    "",
    ...report.entries.map(({ name, tookMs }) => line(tookMs, shortName(name))),
    "",
    "Critical path (started after, took):",
    ...report.criticalPath.map(({ name, tookMs, readyAfterMs }) =>
      line(readyAfterMs, `${shortName(name)} +${formatHumanDuration(tookMs)}`)
    ),
  ];
}
