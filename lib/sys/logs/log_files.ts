/**
 * Log files: opened without following links that a user could have planted (log_path.ts), written on
 * a thread of their own, rotated by descriptor of their directory.
 *
 * Neither `Deno.open` nor a check beforehand would do: O_NOFOLLOW keeps the last name from being
 * exchanged for a link, and O_NONBLOCK keeps a FIFO that nobody reads from hanging PID 1.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { Identity } from "../../base/identity.ts";
import type { LogFile, LogFileRequest, LogFileSystem } from "../../door/log_os.ts";
import { asIdentity } from "../processes/credentials.ts";
import { checked, lastErrno, libc } from "../libc/libc.ts";
import { openLogDirectory } from "./log_directory.ts";
import {
  ForeignLinkError,
  O_APPEND,
  O_CREAT,
  O_NOCTTY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_WRONLY,
  openAt,
  type PathEnd,
  withPathEnd,
} from "./log_path.ts";
import { AT_FDCWD, type FileStatus, statAt, statDescriptor } from "../libc/statx.ts";

const OPEN_FLAGS = O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY;

/** Before the umask. */
const NEW_FILE_MODE = 0o666;

/** Mode of a file that belongs to a user (chaperone 0.3.9). */
const OWNED_FILE_MODE = 0o664;

/** Opens log files and their directories. */
export const logFiles: LogFileSystem = { open: openLogFile, openDirectory: openLogDirectory };

function openLogFile(request: LogFileRequest): LogFile {
  const owner = request.owner?.uid === 0 ? undefined : request.owner;
  try {
    return openAsChaperone(request, owner);
  } catch (error) {
    // The user's own link leads no further than the user may go; a remote disk may refuse root.
    const mayHelp = error instanceof ForeignLinkError ||
      (error instanceof SystemError && error.errno === ERRNO.EACCES);
    if (owner === undefined || !mayHelp || Deno.uid() !== 0) throw error;
    return openAsOwner(request, owner, error);
  }
}

function openAsChaperone(request: LogFileRequest, owner: Identity | undefined): LogFile {
  const { path } = request;
  return withPathEnd(path, { kind: "make", owner }, (end) => {
    const follow = end.isKernelLink ? 0 : O_NOFOLLOW;
    const fd = openAt(end.directoryFd, end.name, OPEN_FLAGS | O_CREAT | follow, {
      target: path,
      mode: NEW_FILE_MODE,
    });
    return wrap(fd, request, (status) => {
      demandOwnFile(status, end, path);
      if (owner !== undefined && status.kind === "regular") setOwner(fd, owner);
    });
  });
}

/** Opens it with the rights of its owner and no more. @throws {SystemError} */
function openAsOwner(request: LogFileRequest, owner: Identity, cause: unknown): LogFile {
  const fd = asIdentity(owner, () => {
    try {
      return openAt(AT_FDCWD, request.path, OPEN_FLAGS | O_CREAT, {
        target: request.path,
        mode: OWNED_FILE_MODE,
      });
    } catch {
      throw cause;
    }
  });
  return wrap(fd, request, () => {});
}

function wrap(fd: number, request: LogFileRequest, prepare: (status: FileStatus) => void): LogFile {
  try {
    const status = statDescriptor(fd, request.path);
    prepare(status);
    const isRegular = status.kind === "regular";
    // Not by O_TRUNC, which would have emptied the file before it was looked at.
    if (request.truncate && isRegular) emptyFile(fd, request.path);
    return new OpenFile(fd, status, request);
  } catch (error) {
    libc().close(fd);
    throw error;
  }
}

/** Refuses a hard link by which a user would have a foreign file written and given away. */
function demandOwnFile(status: FileStatus, end: PathEnd, path: string): void {
  if (Deno.uid() !== 0 || status.kind !== "regular" || status.linkCount < 2) return;
  const directory = statDescriptor(end.directoryFd, path);
  if (directory.uid === 0 || directory.uid === status.uid) return;
  throw new SystemError("open", ERRNO.EPERM, path);
}

/** Where ownership or mode cannot be changed (not root, a mount that has none) they stay. */
function setOwner(fd: number, owner: Identity): void {
  libc().fchown(fd, owner.uid, owner.gid);
  libc().fchmod(fd, OWNED_FILE_MODE);
}

function emptyFile(fd: number, path: string): void {
  checked("ftruncate", libc().ftruncate(fd, 0n), path);
}

class OpenFile implements LogFile {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly isRegular: boolean;

  readonly #fd: number;
  readonly #identity: string;
  readonly #target: string;
  /** Kept while a thread reads from it: otherwise it could be collected under that thread. */
  #underWay: Uint8Array<ArrayBuffer> | undefined;

  constructor(fd: number, status: FileStatus, request: LogFileRequest) {
    this.#fd = fd;
    this.#identity = status.identity;
    this.#target = request.path;
    this.isRegular = status.kind === "regular";
    this.sizeBytes = request.truncate && this.isRegular ? 0 : status.sizeBytes;
    this.modifiedMs = status.modifiedMs;
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    this.#underWay = bytes;
    const written = await libc().writeLater(this.#fd, bytes, BigInt(bytes.length));
    this.#underWay = undefined;
    return written >= 0 ? written : this.#writeAgain(bytes);
  }

  isAt(path: string): boolean {
    return statAt(AT_FDCWD, path, "follow")?.identity === this.#identity;
  }

  close(): void {
    libc().close(this.#fd);
  }

  /** The other thread's errno is out of reach; what failed there fails here for the same reason. */
  #writeAgain(bytes: Uint8Array<ArrayBuffer>): number {
    const written = libc().write(this.#fd, bytes, BigInt(bytes.length));
    if (written >= 0) return written;
    const errno = lastErrno();
    if (errno === ERRNO.EAGAIN || errno === ERRNO.EINTR) return 0;
    throw new SystemError("write", errno, this.#target);
  }
}
