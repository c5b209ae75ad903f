/**
 * What becomes of processes, as events of their services: a launch that has worked out or failed,
 * an exit, the end of a process that nobody started.
 */
import type { SystemError } from "../../base/errors.ts";
import { encodeWaitStatus, type ExitStatus } from "../../base/exit_status.ts";
import { jobEndCause } from "../../service/life/job_end.ts";
import type { Event } from "../../service/life/event.ts";
import { awaitedStrays, deadlineEndsProcesses, mainPid } from "../../service/life/phase.ts";
import { killsStrays } from "../../service/life/stopping.ts";
import type { EndedProcess } from "../../door/os.ts";
import type { Journal } from "../logging/journal.ts";
import { describeLaunchProblem } from "./launch_request.ts";
import type { Launcher } from "./launcher.ts";
import type { ProcessTable } from "./process_table.ts";
import type { Running } from "./running.ts";
import type { ServiceEntry } from "./service_entry.ts";
import type { SupervisorListener } from "./supervisor_parts.ts";
import type { Triggers } from "./triggers.ts";

export interface ProcessNewsParts {
  readonly journal: Journal;
  readonly listener: SupervisorListener;
  readonly processes: ProcessTable;
  readonly launcher: Launcher;
  readonly triggers?: () => Triggers | undefined;
  entries(): ReadonlyMap<string, ServiceEntry>;
  /** The process that takes the place of a service's own one, which has ended. */
  successor(entry: ServiceEntry, gone: number): number | undefined;
  dispatch(name: string, event: Event): void;
}

export class ProcessNews {
  readonly #parts: ProcessNewsParts;

  constructor(parts: ProcessNewsParts) {
    this.#parts = parts;
  }

  /** A process is its program now, or has become nothing. */
  launched(pid: number, running: Running, failure: SystemError | undefined): void {
    const { entry, listener } = running;
    const { processes, launcher, dispatch } = this.#parts;
    if (listener !== undefined) {
      if (failure === undefined) listener.launched?.();
      else listener.failed(describeLaunchProblem(failure).text);
      return;
    }
    if (entry === undefined || !this.#isCurrent(entry)) return;
    const { name } = entry.config;
    if (failure === undefined) {
      launcher.jobStarted(pid, running);
      return dispatch(name, { kind: "launched", pid });
    }
    const problem = describeLaunchProblem(failure);
    dispatch(name, { kind: "launch-failed", pid, ...problem, strays: processes.straysOf(entry) });
  }

  /** A process that chaperone started or follows has ended. */
  exited(pid: number, running: Running, status: ExitStatus): void {
    const { entry } = running;
    const { journal, listener, processes, triggers, successor, dispatch } = this.#parts;
    journal.write({ level: "debug", text: `REAP pid=${pid},status=${encodeWaitStatus(status)}` });
    if (entry && this.#isCurrent(entry)) {
      const { type, name } = entry.config;
      const { phase } = entry.state;
      const isMain = pid === mainPid(phase);
      const next = isMain ? successor(entry, pid) : undefined;
      const strays = isMain && killsStrays(phase, "exited")
        ? processes.stoppedStraysOf(entry)
        : processes.straysOf(entry);
      const followed = next === undefined ? {} : { successor: next };
      dispatch(name, { kind: "exited", pid, status, strays, ...followed });
      processes.checkAttached(entry, status);
      if (type === "cron") {
        triggers?.()?.jobEnded(name, pid, status, jobEndCause(phase, pid));
      }
    }
    running.listener?.exited(status);
    this.#hookEnded(pid, running.helps);
    listener.processGone();
  }

  /** Of a command that a service waits for, started by this incarnation or a former one. */
  #hookEnded(pid: number, entry: ServiceEntry | undefined): void {
    const { phase } = entry?.state ?? {};
    if (entry === undefined || phase?.kind !== "finishing" || phase.hookPid !== pid) return;
    this.#parts.dispatch(entry.config.name, { kind: "hook-ended", pid });
  }

  /** Processes have ended that nobody here started; a service may have waited for their end. */
  strangersGone(ended: readonly EndedProcess[]): void {
    const { journal, listener, entries } = this.#parts;
    if (journal.takes?.("debug") !== false) this.#tellReaped(ended);
    for (const entry of entries().values()) {
      if (awaitedStrays(entry.state.phase).length === 0) continue;
      for (const { pid, status } of ended) this.#strayGone(entry, pid, status);
    }
    listener.processGone();
  }

  #tellReaped(ended: readonly EndedProcess[]): void {
    const debug = (text: string) => this.#parts.journal.write({ level: "debug", text });
    for (const { pid, status } of ended) {
      const raw = encodeWaitStatus(status);
      debug(`REAP pid=${pid},status=${raw}`);
      debug(`Caught subprocess termination from unknown pid: ${pid} -> ${raw}`);
    }
  }

  #strayGone(entry: ServiceEntry, pid: number, status: ExitStatus): void {
    const { phase } = entry.state;
    const known = awaitedStrays(phase);
    if (!known.includes(pid)) return;
    const areKilled = killsStrays(phase, "exited");
    const strays = this.#parts.processes.straysLeft(entry, { known, gone: pid, areKilled });
    this.#parts.dispatch(entry.config.name, { kind: "exited", pid, status, strays });
  }

  /** Which strays of a service its deadline has ended, if any. */
  straysAtDeadline(entry: ServiceEntry): readonly number[] {
    const { phase } = entry.state;
    const { processes } = this.#parts;
    if (killsStrays(phase, "deadline")) return processes.stoppedStraysOf(entry);
    return deadlineEndsProcesses(phase) ? processes.straysOf(entry) : [];
  }

  /** A process may outlive the configuration of its service. */
  #isCurrent(entry: ServiceEntry): boolean {
    return this.#parts.entries().get(entry.config.name) === entry;
  }
}
