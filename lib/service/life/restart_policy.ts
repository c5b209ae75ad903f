/**
 * Whether and when a service is started again: a pure function of its policy and its history.
 * `telchap why` prints the same answer that the supervisor acts on.
 */
import { describeExit, type ExitStatus } from "../../base/exit_status.ts";
import type { ExitMatch, RestartPolicy } from "../../config/model.ts";

export type RestartDecision =
  /** Start again after `delayMs`; `left` more attempts follow (Infinity: no limit). */
  | {
    readonly kind: "retry";
    readonly delayMs: number;
    readonly left: number;
    readonly used: number;
  }
  /** The policy wanted restarts and has come to its end. */
  | { readonly kind: "give-up"; readonly reason: string }
  /** The policy does not ask for a restart. */
  | { readonly kind: "none" };

export interface ExitHistory {
  readonly status: ExitStatus;
  /** Whether the exit counts as normal for this service. */
  readonly normal: boolean;
  /** How long the service had been started; 0 where it failed before that. */
  readonly upMs: number;
  /** Restarts used since the counter was last full. */
  readonly used: number;
}

/** Whether a status is among the listed codes and signals. */
export function matchesExit(status: ExitStatus, list: readonly ExitMatch[]): boolean {
  return list.some((match) =>
    match.kind === "code"
      ? status.kind === "exited" && status.code === match.code
      : status.kind === "signaled" && status.signal === match.signal
  );
}

/**
 * Decides what follows an exit.
 * @param random In [0, 1): spreads delays that back off by up to a tenth, so that services which
 * failed together do not return together.
 */
export function decideRestart(
  policy: RestartPolicy,
  history: ExitHistory,
  random: number,
): RestartDecision {
  if (policy.when === "never") return { kind: "none" };
  if (history.normal && policy.when !== "always") return { kind: "none" };
  if (matchesExit(history.status, policy.noRetry)) {
    return {
      kind: "give-up",
      reason: `it ${describeExit(history.status)}, which no_retry_codes lists`,
    };
  }
  const used = history.upMs >= policy.windowMs ? 0 : history.used;
  if (policy.limit > 0 && used >= policy.limit) {
    const times = policy.limit === 1 ? "1 restart" : `${policy.limit} restarts`;
    return { kind: "give-up", reason: `${times} did not help` };
  }
  return {
    kind: "retry",
    delayMs: restartDelayMs(policy, used, random),
    left: policy.limit > 0 ? policy.limit - used - 1 : Infinity,
    used: used + 1,
  };
}

/** The pause before the restart that follows `used` earlier ones. */
export function restartDelayMs(policy: RestartPolicy, used: number, random: number): number {
  if (policy.backoffMaxMs === undefined) return policy.delayMs;
  const doubled = policy.delayMs * 2 ** Math.min(used, 30);
  // Doubling leads to no shorter delay than it began with.
  const bounded = Math.min(doubled, Math.max(policy.backoffMaxMs, policy.delayMs));
  return Math.max(0, bounded * (1 - random / 10));
}
