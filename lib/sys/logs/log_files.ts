/**
 * Log files: opened without following links that a user could have planted
 * (lib/sys/paths/path_walk.ts), written on a thread of their own, rotated by descriptor of their
 * directory.
 *
 * Neither `Deno.open` nor a check beforehand would do: O_NOFOLLOW keeps the last name from being
 * exchanged for a link, and O_NONBLOCK keeps a FIFO that nobody reads from hanging PID 1.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { Identity } from "../../base/identity.ts";
import type { LogFile, LogFileRequest, LogFileSystem } from "../../door/log_os.ts";
import { asIdentity } from "../processes/credentials.ts";
import { O_APPEND, O_CREAT, O_EXCL, O_NOCTTY, O_NONBLOCK, O_WRONLY } from "../libc/fcntl.ts";
import { checked, libc } from "../libc/libc.ts";
import { writeOnThread } from "../libc/thread_write.ts";
import { openLogDirectory } from "./log_directory.ts";
import { UserServedError } from "../paths/held_place.ts";
import { openAt } from "../paths/open_at.ts";
import {
  ForeignLinkError,
  isShared,
  openEnd,
  type PathEnd,
  statPlace,
  throughLinksFor,
  withPathEnd,
} from "../paths/path_walk.ts";
import { type FileStatus, statDescriptor } from "../libc/statx.ts";

/** `struct statfs` on machines of 64 bits. */
const STATFS_BYTES = 120;
const STATFS_AVAILABLE = 32;
const STATFS_BLOCK_SIZE = 72;

const OPEN_FLAGS = O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY;

/** Before the umask. */
const NEW_FILE_MODE = 0o666;

const OTHERS_WRITE = 0o002;

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
  try {
    return openThere(request, owner);
  } catch (error) {
    if (!(error instanceof SystemError) || error.errno !== ERRNO.EEXIST) throw error;
    return openThere(request, owner); // Somebody has just made it.
  }
}

function openThere(request: LogFileRequest, owner: Identity | undefined): LogFile {
  const { path } = request;
  return withPathEnd(path, { kind: "make", owner }, (end) => {
    if (end.found === undefined) {
      const made = makeFile(end, path, NEW_FILE_MODE);
      return wrap(made, request, () => {
        if (owner !== undefined) setOwner(made, owner);
      });
    }
    const fd = openEnd(end, OPEN_FLAGS, path);
    return wrap(fd, request, (status) => {
      const isOwn = !end.isKernelLink && isRootsAlone(status, end, { path, owner });
      if (isOwn && owner !== undefined && status.kind === "regular") setOwner(fd, owner);
    });
  });
}

/** Makes the file and opens it. @throws {SystemError} EEXIST where somebody was faster. */
function makeFile({ directory, name }: PathEnd, path: string, mode: number): number {
  return openAt(directory.fd, name, OPEN_FLAGS | O_CREAT | O_EXCL, { target: path, mode });
}

/** Opens it with the rights of its owner and no more. @throws {SystemError} */
function openAsOwner(request: LogFileRequest, owner: Identity, cause: unknown): LogFile {
  const { path } = request;
  const fd = asIdentity(owner, () => {
    try {
      return withPathEnd(path, throughLinksFor(owner.uid), (end) => {
        if (end.found === undefined) return makeFile(end, path, OWNED_FILE_MODE);
        return openEnd(end, OPEN_FLAGS, path);
      });
    } catch (error) {
      throw error instanceof UserServedError ? error : cause;
    }
  });
  return wrap(fd, request, (status) => demandRoots(status, request.path));
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

/**
 * Refuses what somebody else may have put in the place of a log file. Returns whether nobody can,
 * since only root may write there, and it has no second name: then it may be given away. Elsewhere
 * a file must belong to the owner of the directory, or to the section's, or else it may be one that
 * was moved or made there to be written and read; and a second name (a hard link) may be that of any
 * file. The group of a directory of root's is whom root trusts.
 */
function isRootsAlone(
  status: FileStatus,
  end: PathEnd,
  { path, owner }: { path: string; owner: Identity | undefined },
): boolean {
  if (Deno.uid() !== 0) return false;
  const directory = statDescriptor(end.directory.fd, path);
  if (!isShared(directory)) return status.linkCount === 1;
  demandRoots(status, path);
  if (status.kind !== "regular") return false;
  if (status.linkCount > 1 && (directory.uid === 0 || directory.uid !== status.uid)) {
    throw refusal(path, "it has another name, a hard link, and others may write its directory");
  }
  const isRootsGroups = directory.uid === 0 && (directory.mode & OTHERS_WRITE) === 0;
  if (isRootsGroups || status.uid === directory.uid || status.uid === (owner?.uid ?? 0)) {
    return false;
  }
  const where = directory.uid === 0 ? "that everybody may write" : `of user ${directory.uid}`;
  throw refusal(
    path,
    `it belongs to user ${status.uid} in a directory ${where}, and is not touched: remove it, ` +
      `or give it to user ${owner?.uid ?? directory.uid}`,
  );
}

/**
 * Refuses a FIFO or a device that root did not make: whoever holds its other end could hold up the
 * log.
 */
function demandRoots(status: FileStatus, path: string): void {
  if (status.kind === "regular" || status.uid === 0) return;
  throw refusal(path, "it is not a regular file, and root did not make it");
}

function refusal(path: string, note: string): SystemError {
  return new SystemError("open", ERRNO.EPERM, path, note);
}

/** Where ownership or mode cannot be changed (not root, a mount that has none) they stay. */
function setOwner(fd: number, owner: Identity): void {
  libc().fchown(fd, owner.uid, owner.gid);
  libc().fchmod(fd, OWNED_FILE_MODE);
}

function emptyFile(fd: number, path: string): void {
  checked("ftruncate", libc().ftruncate(fd, 0n), path);
}

/** Nothing can be taken at the moment. */
const TRANSIENT: readonly number[] = [ERRNO.EAGAIN, ERRNO.EINTR];

class OpenFile implements LogFile {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly isRegular: boolean;

  readonly identity: string;
  readonly storedBytes: number;

  readonly #fd: number;
  readonly #target: string;

  constructor(fd: number, status: FileStatus, request: LogFileRequest) {
    this.#fd = fd;
    this.identity = status.identity;
    this.storedBytes = Math.min(status.storedBytes, status.sizeBytes);
    this.#target = request.path;
    this.isRegular = status.kind === "regular";
    this.sizeBytes = request.truncate && this.isRegular ? 0 : status.sizeBytes;
    this.modifiedMs = status.modifiedMs;
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    try {
      return await writeOnThread(this.#fd, bytes, this.#target);
    } catch (error) {
      if (error instanceof SystemError && TRANSIENT.includes(error.errno)) return 0;
      throw error;
    }
  }

  async freeBytes(): Promise<number | undefined> {
    // Used afterwards, it is not collected under the other thread.
    const status = new DataView(new ArrayBuffer(STATFS_BYTES));
    const bytes = new Uint8Array(status.buffer);
    if (await libc().fstatfsLater(this.#fd, bytes) < 0) return undefined;
    const available = status.getBigUint64(STATFS_AVAILABLE, true);
    return Number(available * status.getBigUint64(STATFS_BLOCK_SIZE, true));
  }

  isAt(path: string): boolean {
    return statPlace(path)?.identity === this.identity;
  }

  close(): void {
    libc().close(this.#fd);
  }
}
