/**
 * What has happened to services: since when each is in its phase, the last changes of all, and how
 * the first start of each went. Bounded; knows nothing that cannot be forgotten.
 */
import { describeExit } from "../../base/exit_status.ts";
import { formatHumanDuration } from "../../base/duration.ts";
import { mainPid, type Phase, type ServiceState } from "../../service/life/phase.ts";
import { describeStopReason } from "../../service/life/stop_reason.ts";
import { isOfOneProcess, type OrderWord } from "../../service/service_order.ts";
import type { StartRecord } from "../../service/texts/boot_report.ts";
import type { Supervisor } from "./supervisor.ts";

/** One change of a service. */
export interface ServiceEvent {
  readonly wallMs: number;
  readonly service: string;
  readonly from: Phase["kind"];
  readonly to: Phase["kind"];
  /** What else there is to say; may be empty. */
  readonly detail: string;
}

/** What was asked of a service, and by whom. */
export interface ServiceOrder {
  readonly wallMs: number;
  readonly what: OrderWord;
  /** Absent: the container itself. */
  readonly by?: string;
}

/** How the last process of a service that has ended did so. */
export type LastExit = Pick<ServiceState, "lastStatus" | "lastCause" | "ranMs">;

export interface HistoryClock {
  /** Monotonic. */
  nowMs(): number;
  wallMs(): number;
}

/** What is remembered, for another incarnation. */
export interface HistoryHandover {
  readonly beganMs: number;
  readonly sinceMs: readonly (readonly [string, number])[];
  readonly starts: readonly (readonly [string, StartRecord])[];
  readonly events: readonly ServiceEvent[];
  readonly orders?: readonly (readonly [string, ServiceOrder])[];
  readonly exits?: readonly (readonly [string, LastExit])[];
}

const EVENTS_MAX = 1000;

/** Remembers changes from its creation on. */
export class ServiceHistory {
  readonly #clock: HistoryClock;
  readonly #supervisor: Supervisor;
  readonly #sinceMs = new Map<string, number>();
  readonly #starts = new Map<string, StartRecord>();
  readonly #events: ServiceEvent[] = [];
  readonly #orders = new Map<string, ServiceOrder>();
  /** A service that runs again has forgotten why the process before was ended, and how long it ran. */
  readonly #exits = new Map<string, LastExit>();
  readonly #observers = new Set<(event: ServiceEvent) => void>();
  readonly #orderObservers = new Set<(service: string, order: ServiceOrder) => void>();
  #beganMs: number;

  constructor(supervisor: Supervisor, clock: HistoryClock) {
    this.#supervisor = supervisor;
    this.#clock = clock;
    this.#beganMs = clock.nowMs();
    supervisor.observe((name, before, after) => this.#changed(name, before, after));
  }

  handOver(): HistoryHandover {
    return {
      beganMs: this.#beganMs,
      sinceMs: [...this.#sinceMs],
      starts: [...this.#starts],
      events: this.#events,
      orders: [...this.#orders],
      exits: [...this.#exits],
    };
  }

  /** Remembers what another incarnation remembered. */
  takeOver({ beganMs, sinceMs, starts, events, orders = [], exits = [] }: HistoryHandover): void {
    this.#beganMs = beganMs;
    for (const [name, atMs] of sinceMs) this.#sinceMs.set(name, atMs);
    for (const [name, start] of starts) this.#starts.set(name, start);
    this.#events.push(...events);
    for (const [name, order] of orders) this.#orders.set(name, order);
    for (const [name, exit] of exits) this.#exits.set(name, exit);
  }

  /** When chaperone began to start services; monotonic. */
  get beganMs(): number {
    return this.#beganMs;
  }

  /** Since when the service is in its phase; monotonic. */
  sinceMs(name: string): number {
    return this.#sinceMs.get(name) ?? this.#beganMs;
  }

  /** The last changes, oldest first. */
  get events(): readonly ServiceEvent[] {
    return this.#events;
  }

  /** Remembers what somebody asks of a service; before it is done. */
  order(name: string, what: OrderWord, by: string): void {
    const order = { wallMs: this.#clock.wallMs(), what, by };
    this.#orders.set(name, order);
    for (const observer of this.#orderObservers) observer(name, order);
  }

  /** Begins to tell an observer what somebody asks of services; the result ends that. */
  observeOrders(observer: (service: string, order: ServiceOrder) => void): () => void {
    this.#orderObservers.add(observer);
    return () => this.#orderObservers.delete(observer);
  }

  /** What was last asked of a service, or last done to its process by chaperone itself. */
  lastOrder(name: string): ServiceOrder | undefined {
    return this.#orders.get(name);
  }

  /** How its last process ended; empty where none has. */
  lastExit(name: string): LastExit {
    return this.#exits.get(name) ?? {};
  }

  /** How the first starts went, by service. */
  get starts(): ReadonlyMap<string, StartRecord> {
    return this.#starts;
  }

  /** Begins to tell an observer each change; the result ends that. */
  observe(observer: (event: ServiceEvent) => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  #changed(name: string, before: Phase, after: Phase): void {
    const nowMs = this.#clock.nowMs();
    this.#noteStart(name, after, nowMs);
    this.#noteExit(name);
    if (before.kind === after.kind && before.kind !== "waiting") return;
    this.#sinceMs.set(name, nowMs);
    if (after.kind === "stopping" && !after.requested) this.#noteStop(name, after);
    if (after.kind === "launching") this.#forgetStop(name);
    const event: ServiceEvent = {
      wallMs: this.#clock.wallMs(),
      service: name,
      from: before.kind,
      to: after.kind,
      detail: this.#describe(name, after, nowMs),
    };
    this.#events.push(event);
    if (this.#events.length > EVENTS_MAX) this.#events.shift();
    for (const observer of this.#observers) observer(event);
  }

  /** Nobody asked for this stop of this very service. */
  #noteStop(name: string, phase: Extract<Phase, { kind: "stopping" }>): void {
    const wallMs = this.#clock.wallMs();
    const by = stopper(phase);
    this.#orders.set(name, { wallMs, what: "stop", ...(by === undefined ? {} : { by }) });
  }

  #noteExit(name: string): void {
    const { lastStatus, lastCause, ranMs } = this.#supervisor.state(name);
    if (lastStatus === undefined || this.#exits.get(name)?.lastStatus === lastStatus) return;
    this.#exits.set(name, {
      lastStatus,
      ...(lastCause === undefined ? {} : { lastCause }),
      ...(ranMs === undefined ? {} : { ranMs }),
    });
  }

  /** What was done to a process is of no interest for the next one. */
  #forgetStop(name: string): void {
    const order = this.#orders.get(name);
    if (order !== undefined && isOfOneProcess(order.what)) this.#orders.delete(name);
  }

  #noteStart(name: string, after: Phase, nowMs: number): void {
    const known = this.#starts.get(name);
    if (known?.settledMs !== undefined) return;
    switch (after.kind) {
      case "waiting":
        if (known === undefined) this.#starts.set(name, { wantedMs: nowMs });
        return;
      case "launching":
        this.#starts.set(name, { wantedMs: nowMs, ...known, launchedMs: nowMs });
        return;
      case "up":
      case "armed":
      case "done":
      case "failed":
        if (known !== undefined) this.#starts.set(name, { ...known, settledMs: nowMs });
        return;
      default:
        return;
    }
  }

  #describe(name: string, phase: Phase, nowMs: number): string {
    switch (phase.kind) {
      case "waiting":
        return phase.awaiting === "prerequisites"
          ? this.#supervisor.pendingPrerequisites(name).join(", ")
          : phase.awaiting;
      case "failed":
        return phase.failure.text;
      case "done":
        return describeExit(phase.status);
      case "backoff":
        return `restart in ${formatHumanDuration(Math.max(0, phase.deadlineMs - nowMs))}`;
      case "armed":
        return phase.isOnce === undefined
          ? this.#supervisor.config(name).type === "cron" ? "scheduled" : "listening"
          : "run once";
      default: {
        const pid = mainPid(phase);
        return pid === undefined ? "" : `pid ${pid}`;
      }
    }
  }
}

/**
 * What a stop that nobody asked for is for: a probe, a watchdog, another service, or undefined for
 * a stop of all, by `telchap apply` or the end of the container.
 */
function stopper({ then, reason }: Extract<Phase, { kind: "stopping" }>): string | undefined {
  if (then.kind === "judge") return then.why;
  if (then.kind === "down" && then.because !== undefined) return `chaperone, since ${then.because}`;
  const isOfAll = reason?.kind === "apply" || reason?.kind === "shutdown";
  return reason === undefined || isOfAll
    ? undefined
    : `chaperone, since ${describeStopReason(reason)}`;
}
