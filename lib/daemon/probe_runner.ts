/**
 * Makes the tries of `ready` and `health` probes, one at a time for each service, and tells the
 * supervisor what they saw. Which of them are due follows from the phase alone: `ready` while the
 * service is starting and waits for it, `health` while it is up. Services without probes cost nothing.
 */
import type { HealthProbe, Probe, ReadyProbe, ServiceConfig } from "../config/model.ts";
import type { Event } from "../service/event.ts";
import { type HealthState, initialHealth, judgeTry } from "../service/health.ts";
import type { Phase } from "../service/phase.ts";
import type { Child } from "./os.ts";
import type { ProbeTries } from "./probe_tries.ts";
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

export class ProbeRunner {
  readonly #parts: ProbeRunnerParts;
  /** Readiness is wanted at once, health in good time. */
  readonly #soon: SetTimer;
  readonly #inGoodTime: SetTimer;
  readonly #ready = new Map<string, Cancel>();
  readonly #health = new Map<string, Cancel>();

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
      if (!awaitsProbe(after)) this.#cancel(this.#ready, name);
      else if (!awaitsProbe(before)) this.#ready.set(name, this.#beginReady(config, ready));
      if (hasEnded(after)) this.#parts.tries.forget(name);
    }
    if (health !== undefined && (before.kind === "up") !== (after.kind === "up")) {
      this.#cancel(this.#health, name);
      if (after.kind === "up") this.#health.set(name, this.#beginHealth(config, health));
    }
  }

  #cancel(of: Map<string, Cancel>, name: string): void {
    of.get(name)?.();
    of.delete(name);
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

  #beginHealth(config: ServiceConfig, health: HealthProbe): Cancel {
    const { dispatch, nowMs, random, strays } = this.#parts;
    const { name } = config;
    let state: HealthState = initialHealth(health, nowMs());
    return this.#series(config, health.probe, {
      setTimer: this.#inGoodTime,
      timeoutMs: health.timeoutMs,
      firstPauseMs: health.intervalMs * (0.5 + random() / 2),
      take: (seen) => {
        const change = judgeTry(health, state, seen, nowMs());
        state = change.state;
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
  return phase.kind === "down" || phase.kind === "failed" || phase.kind === "stopping";
}
