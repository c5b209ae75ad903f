/** Small files, read whole and at once. */
import { ERRNO, SystemError } from "../base/errors.ts";
import { throwingSystemError, toSystemError } from "./system_failure.ts";

/** No configuration, pidfile or secret is larger; /dev/zero and a log by mistake are. */
const LARGEST_BYTES = 8 * 1024 * 1024;

/**
 * Reads a text file, invalid UTF-8 replaced; undefined where it does not exist.
 * @throws {SystemError} where it cannot be read, is no regular file (a FIFO would block), or is larger
 * than 8 MiB.
 */
export function readTextFile(path: string): string | undefined {
  try {
    const info = Deno.statSync(path);
    if (info.isDirectory) throw new SystemError("read", ERRNO.EISDIR, path);
    if (!info.isFile) throw new SystemError("read", ERRNO.EINVAL, path);
    if (info.size > LARGEST_BYTES) throw new SystemError("read", ERRNO.EFBIG, path);
    return Deno.readTextFileSync(path);
  } catch (error) {
    const failure = toSystemError(error, "open", path);
    if (failure instanceof SystemError && isAbsence(failure.errno)) return undefined;
    throw failure;
  }
}

function isAbsence(errno: number): boolean {
  return errno === ERRNO.ENOENT || errno === ERRNO.ENOTDIR;
}

/** Removes a file if it exists. @throws {SystemError} */
export function removeFile(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    const failure = toSystemError(error, "unlink", path);
    if (failure instanceof SystemError && isAbsence(failure.errno)) return;
    throw failure;
  }
}

/** Says what a path is, links followed; undefined where there is nothing. @throws {SystemError} */
export function fileKind(path: string): "file" | "directory" | "other" | undefined {
  try {
    const info = Deno.statSync(path);
    if (info.isDirectory) return "directory";
    return info.isFile ? "file" : "other";
  } catch (error) {
    const failure = toSystemError(error, "stat", path);
    if (failure instanceof SystemError && isAbsence(failure.errno)) return undefined;
    throw failure;
  }
}

/** Lists the names in a directory, unsorted. @throws {SystemError} */
export function listNames(path: string): string[] {
  return throwingSystemError(
    "readdir",
    path,
    () => [...Deno.readDirSync(path)].map((entry) => entry.name),
  );
}
