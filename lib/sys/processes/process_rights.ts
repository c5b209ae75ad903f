/** What a process may do, from proc(5). */
import type { ProcessRights } from "../../base/process_rights.ts";
import { readBeginning } from "./bounded_read.ts";
import { parseCredentials, parsePrivileges } from "./proc_text.ts";

/** Some 1,500 bytes, and the numbers of the groups. */
const STATUS_MAX_BYTES = 16 * 1024;

const decoder = new TextDecoder();

/** Undefined where it has ended, or is hidden. */
export function readRights(pid: number): ProcessRights | undefined {
  try {
    return parseRights(decoder.decode(readBeginning(`/proc/${pid}/status`, STATUS_MAX_BYTES)));
  } catch {
    return undefined; // ENOENT, ESRCH: it ended meanwhile.
  }
}

/** Reads /proc/PID/status. */
export function parseRights(status: string): ProcessRights | undefined {
  const credentials = parseCredentials(status);
  const privileges = parsePrivileges(status);
  if (credentials === undefined || privileges === undefined || privileges.isZombie) {
    return undefined;
  }
  const [, uid = 0] = credentials.uids;
  const [, gid = 0] = credentials.gids;
  const { effective, permitted, noNewPrivs, seccompMode } = privileges;
  return {
    uid,
    groups: [...new Set([gid, ...credentials.groups])],
    effective,
    permitted,
    noNewPrivs,
    isFiltered: seccompMode === 2,
  };
}
