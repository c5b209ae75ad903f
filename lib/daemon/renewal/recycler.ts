/**
 * Restarts services that have had enough of memory, processor time or life, as `recycle` says: one of
 * several instances at a time. One timer serves all services, and there is none while no service is up
 * that has such rules.
 */
import type { RecycleRules } from "../../config/renewal_model.ts";
import type { Os } from "../../door/os.ts";
import type { Phase } from "../../service/life/phase.ts";
import {
  beginRecycling,
  isMeasuredBy,
  type Measured,
  measured,
  nextInRow,
  pauseOf,
  type RecycleState,
  whyRecycle,
} from "../../service/renewal/recycle_rule.ts";
import type { Journal } from "../logging/journal.ts";
import type { Supervisor } from "../services/supervisor.ts";
import type { Renewer } from "./renewer.ts";
import type { Roller } from "./roller.ts";

export interface RecyclerParts {
  readonly os: Pick<Os, "setTimer" | "nowMs" | "random">;
  readonly journal: Journal;
  readonly supervisor: Supervisor;
  readonly renewer: Renewer;
  readonly roller: Roller;
  /** Calls back for each line of a service's output in which a pattern is found; the result ends that. */
  readonly watchOutput: (name: string, pattern: string, found: () => void) => () => void;
  /** Returns the first number that a URL answers; undefined where there is none. */
  readonly askNumber: (url: string) => Promise<number | undefined>;
  /** Measures services, by name. */
  readonly measure: () => ReadonlyMap<string, Omit<Measured, "atMs">>;
}

/** What is known of a process, for another incarnation. */
export interface RecycleHandover {
  readonly service: string;
  readonly state: RecycleState;
}

/** Instances wait for each other no shorter than that. */
const TURN_MS = 1000;

export class Recycler {
  readonly #parts: RecyclerParts;
  readonly #up = new Map<string, RecycleState>();
  /** The rules that the state of each is by. */
  readonly #keys = new Map<string, string>();
  /** Ends the counting of jobs. */
  readonly #counts = new Map<string, () => void>();
  /** How often a service that is being recycled has been so in a row. */
  readonly #inRow = new Map<string, number>();
  #cancelTimer = () => {};
  #isEnding = false;

  constructor(parts: RecyclerParts) {
    this.#parts = parts;
    parts.supervisor.observe((name, _before, after) => this.#changed(name, after));
  }

  /** Other rules may be in force. */
  configure(): void {
    const { supervisor } = this.#parts;
    const names = new Set(supervisor.names());
    for (const [name, key] of this.#keys) {
      if (names.has(name) && keyOf(supervisor.config(name).recycle) === key) continue;
      this.#forget(name);
      this.#keys.delete(name);
    }
    for (const name of names) this.#changed(name, supervisor.state(name).phase);
    this.#arm();
  }

  /** The container ends. */
  end(): void {
    this.#isEnding = true;
    for (const name of [...this.#up.keys()]) this.#forget(name);
    this.#cancelTimer();
  }

  handOver(): readonly RecycleHandover[] {
    return [...this.#up].map(([service, state]) => ({ service, state }));
  }

  /** The supervisor has taken over before. */
  takeOver(left: readonly RecycleHandover[]): void {
    for (const { service, state } of left) {
      const rules = this.#rulesOf(service);
      if (rules === undefined) continue;
      this.#keys.set(service, keyOf(rules));
      this.#follow(service, rules, state);
    }
    this.#arm();
  }

  #follow(name: string, { jobs }: RecycleRules, state: RecycleState): void {
    this.#up.set(name, state);
    if (jobs?.kind !== "log") return;
    const counted = () => this.#noteJobs(name, (this.#up.get(name)?.jobs ?? 0) + 1);
    this.#counts.set(name, this.#parts.watchOutput(name, jobs.pattern, counted));
  }

  #forget(name: string): boolean {
    this.#counts.get(name)?.();
    this.#counts.delete(name);
    return this.#up.delete(name);
  }

  #noteJobs(name: string, jobs: number): void {
    const state = this.#up.get(name);
    if (state === undefined) return;
    const before = state.jobs ?? 0;
    this.#up.set(name, { ...state, jobs });
    const count = this.#rulesOf(name)?.jobs?.count ?? Infinity;
    if (before < count && jobs >= count) this.#arm();
  }

  #rulesOf(name: string): RecycleRules | undefined {
    const { supervisor } = this.#parts;
    return [...supervisor.names()].includes(name) ? supervisor.config(name).recycle : undefined;
  }

  #changed(name: string, phase: Phase): void {
    if (this.#isEnding) return;
    const rules = this.#parts.supervisor.config(name).recycle;
    if (rules === undefined || phase.kind !== "up") {
      if (phase.kind === "down" || phase.kind === "failed") this.#inRow.delete(name);
      if (this.#forget(name)) this.#arm();
      return;
    }
    if (this.#up.has(name)) return;
    const { os } = this.#parts;
    const inRow = this.#inRow.get(name) ?? 0;
    this.#keys.set(name, keyOf(rules));
    this.#follow(name, rules, beginRecycling(rules, phase.sinceMs, { random: os.random(), inRow }));
    this.#arm();
  }

  /** Sets the timer for whatever is due first. */
  #arm(): void {
    this.#cancelTimer();
    const { os } = this.#parts;
    const nowMs = os.nowMs();
    let dueMs = Infinity;
    for (const [name, { oldMs = Infinity, last, jobs = 0 }] of this.#up) {
      const rules = this.#rulesOf(name) ?? {};
      const pauseMs = pauseOf(rules);
      if (jobs >= (rules.jobs?.count ?? Infinity)) dueMs = Math.min(dueMs, nowMs + TURN_MS);
      const nextMs = pauseMs === undefined ? Infinity : (last?.atMs ?? nowMs) + pauseMs;
      dueMs = Math.min(dueMs, Math.max(oldMs, nowMs + TURN_MS), nextMs);
    }
    if (dueMs === Infinity) return;
    this.#cancelTimer = os.setTimer(Math.max(0, dueMs - nowMs), () => this.#look());
  }

  #look(): void {
    const nowMs = this.#parts.os.nowMs();
    const isMeasured = [...this.#up.keys()].some((name) => isMeasuredBy(this.#rulesOf(name) ?? {}));
    const usages = isMeasured ? this.#parts.measure() : new Map<string, never>();
    for (const [name, state] of [...this.#up]) {
      const rules = this.#rulesOf(name);
      if (rules === undefined) continue;
      const usage = usages.get(name) ?? (isMeasuredBy(rules) ? undefined : NOTHING);
      const next = usage === undefined ? state : measured(rules, state, { ...usage, atMs: nowMs });
      this.#up.set(name, next);
      if (rules.jobs?.kind === "http") void this.#ask(name, rules.jobs.url);
      const why = whyRecycle(rules, next, nowMs);
      if (why !== undefined && this.#hasTurn(name)) this.#recycle(name, rules, why);
    }
    this.#arm();
  }

  /** One that does not answer is asked again. */
  async #ask(name: string, url: string): Promise<void> {
    const asked = this.#up.get(name)?.sinceMs;
    const jobs = await this.#parts.askNumber(url);
    if (jobs !== undefined && this.#up.get(name)?.sinceMs === asked) this.#noteJobs(name, jobs);
  }

  /** Of several instances the others must be up. */
  #hasTurn(name: string): boolean {
    const { supervisor, roller } = this.#parts;
    const own = supervisor.config(name);
    if (roller.isRolling(own)) return false;
    const { section } = own;
    if (section === undefined) return true;
    return [...supervisor.names()].every((other) => {
      const { enabled, phase } = supervisor.state(other);
      return supervisor.config(other).section !== section || !enabled || phase.kind === "up" ||
        phase.kind === "failed" || phase.kind === "down";
    });
  }

  #recycle(name: string, rules: RecycleRules, why: string): void {
    const { journal, renewer, os } = this.#parts;
    const state = this.#up.get(name);
    if (state !== undefined) this.#inRow.set(name, nextInRow(rules, state, os.nowMs()));
    journal.write({ level: "notice", text: `${name} is recycled: ${why}`, service: name });
    renewer.restart(name, why);
  }
}

/** Where nothing is measured. */
const NOTHING = { memoryBytes: 0, cpuSeconds: 0 };

function keyOf(rules: RecycleRules | undefined): string {
  return JSON.stringify(rules) ?? "";
}
