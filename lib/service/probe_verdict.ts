/**
 * Whether a service is well: a pure function of its policy and of what its probe saw. Knows no
 * clock and no process; the tries are made, one at a time, by lib/daemon/readiness/probe_runner.ts.
 */
import type { HealthProbe } from "../config/model.ts";

/** What the tries so far amount to. */
export interface HealthState {
  readonly verdict: "unknown" | "healthy" | "unhealthy";
  /** Failed tries in a row. */
  readonly failures: number;
  /** Failures count from here on; a first success makes it now. Monotonic clock. */
  readonly countsFromMs: number;
}

/** What a try changes. */
export interface HealthChange {
  readonly state: HealthState;
  /** Present where the service has become so with this try. */
  readonly became?: "healthy" | "unhealthy";
}

type Policy = Pick<HealthProbe, "retries" | "startPeriodMs">;

/** Returns the state of a service that has just come up. */
export function initialHealth(policy: Policy, nowMs: number): HealthState {
  return { verdict: "unknown", failures: 0, countsFromMs: nowMs + policy.startPeriodMs };
}

/** Takes a try that was over at `nowMs` into account. `seen`: what it saw where it did not pass. */
export function judgeTry(
  policy: Policy,
  state: HealthState,
  seen: string | undefined,
  nowMs: number,
): HealthChange {
  if (seen === undefined) {
    const countsFromMs = Math.min(state.countsFromMs, nowMs);
    const next: HealthState = { verdict: "healthy", failures: 0, countsFromMs };
    return state.verdict === "healthy" ? { state: next } : { state: next, became: "healthy" };
  }
  if (nowMs < state.countsFromMs) return { state };
  const failures = state.failures + 1;
  if (failures < policy.retries || state.verdict === "unhealthy") {
    return { state: { ...state, failures } };
  }
  return { state: { ...state, failures, verdict: "unhealthy" }, became: "unhealthy" };
}
