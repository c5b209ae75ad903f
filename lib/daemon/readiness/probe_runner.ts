/**
 * Makes the tries of `ready` and `health` probes, one at a time for each service, and tells the
 * supervisor what they saw. Which of them are due follows from the phase alone: `ready` while the
 * service is starting and waits for it, `health` while it is up. Services without probes cost
 * nothing.
 */
import type { HealthProbe, Probe, ReadyProbe, ServiceConfig } from "../../config/model.ts";
import type { Event } from "../../service/life/event.ts";
import { type HealthState, initialHealth, judgeTry } from "../../service/probe_verdict.ts";
import { isEnding, type Phase } from "../../service/life/phase.ts";
import type { Child } from "../../door/os.ts";
import type { ProbeTries, SignHandover } from "./probe_tries.ts";
import { SharedTimers } from "./shared_timers.ts";

/** A try that does not answer within this is one that did not pass, while readiness is awaited. */
const READY_TRY_MS = 5000;

/** The first pauses between tries: what costs a process may be tried less often. */
const PAUSES = { exec: { firstMs: 20, share: 1 / 4 }, other: { firstMs: 2, share: 1 / 8 } };

export interface ProbeRunnerParts {
  readonly tries: ProbeTries;
  nowMs(): number;
  setTimer(delayMs: number, callback: () => void): () => void;
  /** In [0, 1): spreads the first checks of services that came up together. */
  random(): number;
  dispatch(service: string, event: Event): void;
  strays(service: string): readonly number[];
}

/** What ends a watch or a series of tries without telling anybody. */
type Cancel = () => void;

/** Probes as another incarnation goes on with them. */
export interface ProbesHandover {
  readonly signs: readonly SignHandover[];
  readonly health: readonly { readonly name: string; readonly state: HealthState }[];
}

export class ProbeRunner {
  readonly #parts: ProbeRunnerParts;
  /** Readiness is wanted at once, health in good time. */
  readonly #soon: SetTimer;
  readonly #inGoodTime: SetTimer;
  readonly #ready = new Map<string, Cancel>();
  readonly #health = new Map<string, { cancel: Cancel; state: HealthState }>();

  constructor(parts: ProbeRunnerParts) {
    this.#parts = parts;
    this.#soon = parts.setTimer;
    const shared = new SharedTimers(parts.setTimer, parts.nowMs);
    this.#inGoodTime = (delayMs, callback) => shared.set(delayMs, callback);
  }

  /** Begins to watch what cannot be asked for later. */
  launched(config: ServiceConfig, child: Child): void {
    if (config.ready !== undefined) this.#parts.tries.launched(config, config.ready.probe, child);
  }

  /** Begins and ends probes as the phase asks for it. */
  changed(config: ServiceConfig, before: Phase, after: Phase): void {
    const { name, ready, health } = config;
    if (ready !== undefined) {
      if (!awaitsProbe(after)) this.#endReady(name);
      else if (!awaitsProbe(before)) this.#ready.set(name, this.#beginReady(config, ready));
      if (hasEnded(after)) this.#parts.tries.forget(name);
    }
    if (health !== undefined && (before.kind === "up") !== (after.kind === "up")) {
      this.#endHealth(name);
      if (after.kind === "up") this.#beginHealth(config, health);
    }
  }

  /**
   * Ends all tries that are under way, and returns what another incarnation goes on with.
   */
  handOver(): ProbesHandover {
    const health = [...this.#health].map(([name, { state }]) => ({ name, state }));
    for (const name of [...this.#ready.keys()]) this.#endReady(name);
    for (const name of [...this.#health.keys()]) this.#endHealth(name);
    return { signs: this.#parts.tries.handOver(), health };
  }

  /** Tries again what the services' phases ask for. */
  takeOver(services: Iterable<readonly [ServiceConfig, Phase]>, left: ProbesHandover): void {
    const signs = new Map(left.signs.map((sign) => [sign.name, sign]));
    const states = new Map(left.health.map(({ name, state }) => [name, state]));
    for (const [config, phase] of services) {
      const { name, ready, health } = config;
      const sign = signs.get(name);
      if (ready && sign) this.#parts.tries.takeOver(config, ready.probe, sign);
      if (ready && awaitsProbe(phase)) this.#ready.set(name, this.#beginReady(config, ready));
      if (health && phase.kind === "up") this.#beginHealth(config, health, states.get(name));
    }
  }

  #endReady(name: string): void {
    this.#ready.get(name)?.();
    this.#ready.delete(name);
  }

  #endHealth(name: string): void {
    this.#health.get(name)?.cancel();
    this.#health.delete(name);
  }

  #beginReady(config: ServiceConfig, ready: ReadyProbe): Cancel {
    const { dispatch, nowMs } = this.#parts;
    const { firstMs, share } = PAUSES[ready.probe.kind === "exec" ? "exec" : "other"];
    const beganMs = nowMs();
    return this.#series(config, ready.probe, {
      setTimer: this.#soon,
      timeoutMs: READY_TRY_MS,
      firstPauseMs: 0,
      take: (seen) =>
        dispatch(config.name, seen === undefined ? { kind: "probed" } : { kind: "probed", seen }),
      // What takes long to come up may be found up a little later.
      pauseMs: () => Math.min(ready.intervalMs, Math.max(firstMs, (nowMs() - beganMs) * share)),
    });
  }

  #beginHealth(config: ServiceConfig, health: HealthProbe, known?: HealthState): void {
    const { dispatch, nowMs, random, strays } = this.#parts;
    const { name } = config;
    const check = { state: known ?? initialHealth(health, nowMs()), cancel: () => {} };
    this.#health.set(name, check);
    check.cancel = this.#series(config, health.probe, {
      setTimer: this.#inGoodTime,
      timeoutMs: health.timeoutMs,
      firstPauseMs: health.intervalMs * (0.5 + random() / 2),
      take: (seen) => {
        const change = judgeTry(health, check.state, seen, nowMs());
        check.state = change.state;
        if (change.became === "healthy") dispatch(name, { kind: "healthy" });
        else if (change.became === "unhealthy" && seen !== undefined) {
          dispatch(name, { kind: "unhealthy", seen, strays: strays(name) });
        }
      },
      pauseMs: () => health.intervalMs,
    });
  }

  /** Tries again and again, never before the last try is over, until it is cancelled. */
  #series(config: ServiceConfig, probe: Probe, how: Series): Cancel {
    let isActive = true;
    let cancelStep: Cancel = () => {};
    const attempt = () => {
      cancelStep = () => {};
      const cancelTry = this.#parts.tries.attempt(config, probe, how.timeoutMs, (seen) => {
        if (!isActive) return;
        how.take(seen);
        if (isActive) cancelStep = how.setTimer(how.pauseMs(), attempt);
      });
      if (cancelTry !== undefined && isActive) cancelStep = cancelTry;
    };
    if (how.firstPauseMs > 0) cancelStep = how.setTimer(how.firstPauseMs, attempt);
    else attempt();
    return () => {
      isActive = false;
      cancelStep();
    };
  }
}

type SetTimer = (delayMs: number, callback: () => void) => Cancel;

interface Series {
  readonly setTimer: SetTimer;
  /** How long one try may take. */
  readonly timeoutMs: number;
  readonly firstPauseMs: number;
  /** Takes what a try saw; undefined: it passed. */
  take(seen: string | undefined): void;
  pauseMs(): number;
}

function awaitsProbe(phase: Phase): boolean {
  return phase.kind === "starting" && phase.awaiting === "probe";
}

function hasEnded(phase: Phase): boolean {
  return phase.kind === "down" || phase.kind === "failed" || isEnding(phase);
}
