/**
 * Acts on what `requires` and `follows` say once services run: who is stopped before, with or after
 * another one, by the tables of service/edges.ts. What keeps a service from starting is judged in
 * prerequisites.ts.
 */
import {
  conditionOf,
  describeSeen,
  happeningOf,
  isOlder,
  RUN_TABLE,
  seenAs,
  staysDownFor,
} from "../../service/edges.ts";
import type { Family } from "../../service/family.ts";
import type { Event } from "../../service/life/event.ts";
import { awaitsAbove, isEnding, isGone, type Phase } from "../../service/life/phase.ts";
import type { ServiceEntry } from "./service_entry.ts";

export interface RunningEdgesParts {
  /** The order in force. */
  readonly family: Family;
  entryOf(name: string): ServiceEntry | undefined;
  dispatch(name: string, event: Event): void;
  stop(name: string, order: StopBelow): void;
}

/** How a service is stopped because of another one. */
export interface StopBelow {
  readonly cause: "requirement" | "follows";
  readonly budgetMs: number;
  /** Why it stays down. */
  readonly because?: string;
  /** Why it is restarted. */
  readonly why?: string;
}

/** What a stop may take that nobody has given a time. */
const STOP_BUDGET_MS = 8000;

export class RunningEdges {
  readonly #parts: RunningEdgesParts;

  constructor(parts: RunningEdgesParts) {
    this.#parts = parts;
  }

  /** Whether a service is to be stopped only once others are gone, which require it. */
  hasAbove(name: string): boolean {
    return this.#requirers(name).some(({ state }) => !hasLeft(state.phase));
  }

  /** Those that run and require a service, directly or not, in the order in which they are stopped. */
  above(name: string): readonly string[] {
    const found = new Set([name]);
    for (const each of found) {
      for (const { config, state } of this.#requirers(each)) {
        if (!isGone(state.phase)) found.add(config.name);
      }
    }
    found.delete(name);
    return [...found].reverse();
  }

  /** Stops those that require a service, which is on its way down itself by then. */
  stopAbove(name: string, budgetMs: number): void {
    const living = this.#requirers(name).filter(({ state }) => !isGone(state.phase));
    for (const { config, state } of living) {
      if (isEnding(state.phase) && state.phase.then.kind === "down") continue;
      const because = `it requires ${name}, which is stopped`;
      const order = { cause: "requirement", budgetMs: budgetMs / 2, because } as const;
      this.#parts.stop(config.name, order);
    }
  }

  /** Takes note of a change of phase. */
  changed(entry: ServiceEntry, before: Phase, after: Phase): void {
    if (!this.#parts.family.hasEdges) return;
    // Those above may have gone before the stop was taken.
    if (awaitsAbove(after)) this.#checkAbove(entry);
    if (hasLeft(after) && !hasLeft(before)) this.#tellBelow(entry);
    if (staysDownFor(entry.state) && this.#hasAll(entry)) {
      this.#parts.dispatch(entry.config.name, { kind: "start" });
    }
    for (const name of this.#parts.family.dependents(entry.config.name)) {
      const dependent = this.#parts.entryOf(name);
      if (dependent !== undefined) this.#actOn(dependent, entry, { before, after });
    }
  }

  /** One that waits for the end of those that require it may go on with its own. */
  #tellBelow(entry: ServiceEntry): void {
    const { family, entryOf } = this.#parts;
    for (const { name, kind } of family.prerequisites(entry.config.name)) {
      const below = kind === "requires" ? entryOf(name) : undefined;
      if (below !== undefined && awaitsAbove(below.state.phase)) this.#checkAbove(below);
    }
  }

  #checkAbove({ config: { name } }: ServiceEntry): void {
    const isAlone = this.#requirers(name).every(({ state }) => hasLeft(state.phase));
    if (isAlone) this.#parts.dispatch(name, { kind: "above-gone" });
  }

  #actOn(
    dependent: ServiceEntry,
    entry: ServiceEntry,
    { before, after }: { readonly before: Phase; readonly after: Phase },
  ): void {
    const { family, dispatch, stop } = this.#parts;
    const { name } = dependent.config;
    for (const edge of family.prerequisites(name)) {
      if (edge.name !== entry.config.name || edge.kind === undefined) continue;
      const condition = conditionOf(edge.kind, edge.condition);
      const happening = happeningOf(before, after, condition);
      const outcome = happening && RUN_TABLE[happening][edge.kind];
      const budgetMs = dependent.config.stopTimeoutMs ?? STOP_BUDGET_MS;
      if (outcome === "is stopped" && this.#runs(dependent)) {
        const what = describeSeen(entry.state, seenAs(entry.state, condition));
        stop(name, {
          cause: "requirement",
          budgetMs,
          because: `it requires ${edge.name}, which ${what}`,
        });
      } else if (outcome === "is restarted" && this.#isBehind(dependent, entry)) {
        const why = `it follows ${edge.name}, which has been restarted`;
        stop(name, { cause: "follows", budgetMs, why });
        dispatch(name, { kind: "start" });
      } else if (outcome === "starts if it stayed down" && staysDownFor(dependent.state)) {
        dispatch(name, { kind: "start" });
      }
    }
  }

  /** Whether what it requires has come back while it was being stopped. */
  #hasAll({ config }: ServiceEntry): boolean {
    const { family, entryOf } = this.#parts;
    return family.prerequisites(config.name).every(({ name, kind, condition }) => {
      const other = kind === "requires" ? entryOf(name) : undefined;
      return other === undefined ||
        seenAs(other.state, conditionOf("requires", condition)) === "there";
    }) && config.lacks === undefined;
  }

  /** What waits for its prerequisites is told by them. */
  #runs({ state: { phase } }: ServiceEntry): boolean {
    if (isEnding(phase)) return phase.then.kind !== "down";
    return !isGone(phase) && phase.kind !== "waiting";
  }

  /** What a connection wakes has not been restarted. */
  #isBehind(dependent: ServiceEntry, { config, state }: ServiceEntry): boolean {
    const { onDemand, idleTimeoutMs, listen } = config;
    const isWoken = (onDemand || idleTimeoutMs !== undefined) && listen.length > 0;
    return !isWoken && !isEnding(dependent.state.phase) && isOlder(dependent.state, state);
  }

  #requirers(name: string): ServiceEntry[] {
    const { family, entryOf } = this.#parts;
    if (!family.hasEdges) return [];
    return family.dependents(name).flatMap((other) => {
      const isRequirer = family.prerequisites(other).some((edge) =>
        edge.kind === "requires" && edge.name === name
      );
      return isRequirer ? entryOf(other) ?? [] : [];
    });
  }
}

/** Whether nothing of a service lives; it may be about to start. */
function hasLeft(phase: Phase): boolean {
  return isGone(phase) || phase.kind === "waiting" || phase.kind === "backoff";
}
