/**
 * Resource limits of a process that is about to be started directly (direct_start.ts), see
 * setrlimit(2).
 *
 * What a program may read or need from its first instruction on (`nofile`, `stack`, `core`, …) is
 * set on chaperone for the moment of the spawn, inherited, and set back; so is a raised hard
 * limit, which fails before anything runs where it is not allowed. What could hurt chaperone
 * meanwhile (`as`, `cpu`, `fsize`, `nproc`, a `nofile` below the descriptors in use), and a
 * lowered hard limit where chaperone lacks the capability to take it back, is set on the process
 * right after its exec: a program that asks for them within its first tenths of a millisecond may
 * still see the old ones.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { ResourceLimit } from "../../config/model.ts";
import { CAPABILITY, hasCapability } from "../processes/credentials.ts";
import { type Pair, swapLimit, toPair } from "./resources.ts";

/** Soft limits that act on a running process by failure or by signal. */
const HARMFUL: ReadonlySet<string> = new Set(["cpu", "fsize", "data", "nproc", "as", "rttime"]);

/** Half a million years, or more than there is of anything. */
const MEANINGLESS = 1n << 60n;

/** Descriptors that a spawn needs besides those in use. */
const SPARE_DESCRIPTORS = 64;

function descriptorsInUse(): number {
  let highest = 0;
  for (const entry of Deno.readDirSync("/proc/self/fd")) {
    highest = Math.max(highest, Number(entry.name));
  }
  return highest;
}

function isHarmless(name: string, soft: bigint, current: bigint): boolean {
  if (soft >= current || soft >= MEANINGLESS) return true;
  if (HARMFUL.has(name) || name === "stack") return false;
  return name !== "nofile" || soft > BigInt(descriptorsInUse() + SPARE_DESCRIPTORS);
}

/** The limits of one spawn. */
export interface LimitPlan {
  /** Sets chaperone's own limits back; call it once the process runs or could not be started. */
  restore(): void;
  /**
   * Sets what is left on the process; one that has ended already needs none.
   * @throws {SystemError}
   */
  finish(pid: number): void;
}

/**
 * Sets on chaperone what the next process is to inherit.
 * @throws {SystemError} EPERM above the hard limit without privilege, EINVAL for soft above hard;
 * chaperone's own limits are as before then.
 */
export function applyLimits(limits: readonly ResourceLimit[]): LimitPlan {
  const changed: { name: string; before: Pair }[] = [];
  const left: { name: string; wanted: Pair }[] = [];
  const restore = () => {
    for (const { name, before } of changed.splice(0)) swapLimit(0, name, before, null);
  };
  try {
    for (const limit of limits) {
      const before: Pair = new BigUint64Array(2);
      const wanted = toPair(limit);
      swapLimit(0, limit.resource, null, before);
      const [softBefore, hardBefore] = before as unknown as [bigint, bigint];
      const [soft, hard] = wanted as unknown as [bigint, bigint];
      if (soft > hard) throw new SystemError("prlimit", ERRNO.EINVAL, limit.resource);
      const inheritsSoft = isHarmless(limit.resource, soft, softBefore);
      const inheritsHard = hard >= hardBefore ||
        (inheritsSoft && hasCapability(CAPABILITY.sysResource));
      const inherited: Pair = BigUint64Array.of(
        inheritsSoft ? soft : softBefore,
        inheritsHard ? hard : hardBefore,
      );
      raiseOrExplain(limit.resource, inherited, hardBefore);
      changed.push({ name: limit.resource, before });
      if (!inheritsSoft || !inheritsHard) left.push({ name: limit.resource, wanted });
    }
  } catch (error) {
    restore();
    throw error;
  }
  return {
    restore,
    finish(pid) {
      for (const { name, wanted } of left) setOnProcess(pid, name, wanted);
    },
  };
}

/** Sets a limit of chaperone's own; the message says what is allowed where it is above that. */
function raiseOrExplain(name: string, wanted: Pair, hardBefore: bigint): void {
  try {
    swapLimit(0, name, wanted, null);
  } catch (error) {
    if (!(error instanceof SystemError) || error.errno !== ERRNO.EPERM) throw error;
    throw new SystemError("prlimit", ERRNO.EPERM, `${name} above the hard limit of ${hardBefore}`);
  }
}

function setOnProcess(pid: number, name: string, wanted: Pair): void {
  try {
    swapLimit(pid, name, wanted, null);
  } catch (error) {
    if (!(error instanceof SystemError) || error.errno !== ERRNO.ESRCH) throw error;
  }
}
