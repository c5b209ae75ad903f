/**
 * The file by which Kubernetes learns why a container ended: terminationMessagePath. It is there or
 * it is not; it is never made.
 */
import { SystemError } from "../../base/errors.ts";
import { AT_FDCWD, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDWR } from "../libc/fcntl.ts";
import { checked, cString, libc } from "../libc/libc.ts";
import { statDescriptor } from "../libc/statx.ts";
import { openAt } from "../paths/open_at.ts";

const PATH = "/dev/termination-log";
/** The kubelet reads no more. */
export const TERMINATION_LOG_MOST_BYTES = 4096;

/** The file, open. */
export interface TerminationLog {
  /** What it held. */
  readonly text: string;
  /** Replaces that. @throws {SystemError} */
  write(text: string): void;
  close(): void;
}

/** Whether there is one. */
export function hasTerminationLog(path = PATH): boolean {
  return libc().access(cString(path), 0) >= 0;
}

/** Opens it; undefined where there is none that could be written. */
export function openTerminationLog(path = PATH): TerminationLog | undefined {
  let fd: number;
  try {
    fd = openAt(AT_FDCWD, path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, { target: path });
  } catch (error) {
    if (error instanceof SystemError) return undefined; // ENOENT, as a rule.
    throw error;
  }
  if (statDescriptor(fd, path).kind !== "regular") {
    libc().close(fd);
    return undefined;
  }
  const held = new Uint8Array(new ArrayBuffer(TERMINATION_LOG_MOST_BYTES));
  const size = libc().read(fd, held, BigInt(held.length));
  return {
    text: new TextDecoder().decode(held.subarray(0, Math.max(0, size))),
    write(text) {
      const bytes = new TextEncoder().encode(text);
      checked("ftruncate", libc().ftruncate(fd, 0n), path);
      checked("write", libc().pwrite(fd, bytes, BigInt(bytes.length), 0n), path);
    },
    close: () => void libc().close(fd),
  };
}
