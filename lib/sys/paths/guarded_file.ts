/**
 * Files whose content gives rights: nobody may have written such a file, or may read it, who does
 * not have these rights anyway.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import { readRegular } from "../files/files.ts";
import { O_NOCTTY, O_NONBLOCK, O_RDONLY } from "../libc/fcntl.ts";
import type { FileStatus } from "../libc/statx.ts";
import { openEnd, ownUid, throughLinksFor, withPathEnd } from "./path_walk.ts";

const LARGEST_BYTES = 4096;

const GROUP_READS = 0o040;
const OTHERS_READ = 0o004;
const OTHERS_OR_GROUP_WRITE = 0o022;

/** Who has the rights. */
export interface FileOwners {
  /** May own the file, as root and chaperone's own user may. */
  readonly uid: number;
  /** The group that may read it; undefined: none. */
  readonly gid: number | undefined;
}

/**
 * Reads a text file of at most 4 KiB, links of root's followed.
 * @throws {SystemError} where it cannot be read or is not guarded; the message says what to change.
 */
export function readGuardedFile(path: string, owners: FileOwners): string {
  const isRoot = ownUid() === 0;
  return withPathEnd(path, isRoot ? { kind: "fail" } : throughLinksFor(ownUid()), (end) => {
    const { found, isKernelLink, isOthers } = end;
    const problem = isKernelLink
      ? "it is no file"
      : isRoot && isOthers
      ? "others than root may put another file in its place"
      : found && problemOf(found.status, owners);
    if (problem !== undefined) throw new SystemError("open", ERRNO.EACCES, path, problem);
    // What was judged is what is opened; not blocking, for it may be a FIFO.
    return readRegular(openEnd(end, O_RDONLY | O_NOCTTY | O_NONBLOCK, path), path, LARGEST_BYTES);
  });
}

function problemOf({ uid, gid, mode }: FileStatus, owners: FileOwners): string | undefined {
  if (![0, ownUid(), owners.uid].includes(uid)) {
    return `it belongs to user ${uid}, who may control nothing: chown root`;
  }
  if ((mode & OTHERS_OR_GROUP_WRITE) !== 0) return "others may write it: chmod 600";
  if ((mode & OTHERS_READ) !== 0) return "everybody may read it: chmod 600";
  if ((mode & GROUP_READS) !== 0 && gid !== owners.gid) {
    return `group ${gid} may read it: chmod 600`;
  }
  return undefined;
}
