/** Writes on a thread: a disk or a reader that hangs holds up nobody else. */
import { checked, libc } from "./libc.ts";

/**
 * Writes bytes, which stay unchanged until it settles, and resolves with how many were taken.
 * Rejects with `SystemError`.
 */
export async function writeOnThread(
  fd: number,
  bytes: Uint8Array<ArrayBuffer>,
  target: string,
): Promise<number> {
  const written = await libc().writeLater(fd, bytes, BigInt(bytes.length));
  if (written >= 0) return written;
  // The other thread's errno is out of reach; what failed there fails here for the same reason. That
  // the bytes are used here, too, keeps them from being collected under that thread.
  return checked("write", libc().write(fd, bytes, BigInt(bytes.length)), target);
}
