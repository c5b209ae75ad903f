/**
 * A sealed file in memory, memfd_create(2): what it holds can be changed by nobody, and it vanishes
 * with the last descriptor. So one incarnation leaves its state to the next.
 */
import { concatenate } from "../../base/byte_text.ts";
import { SystemError } from "../../base/errors.ts";
import { checked, lastErrno, libc } from "../libc/libc.ts";
import { createMemoryFile, isSealed, sealMemoryFile } from "../libc/memory_file.ts";

const CHUNK_BYTES = 1024 * 1024;

/** Returns the descriptor of a file that holds the bytes, closed on exec. @throws {SystemError} */
export function createStateFile(bytes: Uint8Array<ArrayBuffer>): number {
  const { pwrite, close } = libc();
  const fd = createMemoryFile("chaperone", "data");
  try {
    for (let at = 0; at < bytes.length;) {
      const chunk = bytes.subarray(at, at + CHUNK_BYTES);
      at += checked("write", pwrite(fd, chunk, BigInt(chunk.length), BigInt(at)));
    }
    if (!sealMemoryFile(fd)) throw new SystemError("fcntl", lastErrno());
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

/**
 * Reads such a file from its beginning and closes it; undefined where the descriptor is no such
 * file.
 */
export function takeStateFile(fd: number): Uint8Array | undefined {
  if (!isSealed(fd)) return undefined;
  const { read, close } = libc();
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
