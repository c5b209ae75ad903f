/**
 * Carries out rolls (service/renewal/roll.ts): of `telchap restart`, of `telchap apply`, and of what
 * chaperone renews by itself. There is one at a time for each service with instances.
 */
import type { ServiceConfig } from "../../config/model.ts";
import { type Failure, isGone, isSettled, isStarted } from "../../service/life/phase.ts";
import {
  beginRoll,
  describeRoll,
  type Roll,
  type RollEffect,
  type RollPlan,
  type RollStep,
  stepRoll,
} from "../../service/renewal/roll.ts";
import type { Os } from "../../door/os.ts";
import type { Journal } from "../logging/journal.ts";
import { waitForPhases } from "../services/phase_wait.ts";
import type { Supervisor } from "../services/supervisor.ts";

export interface RollerParts {
  readonly os: Pick<Os, "setTimer">;
  readonly journal: Journal;
  readonly supervisor: Supervisor;
  /** Looks up the program of a service that may not have been looked up before. */
  readonly checkExecutable: (name: string) => Failure | undefined;
  /** How long a stop may take of a service without `stop_timeout`. */
  readonly stopTimeoutMs: () => number;
}

/** What one roll does to its members; both resolve once it is done, with why it is not ready. */
export interface RollOrder {
  /** Made when it is its turn. */
  readonly plan: () => RollPlan;
  readonly exchange: (name: string) => Promise<string | undefined>;
  readonly restore?: (name: string) => Promise<string | undefined>;
}

export interface RollOutcome {
  /** Why it did not go on; empty: all is done. */
  readonly failures: readonly string[];
  /** Members that have not been touched. */
  readonly left: readonly string[];
}

export class Roller {
  readonly #parts: RollerParts;
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #rolls = new Map<string, Roll>();

  constructor(parts: RollerParts) {
    this.#parts = parts;
  }

  /** Whether a re-execution would forget who is next. */
  get isBusy(): boolean {
    return [...this.#rolls.values()].some(isOfSeveral);
  }

  /** Whether instances of a service, or one of its kind, are being rolled or wait for it. */
  isRolling(config: ServiceConfig): boolean {
    return this.#turns.has(keyOf(config));
  }

  /** Says how far the roll is that a service is part of; undefined where it is of none. */
  describe(config: ServiceConfig): string | undefined {
    const roll = this.#rolls.get(keyOf(config));
    return roll === undefined || !isOfSeveral(roll) ? undefined : describeRoll(roll);
  }

  /** Rolls instances of the service that `config` is of, when all are over that were there before. */
  async roll(config: ServiceConfig, order: RollOrder): Promise<RollOutcome> {
    const key = keyOf(config);
    const before = this.#turns.get(key);
    const turn = this.#carryOut(key, order, before);
    this.#turns.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(key) === turn) this.#turns.delete(key);
    }
  }

  async #carryOut(
    key: string,
    order: RollOrder,
    before: Promise<unknown> | undefined,
  ): Promise<RollOutcome> {
    // How the one before ended is told to whoever asked for it.
    if (before !== undefined) await before.catch(() => {});
    const plan = order.plan();
    const { promise, resolve, reject } = Promise.withResolvers<RollOutcome>();
    const take = ({ roll, effects }: RollStep) => {
      const former = this.#rolls.get(key);
      this.#rolls.set(key, roll);
      this.#tell(former, roll);
      if (roll.stage === "over") {
        const left = plan.members.filter((name) => !roll.done.includes(name));
        return resolve({ failures: roll.failures, left });
      }
      for (const effect of effects) {
        void this.#perform(order, effect).then((event) => {
          take(stepRoll(this.#rolls.get(key) as Roll, event));
        }).catch(reject);
      }
    };
    take(beginRoll(plan));
    return await promise.finally(() => this.#rolls.delete(key));
  }

  #tell(before: Roll | undefined, { stage, plan, failures, done }: Roll): void {
    if (before?.stage === stage) return;
    const { canary } = plan;
    if (stage === "watching" && canary !== undefined) {
      const text = `${done.join(", ")} restarted first, and must stay ready for ` +
        `${canary.forMs / 1000} s before the others are`;
      this.#parts.journal.write({ level: "info", text });
    }
    if (stage !== "back") return;
    const text = `${done.join(", ")} goes back to what it was: ${failures.join("; ")}`;
    this.#parts.journal.write({ level: "warn", text });
  }

  async #perform(order: RollOrder, effect: RollEffect): Promise<Parameters<typeof stepRoll>[1]> {
    if (effect.kind === "watch") return await this.#watch(effect.names, effect.forMs);
    const { name } = effect;
    const failure = await this.#act(order, effect.kind, name);
    return { kind: "settled", name, ...(failure === undefined ? {} : { failure }) };
  }

  #act(
    { exchange, restore }: RollOrder,
    kind: Exclude<RollEffect["kind"], "watch">,
    name: string,
  ): Promise<string | undefined> {
    switch (kind) {
      case "exchange":
        return exchange(name);
      case "restore":
        return (restore ?? exchange)(name);
      case "raise":
        return this.#raise(name);
      case "lower":
        return this.#lower(name);
    }
  }

  /** Starts a spare; says why it is not ready. */
  async #raise(name: string): Promise<string | undefined> {
    const { supervisor, checkExecutable } = this.#parts;
    if (!this.#isKnown(name)) return goneText(name);
    supervisor.dispatch(name, { kind: "enable" });
    const missing = checkExecutable(name);
    if (missing !== undefined) return `${name}: ${missing.text}`;
    supervisor.dispatch(name, { kind: "start", force: true });
    return await this.settle(name);
  }

  async #lower(name: string): Promise<undefined> {
    const { supervisor, stopTimeoutMs } = this.#parts;
    if (!this.#isKnown(name)) return;
    const { stopTimeoutMs: ownMs, withoutProfile } = supervisor.config(name);
    const why = "those that it stood in for are back";
    supervisor.stop(name, "renewal", ownMs ?? stopTimeoutMs(), { why });
    await waitForPhases(supervisor, [name], isGone);
    if (!this.#isKnown(name)) return;
    supervisor.dispatch(name, {
      kind: "disable",
      ...(withoutProfile === undefined ? {} : { because: withoutProfile }),
    });
  }

  /** Waits until a start has come to its end; says why the service is not ready. */
  async settle(name: string): Promise<string | undefined> {
    const { supervisor } = this.#parts;
    if (!this.#isKnown(name)) return goneText(name);
    await waitForPhases(supervisor, [name], isSettled);
    if (!this.#isKnown(name)) return goneText(name);
    const { phase } = supervisor.state(name);
    if (phase.kind === "failed" && !phase.failure.ignored) {
      const { text } = phase.failure;
      return text.includes(name) ? text : `${name}: ${text}`;
    }
    return phase.kind === "down" ? `${name} was stopped` : undefined;
  }

  /** Another configuration may be in force by now. */
  #isKnown(name: string): boolean {
    return [...this.#parts.supervisor.names()].includes(name);
  }

  #watch(
    names: readonly string[],
    forMs: number,
  ): Promise<{ kind: "stayed" } | { kind: "left"; text: string }> {
    const { supervisor, os } = this.#parts;
    return new Promise((resolve) => {
      const finish = (text?: string) => {
        cancel();
        stopPhases();
        stopHealth();
        resolve(text === undefined ? { kind: "stayed" } : { kind: "left", text });
      };
      const look = (name: string) => {
        if (!names.includes(name)) return;
        const { phase, health } = supervisor.state(name);
        if (health === "unhealthy") finish(`${name} has become unhealthy`);
        else if (!isStarted(phase)) finish(`${name} did not stay ready`);
      };
      const cancel = os.setTimer(forMs, () => finish());
      const stopPhases = supervisor.observe(look);
      const stopHealth = supervisor.observeHealth(look);
      for (const name of names.filter((name) => this.#isKnown(name))) look(name);
    });
  }
}

function goneText(name: string): string {
  return `${name} is not configured any more`;
}

function isOfSeveral({ plan }: Roll): boolean {
  return plan.members.length + plan.spares.length > 1;
}

function keyOf({ section, name }: ServiceConfig): string {
  return section ?? name;
}

/** Formats why a roll did not go on, and whom it left as they were. */
export function describeOutcome({ failures, left }: RollOutcome): string | undefined {
  if (failures.length === 0) return undefined;
  const text = failures.join("; ");
  return left.length === 0 ? text : `${text} (not restarted: ${left.join(", ")})`;
}
