/**
 * The mark that every process of a service carries and cannot wash off: a pair of resource limits
 * which the kernel keeps, inherits over fork, exec and a change of user, and shows to everybody,
 * and neither of which means anything by itself. RLIMIT_RTTIME concerns real-time scheduling only,
 * RLIMIT_LOCKS nothing at all.
 *
 * The one is 2^61 plus the number of the service, the other 2^61 minus it. A process without
 * privilege can lower a limit and never raise one, so that no change turns one mark into another:
 * lowering the first points to services below, lowering the second to services above. What is
 * lowered still says of which services the process may be.
 */
import type { ResourceLimit } from "../../config/model.ts";
import type { MarkLimits } from "../../door/os.ts";

const MIDDLE = 2 ** 61;

/**
 * How far two numbers are apart: doubles of this size are 512 apart, and limits are handed on as
 * doubles.
 */
const DISTANCE = 512;

/** What the limits of a process say. */
export type ProcessMark =
  /** It was not started by chaperone, or somebody with privilege has taken the mark away. */
  | { readonly kind: "none" }
  | { readonly kind: "whole"; readonly number: number }
  /** It is of one of these services and has lowered its limits. */
  | { readonly kind: "lowered"; readonly from: number; readonly to: number };

/** Returns the limits that mark a process. */
export function limitsOfMark(number: number): Required<ResourceLimit>[] {
  const above = MIDDLE + number * DISTANCE;
  const below = MIDDLE - number * DISTANCE;
  return [
    { resource: "rttime", soft: above, hard: above },
    { resource: "locks", soft: below, hard: below },
  ];
}

/** Whether a configuration uses a limit that the mark needs. Such a service goes without. */
export function leavesRoomForMark(limits: readonly ResourceLimit[]): boolean {
  return !limits.some(({ resource }) => resource === "rttime" || resource === "locks");
}

/** Reads the mark out of the limits of a process. */
export function readMark({ rttime, locks }: MarkLimits): ProcessMark {
  if (rttime === Infinity || locks === Infinity) return { kind: "none" };
  const from = Math.max(1, Math.ceil((rttime - MIDDLE) / DISTANCE));
  const to = Math.floor((MIDDLE - locks) / DISTANCE);
  if (to < from) return { kind: "none" };
  const isWhole = rttime - MIDDLE === MIDDLE - locks;
  return isWhole ? { kind: "whole", number: to } : { kind: "lowered", from, to };
}

/** The numbers of services: the same for a name as long as the container lives. */
export class ServiceNumbers {
  readonly #byName = new Map<string, number>();
  readonly #byNumber = new Map<number, string>();

  /** Returns the number of a service, which gets one when it is first asked for. */
  of(name: string): number {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const number = this.#byName.size + 1;
    this.#byName.set(name, number);
    this.#byNumber.set(number, name);
    return number;
  }

  nameOf(number: number): string | undefined {
    return this.#byNumber.get(number);
  }

  /** The names in the order of their numbers. */
  handOver(): readonly string[] {
    return [...this.#byName.keys()];
  }

  /** Gives the same numbers again. Call it before any other. */
  takeOver(names: readonly string[]): void {
    for (const name of names) this.of(name);
  }
}
