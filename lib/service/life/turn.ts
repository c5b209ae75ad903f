/** One step under way: the state so far, and what the supervisor is to do. */
import {
  describeExit,
  type ExitStatus,
  formatProcStatus,
  shellExitCode,
} from "../../base/exit_status.ts";
import type { ServiceConfig } from "../../config/model.ts";
import { exitCause } from "../ending/exit_causes.ts";
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
  /**
   * What is to be done once the present function returns; set where a stop or a restart attempt
   * ends.
   */
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

  /** `because`: what it requires is not there. */
  rest(because?: string): void {
    this.state = { ...this.state, restartsUsed: 0, restarting: false };
    this.phase({ kind: "down", ...(because === undefined ? {} : { because }) });
  }

  removePidfile(): void {
    if (this.config.pidfile !== undefined) this.effect({ kind: "remove-pidfile" });
  }

  /** `cause`: why chaperone ended it, if it did. */
  noteExit(pid: number, status: ExitStatus, cause?: string): void {
    const { launchedMs, lastCause: _former, ...state } = this.state;
    this.state = {
      ...state,
      ...(launchedMs === undefined ? {} : { launchedMs }),
      lastStatus: status,
      ...(cause === undefined ? {} : { lastCause: cause }),
      ...(launchedMs === undefined ? {} : { ranMs: this.nowMs - launchedMs }),
    };
    const text = `${this.config.name} exit status for pid=${pid} is '${formatProcStatus(status)}'`;
    this.log("debug", text);
    const isOutOfMemory = status.kind === "signaled" && status.outOfMemory;
    if (isOutOfMemory) this.log("warn", `${this.config.name} ${describeExit(status)}`);
  }

  /** Tells how a process ended that the service had named itself, at debug in the words of 0.3.9. */
  noteReturnCode(status: ExitStatus): void {
    this.log("debug", `${this.config.name} got explicit return code '${formatProcStatus(status)}'`);
  }

  /** Tells that the container ends with this service, at debug in the words of 0.3.9, too. */
  tellExitKills(when: "ahead" | "now"): void {
    const { name } = this.config;
    if (when === "ahead") {
      this.log("debug", `system will be killed when '${this.executable}' exits`);
      this.log("warn", `the container ends when '${this.executable}' exits (exit_kills)`);
    } else {
      this.log("debug", `${name} terminated with exit_kills enabled`);
      this.log("warn", `${name} has ended, and the container ends with it (exit_kills)`);
    }
  }

  isNormal(status: ExitStatus): boolean {
    return matchesExit(status, this.config.success);
  }

  /** Tells an end that was not in order, at debug in the words of 0.3.9, too. */
  tellAbnormal(level: LogLevel, status: ExitStatus, why?: string): void {
    const { name } = this.config;
    this.log("debug", `${name} terminated abnormally with ${formatProcStatus(status)}`);
    this.log(level, why ?? `${name} ${describeExit(status)}`);
  }

  /** An end that was not in order; `why` names what chaperone ended it for. */
  ended(status: ExitStatus, why?: string): Failure {
    return this.failure(
      why ?? `${this.config.name} ${describeExit(status)}`,
      shellExitCode(status),
    );
  }

  failure(text: string, exitCode: number, errno?: number): Failure {
    return {
      text,
      exitCode: exitCode === 0 ? 1 : exitCode,
      ...(errno === undefined ? {} : { errno }),
      ignored: this.config.ignoreFailures,
    };
  }

  /**
   * Ends the container with this end of the service, which `why` names where chaperone brought it
   * about.
   */
  killSystem(status: ExitStatus, why?: string): void {
    const code = shellExitCode(status);
    const isNormal = this.isNormal(status);
    const what = why ?? `${this.config.name} ${describeExit(status)}`;
    const listed = isNormal && code !== 0 ? `${what}, which success_codes lists` : what;
    const { exitCode, reason } = exitCause("exitKills", { what: listed }, isNormal ? 0 : code);
    this.effect({ kind: "kill-system", exitCode, reason });
  }

  /** How long the service may be silent, if it has a watchdog. */
  watchdogMs(): number | undefined {
    const ms = this.state.watchdogMs ?? this.config.watchdogMs;
    return ms === undefined || ms <= 0 ? undefined : ms;
  }

  /**
   * How long ending the process may take, where nothing else says so: `stop_timeout` for each part,
   * the command and the signals.
   */
  stopBudgetMs(parts = this.config.stopCommand === undefined ? 1 : 2): number {
    const { stopTimeoutMs } = this.config;
    return stopTimeoutMs === undefined ? DEFAULT_STOP_BUDGET_MS : parts * stopTimeoutMs;
  }
}
