/**
 * The processes that chaperone started or follows, by number: whom they belong to, how they are signalled,
 * and the order at their end: first the last words, then the exit.
 */
import type { ExitStatus } from "../base/exit_status.ts";
import { SIGNAL } from "../base/signals.ts";
import { mainPid } from "../service/phase.ts";
import type { CapturedOutput } from "./capture.ts";
import { MARKER_VARIABLE } from "./launch.ts";
import type { Os } from "./os.ts";
import type { ServiceEntry } from "./service_entry.ts";

/**
 * How long an exit waits for a sink that has no room for the last words. They are not lost after it, but
 * a console that nobody reads must not keep services from being restarted, or the container from ending.
 */
const LAST_WORDS_MS = 1000;

export interface Running {
  readonly entry: ServiceEntry | undefined;
  output: CapturedOutput | undefined;
  /** A daemon that left its number in a pidfile: it may lead a group, and it may not. */
  readonly attached: boolean;
  /** For a process that works for a service without being it: told its exit. */
  readonly onExit?: (status: ExitStatus) => void;
  /** Reaped: its number may belong to somebody else already. */
  ended: boolean;
}

export interface ProcessTableParts {
  readonly os: Os;
  /** A process of the table has ended, and what it had written has been read. */
  readonly exited: (pid: number, running: Running, status: ExitStatus) => void;
  /** A process that is not in the table has ended. */
  readonly strangerGone: (pid: number, status: ExitStatus) => void;
  /** Says whether a process that was killed was killed for lack of memory. */
  readonly outOfMemory?: (() => boolean) | undefined;
}

export class ProcessTable {
  readonly #parts: ProcessTableParts;
  readonly #running = new Map<number, Running>();

  constructor(parts: ProcessTableParts) {
    this.#parts = parts;
    parts.os.onExit((pid, status) => this.#onExit(pid, status));
  }

  /** How many have not been dealt with to their end. */
  get size(): number {
    return this.#running.size;
  }

  /** Takes a process in that has just been started, or is followed from here on. */
  add(pid: number, running: Omit<Running, "ended">): Running {
    const added = { ...running, ended: false };
    this.#running.set(pid, added);
    return added;
  }

  /** Signals a process with its group, where it leads one. One that has ended is left alone. */
  signal(entry: ServiceEntry, pid: number, signal: number): void {
    const { os } = this.#parts;
    const running = this.#running.get(pid);
    const mayLeadGroup = running !== undefined && (entry.config.setpgrp || running.attached);
    if (mayLeadGroup && os.kill(-pid, signal)) return;
    if (running?.ended) return;
    os.kill(pid, signal);
  }

  /** Processes of the service that are not known by number: same session or group, or its marker. */
  straysOf(entry: ServiceEntry): number[] {
    const { os } = this.#parts;
    if (!entry.wasLaunched) return [];
    const { lastPid } = entry.state;
    const strays = this.#formerProcesses(entry);
    for (const process of os.orphans()) {
      if (this.#running.has(process.pid)) continue;
      const related = process.session === lastPid || process.group === lastPid ||
        os.processVariable(process.pid, MARKER_VARIABLE, entry.config.identity) ===
          entry.config.name;
      if (related) strays.push(process.pid);
    }
    return strays;
  }

  /** Started for the service and still there, though the service has named another process since. */
  #formerProcesses(entry: ServiceEntry): number[] {
    const main = mainPid(entry.state.phase);
    const found: number[] = [];
    for (const [pid, running] of this.#running) {
      if (running.entry === entry && pid !== main && !running.ended) found.push(pid);
    }
    return found;
  }

  /**
   * All living processes of a service: its own, then, at the cost of a look at all processes, what
   * these started, its sessions, its marker.
   */
  *processesOf(entry: ServiceEntry): Iterable<number> {
    const { os } = this.#parts;
    const found = new Set<number>();
    for (const [pid, running] of this.#running) {
      if (running.entry === entry && !running.ended) found.add(pid);
    }
    yield* [...found];
    for (const { pid, parent, session, group } of os.descendants()) {
      if (found.has(pid)) continue;
      const related = found.has(parent) || found.has(session) || found.has(group) ||
        os.processVariable(pid, MARKER_VARIABLE, entry.config.identity) ===
          entry.config.name;
      if (!related) continue;
      found.add(pid);
      yield pid;
    }
  }

  /** A followed process whose parent reaped it is only missed once that parent has ended, too. */
  checkAttached(entry: ServiceEntry, status: ExitStatus): void {
    const pid = mainPid(entry.state.phase);
    const running = pid === undefined ? undefined : this.#running.get(pid);
    if (pid === undefined || !running?.attached || running.ended) return;
    if (!this.#parts.os.kill(pid, 0)) this.#exited(pid, running, status);
  }

  #onExit(pid: number, status: ExitStatus): void {
    const running = this.#running.get(pid);
    if (!running) return this.#parts.strangerGone(pid, status);
    running.ended = true;
    const explained = this.#explain(running, status);
    let isTold = false;
    let cancel: (() => void) | undefined;
    const tell = () => {
      if (isTold) return;
      isTold = true;
      cancel?.();
      this.#exited(pid, running, explained);
    };
    if (running.output === undefined) return tell();
    running.output.drain(tell);
    if (!isTold) cancel = this.#parts.os.setTimer(LAST_WORDS_MS, tell);
  }

  /** While the last words were waited for, another process may have got the number. */
  #exited(pid: number, running: Running, status: ExitStatus): void {
    if (this.#running.get(pid) === running) this.#running.delete(pid);
    this.#parts.exited(pid, running, status);
  }

  /** Tells a death for lack of memory from one that was asked for. */
  #explain(running: Running, status: ExitStatus): ExitStatus {
    if (status.kind !== "signaled" || status.signal !== SIGNAL.SIGKILL) return status;
    const isOurs = running.entry?.state.phase.kind === "stopping";
    return isOurs || !this.#parts.outOfMemory?.() ? status : { ...status, outOfMemory: true };
  }
}
