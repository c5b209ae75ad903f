/**
 * What an edge from one service to another means, as data: the supervisor acts by these tables, and
 * the reference prints them. In all of them Y names X, in `after`, `requires`, `wants` or `follows`.
 */
import type { AfterCondition, EdgeKind } from "../config/model.ts";
import { isGone, isStarted, type Phase, type ServiceState } from "./life/phase.ts";

/** `after` and `before` say an order, and nothing else. */
export type AnyEdge = "after" | EdgeKind;

/** What X is to a Y that is to start. */
export type Seen = "coming" | "there" | "failed" | "retrying" | "stopped" | "disabled";

/** What that leads to. */
export type StartOutcome = "waits" | "starts" | "fails with it" | "stays down";

export const START_TABLE: Readonly<Record<Seen, Readonly<Record<AnyEdge, StartOutcome>>>> = {
  coming: { after: "waits", requires: "waits", wants: "waits", follows: "waits" },
  there: { after: "starts", requires: "starts", wants: "starts", follows: "starts" },
  failed: { after: "fails with it", requires: "stays down", wants: "starts", follows: "starts" },
  retrying: { after: "waits", requires: "waits", wants: "starts", follows: "starts" },
  stopped: { after: "waits", requires: "stays down", wants: "starts", follows: "starts" },
  disabled: { after: "starts", requires: "stays down", wants: "starts", follows: "starts" },
};

/** What happens to X while Y runs, or stays down for it. */
export type Happening = "stops" | "lost" | "returns" | "ends";

/** What that leads to. */
export type RunOutcome =
  | "goes on"
  | "is stopped first"
  | "is stopped"
  | "is restarted"
  | "starts if it stayed down";

export const RUN_TABLE: Readonly<Record<Happening, Readonly<Record<AnyEdge, RunOutcome>>>> = {
  stops: { after: "goes on", requires: "is stopped first", wants: "goes on", follows: "goes on" },
  lost: { after: "goes on", requires: "is stopped", wants: "goes on", follows: "goes on" },
  returns: {
    after: "goes on",
    requires: "starts if it stayed down",
    wants: "goes on",
    follows: "is restarted",
  },
  ends: {
    after: "is stopped first",
    requires: "is stopped first",
    wants: "is stopped first",
    follows: "is stopped first",
  },
};

/** Says what X is to a Y that awaits `condition` of it. */
export function seenAs(
  { phase, enabled }: ServiceState,
  condition: AfterCondition | undefined,
): Seen {
  if (phase.kind === "failed") return "failed";
  if (phase.kind === "down") return enabled ? "stopped" : "disabled";
  if (phase.kind === "backoff") return "retrying";
  if (phase.kind === "up" && phase.missed !== undefined && condition === "ready") return "failed";
  return holds(phase, condition) ? "there" : "coming";
}

/** Whether X is what Y awaits of it. */
export function holds(phase: Phase, condition: AfterCondition | undefined): boolean {
  switch (condition) {
    case "completed":
      return phase.kind === "done";
    case "started":
      return phase.kind === "starting" || isStarted(phase);
    case "ready":
    case undefined:
      return isStarted(phase) && phase.kind !== "failed";
    default:
      return condition satisfies never;
  }
}

/** Without a condition, what is required must be ready. */
export function conditionOf(
  kind: EdgeKind,
  condition: AfterCondition | undefined,
): AfterCondition | undefined {
  return condition ?? (kind === "requires" ? "ready" : undefined);
}

/** Says what a change of X's phase is to those that name it, if anything. */
export function happeningOf(
  before: Phase,
  after: Phase,
  condition: AfterCondition | undefined,
): Happening | undefined {
  if (holds(after, condition)) return holds(before, condition) ? undefined : "returns";
  return (after.kind === "failed" || after.kind === "down") && after.kind !== before.kind
    ? "lost"
    : undefined;
}

/** Completes `it requires db.service, which …`. */
export function describeSeen({ phase }: ServiceState, seen: Seen): string {
  if (phase.kind === "failed") return `has failed: ${phase.failure.text}`;
  if (phase.kind === "up" && phase.missed !== undefined) return phase.missed;
  if (phase.kind === "down" && phase.because !== undefined) return `stays down: ${phase.because}`;
  return seen === "disabled" ? "is disabled" : "is stopped";
}

/** Whether Y is one that X's return starts again, which is told by why it stays down. */
export function staysDownFor({ phase, enabled }: ServiceState): boolean {
  return enabled && phase.kind === "down" && phase.because !== undefined;
}

/** Whether Y runs by a process that is older than that of X. */
export function isOlder(own: ServiceState, other: ServiceState): boolean {
  const { launchedMs = Infinity, phase } = own;
  return !isGone(phase) && "pid" in phase && launchedMs < (other.launchedMs ?? -Infinity);
}
