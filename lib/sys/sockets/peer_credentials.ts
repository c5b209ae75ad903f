/** Who connected to a Unix socket, as the kernel has noted then; see unix(7). */
import type { PeerCredentials } from "../../door/streams.ts";
import { ERRNO } from "../../base/errors.ts";
import { SOL_SOCKET } from "../libc/socket.ts";
import { lastErrno, libc } from "../libc/libc.ts";
import { takeHeld } from "../processes/kill.ts";

/** From sys/socket.h. */
const SO_PEERCRED = 17;
const SO_PEERGROUPS = 59;
/** Since Linux 6.5; until 6.16 it is EINVAL where the process was reaped. */
const SO_PEERPIDFD = 77;
const UCRED_BYTES = 12;
const GROUPS_MAX = 1024;

/** Returns who has the other end of a connection; undefined where the kernel does not tell. */
export function readPeer(fd: number): PeerCredentials | undefined {
  const value = new Uint32Array(GROUPS_MAX);
  const size = new Uint32Array([UCRED_BYTES]);
  const { getsockopt } = libc();
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, value, size) < 0) return undefined;
  const [pid = 0, uid = 0, gid = 0] = value;
  size[0] = value.byteLength;
  // Since Linux 4.13; without it, only the first group counts.
  const hasGroups = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, value, size) >= 0;
  const groups = hasGroups ? [...value.subarray(0, (size[0] ?? 0) / 4)] : [];
  return { pid: hasEnded(fd, pid) ? 0 : pid, uid, gid, groups };
}

/** Returns whose process has the other end; undefined where the kernel does not tell. */
export function peerUser(fd: number): number | undefined {
  const value = new Uint32Array(UCRED_BYTES / 4);
  const size = new Uint32Array([UCRED_BYTES]);
  const isTold = libc().getsockopt(fd, SOL_SOCKET, SO_PEERCRED, value, size) >= 0;
  return isTold ? value[1] : undefined;
}

/**
 * Whether who has connected has ended, and its number may be another process's: a connection may
 * have waited for long to be accepted. False where the kernel cannot say.
 */
function hasEnded(fd: number, pid: number): boolean {
  const value = new Int32Array(1);
  const size = new Uint32Array([value.byteLength]);
  if (libc().getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, value, size) < 0) {
    return lastErrno() === ERRNO.ESRCH || lastErrno() === ERRNO.EINVAL;
  }
  const held = takeHeld(pid, value[0] as number);
  const isAlive = held.isAlive();
  held.close();
  return !isAlive;
}
