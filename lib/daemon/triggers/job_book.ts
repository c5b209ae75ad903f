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
import type { Due } from "./due_keeper.ts";
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

/** What is known of a moment that leads to a run. */
type DueFacts = Pick<Due, "dueWallMs" | "isCaughtUp">;

interface Page {
  history: RunHistory;
  /** Moments whose run has not started, the latest last. */
  dues: DueFacts[];
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
  readonly dues?: readonly DueFacts[];
}

export class JobBook {
  readonly #parts: JobBookParts;
  readonly #pages = new Map<string, Page>();

  constructor(parts: JobBookParts) {
    this.#parts = parts;
  }

  handOver(): PageHandover[] {
    return [...this.#pages].map(([name, { history, open, dues }]) => ({
      name,
      history,
      open: [...open],
      dues,
    }));
  }

  takeOver(pages: readonly PageHandover[]): void {
    for (const { name, history, open, dues = [] } of pages) {
      const page = { history: { ...NO_RUNS, ...history }, open: new Map(open), dues: [...dues] };
      this.#pages.set(name, page);
    }
  }

  /** The last runs of a service, and its totals. */
  history(name: string): RunHistory {
    return this.#pages.get(name)?.history ?? NO_RUNS;
  }

  /** A moment has come; whether it leads to a run is known later. */
  due(name: string, { dueWallMs, isCaughtUp }: Due): void {
    const { dues } = this.#page(name);
    dues.push(isCaughtUp ? { dueWallMs, isCaughtUp } : { dueWallMs });
    // One runs and one may be queued.
    if (dues.length > 2) dues.shift();
  }

  started(name: string, { serial, pid, isAsked }: JobStart): void {
    const { os } = this.#parts;
    const page = this.#page(name);
    const startWallMs = os.wallMs();
    const due = isAsked ? undefined : page.dues.at(-1);
    if (!isAsked) page.dues = [];
    page.history = beginRun(page.history, {
      serial,
      startWallMs,
      ...(due === undefined ? {} : { dueWallMs: due.dueWallMs }),
      ...(due?.isCaughtUp ? { caughtUp: true as const } : {}),
      ...(isAsked ? { asked: true as const } : {}),
    });
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
    page.dues.pop();
  }

  #page(name: string): Page {
    const page = this.#pages.get(name) ?? { history: NO_RUNS, open: new Map(), dues: [] };
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
