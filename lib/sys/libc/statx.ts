/** What a file is, asked by descriptor or path; statx(2) has one layout on every processor. */
import { ERRNO, isAbsence, SystemError } from "../../base/errors.ts";
import { AT_FDCWD } from "./fcntl.ts";
import { cString, lastErrno, libc } from "./libc.ts";
import { throwingSystemError } from "./system_failure.ts";

/** From fcntl.h. */
const AT_SYMLINK_NOFOLLOW = 0x100;
/** An empty name stands for the descriptor itself. */
export const AT_EMPTY_PATH = 0x1000;
const AT_STATX_DONT_SYNC = 0x4000;

const STATX_BASIC_STATS = 0x7ff;
const STATX_MNT_ID = 0x1000;

/** Offsets in `struct statx`. */
const STX_NLINK = 16;
const STX_UID = 20;
const STX_GID = 24;
const STX_MODE = 28;
const STX_INO = 32;
const STX_SIZE = 40;
const STX_BLOCKS = 48;
const STX_CTIME_SEC = 96;
const STX_CTIME_NSEC = 104;
const STX_MTIME_SEC = 112;
const STX_MTIME_NSEC = 120;
const STX_DEV_MAJOR = 136;
const STX_DEV_MINOR = 140;
const STX_MNT_ID = 144;
const STATX_BYTES = 256;
/** The unit of stx_blocks. */
const BLOCK_BYTES = 512;

const FILE_KINDS: Readonly<Record<number, FileStatus["kind"]>> = {
  0o020000: "device",
  0o040000: "directory",
  0o060000: "device",
  0o100000: "regular",
  0o120000: "link",
  0o140000: "socket",
};

/** What statx(2) says of a file. */
export interface FileStatus {
  readonly kind: "regular" | "directory" | "link" | "socket" | "device" | "other";
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly linkCount: number;
  readonly sizeBytes: number;
  /** What is really stored; less where there are holes. */
  readonly storedBytes: number;
  readonly modifiedMs: number;
  /** When its content, owner, mode or names changed last. */
  readonly changedMs: number;
  /** Of the file system, major and minor number. */
  readonly device: string;
  /** Same for two paths that lead to one file. */
  readonly identity: string;
  /** The number of its mount; only of what is open, and from Linux 5.8 on. */
  readonly mountId?: number | undefined;
}

const out = new Uint8Array(STATX_BYTES);
const view = new DataView(out.buffer);

function decode(): FileStatus {
  const mode = view.getUint16(STX_MODE, true);
  const device = `${view.getUint32(STX_DEV_MAJOR, true)}:${view.getUint32(STX_DEV_MINOR, true)}`;
  return {
    kind: FILE_KINDS[mode & 0o170000] ?? "other",
    mode: mode & 0o7777,
    uid: view.getUint32(STX_UID, true),
    gid: view.getUint32(STX_GID, true),
    linkCount: view.getUint32(STX_NLINK, true),
    sizeBytes: Number(view.getBigUint64(STX_SIZE, true)),
    storedBytes: Number(view.getBigUint64(STX_BLOCKS, true)) * BLOCK_BYTES,
    modifiedMs: timeMs(STX_MTIME_SEC, STX_MTIME_NSEC),
    changedMs: timeMs(STX_CTIME_SEC, STX_CTIME_NSEC),
    device,
    identity: `${device} ${view.getBigUint64(STX_INO, true)}`,
    mountId: (view.getUint32(0, true) & STATX_MNT_ID) === 0
      ? undefined
      : view.getUint32(STX_MNT_ID, true),
  };
}

function timeMs(seconds: number, nanoseconds: number): number {
  return Number(view.getBigInt64(seconds, true)) * 1000 +
    Math.floor(view.getUint32(nanoseconds, true) / 1e6);
}

/** Whether the host does not let this call through: Linux before 4.11, or an old seccomp filter. */
function isRefused(errno: number): boolean {
  return errno === ERRNO.EPERM || errno === ERRNO.ENOSYS;
}

function kindOf(info: Deno.FileInfo): FileStatus["kind"] {
  if (info.isFile) return "regular";
  if (info.isDirectory) return "directory";
  if (info.isSymlink) return "link";
  if (info.isCharDevice === true || info.isBlockDevice === true) return "device";
  return info.isSocket === true ? "socket" : "other";
}

/** Returns the same without statx(2), which the base runtime can do without; it takes a path. */
function statPath(path: string, links: "follow" | "keep", target: string): FileStatus {
  const info = throwingSystemError(
    "stat",
    target,
    () => links === "keep" ? Deno.lstatSync(path) : Deno.statSync(path),
  );
  return {
    kind: kindOf(info),
    mode: (info.mode ?? 0) & 0o7777,
    uid: info.uid ?? 0,
    gid: info.gid ?? 0,
    linkCount: info.nlink ?? 0,
    sizeBytes: info.size,
    storedBytes: (info.blocks ?? 0) * BLOCK_BYTES,
    modifiedMs: info.mtime?.getTime() ?? 0,
    changedMs: info.ctime?.getTime() ?? 0,
    device: `${info.dev}`,
    identity: `${info.dev} ${info.ino}`,
  };
}

/** Returns the status of an open file. @throws {SystemError} */
export function statDescriptor(fd: number, target: string): FileStatus {
  return statOpen(fd, target, AT_EMPTY_PATH);
}

/**
 * Returns the status of what is held by O_PATH as far as the kernel knows it by itself: who serves
 * the file system is not asked, unless the host has no statx(2). @throws {SystemError}
 */
export function statHeld(fd: number, target: string): FileStatus {
  return statOpen(fd, target, AT_EMPTY_PATH | AT_STATX_DONT_SYNC);
}

function statOpen(fd: number, target: string, flags: number): FileStatus {
  const mask = STATX_BASIC_STATS | STATX_MNT_ID;
  if (libc().statx(fd, cString(""), flags, mask, out) >= 0) return decode();
  const errno = lastErrno();
  // The link of a descriptor leads to the file itself, also to one that is a link or is removed.
  if (isRefused(errno)) return statPath(`/proc/self/fd/${fd}`, "follow", target);
  throw new SystemError("statx", errno, target);
}

function statAtPath(fd: number, path: string, links: "follow" | "keep"): FileStatus | undefined {
  const isDirect = fd === AT_FDCWD || path.startsWith("/");
  try {
    return statPath(isDirect ? path : `/proc/self/fd/${fd}/${path}`, links, path);
  } catch (error) {
    if (error instanceof SystemError && isAbsence(error.errno)) return undefined;
    throw error;
  }
}

/**
 * Returns the status of what `path` names, relative to the directory `fd`; undefined where there is
 * nothing. @throws {SystemError}
 */
export function statAt(
  fd: number,
  path: string,
  links: "follow" | "keep",
): FileStatus | undefined {
  const flags = links === "keep" ? AT_SYMLINK_NOFOLLOW : 0;
  if (libc().statx(fd, cString(path), flags, STATX_BASIC_STATS, out) >= 0) return decode();
  const errno = lastErrno();
  if (isRefused(errno)) return statAtPath(fd, path, links);
  if (isAbsence(errno)) return undefined;
  throw new SystemError("statx", errno, path);
}

/**
 * Returns the status of an entry of a directory, not following it, by its name as getdents(2) gives
 * it: bytes that end with NUL. Undefined where there is nothing of that name. @throws {SystemError}
 */
export function statEntry(
  directory: number,
  name: Uint8Array<ArrayBuffer>,
  target: string,
): FileStatus | undefined {
  const mask = STATX_BASIC_STATS | STATX_MNT_ID;
  if (libc().statx(directory, name, AT_SYMLINK_NOFOLLOW, mask, out) >= 0) return decode();
  const errno = lastErrno();
  if (isAbsence(errno)) return undefined;
  throw new SystemError("statx", errno, target);
}
