/**
 * Owns the map of services and is the only one to change it. Everything that happens to a service
 * comes in through `dispatch`.
 *
 * It decides nothing about a service (service/life/step.ts does) and nothing about the container
 * (container.ts does, through `SupervisorListener`).
 */
import type { ServiceConfig } from "../../config/model.ts";
import type { Event, EventOf } from "../../service/life/event.ts";
import {
  awaitsPrerequisites,
  deadlineOf,
  type Phase,
  type ServiceState,
} from "../../service/life/phase.ts";
import { step } from "../../service/life/step.ts";
import { DeadlineTimer } from "./deadline_timer.ts";
import { EventQueue } from "./event_queue.ts";
import { RunningEdges } from "./running_edges.ts";
import { Effects } from "./effects.ts";
import type { JournalLevel } from "../logging/journal.ts";
import { Launcher } from "./launcher.ts";
import { ProcessNews } from "./process_news.ts";
import { ProcessTable } from "./process_table.ts";
import { ServiceNumbers } from "./process_mark.ts";
import { Ownership } from "./ownership.ts";
import { Prerequisites } from "./prerequisites.ts";
import { adoptEntries, facilityOf, type ServiceEntry } from "./service_entry.ts";
import type { SupervisorParts, TransitionObserver } from "./supervisor_parts.ts";
import { ServiceProcesses } from "./service_processes.ts";
import { leaveEntry, type SupervisorHandover, takeServices } from "./service_handover.ts";

/** After an internal error: one at a deadline would be met again at once, for ever. */
const ERROR_PAUSE_MS = 1000;

export class Supervisor {
  /** The processes of the services. */
  readonly processes: ServiceProcesses;
  readonly #parts: SupervisorParts;
  #entries: ReadonlyMap<string, ServiceEntry>;
  readonly #table: ProcessTable;
  readonly #launcher: Launcher;
  readonly #numbers = new ServiceNumbers();
  readonly #effects: Effects;
  readonly #news: ProcessNews;
  readonly #prerequisites: Prerequisites;
  readonly #edges: RunningEdges;
  readonly #queue: EventQueue;
  readonly #observers = new Set<TransitionObserver>();
  readonly #healthObservers = new Set<(name: string) => void>();
  readonly #timer: DeadlineTimer<ServiceEntry>;
  #isHeld = false;
  #errors = 0;

  constructor(parts: SupervisorParts) {
    this.#parts = parts;
    const dispatch = (name: string, event: Event) => this.dispatch(name, event);
    const entries = () => this.#entries;
    this.#queue = this.#createQueue();
    this.#timer = new DeadlineTimer(({ state }) => deadlineOf(state.phase), {
      os: parts.os,
      due: () => this.#deadlinesDue(),
    });
    this.#entries = adoptEntries(new Map(), parts.services, new Map());
    this.#table = new ProcessTable({
      os: parts.os,
      outOfMemory: parts.outOfMemory,
      numbers: this.#numbers,
      entries,
      launched: (pid, running, failure) => this.#news.launched(pid, running, failure),
      exited: (pid, running, status) => this.#news.exited(pid, running, status),
      strangersGone: (ended) => this.#news.strangersGone(ended),
      discardedGone: () => parts.listener.processGone(),
      log: (entry, level, text) => this.#log(entry, level, text),
    });
    this.#launcher = new Launcher({
      ...parts,
      processes: this.#table,
      numbers: this.#numbers,
    });
    this.processes = new ServiceProcesses({
      processes: this.#table,
      launcher: this.#launcher,
      entryOf: (name) => this.#entry(name),
    });
    this.#effects = new Effects({
      ...parts,
      processes: this.#table,
      launcher: this.#launcher,
      ownership: new Ownership({ ...parts, processes: this.#table }),
      log: (entry, level, text) => this.#log(entry, level, text),
      dispatch,
      answer: (entry, event) => this.#queue.answer(entry, event),
    });
    this.#news = new ProcessNews({
      ...parts,
      entries,
      processes: this.#table,
      launcher: this.#launcher,
      successor: (entry, pid) => this.#effects.successor(entry, pid),
      dispatch,
    });
    const entryOf = (name: string) => this.#entries.get(name);
    this.#prerequisites = new Prerequisites({ ...parts, entryOf });
    this.#edges = new RunningEdges({
      family: parts.family,
      entryOf,
      dispatch,
      stop: (name, { cause, budgetMs, ...why }) => this.stop(name, cause, budgetMs, why),
    });
  }

  /** The services by name, in configuration order. */
  names(): IterableIterator<string> {
    return this.#entries.keys();
  }

  config(name: string): ServiceConfig {
    return this.#entry(name).config;
  }

  state(name: string): ServiceState {
    return this.#entry(name).state;
  }

  /** Begins to tell an observer each change of phase; the result ends that. */
  observe(observer: TransitionObserver): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /** Begins to tell an observer who has become healthy or unhealthy; the result ends that. */
  observeHealth(observer: (name: string) => void): () => void {
    this.#healthObservers.add(observer);
    return () => this.#healthObservers.delete(observer);
  }

  /** Sets the path that launches of the service use. */
  setExecutable(name: string, path: string): void {
    this.#entry(name).executable = path;
  }

  /** How many errors of services have been told. */
  get errorCount(): number {
    return this.#errors;
  }

  /**
   * Tells a service that something happened, and carries out all that follows before it returns.
   */
  dispatch(name: string, event: Event): void {
    this.#queue.add(this.#entry(name), event);
    this.#queue.drain();
  }

  /**
   * Replaces all services by these, at once and between events. Those in `fresh` begin in the state
   * given there; all others keep process, phase and counters, and go on with the configuration
   * given here. The family must be that of these services by then.
   * @throws {Error} and changes nothing, where a service that goes or begins anew still lives.
   */
  adopt(
    services: readonly ServiceConfig[],
    fresh: ReadonlyMap<string, ServiceState>,
  ): void {
    if (this.#queue.isDraining) throw new Error("cannot replace services during an event");
    this.#entries = adoptEntries(this.#entries, services, fresh);
    for (const entry of this.#entries.values()) {
      entry.prerequisitesMet = 0;
      this.#checkPrerequisites(entry);
    }
    this.#queue.drain();
  }

  /** All that another incarnation needs to go on with these services. Between events. */
  handOver(): SupervisorHandover {
    const nameOf = (entry: ServiceEntry | undefined) =>
      entry && this.#entries.get(entry.config.name) === entry ? entry.config.name : undefined;
    return {
      services: [...this.#entries.values()].map(leaveEntry),
      processes: this.#table.handOver(nameOf),
      outliving: this.#table.outliving.handOver(nameOf),
      launches: this.#launcher.launches,
      numbered: this.#numbers.handOver(),
      errors: this.#errors,
    };
  }

  /** Takes over what another incarnation has left; tells nobody yet, starts nothing. */
  takeOver(left: SupervisorHandover): void {
    this.#launcher.launches = left.launches;
    this.#numbers.takeOver(left.numbered ?? []);
    this.#errors = left.errors;
    takeServices(left, {
      ...this.#parts,
      processes: this.#table,
      entryOf: (name) => this.#entries.get(name),
    });
  }

  /** Goes on with what was taken over, once those who follow the services have taken over, too. */
  goOn(left: SupervisorHandover): void {
    for (const entry of this.#entries.values()) {
      this.#timer.note(entry);
      this.#effects.goOn(entry);
      this.#checkPrerequisites(entry);
    }
    this.#queue.drain();
    this.#table.goOn(left.processes);
  }

  /** From here on nothing starts that waits for something: the container ends. */
  holdStarts(): void {
    this.#isHeld = true;
  }

  /** Makes a service startable again; the job of a cron service is ended, its schedule stays. */
  reset(name: string): void {
    this.dispatch(name, { kind: "reset", strays: this.#table.straysOf(this.#entry(name)) });
  }

  /** Those that run and require a service, and so are stopped before it. */
  requirersOf(name: string): readonly string[] {
    return this.#edges.above(name);
  }

  /**
   * Stops a service after those that require it; after `budgetMs` it is killed. With `because` it
   * starts again with what it requires.
   */
  stop(
    name: string,
    cause: EventOf<"stop">["cause"],
    budgetMs: number,
    reason: Pick<EventOf<"stop">, "because" | "why"> = {},
  ): void {
    const isAwaited = !this.#isHeld && this.#edges.hasAbove(name);
    const strays = this.#table.straysOf(this.#entry(name));
    this.dispatch(name, {
      ...{ kind: "stop", cause, budgetMs, strays },
      ...reason,
      ...(isAwaited ? { isAwaited } : {}),
    });
    if (isAwaited) this.#edges.stopAbove(name, budgetMs);
  }

  /** What a waiting service still waits for. */
  pendingPrerequisites(name: string): string[] {
    return this.#prerequisites.pending(this.#entry(name));
  }

  // An event.

  #createQueue(): EventQueue {
    return new EventQueue({
      take: (entry, event) => this.#step(entry, event),
      failed: (entry, { kind }, text) => {
        this.#log(entry, "err", `${entry.config.name}: internal error at '${kind}': ${text}`);
        this.#timer.pause(ERROR_PAUSE_MS);
      },
      drained: () => this.#timer.arm(),
    });
  }

  #step(entry: ServiceEntry, event: Event): void {
    const { phase: before, health } = entry.state;
    const { os } = this.#parts;
    const result = step(entry.state, event, {
      config: entry.config,
      nowMs: os.nowMs(),
      random: os.random(),
      executable: entry.executable,
    });
    entry.state = result.state;
    if (deadlineOf(result.state.phase) !== deadlineOf(before)) this.#timer.note(entry);
    for (const effect of result.effects) this.#effects.perform(entry, effect);
    if (result.state.phase !== before) this.#changed(entry, before, result.state.phase);
    if (result.state.health === health) return;
    for (const observer of this.#healthObservers) observer(entry.config.name);
  }

  #changed(entry: ServiceEntry, before: Phase, after: Phase): void {
    const { name } = entry.config;
    if (awaitsPrerequisites(after)) {
      entry.prerequisitesMet = 0;
      this.#checkPrerequisites(entry);
    }
    for (const dependent of this.#parts.family.dependents(name)) {
      const waiting = this.#entries.get(dependent);
      if (waiting) this.#checkPrerequisites(waiting);
    }
    this.#parts.listener.transition(name, before, after);
    if (!this.#isHeld) this.#edges.changed(entry, before, after);
    for (const observer of this.#observers) observer(name, before, after);
  }

  #checkPrerequisites(entry: ServiceEntry): void {
    if (this.#isHeld || !awaitsPrerequisites(entry.state.phase)) return;
    const event = this.#prerequisites.news(entry);
    if (event !== undefined) this.#queue.add(entry, event);
  }

  #deadlinesDue(): void {
    const nowMs = this.#parts.os.nowMs();
    for (const entry of this.#entries.values()) {
      const deadlineMs = deadlineOf(entry.state.phase);
      if (deadlineMs === undefined || deadlineMs > nowMs) continue;
      const strays = this.#news.straysAtDeadline(entry);
      this.#queue.add(entry, { kind: "deadline", strays });
    }
    this.#queue.drain();
  }

  #log(entry: ServiceEntry, level: JournalLevel, text: string): void {
    if (level === "err") this.#errors++;
    const facility = facilityOf(entry.config);
    this.#parts.journal.write({ level, text, facility, service: entry.config.name });
  }

  #entry(name: string): ServiceEntry {
    const entry = this.#entries.get(name);
    if (!entry) throw new RangeError(`no such service: ${name}`);
    return entry;
  }
}
