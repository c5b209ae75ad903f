/** Says of each service that fails why it did, in one block, once its last process is gone. */
import { COMMAND_NAME } from "../../base/service_name.ts";
import type { Family } from "../../service/family.ts";
import { formatFailureReport } from "../../service/texts/failure_report.ts";
import type { Phase } from "../../service/life/phase.ts";
import type { Journal } from "../logging/journal.ts";
import type { LogRing } from "../logging/log_ring.ts";
import { recentOutput } from "../logging/recent_output.ts";
import type { Supervisor } from "../services/supervisor.ts";

const LINES = 5;

export interface FailureReporterParts {
  readonly supervisor: Supervisor;
  readonly family: Family;
  readonly journal: Journal;
  readonly ring: Pick<LogRing, "recent">;
  /** Whether a failure of a service has been told in these words. */
  readonly hasTold: (name: string, text: string) => boolean;
}

export class FailureReporter {
  readonly #parts: FailureReporterParts;

  constructor(parts: FailureReporterParts) {
    this.#parts = parts;
    parts.supervisor.observe((name, _before, after) => this.#changed(name, after));
  }

  #changed(name: string, after: Phase): void {
    if (after.kind !== "failed" || after.failure.ignored || after.inherited) return;
    // Whoever gave the command sees how it ended.
    if (name === COMMAND_NAME) return;
    const { supervisor, family, journal } = this.#parts;
    const { text } = after.failure;
    const { launchedMs, lastPid, lastStatus, ranMs, restartsTotal } = supervisor.state(name);
    const wasLaunched = launchedMs !== undefined;
    const status = after.status ?? lastStatus;
    const lines = formatFailureReport({
      service: name,
      ...(this.#parts.hasTold(name, text) ? {} : { text }),
      ...(wasLaunched && status !== undefined ? { status } : {}),
      ...(wasLaunched && lastPid !== undefined ? { pid: lastPid } : {}),
      ...(ranMs === undefined ? {} : { ranMs }),
      restarts: restartsTotal,
      lines: wasLaunched ? lastTexts(this.#parts.ring, name) : [],
      dependents: [...family.dependents(name)],
    });
    if (lines.length === 0) return;
    journal.write({ level: "warn", text: lines.join("\n"), service: name });
  }
}

function lastTexts(ring: Pick<LogRing, "recent">, service: string): string[] {
  return recentOutput(ring, service).slice(-LINES).map(({ text }) => text);
}
