/** Small files, read whole and at once. */
import { concatenate, decodeBytes } from "../../base/byte_text.ts";
import { ERRNO, isAbsence, SystemError } from "../../base/errors.ts";
import { plainPath } from "../../base/path_text.ts";
import { O_CLOEXEC, O_NOCTTY, O_NONBLOCK, O_RDONLY } from "../libc/fcntl.ts";
import { checked, cString, libc } from "../libc/libc.ts";
import { statDescriptor } from "../libc/statx.ts";
import { throwingSystemError, toSystemError } from "../libc/system_failure.ts";

/** No configuration, pidfile or secret is larger; /dev/zero and a log by mistake are. */
const LARGEST_BYTES = 8 * 1024 * 1024;

const CHUNK_BYTES = 64 * 1024;

/** Far more files than a configuration has. */
const NAMES_MAX = 20_000;

/** Returns what `act` does, or undefined where it fails because there is no such file. */
export function unlessAbsent<T>(call: string, path: string, act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    const failure = toSystemError(error, call, path);
    if (failure instanceof SystemError && isAbsence(failure.errno)) return undefined;
    throw failure;
  }
}

/** Reads to the end, whatever the size was said to be: proc(5) says 0, a pipe says nothing. */
function readBounded(path: string): string {
  using file = Deno.openSync(path);
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(CHUNK_BYTES);
  let text = "";
  for (let total = 0;;) {
    const size = file.readSync(chunk);
    if (size === null) return text + decoder.decode();
    total += size;
    if (total > LARGEST_BYTES) throw new SystemError("read", ERRNO.EFBIG, path);
    text += decoder.decode(chunk.subarray(0, size), { stream: true });
  }
}

const O_RDONLY_NOCTTY_NONBLOCK_CLOEXEC = O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;

/**
 * Opens what may be a FIFO by the time it is opened, which must not hang PID 1, or a terminal,
 * which would be PID 1's own from then on, with its Ctrl-C: whoever owns the directory may exchange
 * what was looked at.
 */
function openAndRead(path: string, mostBytes: number): string {
  const fd = checked("open", libc().open(cString(path), O_RDONLY_NOCTTY_NONBLOCK_CLOEXEC), path);
  return readRegular(fd, path, mostBytes);
}

/**
 * Reads a file to its end, and closes it. @throws {SystemError} also for what is not a regular file.
 */
export function readRegular(
  fd: number,
  path: string,
  mostBytes: number,
): string {
  try {
    if (statDescriptor(fd, path).kind !== "regular") {
      throw new SystemError("read", ERRNO.EINVAL, path);
    }
    return readDescriptor(fd, path, mostBytes);
  } finally {
    libc().close(fd);
  }
}

function readDescriptor(fd: number, path: string, mostBytes: number): string {
  const chunks: Uint8Array[] = [];
  for (let total = 0;;) {
    const chunk = new Uint8Array(new ArrayBuffer(CHUNK_BYTES));
    const size = checked("read", libc().read(fd, chunk, BigInt(chunk.length)), path);
    if (size === 0) return decodeBytes(concatenate(chunks));
    total += size;
    if (total > mostBytes) throw new SystemError("read", ERRNO.EFBIG, path);
    chunks.push(chunk.subarray(0, size));
  }
}

/**
 * Reads a text file, with bytes that are no UTF-8 kept (lib/base/byte_text.ts); undefined where it
 * does not exist.
 * @throws {SystemError} where it cannot be read, is not a regular file (a FIFO would block), or is
 * larger than `mostBytes`, 8 MiB where nothing else is said.
 */
export function readTextFile(path: string, mostBytes = LARGEST_BYTES): string | undefined {
  return unlessAbsent("open", path, () => {
    const info = Deno.statSync(path);
    if (info.isDirectory) throw new SystemError("read", ERRNO.EISDIR, path);
    if (!info.isFile) throw new SystemError("read", ERRNO.EINVAL, path);
    return openAndRead(path, mostBytes);
  });
}

/** Removes a file if it exists. @throws {SystemError} */
export function removeFile(path: string): void {
  unlessAbsent("unlink", path, () => Deno.removeSync(path));
}

/** Says what a path is, links followed; undefined where there is nothing. @throws {SystemError} */
export function fileKind(path: string): "file" | "directory" | "other" | undefined {
  return unlessAbsent("stat", path, () => {
    const info = Deno.statSync(path);
    if (info.isDirectory) return "directory";
    return info.isFile ? "file" : "other";
  });
}

/** Returns the names in a directory, in any order. @throws {SystemError} also where they are many. */
export function listDirectory(path: string): readonly string[] {
  const names: string[] = [];
  return throwingSystemError("readdir", path, () => {
    for (const { name } of Deno.readDirSync(path)) {
      if (names.push(name) > NAMES_MAX) throw new SystemError("readdir", ERRNO.EFBIG, path);
    }
    return names;
  });
}

/**
 * Reads a text to its end, that of a pipe too, for which it waits: of what is root's alone.
 * @throws {SystemError} also for what is larger than 8 MiB.
 */
export function readWhole(path: string): string {
  return throwingSystemError("open", path, () => readBounded(path));
}

/**
 * Returns a path from the root, with `.` and `..` resolved as text, as Python's abspath does.
 */
export function absolutePath(path: string): string {
  return plainPath(path.startsWith("/") ? path : `${Deno.cwd()}/${path}`);
}

/**
 * Reads a regular file, and waits for nobody.
 * @throws {SystemError} also for what is larger than 8 MiB, or is not a regular file.
 */
export function readPlain(path: string): string {
  return openAndRead(path, LARGEST_BYTES);
}

/** Closes a descriptor. */
export function closeFile(descriptor: number): void {
  libc().close(descriptor);
}
