/**
 * How many descriptors chaperone itself may have open: as many as the container allows, since what
 * all services do takes some of them, and a thousand, as many engines give, is soon used up. What it
 * starts has the limit that chaperone was given: programs that go by select(2), or close whatever
 * could be open, do not want a high one.
 */
import { SystemError } from "../../base/errors.ts";
import type { ResourceLimit } from "../../config/model.ts";
import { currentLimit, swapLimit } from "./resources.ts";

const NAME = "nofile";

/** What chaperone was given, where it has raised it. */
let given: ResourceLimit | undefined;

/** Raises chaperone's own limit, if that is possible. */
export function raiseDescriptorLimit(): void {
  try {
    const [soft, hard] = currentLimit(NAME);
    if (soft >= hard) return;
    swapLimit(0, NAME, BigUint64Array.of(hard, hard), null);
    given = { resource: NAME, soft: Number(soft), hard: Number(hard) };
  } catch (error) {
    // EPERM, ENOSYS: a filter of system calls.
    if (!(error instanceof SystemError)) throw error;
  }
}

/** Returns what chaperone was given, for another incarnation; undefined where it has that still. */
export function givenDescriptorLimit(): ResourceLimit | undefined {
  return given;
}

/** Goes on with a limit that another incarnation has raised. */
export function takeDescriptorLimit(limit: ResourceLimit | undefined): void {
  given = limit;
}

/** Returns the limits of a process that is to have these. */
export function withGivenLimit(limits: readonly ResourceLimit[]): readonly ResourceLimit[] {
  if (given === undefined || limits.some(({ resource }) => resource === NAME)) return limits;
  return [...limits, given];
}
