/**
 * Reads what proc(5) shows of a process, as much as is wanted and no more: arguments and
 * environment lie in the memory of the process, which says itself where they end.
 */
import { SystemError } from "../../base/errors.ts";
import { O_CLOEXEC, O_RDONLY } from "../libc/fcntl.ts";
import { checked, cString, lastErrno, libc } from "../libc/libc.ts";

const O_RDONLY_CLOEXEC = O_RDONLY | O_CLOEXEC;

let room = new Uint8Array(0);

/**
 * Reads the beginning of a file; a view of a shared buffer, valid until the next call.
 * @throws {SystemError}
 */
export function readBeginning(path: string, mostBytes: number): Uint8Array {
  const { open, read, close } = libc();
  const fd = checked("open", open(cString(path), O_RDONLY_CLOEXEC), path);
  if (room.length < mostBytes) room = new Uint8Array(new ArrayBuffer(mostBytes));
  try {
    // In places the kernel returns a page at a time.
    for (let size = 0;;) {
      const rest = room.subarray(size, mostBytes);
      const count = rest.length === 0 ? 0 : read(fd, rest, BigInt(rest.length));
      if (count < 0) throw new SystemError("read", lastErrno(), path);
      if (count === 0) return room.subarray(0, size);
      size += count;
    }
  } finally {
    close(fd);
  }
}
