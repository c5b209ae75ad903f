/**
 * Runs of jobs as lines of a file that outlives the container: one when a run begins, and one when
 * it has ended. A run without the second one ended with its container.
 */
import type { ExitStatus } from "../../base/exit_status.ts";
import { type RunRecord, RUNS_KEPT } from "../../service/schedule/run_history.ts";

/** The file, once it is open. */
export interface RunFile {
  /** What earlier lives have left. */
  readonly former: string;
  readonly append: (line: string) => void;
}

/** Names of the files in the state directory. */
export const RUN_FILES = { name: "runs.jsonl", formerName: "runs.old.jsonl" } as const;

/** Of the file and the one before it. */
export const RUN_FILES_BYTES = 512 * 1024;

/** A new file begins with as many lines at the most: that is a fraction of it. */
const HEAD_LINES_MAX = 500;

type RunsOf = readonly [service: string, runs: readonly RunRecord[]];

/** Returns a run as a line. */
export function formatRun(service: string, run: RunRecord): string {
  return `${JSON.stringify({ s: service, r: run })}\n`;
}

/** Returns what a new file begins with: of each service as many of its last runs as of the others. */
export function formatHead(all: readonly RunsOf[]): string[] {
  const each = Math.max(1, Math.floor(HEAD_LINES_MAX / Math.max(1, all.length)));
  const lines = all.flatMap(([service, runs]) =>
    runs.slice(-each).map((run) => formatRun(service, run))
  );
  return lines.slice(-HEAD_LINES_MAX);
}

/** Reads the last runs of each service, the oldest first; what is torn is passed over. */
export function parseRuns(text: string): Map<string, readonly RunRecord[]> {
  const found = new Map<string, Map<string, RunRecord>>();
  for (const line of text.split("\n")) {
    const entry = parseLine(line);
    if (entry === undefined) continue;
    const { service, run } = entry;
    const own = found.get(service) ?? new Map<string, RunRecord>();
    found.set(service, own);
    // The line of its end takes the place of the one of its beginning.
    own.set(`${run.serial} ${run.startWallMs}`, run);
  }
  return new Map(
    [...found].map(([service, own]) => [service, [...own.values()].slice(-RUNS_KEPT)]),
  );
}

function parseLine(line: string): { service: string; run: RunRecord } | undefined {
  try {
    const { s: service, r: run } = JSON.parse(line) as { s?: unknown; r?: Partial<RunRecord> };
    if (typeof service !== "string" || !isRun(run)) return undefined;
    return { service, run };
  } catch (error) {
    // The line was torn off, or is empty.
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function isRun(run: Partial<RunRecord> | undefined): run is RunRecord {
  if (typeof run?.serial !== "number" || typeof run.startWallMs !== "number") return false;
  return run.exit === undefined || isExit(run.exit);
}

function isExit(exit: Partial<Record<string, unknown>> & { readonly kind?: ExitStatus["kind"] }) {
  return exit.kind === "exited" || exit.kind === "signaled";
}
