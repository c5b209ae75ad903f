/** The signals that end a service, in order, and how long each is given. */
import { SIGNAL } from "../../base/signals.ts";
import type { ServiceConfig, StopStep } from "../../config/model.ts";
import { ABOVE_STEP, DRAIN_STEP } from "./phase.ts";

const KILL: StopStep = { signal: SIGNAL.SIGKILL };

/** How long leftovers of a crashed service may take to end before they are killed. */
export const STRAY_GRACE_MS = 1000;

/** The steps against processes that a crashed service left behind. */
export const STRAY_STEPS: readonly StopStep[] = [
  { signal: SIGNAL.SIGTERM, waitMs: STRAY_GRACE_MS },
  KILL,
];

/** In place of a signal: the step in which `stop_command` runs. */
export const STOP_COMMAND_STEP = 0;

/** What else a stop has to wait for. */
export interface StopCircumstances {
  /** Others that require the service are stopped before it. */
  readonly isAwaited?: boolean;
  /** Whether open connections are waited for: beside the budget, or as part of it. */
  readonly drain?: "none" | "beside" | "within";
}

/**
 * Plans a stop that ends with SIGKILL after at most `budgetMs`. A `stop_sequence` that asks for
 * more than the budget is cut at it; a `stop_command` without a `stop_timeout` of its own is given
 * half of the budget before the signals. Others that are stopped before it have half of it, too.
 * What `drain_timeout` gives comes on top, unless the container ends: half of the budget then.
 */
export function planStop(
  config: ServiceConfig,
  budgetMs: number,
  { isAwaited = false, drain = "none" }: StopCircumstances = {},
): readonly StopStep[] {
  const steps: StopStep[] = [];
  let leftMs = budgetMs;
  const take = (signal: number, wantedMs: number) => {
    const waitMs = Math.min(wantedMs, leftMs);
    steps.push({ signal, waitMs });
    leftMs -= waitMs;
  };
  if (isAwaited) take(ABOVE_STEP, budgetMs / 2);
  if (config.drainTimeoutMs !== undefined && drain !== "none") {
    if (drain === "within") take(DRAIN_STEP, Math.min(config.drainTimeoutMs, budgetMs / 2));
    else steps.push({ signal: DRAIN_STEP, waitMs: config.drainTimeoutMs });
  }
  if (config.stopCommand) take(STOP_COMMAND_STEP, config.stopTimeoutMs ?? budgetMs / 2);
  for (const step of config.stopSequence ?? [{ signal: config.killSignal }]) {
    if (step.signal === SIGNAL.SIGKILL) break;
    take(step.signal, step.waitMs ?? config.stopTimeoutMs ?? leftMs);
  }
  return [...steps, KILL];
}
