/**
 * Remembers the last runs of cron services, and runs what `on_failure` names after those that
 * failed.
 */
import type { ExitStatus } from "../../base/exit_status.ts";
import type { ServiceConfig } from "../../config/model.ts";
import type { JobEndCause } from "../../service/life/phase.ts";
import { matchesExit } from "../../service/life/restart_policy.ts";
import {
  beginRun,
  countMissed,
  countSkipped,
  endRun,
  failureEnvironment,
  NO_RUNS,
  type RunHistory,
} from "../../service/schedule/run_history.ts";
import type { Journal } from "../logging/journal.ts";
import type { JobStart } from "../services/triggers.ts";
import type { Os } from "../../door/os.ts";

export interface JobBookParts {
  readonly os: Pick<Os, "nowMs" | "wallMs">;
  readonly journal: Journal;
  readonly config: (name: string) => ServiceConfig;
  /** Starts a command for a service, with more variables, and says why it cannot be started. */
  readonly runFor: (
    name: string,
    argv: readonly string[],
    variables: Readonly<Record<string, string>>,
    failed: (text: string) => void,
  ) => void;
}

/** A run under way. */
interface OpenRun {
  readonly serial: number;
  readonly startedMs: number;
}

interface Page {
  history: RunHistory;
  /**
   * Runs under way, by process: the next one may begin before the end of the last has been told.
   */
  readonly open: Map<number, OpenRun>;
}

/** A page as another incarnation takes it over. */
export interface PageHandover {
  readonly name: string;
  readonly history: RunHistory;
  readonly open: readonly (readonly [number, OpenRun])[];
}

export class JobBook {
  readonly #parts: JobBookParts;
  readonly #pages = new Map<string, Page>();

  constructor(parts: JobBookParts) {
    this.#parts = parts;
  }

  handOver(): PageHandover[] {
    return [...this.#pages].map(([name, { history, open }]) => ({
      name,
      history,
      open: [...open],
    }));
  }

  takeOver(pages: readonly PageHandover[]): void {
    for (const { name, history, open } of pages) {
      this.#pages.set(name, { history: { ...NO_RUNS, ...history }, open: new Map(open) });
    }
  }

  /** The last runs of a service, and its totals. */
  history(name: string): RunHistory {
    return this.#pages.get(name)?.history ?? NO_RUNS;
  }

  started(name: string, { serial, pid, isAsked }: JobStart): void {
    const { os } = this.#parts;
    const page = this.#page(name);
    const startWallMs = os.wallMs();
    page.history = beginRun(
      page.history,
      isAsked ? { serial, startWallMs, asked: true } : { serial, startWallMs },
    );
    page.open.set(pid, { serial, startedMs: os.nowMs() });
  }

  ended(name: string, pid: number, exit: ExitStatus, cause: JobEndCause | undefined): void {
    const { os, config } = this.#parts;
    const page = this.#page(name);
    const run = page.open.get(pid);
    if (!run) return;
    page.open.delete(pid);
    const { serial, startedMs } = run;
    const normal = cause !== "timeout" && matchesExit(exit, config(name).success);
    page.history = endRun(page.history, serial, {
      endWallMs: os.wallMs(),
      durationMs: os.nowMs() - startedMs,
      exit,
      normal,
      ...(cause === undefined ? {} : { cause }),
    });
    if (!normal && cause !== "stop" && cause !== "overlap") this.#runOnFailure(name, serial);
  }

  missed(name: string, count: number): void {
    const page = this.#page(name);
    page.history = countMissed(page.history, count);
  }

  skipped(name: string): void {
    const page = this.#page(name);
    page.history = countSkipped(page.history);
  }

  #page(name: string): Page {
    const page = this.#pages.get(name) ?? { history: NO_RUNS, open: new Map() };
    this.#pages.set(name, page);
    return page;
  }

  #runOnFailure(name: string, serial: number): void {
    const { config, runFor, journal } = this.#parts;
    const argv = config(name).cron?.onFailure;
    const run = this.history(name).runs.find((each) => each.serial === serial);
    if (!argv || !run) return;
    runFor(name, argv, failureEnvironment(name, run), (problem) => {
      const text = `${name} on_failure cannot be started: ${problem}`;
      journal.write({ level: "warn", text, facility: "cron", service: name });
    });
  }
}
