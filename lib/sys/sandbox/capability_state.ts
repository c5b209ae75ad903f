/** The capabilities that chaperone itself has, and what it may do with them. */
import { capabilityName, maskOf } from "../../base/capabilities.ts";
import type { CapabilitySet } from "../../base/confinement.ts";
import { ERRNO, SystemError } from "../../base/errors.ts";
import { parsePrivileges, type Privileges } from "../processes/proc_text.ts";

const SETPCAP = 8n;

let own: Privileges | undefined;

/** Read once: chaperone changes none of it. @throws {SystemError} where /proc is hidden. */
export function ownPrivileges(): Privileges {
  if (own !== undefined) return own;
  try {
    own = parsePrivileges(Deno.readTextFileSync("/proc/thread-self/status"));
  } catch {
    // ENOENT, EACCES: told below.
  }
  if (own === undefined) {
    throw new SystemError("capget", ERRNO.ENOENT, "/proc/thread-self/status");
  }
  return own;
}

/** Whether chaperone may lower a bounding set. */
export function canBound(): boolean {
  return (ownPrivileges().effective >> SETPCAP & 1n) === 1n;
}

/**
 * Returns which capabilities are to be dropped from the bounding set so that the given ones are
 * left. Without the right to drop any, it stays as it is where `noNewPrivs` makes it mean nothing.
 * @throws {SystemError} where that cannot be.
 */
export function droppedFrom(kept: CapabilitySet, noNewPrivs: boolean): number[] {
  const { bounding, permitted, noNewPrivs: isBound } = ownPrivileges();
  const lacking = kept.filter((number) => (permitted >> BigInt(number) & 1n) === 0n);
  if (lacking.length > 0) {
    const names = lacking.map(capabilityName).join(", ");
    const note = "the container has not given it to chaperone";
    throw new SystemError("capset", ERRNO.EPERM, names, note);
  }
  const dropped: number[] = [];
  const mask = maskOf(kept);
  for (let number = 0n; bounding >> number > 0n; number++) {
    if ((bounding >> number & 1n) === 1n && (mask >> number & 1n) === 0n) {
      dropped.push(Number(number));
    }
  }
  if (dropped.length === 0 || canBound()) return dropped;
  if (noNewPrivs || isBound) return [];
  const note = "without CAP_SETPCAP, `capabilities` needs `no_new_privs: true`";
  throw new SystemError("prctl", ERRNO.EPERM, "the bounding set", note);
}
