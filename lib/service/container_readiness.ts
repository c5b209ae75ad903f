/**
 * Whether the container does what it is there for: all that is enabled has started and is well.
 * What ended normally has done its part; a service that was stopped by hand has not.
 */
import { isStarted, type ServiceState } from "./life/phase.ts";
import type { ContainerPhase } from "./container_phase.ts";

/** A service that keeps the container from being ready, and why, in a word or two. */
export interface Unready {
  readonly name: string;
  readonly why: string;
}

export interface Readiness {
  readonly ready: boolean;
  /** In the order of the services. */
  readonly unready: readonly Unready[];
  /** Present where the container as a whole is not up, whatever its services are. */
  readonly why?: "starting" | "shutting down";
}

/** Judges the container. It is not ready from the moment on at which its end begins. */
export function judgeReadiness(
  phase: ContainerPhase,
  services: Iterable<readonly [name: string, state: ServiceState]>,
): Readiness {
  const unready: Unready[] = [];
  for (const [name, state] of services) {
    const why = whyUnready(state);
    if (why !== undefined) unready.push({ name, why });
  }
  if (phase === "booting") return { ready: false, unready, why: "starting" };
  if (phase !== "running") return { ready: false, unready, why: "shutting down" };
  return { ready: unready.length === 0, unready };
}

/**
 * Returns what keeps a service from being ready; undefined where nothing does, or where it is
 * disabled.
 */
export function whyUnready(state: ServiceState): string | undefined {
  const { phase } = state;
  if (!state.enabled) return undefined;
  if (isStarted(phase)) return state.health === "unhealthy" ? "unhealthy" : undefined;
  switch (phase.kind) {
    case "waiting":
      return phase.awaiting === "external"
        ? "waiting for wait_for"
        : `waiting for ${phase.awaiting}`;
    case "launching":
      return "starting";
    case "finishing":
      return "waiting for the end of on_stop";
    case "backoff":
      return "waiting to be restarted";
    case "down":
      return "not started";
    default:
      return phase.kind;
  }
}
