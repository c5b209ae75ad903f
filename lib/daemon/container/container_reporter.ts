/**
 * Makes the report that the status server shows, out of what the other parts of the daemon know.
 */
import { describeExit } from "../../base/exit_status.ts";
import { signalName } from "../../base/signals.ts";
import type {
  AlertReport,
  ContainerReport,
  CronReport,
  ExitCount,
  ServiceReport,
  SinkReport,
} from "../../page/report.ts";
import { judgeReadiness, type Readiness, whyUnready } from "../../service/container_readiness.ts";
import type { Family } from "../../service/family.ts";
import { mainPid, ownPids, type ServiceState } from "../../service/life/phase.ts";
import { describeStatus } from "../../service/service_status.ts";
import { stateWord } from "../../service/texts/state_word.ts";
import type { ContainerPhase } from "../../service/container_phase.ts";
import type { LogTail } from "../logging/log_tail.ts";
import type { RouterCounts } from "../logging/log_router.ts";
import type { ScheduleView } from "../services/triggers.ts";
import type { Supervisor } from "../services/supervisor.ts";
import { UntoldExits } from "../services/untold_exits.ts";
import type { Usages } from "../services/usage_meter.ts";

export interface ContainerReporterParts {
  readonly version: string;
  readonly hostname: string;
  readonly supervisor: Supervisor;
  readonly family: Family;
  readonly phase: () => ContainerPhase;
  readonly usage: () => Usages;
  readonly tail: LogTail;
  readonly counts: Readonly<RouterCounts>;
  readonly sinks: () => readonly SinkReport[];
  readonly alerts: () => readonly AlertReport[];
  readonly schedules: () => ScheduleView | undefined;
  readonly nowMs: () => number;
  readonly wallMs: () => number;
}

/** What was counted, for another incarnation. */
export interface ReporterHandover {
  readonly beganMs: number;
  readonly beganWallMs: number;
  /** For each service, how often its processes ended in which way. */
  readonly exits: readonly (readonly [string, readonly (readonly [string, number])[]])[];
}

/** Reports on demand, and counts exits from its creation on. */
export class ContainerReporter {
  readonly #parts: ContainerReporterParts;
  #beganMs: number;
  #beganWallMs: number;
  readonly #exits = new Map<string, Map<string, number>>();
  readonly #untold: UntoldExits;

  constructor(parts: ContainerReporterParts) {
    this.#parts = parts;
    this.#beganMs = parts.nowMs();
    this.#beganWallMs = parts.wallMs();
    this.#untold = new UntoldExits(parts.supervisor);
    parts.supervisor.observe((name) => this.#countExit(name));
  }

  handOver(): ReporterHandover {
    const exits = [...this.#exits].map(([name, counts]) => [name, [...counts]] as const);
    return { beganMs: this.#beganMs, beganWallMs: this.#beganWallMs, exits };
  }

  /** Goes on counting. The supervisor has taken over before. */
  takeOver({ beganMs, beganWallMs, exits }: ReporterHandover): void {
    this.#beganMs = beganMs;
    this.#beganWallMs = beganWallMs;
    for (const [name, counts] of exits) this.#exits.set(name, new Map(counts));
    this.#untold.skip();
  }

  /** Says whether the container is ready. Cheap. */
  readiness(): Readiness {
    const { supervisor, phase } = this.#parts;
    const names = [...supervisor.names()];
    return judgeReadiness(phase(), names.map((name) => [name, supervisor.state(name)] as const));
  }

  /** Reports everything. */
  report(): ContainerReport {
    const { version, hostname, supervisor, phase, wallMs, nowMs, sinks, alerts, counts } = this
      .#parts;
    const usages = this.#parts.usage();
    return {
      version,
      hostname,
      phase: phase(),
      readiness: this.readiness(),
      nowWallMs: wallMs(),
      startedWallMs: this.#beganWallMs,
      uptimeMs: nowMs() - this.#beganMs,
      services: [...supervisor.names()].map((name) => this.#serviceReport(name, usages)),
      sinks: sinks(),
      alerts: alerts(),
      records: counts,
      ...(usages.own === undefined ? {} : { own: usages.own }),
    };
  }

  #serviceReport(name: string, usages: Usages): ServiceReport {
    const { supervisor, family, nowMs, tail } = this.#parts;
    const { type, restart } = supervisor.config(name);
    const state = supervisor.state(name);
    const { phase, enabled, lastStatus } = state;
    const cron = this.#cronReport(name);
    const waitsFor = phase.kind === "waiting" || phase.kind === "down"
      ? supervisor.pendingPrerequisites(name)
      : [];
    const isUp = phase.kind === "up" || phase.kind === "armed";
    return {
      name,
      type,
      enabled,
      phase: phase.kind,
      state: stateWord(type, state),
      status: describeStatus({
        type,
        state,
        jobRuns: (cron?.running ?? 0) > 0,
        startable: phase.kind === "down" && waitsFor.length === 0,
        restartLimit: restart.limit,
      }),
      ...defined("unready", whyUnready(state)),
      ...defined("health", state.health),
      ...defined("note", noteOf(state)),
      ...defined("pid", mainPid(phase)),
      ...(isUp ? { upMs: nowMs() - phase.sinceMs } : {}),
      restarts: state.restartsTotal,
      ...(lastStatus === undefined ? {} : { lastExit: describeExit(lastStatus) }),
      exits: this.#exitsOf(name),
      ...defined("usage", usages.services.get(name)),
      lines: tail.linesOf(name),
      prerequisites: family.prerequisites(name),
      waitsFor,
      ...defined("cron", cron),
    };
  }

  #cronReport(name: string): CronReport | undefined {
    const { supervisor } = this.#parts;
    const schedules = this.#parts.schedules();
    const { cron } = supervisor.config(name);
    if (cron === undefined || schedules === undefined) return undefined;
    const { phase } = supervisor.state(name);
    return {
      interval: schedules.note(name) ?? "",
      ...defined("nextWallMs", schedules.nextDueMs(name)),
      running: phase.kind === "armed" ? ownPids(phase).length : 0,
      history: schedules.history(name),
    };
  }

  #exitsOf(name: string): ExitCount[] {
    return [...this.#exits.get(name) ?? []].map(([exit, count]) => ({ exit, count }));
  }

  #countExit(name: string): void {
    const status = this.#untold.take(name);
    if (status === undefined) return;
    const counts = this.#exits.get(name) ?? new Map<string, number>();
    this.#exits.set(name, counts);
    const exit = status.kind === "signaled" ? signalName(status.signal) : String(status.code);
    counts.set(exit, (counts.get(exit) ?? 0) + 1);
  }
}

function noteOf(state: ServiceState): string | undefined {
  return state.phase.kind === "failed" ? state.phase.failure.text : state.note;
}

function defined<K extends string, V>(
  key: K,
  value: V | undefined,
): { readonly [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };
}
