/** Resource limits as the kernel has them, see setrlimit(2). */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { ResourceLimit } from "../../config/model.ts";
import { checked, libc } from "../libc/libc.ts";

/** From asm-generic/resource.h. */
export const RESOURCE: Readonly<Record<string, number>> = {
  cpu: 0,
  fsize: 1,
  data: 2,
  stack: 3,
  core: 4,
  rss: 5,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  as: 9,
  locks: 10,
  sigpending: 11,
  msgqueue: 12,
  nice: 13,
  rtprio: 14,
  rttime: 15,
};

const UNLIMITED = 0xffff_ffff_ffff_ffffn;

/** A limit as `struct rlimit64` holds it: soft, hard. */
export type Pair = BigUint64Array<ArrayBuffer>;

function toNative(value: number): bigint {
  return value === Infinity ? UNLIMITED : BigInt(value);
}

/**
 * Returns a limit as the kernel writes it. Where only the soft one is said, the hard one is
 * chaperone's own and bounds it, as with chpst(8). @throws {SystemError}
 */
export function toPair({ resource, soft, hard }: ResourceLimit): Pair {
  const wanted = toNative(soft);
  if (hard !== undefined) return BigUint64Array.of(wanted, toNative(hard));
  const [, own] = currentLimit(resource);
  return BigUint64Array.of(wanted < own ? wanted : own, own);
}

/**
 * Sets a limit of a process (0: chaperone itself) and returns the former one in `previous`. @throws
 * {SystemError}
 */
export function swapLimit(
  pid: number,
  name: string,
  next: Pair | null,
  previous: Pair | null,
): void {
  const resource = RESOURCE[name];
  if (resource === undefined) throw new SystemError("prlimit", ERRNO.EINVAL, name);
  checked("prlimit", libc().prlimit64(pid, resource, next, previous), name);
}

/** Returns a limit of chaperone itself: soft, hard. @throws {SystemError} */
export function currentLimit(name: string): readonly [bigint, bigint] {
  const pair: Pair = new BigUint64Array(2);
  swapLimit(0, name, null, pair);
  return [pair[0] as bigint, pair[1] as bigint];
}
