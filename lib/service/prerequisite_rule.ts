/** Whether what a service depends on lets it start. */
import type { AfterCondition } from "../config/model.ts";
import { conditionOf, describeSeen, holds, seenAs, START_TABLE } from "./edges.ts";
import type { Prerequisite } from "./family.ts";
import type { Failure, ServiceState } from "./life/phase.ts";

export type PrerequisiteVerdict =
  | { readonly kind: "satisfied" }
  | { readonly kind: "pending" }
  | { readonly kind: "failed"; readonly failure: Failure }
  /** What is required is not to be had: the service stays down. */
  | { readonly kind: "missing"; readonly text: string };

const SATISFIED: PrerequisiteVerdict = { kind: "satisfied" };
const PENDING: PrerequisiteVerdict = { kind: "pending" };

/**
 * Judges one prerequisite. A restart has had its prerequisites once: it waits for those on their
 * way up, and goes on without those that are down or have failed.
 */
export function judgePrerequisite(
  state: ServiceState,
  condition: AfterCondition | undefined,
  forRestart: boolean,
): PrerequisiteVerdict {
  const { phase, enabled } = state;
  if (!enabled && phase.kind === "down") return SATISFIED;
  if (phase.kind === "failed") {
    const isPassedOver = phase.failure.ignored && !asksForSuccess(condition);
    return isPassedOver || forRestart ? SATISFIED : { kind: "failed", failure: phase.failure };
  }
  if (forRestart && phase.kind === "down") return SATISFIED;
  const missed = phase.kind === "up" && condition === "ready" ? phase.missed : undefined;
  if (missed !== undefined && !forRestart) return { kind: "failed", failure: passedOver(missed) };
  return holds(phase, condition) ? SATISFIED : PENDING;
}

/** Judges one that is required, wanted or followed. */
export function judgeEdge(
  state: ServiceState,
  { name, kind, condition }: Required<Pick<Prerequisite, "kind">> & Prerequisite,
): PrerequisiteVerdict {
  const seen = seenAs(state, conditionOf(kind, condition));
  const outcome = START_TABLE[seen][kind];
  if (outcome === "waits") return PENDING;
  if (outcome === "starts") return SATISFIED;
  return { kind: "missing", text: `it requires ${name}, which ${describeSeen(state, seen)}` };
}

/** `ignore_failures` lets others go on, and makes nothing of what has failed. */
function asksForSuccess(condition: AfterCondition | undefined): boolean {
  return condition === "ready" || condition === "completed";
}

function passedOver(missed: string): Failure {
  return { text: `it ${missed}`, exitCode: 1, ignored: true };
}
