/** Compares what the kernel says of a process with what was asked for. */
import { capabilitiesOf, capabilityName, maskOf } from "../../base/capabilities.ts";
import type { CapabilitySet, Confinement } from "../../base/confinement.ts";
import { mountContradiction, type MountProof, mountProofOf } from "./mount_proof.ts";
import { canBound, ownPrivileges } from "./capability_state.ts";
import { parsePrivileges, type Privileges } from "../processes/proc_text.ts";
import { readStatus } from "../processes/processes.ts";

/** What is to be proven of a process: plain data, with which another incarnation can go on. */
export interface Proof {
  readonly noNewPrivs: boolean;
  readonly capabilities?: CapabilitySet;
  /** Whether the bounding set was lowered, too: that takes a capability. */
  readonly isBounded?: boolean;
  /** How many filters are in force at least. */
  readonly filters: number;
  readonly mounts?: MountProof;
}

/** Returns what is to be proven of a process of chaperone's, which starts with its filters. */
export function proofOf({ noNewPrivs, capabilities, filter, mounts }: Confinement): Proof {
  return {
    noNewPrivs,
    ...(capabilities === undefined ? {} : { capabilities, isBounded: canBound() }),
    filters: filter === undefined ? 0 : (ownPrivileges().filters ?? 0) + 1,
    ...(mounts === undefined ? {} : { mounts: mountProofOf(mounts) }),
  };
}

/**
 * Returns what is wrong with a process that runs its program; undefined: nothing, or it has ended,
 * or /proc is hidden. It may have given up more by itself; that it has more than was asked for is
 * what is wrong.
 */
export function contradiction(pid: number, proof: Proof): string | undefined {
  const text = readStatus(pid);
  const found = text === undefined ? undefined : parsePrivileges(text);
  const wrong = found && differenceOf(found, proof);
  if (wrong !== undefined || proof.mounts === undefined || found?.isZombie) return wrong;
  return mountContradiction(pid, proof.mounts);
}

/** The same of what was read. */
export function differenceOf(found: Privileges, proof: Proof): string | undefined {
  const { noNewPrivs, capabilities, isBounded, filters } = proof;
  if (found.isZombie) return undefined;
  if (noNewPrivs && !found.noNewPrivs) return "NoNewPrivs is 0";
  if (filters > 0 && found.seccompMode !== 2) return `Seccomp is ${found.seccompMode}`;
  // Kernels before 5.9 do not count them.
  if (found.filters !== undefined && found.filters < filters) {
    return `Seccomp_filters is ${found.filters}, not ${filters}`;
  }
  if (capabilities === undefined) return undefined;
  const asked = maskOf(capabilities);
  const { bounding, permitted, effective, inheritable, ambient } = found;
  const sets = { CapInh: inheritable, CapPrm: permitted, CapEff: effective, CapAmb: ambient };
  const all = isBounded ? { ...sets, CapBnd: bounding } : sets;
  for (const [name, mask] of Object.entries(all)) {
    const excess = capabilitiesOf(mask & ~asked).map(capabilityName);
    if (excess.length > 0) return `${name} has ${excess.join(", ")}`;
  }
  return undefined;
}
