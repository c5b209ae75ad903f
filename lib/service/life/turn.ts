/** One step under way: the state as it has become so far, and what is asked of the supervisor. */
import {
  describeExit,
  type ExitStatus,
  formatProcStatus,
  shellExitCode,
} from "../../base/exit_status.ts";
import type { ServiceConfig } from "../../config/model.ts";
import type { Effect, LogLevel } from "./event.ts";
import type { AfterStop, Failure, Phase, ServiceState } from "./phase.ts";
import { matchesExit } from "./restart_policy.ts";

/** How long a service whose start failed may take to end, without a `stop_timeout` of its own. */
const DEFAULT_STOP_BUDGET_MS = 8000;

/** What a step may know besides the state. */
export interface StepContext {
  readonly config: ServiceConfig;
  readonly nowMs: number;
  /** In [0, 1), for jitter. */
  readonly random: number;
  /** The path that is launched, for messages. */
  readonly executable: string;
}

export type PhaseOf<K extends Phase["kind"]> = Extract<Phase, { kind: K }>;

/** Holds nothing beyond the call of `step`. */
export class Turn {
  state: ServiceState;
  /** What is to be done once the present function returns; set where a stop or a restart attempt ends. */
  follow: AfterStop | undefined;
  readonly effects: Effect[] = [];
  readonly config: ServiceConfig;
  readonly nowMs: number;
  readonly random: number;
  readonly executable: string;

  constructor(state: ServiceState, context: StepContext) {
    this.state = state;
    this.config = context.config;
    this.nowMs = context.nowMs;
    this.random = context.random;
    this.executable = context.executable;
  }

  phase(phase: Phase): void {
    this.state = { ...this.state, phase };
  }

  effect(effect: Effect): void {
    this.effects.push(effect);
  }

  log(level: LogLevel, text: string): void {
    this.effects.push({ kind: "log", level, text });
  }

  rest(): void {
    this.state = { ...this.state, restartsUsed: 0, restarting: false };
    this.phase({ kind: "down" });
  }

  removePidfile(): void {
    if (this.config.pidfile !== undefined) this.effect({ kind: "remove-pidfile" });
  }

  noteExit(pid: number, status: ExitStatus, normal: boolean): void {
    const { launchedMs } = this.state;
    this.state = {
      ...this.state,
      lastStatus: status,
      ...(launchedMs === undefined ? {} : { ranMs: this.nowMs - launchedMs }),
    };
    const text = `${this.config.name} exit status for pid=${pid} is '${formatProcStatus(status)}'`;
    this.log(normal ? "debug" : "info", text);
    // The texts of 0.3.9 do not tell it from a SIGKILL that somebody sent.
    const isOutOfMemory = status.kind === "signaled" && status.outOfMemory;
    if (isOutOfMemory) this.log("warn", `${this.config.name} ${describeExit(status)}`);
  }

  isNormal(status: ExitStatus): boolean {
    return matchesExit(status, this.config.success);
  }

  terminated(status: ExitStatus): string {
    return `${this.config.name} terminated abnormally with ${formatProcStatus(status)}`;
  }

  ended(status: ExitStatus, why?: string): Failure {
    return {
      text: why ?? this.terminated(status),
      exitCode: shellExitCode(status),
      ignored: this.config.ignoreFailures,
    };
  }

  failure(text: string, exitCode: number, errno?: number): Failure {
    return {
      text,
      exitCode: exitCode === 0 ? 1 : exitCode,
      ...(errno === undefined ? {} : { errno }),
      ignored: this.config.ignoreFailures,
    };
  }

  killSystem(status: ExitStatus): void {
    this.effect({
      kind: "kill-system",
      exitCode: shellExitCode(status),
      reason: `${this.config.name} ${describeExit(status)}`,
    });
  }

  /** How long the service may be silent, if it has a watchdog. */
  watchdogMs(): number | undefined {
    const ms = this.state.watchdogMs ?? this.config.watchdogMs;
    return ms === undefined || ms <= 0 ? undefined : ms;
  }

  stopBudgetMs(): number {
    return this.config.stopTimeoutMs ?? DEFAULT_STOP_BUDGET_MS;
  }
}
