/**
 * Remembers the last runs of cron services, of earlier lives of the container, too, and runs what `on_failure` names after those that
 * failed.
 */
import type { ExitStatus } from "../../base/exit_status.ts";
import type { ServiceConfig } from "../../config/model.ts";
import type { JobEndCause } from "../../service/life/job.ts";
import { matchesExit } from "../../service/life/restart_policy.ts";
import {
  beginRun,
  countMissed,
  countSkipped,
  endRun,
  failureEnvironment,
  NO_RUNS,
  recallRuns,
  type RunHistory,
  type RunRecord,
} from "../../service/schedule/run_history.ts";
import { formatHead, formatRun, parseRuns, type RunFile } from "./run_file.ts";
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
  /**
   * Where runs are kept beyond the container's end; undefined where nowhere. `head` is what a new
   * file begins with.
   */
  readonly file: (head: () => readonly string[]) => Promise<RunFile | undefined>;
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
  /** What is known of earlier lives has been looked for. */
  isRecalled?: true;
}

/** A page as another incarnation takes it over. */
export interface PageHandover {
  readonly name: string;
  readonly history: RunHistory;
  readonly open: readonly (readonly [number, OpenRun])[];
  readonly isRecalled?: true;
}

export class JobBook {
  readonly #parts: JobBookParts;
  readonly #pages = new Map<string, Page>();
  /** Adds a line to the file, which is opened for the first service that is scheduled. */
  #append: Promise<RunFile["append"] | undefined> | undefined;
  /** Runs of earlier lives that no service has asked for yet. */
  #former = new Map<string, readonly RunRecord[]>();

  constructor(parts: JobBookParts) {
    this.#parts = parts;
  }

  handOver(): PageHandover[] {
    return [...this.#pages].map(([name, { open, ...page }]) => ({
      name,
      open: [...open],
      ...page,
    }));
  }

  takeOver(pages: readonly PageHandover[]): void {
    for (const { name, history, open, isRecalled } of pages) {
      const page = { history: { ...NO_RUNS, ...history }, open: new Map(open) };
      this.#pages.set(name, isRecalled ? { ...page, isRecalled } : page);
    }
  }

  /** The last runs of a service, and its totals. */
  history(name: string): RunHistory {
    return this.#pages.get(name)?.history ?? NO_RUNS;
  }

  /** A service is scheduled: what is known of its runs in earlier lives is looked for, once. */
  async recall(name: string): Promise<void> {
    const page = this.#page(name);
    if (page.isRecalled) return;
    page.isRecalled = true;
    await this.#openFile();
    const former = this.#former.get(name);
    if (former !== undefined) page.history = recallRuns(page.history, former);
    this.#former.delete(name);
  }

  started(name: string, { serial, pid, isAsked, due }: JobStart): void {
    const { os } = this.#parts;
    const page = this.#page(name);
    page.history = beginRun(page.history, {
      serial,
      startWallMs: os.wallMs(),
      ...(due === undefined ? {} : { dueWallMs: due.wallMs }),
      ...(due?.isCaughtUp ? { caughtUp: true as const } : {}),
      ...(isAsked ? { asked: true as const } : {}),
    });
    page.open.set(pid, { serial, startedMs: os.nowMs() });
    this.#keep(name, page.history.runs.at(-1));
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
    const ended = page.history.runs.find((each) => each.serial === serial && !each.former);
    this.#keep(name, ended);
    if (!normal && cause !== "stop" && cause !== "overlap") this.#runOnFailure(name, ended);
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

  #openFile(): Promise<RunFile["append"] | undefined> {
    return this.#append ??= this.#parts.file(() => this.#head()).then((file) => {
      this.#former = parseRuns(file?.former ?? "");
      return file?.append;
    });
  }

  #head(): string[] {
    return formatHead([...this.#pages].map(([name, { history }]) => [name, history.runs]));
  }

  #keep(name: string, run: RunRecord | undefined): void {
    if (run === undefined) return;
    const line = formatRun(name, run);
    void this.#openFile().then((append) => append?.(line));
  }

  #runOnFailure(name: string, run: RunRecord | undefined): void {
    const { config, runFor, journal } = this.#parts;
    const argv = config(name).cron?.onFailure;
    if (!argv || !run) return;
    runFor(name, argv, failureEnvironment(name, run), (problem) => {
      const text = `${name} on_failure cannot be started: ${problem}`;
      journal.write({ level: "warn", text, facility: "cron", service: name });
    });
  }
}
