/**
 * The flight recorder: takes note of what happens to the container and its services, in memory until
 * `open` gives it a journal, so that no service waits for a disk.
 */
import type { ShutdownCause } from "../../service/ending/exit_causes.ts";
import { matchesExit } from "../../service/life/restart_policy.ts";
import type { Phase } from "../../service/life/phase.ts";
import { FlightBudget } from "../../service/flight/flight_budget.ts";
import {
  encodeFlight,
  FLIGHT_FORMAT,
  type FlightEvent,
  type FlightRecord,
} from "../../service/flight/flight_record.ts";
import type { LogRing } from "../logging/log_ring.ts";
import { recentOutput } from "../logging/recent_output.ts";
import type { ServiceEvent, ServiceHistory } from "../services/service_history.ts";
import type { Supervisor } from "../services/supervisor.ts";
import { UntoldExits } from "../services/untold_exits.ts";
import type { StateJournal } from "./state_journal.ts";

/** How much of a service's output is kept with its failure. */
export const FAILURE_LINES = 20;
const LINE_MOST_CHARS = 400;
/** At the end, of all services together. */
const OUTPUTS_MOST_CHARS = 64 * 1024;
/** Before it is open, or while a disk is full. */
const EARLY_MAX = 2000;
/** Records that belong to no service share an allowance. */
const CONTAINER = "chaperone";

/** What the container uses of its memory; absent where nobody tells. */
export interface MemoryUse {
  readonly usedBytes?: number;
  readonly limitBytes?: number;
}

export interface FlightRecorderParts {
  readonly supervisor: Supervisor;
  readonly history: ServiceHistory;
  readonly ring: Pick<LogRing, "recent">;
  readonly os: {
    nowMs(): number;
    wallMs(): number;
    peakMemoryBytes(pid: number): number | undefined;
  };
  readonly memory: () => MemoryUse;
  readonly version: string;
  readonly host: string;
  /** Names the configuration in force. */
  readonly configHash: () => string;
  /** Tells this life from all others. */
  readonly life: FlightIdentity;
}

/** A life, over all incarnations of chaperone in it. */
export interface FlightIdentity {
  readonly id: string;
  readonly beganWallMs: number;
}

export class FlightRecorder {
  readonly #parts: FlightRecorderParts;
  readonly #budget = new FlightBudget();
  /** What is to be written once there is a journal; absent from then on. */
  #early: FlightRecord[] | undefined = [];
  #journal: StateJournal | undefined;
  readonly #untold: UntoldExits;
  /** For each service, the last process whose output has been recorded. */
  readonly #toldOutputs = new Map<string, number>();
  #configHash: string | undefined;

  constructor(parts: FlightRecorderParts) {
    this.#parts = parts;
    const { supervisor, history } = parts;
    this.#untold = new UntoldExits(supervisor);
    supervisor.observe((name, before) => this.#noteExit(name, before.kind));
    supervisor.observeHealth((name) => this.#noteHealth(name));
    history.observe((event) => this.#noteState(event));
    history.observeOrders((service, { what, by = CONTAINER }) =>
      this.#note(service, { kind: "order", service, what, by })
    );
  }

  /** For another incarnation. */
  get life(): FlightIdentity {
    return this.#parts.life;
  }

  /** Has what has happened so far written, and all that follows. */
  open(journal: StateJournal, how: { readonly isContinued: boolean }): void {
    this.#journal = journal;
    const early = this.#early ?? [];
    this.#early = undefined;
    if (!how.isContinued) journal.append(this.beginning(false));
    for (const record of early) journal.append(encodeFlight(record));
  }

  /** Nothing will be written: what was noted is forgotten. */
  abandon(): void {
    this.#early = undefined;
  }

  /** What a life, and each file of it, begins with. */
  beginning(isContinued: boolean): string {
    const { version, host, life, os, supervisor, memory } = this.#parts;
    const { limitBytes } = memory();
    return encodeFlight({
      atMs: os.wallMs(),
      life: life.id,
      kind: "begin",
      format: FLIGHT_FORMAT,
      version,
      host,
      config: this.#hash(),
      services: [...supervisor.names()].length,
      beganWallMs: life.beganWallMs,
      ...(limitBytes === undefined ? {} : { limitBytes }),
      ...(isContinued ? { continued: true as const } : {}),
    });
  }

  /** The processes of another incarnation have ended as it noted. */
  takeOver(): void {
    this.#untold.skip();
  }

  ready(): void {
    this.#write({ kind: "ready" });
  }

  signal(signal: string): void {
    this.#note(CONTAINER, { kind: "signal", signal });
  }

  /** Another configuration is in force. */
  configured(changes: readonly string[]): void {
    this.#configHash = undefined;
    this.#write({ kind: "config", config: this.#hash(), changes });
  }

  replaced(version: string, text: string): void {
    this.#write({ kind: "reexec", version, text });
  }

  ending({ exitCode, reason }: ShutdownCause): void {
    // The end of a process that leads to this is told to others later.
    for (const name of this.#parts.supervisor.names()) this.#noteExit(name);
    this.#write({ kind: "ending", exitCode, reason });
  }

  /** The last record. Settles when it has been written, or cannot be. */
  async end({ exitCode, reason }: ShutdownCause): Promise<void> {
    for (const [service, count] of this.#budget.takeLeft()) {
      this.#write({ kind: "left-out", service, count });
    }
    this.#noteOutputs();
    this.#write({ kind: "end", exitCode, reason });
    await this.#journal?.written();
  }

  #hash(): string {
    this.#configHash ??= this.#parts.configHash();
    return this.#configHash;
  }

  /** What passes by with every start is left out; what a service waits for is not. */
  #noteState({ service, from, to, detail }: ServiceEvent): void {
    this.#noteExit(service, from);
    if (to === "launching" || (to === "waiting" && detail === "")) return;
    this.#note(service, { kind: "state", service, from, to, detail });
  }

  #noteExit(name: string, before?: Phase["kind"]): void {
    const { supervisor, os } = this.#parts;
    const status = this.#untold.take(name);
    if (status === undefined) return;
    const { phase, lastPid, ranMs } = supervisor.state(name);
    const normal = before === "stopping" || matchesExit(status, supervisor.config(name).success);
    const peakBytes = lastPid === undefined ? undefined : os.peakMemoryBytes(lastPid);
    const event: FlightEvent = {
      kind: "exit",
      service: name,
      status,
      normal,
      ...(lastPid === undefined ? {} : { pid: lastPid }),
      ...(ranMs === undefined ? {} : { ranMs: Math.round(ranMs) }),
      ...(peakBytes === undefined ? {} : { peakBytes }),
      ...(normal ? {} : this.#parts.memory()),
      ...(normal ? {} : this.#output(name, lastPid, phase)),
    };
    this.#note(name, event);
  }

  #output(
    name: string,
    pid: number | undefined,
    phase: Phase,
  ): { readonly lines?: readonly string[] } {
    const isWanted = this.#budget.admitOutput(name, this.#parts.os.nowMs());
    if (!isWanted && phase.kind !== "failed") return {};
    const lines = lastLines(this.#parts.ring, name, pid);
    if (pid !== undefined) this.#toldOutputs.set(name, pid);
    return lines.length === 0 ? {} : { lines };
  }

  /** What services wrote last, of whom nothing else would be known: they ended in order. */
  #noteOutputs(): void {
    const { supervisor, ring } = this.#parts;
    let chars = 0;
    for (const service of supervisor.names()) {
      const { lastPid } = supervisor.state(service);
      if (lastPid === undefined || this.#toldOutputs.get(service) === lastPid) continue;
      const lines = lastLines(ring, service, lastPid);
      chars += lines.reduce((sum, line) => sum + line.length, 0);
      if (chars > OUTPUTS_MOST_CHARS) return;
      if (lines.length > 0) this.#write({ kind: "output", service, lines });
    }
  }

  #noteHealth(name: string): void {
    const { health, healthSeen } = this.#parts.supervisor.state(name);
    if (health === undefined) return;
    const seen = health === "healthy" || healthSeen === undefined ? {} : { seen: healthSeen };
    this.#note(name, { kind: "health", service: name, health, ...seen });
  }

  /** Takes note of what a service can have happen again and again. */
  #note(service: string, event: FlightEvent): void {
    const left = this.#budget.admit(service, this.#parts.os.nowMs());
    if (left === false) return;
    if (left > 0) this.#write({ kind: "left-out", service, count: left });
    this.#write(event);
  }

  #write(event: FlightEvent): void {
    const { os, life } = this.#parts;
    const record: FlightRecord = { atMs: os.wallMs(), life: life.id, ...event };
    if (this.#early !== undefined) {
      if (this.#early.length < EARLY_MAX) this.#early.push(record);
      return;
    }
    const journal = this.#journal;
    if (journal === undefined) return;
    if (!journal.isFailing) {
      const count = journal.takeLost();
      if (count > 0) {
        journal.append(
          encodeFlight({ atMs: record.atMs, life: life.id, kind: "lost", count }),
        );
      }
    }
    journal.append(encodeFlight(record));
  }
}

/** Returns the last lines that a process of a service wrote, oldest first. */
export function lastLines(
  ring: Pick<LogRing, "recent">,
  service: string,
  pid?: number,
): string[] {
  return recentOutput(ring, service)
    .filter((line) => pid === undefined || line.pid === pid)
    .slice(-FAILURE_LINES)
    .map(({ text }) => text.length > LINE_MOST_CHARS ? `${text.slice(0, LINE_MOST_CHARS)}…` : text);
}
