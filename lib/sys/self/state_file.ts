/**
 * A sealed file in memory, memfd_create(2): what it holds can be changed by nobody, and it vanishes with
 * the last descriptor. So one image of the program leaves its state to the next.
 */
import { concatenate } from "../../base/byte_text.ts";
import { ERRNO, SystemError } from "../../base/errors.ts";
import { checked, cString, lastErrno, libc } from "../libc/libc.ts";

/** From linux/memfd.h and linux/fcntl.h. */
const MFD_CLOEXEC_ALLOW_SEALING = 1 | 2;
/** Not executable, from Linux 6.3 on; hosts that set `vm.memfd_noexec` may allow no other. */
const MFD_NOEXEC_SEAL = 8;
const F_ADD_SEALS = 1033;
const F_GET_SEALS = 1034;
/** No more seals, no other size, no writing. */
const ALL_SEALS = 1 | 2 | 4 | 8;

const CHUNK_BYTES = 1024 * 1024;

/** Returns the descriptor of a file that holds the bytes, closed on exec. @throws {SystemError} */
export function createStateFile(bytes: Uint8Array<ArrayBuffer>): number {
  const { pwrite, fcntl, close } = libc();
  const fd = createMemoryFile();
  try {
    for (let at = 0; at < bytes.length;) {
      const chunk = bytes.subarray(at, at + CHUNK_BYTES);
      at += checked("write", pwrite(fd, chunk, BigInt(chunk.length), BigInt(at)));
    }
    checked("fcntl", fcntl(fd, F_ADD_SEALS, ALL_SEALS));
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

function createMemoryFile(): number {
  const { memfd_create: create } = libc();
  const name = cString("chaperone");
  const fd = create(name, MFD_CLOEXEC_ALLOW_SEALING | MFD_NOEXEC_SEAL);
  if (fd >= 0 || lastErrno() !== ERRNO.EINVAL) return checked("memfd_create", fd);
  return checked("memfd_create", create(name, MFD_CLOEXEC_ALLOW_SEALING));
}

/** Reads such a file from its beginning and closes it; undefined where the descriptor is no such file. */
export function takeStateFile(fd: number): Uint8Array | undefined {
  const { fcntl, read, close } = libc();
  const seals = fcntl(fd, F_GET_SEALS, 0);
  if (seals < 0 || (seals & ALL_SEALS) !== ALL_SEALS) return undefined;
  const chunks: Uint8Array[] = [];
  for (;;) {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const size = read(fd, chunk, BigInt(CHUNK_BYTES));
    if (size < 0) throw new SystemError("read", lastErrno());
    if (size === 0) break;
    chunks.push(chunk.subarray(0, size));
  }
  close(fd);
  return concatenate(chunks);
}
