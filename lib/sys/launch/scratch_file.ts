/**
 * Bytes that a process is handed at a descriptor: in memory, or, where that is forbidden, in a file
 * without a name.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import { prepareRunDir } from "../files/run_dir.ts";
import { AT_FDCWD, O_CLOEXEC, O_CREAT, O_EXCL, O_RDWR } from "../libc/fcntl.ts";
import { cString, libc } from "../libc/libc.ts";
import { createMemoryFile } from "../libc/memory_file.ts";

const O_CREAT_EXCL_CLOEXEC = O_CREAT | O_EXCL | O_CLOEXEC;
const OWNER_ONLY = 0o600;

let configuredRunDir: string | undefined;

/** Says which run directory is configured, before the first process is started. */
export function useRunDir(path: string | undefined): void {
  configuredRunDir = path;
}

/** The directory in which only chaperone creates files. @throws {SystemError} */
export function ownDirectory(): string {
  return prepareRunDir(configuredRunDir);
}

/** Returns a descriptor, closed on exec, from which the bytes can be read. @throws {SystemError} */
export function openScratchFile(bytes: Uint8Array<ArrayBuffer>): number {
  const { pwrite, close } = libc();
  const fd = createScratchFile();
  // Writes to memory are not cut short; pwrite leaves the position at the beginning.
  if (pwrite(fd, bytes, BigInt(bytes.length), 0n) === bytes.length) return fd;
  close(fd);
  throw new SystemError("write", ERRNO.ENOSPC, "a file in memory");
}

function createScratchFile(): number {
  try {
    return createMemoryFile("launch", "data");
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return createUnlinked(error);
  }
}

/** Only root may write to the directory, so nobody else can take the name. */
function createUnlinked(reason: SystemError): number {
  const { openat, unlinkat } = libc();
  let path: Uint8Array<ArrayBuffer>;
  try {
    path = cString(`${ownDirectory()}/launch-${Deno.pid}`);
  } catch {
    throw reason;
  }
  unlinkat(AT_FDCWD, path, 0);
  const fd = openat(AT_FDCWD, path, O_RDWR | O_CREAT_EXCL_CLOEXEC, OWNER_ONLY);
  if (fd < 0) throw reason;
  unlinkat(AT_FDCWD, path, 0);
  return fd;
}
