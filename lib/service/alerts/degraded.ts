/**
 * When something runs and yet is not what was asked for: a service that `ignore_failures` has let
 * pass or fail, one whose sandbox the kernel cannot make, and a section of several services of which
 * some serve and some do not. Pure.
 */
import { shortName } from "../../base/service_name.ts";
import type { ServiceState } from "../life/phase.ts";

/** How it stands with a service, or with a section of several. */
export interface Verdict {
  /** The name under which it is told. */
  readonly service: string;
  /** The service whose output says more. */
  readonly of: string;
  /** What is missing; absent: nothing. */
  readonly why?: string;
}

/** One of the services of a section. */
export interface Copy {
  readonly name: string;
  readonly state: ServiceState;
}

/**
 * Judges one service; `lacking` is what of its sandbox is not in force. Undefined while there is
 * nothing to say: on its way, stopped, or failed so that the failure is told.
 */
export function judgeService(
  { name, state }: Copy,
  lacking: string | undefined,
): Verdict | undefined {
  const { phase } = state;
  const verdict = { service: name, of: name };
  if (phase.kind === "failed" && phase.failure.ignored && phase.inherited !== true) {
    return { ...verdict, why: `${phase.failure.text}; the others go on` };
  }
  if (phase.kind === "done") return verdict;
  if (phase.kind !== "up") return undefined;
  const { missed } = phase;
  if (missed !== undefined) {
    return { ...verdict, why: `${name} ${missed}, which ignore_failures passes over` };
  }
  return lacking === undefined
    ? verdict
    : { ...verdict, why: `its sandbox is incomplete: ${lacking}` };
}

/** Judges the services of a section together. Undefined where none serves, or one is on its way. */
export function judgeCopies(section: string, copies: readonly Copy[]): Verdict | undefined {
  const down = copies.filter(isDown);
  const [first] = down;
  if (first === undefined) return { service: section, of: section };
  if (!copies.some(isServing)) return undefined;
  const names = down.map(({ name, state }) => `${shortName(name)} (${wordOf(state)})`);
  const why = `${down.length} of ${copies.length} do not serve: ${names.join(", ")}`;
  return { service: section, of: first.name, why };
}

function isDown({ state }: Copy): boolean {
  return state.enabled && (state.phase.kind === "failed" || state.health === "unhealthy");
}

function isServing({ state }: Copy): boolean {
  const { kind } = state.phase;
  return (kind === "up" || kind === "armed") && state.health !== "unhealthy";
}

function wordOf({ phase }: ServiceState): string {
  return phase.kind === "failed" ? "failed" : "unhealthy";
}
