/**
 * Puts another configuration in force while the container runs, all of it or nothing:
 *
 *     load ── errors ──▸ refused          stop what goes ─▸ adopt ─▸ start what comes ─▸ ready: applied
 *       └─ plan ─ cannot be ─▸ refused                                        └─ not ready: the same way back
 *
 * What is the same in both keeps its process, its counters and its sockets. The way back restores
 * also how services at rest had ended, so that nothing is run again that had run.
 */
import { ConfigError, SystemError } from "../../base/errors.ts";
import type { ConfigDiff } from "../../config/config_diff.ts";
import type { LaunchedService } from "../../config/launched.ts";
import type { Config, LoggingConfig, ServiceConfig } from "../../config/model.ts";
import { formatConfigError } from "../../config/source/problems.ts";
import { SelectorError } from "../../log/selector.ts";
import { type ApplyPlan, isActive, stopStages } from "../../service/apply_plan.ts";
import { type ApplyPreview, type LoadedConfig, previewOf } from "./apply_preview.ts";
import { ApplyRefusal } from "./apply_refusal.ts";
import { rollAll, type Rolling } from "./apply_rolls.ts";
import type { Roller } from "../renewal/roller.ts";
import { CircularDependencyError, type Family } from "../../service/family.ts";
import {
  initialState,
  isGone,
  isSettled,
  type Phase,
  type ServiceState,
} from "../../service/life/phase.ts";
import type { Container } from "./container.ts";
import type { CurrentConfig } from "./current_config.ts";
import type { LoggingRenewal } from "../logging/logging.ts";
import type { Os } from "../../door/os.ts";
import type { Supervisor } from "../services/supervisor.ts";

export interface ConfigApplierParts {
  readonly current: CurrentConfig;
  readonly supervisor: Supervisor;
  readonly container: Container;
  readonly os: Os;
  /**
   * Reads the configuration anew, and keeps what was launched; or leaves the configuration as it is,
   * with these services launched. Rejects with what loading at the start throws.
   */
  readonly load: (launched?: readonly LaunchedService[]) => Promise<LoadedConfig>;
  /** See `Logging.prepare`. */
  readonly prepareLogging: (sections: readonly LoggingConfig[]) => LoggingRenewal;
  /** What exchanges instances; loaded with the first. */
  readonly roller: () => Promise<Roller>;
  /** Takes note that a configuration has come into force, or has been taken back. */
  readonly applied?: (diff: ConfigDiff, kind: ApplyOutcome["kind"]) => void;
}

/** How it went: why not, and what the way back could not restore. */
export type ApplyOutcome =
  | { readonly kind: "applied" }
  | {
    readonly kind: "rolled-back";
    readonly failures: readonly string[];
    readonly lost: readonly string[];
  }
  /** The container ends. */
  | { readonly kind: "ending" };

/** Beyond what services may take by their own limits, one after another. */
const GRACE_MS = 60_000;

const NO_LOGGING: LoggingRenewal = { commit: () => {}, abandon: () => {} };

export class ConfigApplier {
  readonly #parts: ConfigApplierParts;
  #isUnderWay = false;
  #turn: Promise<void> = Promise.resolve();

  constructor(parts: ConfigApplierParts) {
    this.#parts = parts;
  }

  /** Whether services are being exchanged: nobody else should start or stop any then. */
  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  /** Acts when all have acted that were here before. */
  inTurn<T>(act: () => Promise<T>): Promise<T> {
    const acted = this.#turn.then(act);
    this.#turn = acted.then(() => {}, () => {});
    return acted;
  }

  /**
   * Loads the configuration, or takes that in force with these services launched, and says what
   * applying it would do. @throws {ApplyRefusal}
   */
  async preview(launched?: readonly LaunchedService[]): Promise<ApplyPreview> {
    const { current, container } = this.#parts;
    if (container.phase === "booting") throw new ApplyRefusal("services are still being started");
    if (this.#isEnding) throw new ApplyRefusal("the container is about to end");
    const loaded = await this.#load(launched);
    if (loaded.missingPath !== undefined && comesFromFiles(current.config)) {
      throw new ApplyRefusal(
        `there is nothing at '${loaded.missingPath}', where the configuration was read at the start`,
      );
    }
    return previewOf(loaded, this.#parts);
  }

  /**
   * Puts a configuration in force. `limitMs` bounds the time in which services must be ready;
   * absent: what their own limits come to. @throws {ApplyRefusal}
   */
  async apply(preview: ApplyPreview, limitMs?: number): Promise<ApplyOutcome> {
    const { current, container } = this.#parts;
    if (preview.obstacles.length > 0) throw new ApplyRefusal(preview.obstacles.join("\n"));
    if (this.#isUnderWay || preview.basis !== current.config) {
      throw new ApplyRefusal("another configuration is being applied");
    }
    const { loaded, plan, diff } = preview;
    const logging = diff.loggings.length === 0 ? NO_LOGGING : this.#prepareLogging(loaded.config);
    const former: Former = {
      config: current.config,
      family: current.presentFamily,
      states: this.#states(),
      isLoggingChanged: logging !== NO_LOGGING,
    };
    this.#isUnderWay = true;
    container.holdEnd(new Set(plan.changes.map(({ name }) => name)));
    let outcome: ApplyOutcome = { kind: "ending" };
    try {
      outcome = await this.#exchange(preview, logging, former, limitMs);
    } finally {
      this.#isUnderWay = false;
      container.releaseEnd(outcome.kind === "applied");
    }
    this.#parts.applied?.(diff, outcome.kind);
    return outcome;
  }

  async #load(launched: readonly LaunchedService[] | undefined): Promise<LoadedConfig> {
    try {
      return await this.#parts.load(launched);
    } catch (error) {
      if (error instanceof ConfigError) throw new ApplyRefusal(formatConfigError(error));
      if (error instanceof CircularDependencyError || error instanceof SystemError) {
        throw new ApplyRefusal(error.message);
      }
      throw error;
    }
  }

  #prepareLogging(config: Config): LoggingRenewal {
    try {
      return this.#parts.prepareLogging(config.loggings);
    } catch (error) {
      if (error instanceof SystemError || error instanceof SelectorError) {
        throw new ApplyRefusal(error.message);
      }
      throw error;
    }
  }

  async #exchange(
    { loaded, plan }: ApplyPreview,
    logging: LoggingRenewal,
    former: Former,
    limitMs: number | undefined,
  ): Promise<ApplyOutcome> {
    await this.#stopAll(plan.stops, former.config);
    if (this.#isEnding) {
      logging.abandon();
      return { kind: "ending" };
    }
    const { config, family } = loaded;
    const enabled = new Map(config.services.map((service) => [service.name, service.enabled]));
    const fresh = new Map(
      [...plan.fresh].map((name) => [name, initialState(enabled.get(name) === true)]),
    );
    logging.commit();
    const rolling = this.#rolling(plan, config, former.config, limitMs);
    this.#adopt(rolling.mixed(), family, fresh);
    const failures = await this.#start(plan.starts, config, limitMs);
    if (failures.length === 0 && plan.rolls.length > 0) {
      failures.push(...await rollAll(plan.rolls, rolling, await this.#parts.roller()));
    }
    if (this.#isEnding) return { kind: "ending" };
    if (failures.length === 0) {
      if (plan.rolls.length > 0) this.#adopt(config, family, new Map());
      return { kind: "applied" };
    }
    return { kind: "rolled-back", failures, lost: await this.#rollBack(plan, config, former) };
  }

  /** Instances that are rolled keep what they have until it is their turn. */
  #rolling(
    plan: ApplyPlan,
    wanted: Config,
    former: Config,
    limitMs: number | undefined,
  ): Rolling {
    const { current, supervisor } = this.#parts;
    const formerOf = new Map(former.services.map((config) => [config.name, config]));
    const wantedOf = new Map(wanted.services.map((config) => [config.name, config]));
    const held = new Set(plan.rolls.flat());
    const mixed = () => {
      // Whoever knows a configuration by what it was loaded from knows this one.
      if (held.size === 0) return wanted;
      const services = wanted.services.map((config) =>
        held.has(config.name) ? formerOf.get(config.name) ?? config : config
      );
      return { ...wanted, services };
    };
    const become = async (name: string, isWanted: boolean) => {
      await this.#stop([name], current.config);
      if (this.#isEnding) return "the container ends";
      if (isWanted) held.delete(name);
      else held.add(name);
      const config = mixed();
      const { enabled } = supervisor.config(name);
      this.#adopt(config, current.presentFamily, new Map([[name, initialState(enabled)]]));
      return (await this.#start([name], config, limitMs))[0];
    };
    return {
      mixed,
      wanted: (name) => wantedOf.get(name) as ServiceConfig,
      all: wanted.services,
      renew: (name) => become(name, true),
      restore: (name) => become(name, false),
    };
  }

  /** Returns what could not be restored. */
  async #rollBack(plan: ApplyPlan, failed: Config, former: Former): Promise<string[]> {
    const { current, supervisor } = this.#parts;
    const living = [...plan.fresh].filter((name) => supervisor.state(name).phase.kind !== "down");
    await this.#stopAll(stopStages(living, current.presentFamily), failed);
    if (this.#isEnding) return [];
    const { config, family, states } = former;
    const fresh = new Map<string, ServiceState>();
    const starts: string[] = [];
    const rolled = new Set(plan.rolls.flat());
    for (const { name, kind, action } of plan.changes) {
      const state = states.get(name);
      if (kind === "added" || action === "update" || state === undefined) continue;
      if (rolled.has(name)) continue;
      fresh.set(name, isGone(state.phase) ? state : initialState(state.enabled));
      if (isActive(state)) starts.push(name);
    }
    const lost: string[] = [];
    if (former.isLoggingChanged) {
      try {
        this.#prepareLogging(config).commit();
      } catch (error) {
        if (!(error instanceof ApplyRefusal)) throw error;
        lost.push(`logging: ${error.message}`);
      }
    }
    this.#adopt(config, family, fresh);
    const inOrder = family.startOrder.filter((name) => starts.includes(name));
    return [...lost, ...await this.#start(inOrder, config, undefined)];
  }

  #adopt(config: Config, family: Family, fresh: ReadonlyMap<string, ServiceState>): void {
    const { current, supervisor, container } = this.#parts;
    current.replace(config, family);
    supervisor.adopt(config.services, fresh);
    for (const name of fresh.keys()) container.checkExecutable(name);
  }

  /** Stops stage by stage; what a command under way starts again meanwhile is stopped once more. */
  async #stopAll(stages: readonly (readonly string[])[], config: Config): Promise<void> {
    const { supervisor } = this.#parts;
    for (const stage of stages) await this.#stop(stage, config);
    const back = () => stages.flat().filter((name) => supervisor.state(name).phase.kind !== "down");
    while (!this.#isEnding && back().length > 0) await this.#stop(back(), config);
  }

  /** Brings services down, whatever they do, and forgets how they ended. */
  async #stop(names: readonly string[], config: Config): Promise<void> {
    const { supervisor } = this.#parts;
    for (const name of names) {
      const { stopTimeoutMs } = supervisor.config(name);
      supervisor.stop(name, "apply", stopTimeoutMs ?? config.settings.shutdownTimeoutMs);
    }
    await this.#wait(names, hasLeft);
    if (this.#isEnding) return;
    for (const name of names) {
      const { phase } = supervisor.state(name);
      if (isGone(phase) && phase.kind !== "down") supervisor.reset(name);
    }
  }

  /** Starts services and returns why some of them are not ready, if so. */
  async #start(
    names: readonly string[],
    config: Config,
    limitMs: number | undefined,
  ): Promise<string[]> {
    const { supervisor, container } = this.#parts;
    const failures: string[] = [];
    for (const name of names) {
      const failure = container.checkExecutable(name);
      if (failure !== undefined) failures.push(`${name}: ${failure.text}`);
    }
    if (failures.length > 0) return failures;
    const startable = names.filter((name) => supervisor.state(name).enabled);
    for (const name of startable) supervisor.dispatch(name, { kind: "start" });
    const longestMs = limitMs ?? ownLimitMs(config, new Set(startable));
    const isInTime = startable.some((name) => hasFailed(supervisor.state(name).phase)) ||
      await this.#wait(startable, isSettled, longestMs);
    return startable.flatMap((name) => {
      const { phase } = supervisor.state(name);
      if (hasFailed(phase)) {
        const { text } = phase.failure;
        return [text.includes(name) ? text : `${name}: ${text}`];
      }
      if (phase.kind === "down") return [`${name} was stopped`];
      if (isInTime || isSettled(phase)) return [];
      return [`${name} is not ready after ${longestMs / 1000} s${this.#awaited(name)}`];
    });
  }

  #awaited(name: string): string {
    const pending = this.#parts.supervisor.pendingPrerequisites(name);
    return pending.length === 0 ? "" : `: it waits for ${pending.join(", ")}`;
  }

  /**
   * Waits until the phase of each service satisfies the predicate. With a limit, also a failure
   * ends the wait, and so does the limit; then alone it resolves with false.
   */
  #wait(
    names: readonly string[],
    predicate: (phase: Phase) => boolean,
    limitMs?: number,
  ): Promise<boolean> {
    const { supervisor, os } = this.#parts;
    const left = new Set(names.filter((name) => !predicate(supervisor.state(name).phase)));
    if (left.size === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const finish = (isInTime: boolean) => {
        unobserve();
        cancel();
        resolve(isInTime);
      };
      const cancel = limitMs === undefined ? () => {} : os.setTimer(limitMs, () => finish(false));
      const unobserve = supervisor.observe((name, _before, after) => {
        if (!left.has(name) || !predicate(after)) return;
        left.delete(name);
        if (left.size === 0 || (limitMs !== undefined && hasFailed(after))) finish(true);
      });
    });
  }

  #states(): ReadonlyMap<string, ServiceState> {
    const { supervisor } = this.#parts;
    return new Map([...supervisor.names()].map((name) => [name, supervisor.state(name)]));
  }

  get #isEnding(): boolean {
    return this.#parts.container.phase !== "running";
  }
}

function comesFromFiles({ services, loggings }: Config): boolean {
  return [...services, ...loggings].some(({ origin }) => origin !== undefined);
}

/** What is put back where the other configuration does not work. */
interface Former {
  readonly config: Config;
  readonly family: Family;
  readonly states: ReadonlyMap<string, ServiceState>;
  readonly isLoggingChanged: boolean;
}

/** Whether a stop is over, be it that somebody has started the service again. */
function hasLeft({ kind }: Phase): boolean {
  return kind !== "stopping" && kind !== "finishing" && kind !== "armed";
}

function hasFailed(phase: Phase): phase is Extract<Phase, { kind: "failed" }> {
  return phase.kind === "failed" && !phase.failure.ignored;
}

function ownLimitMs({ services }: Config, names: ReadonlySet<string>): number {
  return services.filter(({ name }) => names.has(name)).reduce(
    (sum, { processTimeoutMs, waitFor, waitTimeoutMs, ready }) =>
      sum + Math.max(processTimeoutMs, ready?.timeoutMs ?? 0) +
      (waitFor.length > 0 ? waitTimeoutMs : 0),
    GRACE_MS,
  );
}
