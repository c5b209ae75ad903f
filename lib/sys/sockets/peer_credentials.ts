/** Who connected to a Unix socket, as the kernel has noted then; see unix(7). */
import type { PeerCredentials } from "../../door/streams.ts";
import { libc } from "../libc/libc.ts";

/** From sys/socket.h. */
const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
const SO_PEERGROUPS = 59;
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
  return { pid, uid, gid, groups };
}

/** Whether the kernel tells who is at the other end of a connection. */
export function canTellPeers(): boolean {
  try {
    return libc().getsockopt !== undefined;
  } catch {
    return false; // No libc to open: a static or foreign runtime.
  }
}
