/**
 * Unix sockets with a name in the file system, whoever may write to the directory.
 *
 * The mode is there from the first moment: bind(2) takes it from the umask. A file that is to be
 * somebody else's is made by that user, in a directory where the user may make files, so that
 * nothing has to be given away by path, which the user could have exchanged meanwhile. Only in a
 * directory of root's, where nobody else may exchange anything, chaperone binds and gives away, by
 * a descriptor that followed no link.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { Identity } from "../../base/identity.ts";
import { asIdentity } from "../processes/credentials.ts";
import { checked, cString, lastErrno, libc } from "../libc/libc.ts";
import { AT_FDCWD, type FileStatus, statAt, statDescriptor } from "../libc/statx.ts";
import { AF_UNIX, unixAddress } from "../libc/unix_address.ts";
import { removeFile } from "../files/files.ts";

/** From sys/socket.h and fcntl.h. */
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;
/** These two differ between processors. */
const [O_DIRECTORY, O_NOFOLLOW] = Deno.build.arch === "aarch64"
  ? [0o40000, 0o100000]
  : [0o200000, 0o400000];
const AT_EMPTY_PATH = 0x1000;

const ALL_PERMISSIONS = 0o777;
const GROUP_OR_OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

export interface BindOptions {
  /** SOCK_STREAM or SOCK_DGRAM, with flags. */
  readonly type: number;
  readonly mode: number;
  /** Whose the file becomes where that is permitted; absent: chaperone's own. */
  readonly owner?: Identity | undefined;
  /** Prepares the socket before it has a name. */
  readonly prepare?: (fd: number) => void;
}

/** A socket that has its name. */
export interface BoundSocket {
  readonly descriptor: number;
  /** Whether the file is the owner's that was asked for. */
  readonly isOwned: boolean;
  readonly file: SocketFile;
}

/** The file of a socket: where it is, and which it is. */
export interface SocketFile {
  readonly path: string;
  /**
   * Absent where the kernel does not say, or the socket was bound by another incarnation.
   */
  readonly identity: string | undefined;
  /** Who may make and remove files there. */
  readonly maker: Identity | undefined;
}

/**
 * Makes a socket and binds it. The socket of an earlier run is replaced, anything else is left as
 * it is.
 * @throws {SystemError} EEXIST where something else is in the way, ENOENT where the file was gone
 * or exchanged right after it was made; nothing is left open then.
 */
export function bindUnix(path: string, options: BindOptions): BoundSocket {
  const { owner } = options;
  if (owner !== undefined && owner.uid !== Deno.uid()) {
    const bound = bindAsOwner(path, options, owner);
    if (bound !== undefined) return bound;
  }
  const bound = asIdentity(undefined, () => bindHere(path, options, undefined));
  if (owner === undefined) return bound;
  return { ...bound, isOwned: giveAway(path, owner) };
}

/** Undefined where the owner may not make files there, or chaperone may not become the owner. */
function bindAsOwner(
  path: string,
  options: BindOptions,
  owner: Identity,
): BoundSocket | undefined {
  try {
    return asIdentity(owner, () => bindHere(path, options, owner));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (error.errno === ERRNO.EACCES || error.errno === ERRNO.EPERM) return undefined;
    throw error;
  }
}

function bindHere(
  path: string,
  { type, mode, prepare }: BindOptions,
  maker: Identity | undefined,
): BoundSocket {
  removeStale(path);
  const address = unixAddress("bind", path);
  const { socket, bind, umask, close } = libc();
  const descriptor = checked("socket", socket(AF_UNIX, type, 0), path);
  prepare?.(descriptor);
  const before = umask(ALL_PERMISSIONS & ~mode);
  const result = bind(descriptor, address, address.length);
  const errno = lastErrno();
  umask(before);
  try {
    if (result < 0) throw new SystemError("bind", errno, path);
    return { descriptor, isOwned: true, file: { path, identity: identify(path), maker } };
  } catch (error) {
    close(descriptor);
    throw error;
  }
}

/** @throws {SystemError} ENOENT where what was just made is not there. */
function identify(path: string): string | undefined {
  const status = statHere(path);
  if (status === "unknown") return undefined;
  if (status?.kind !== "socket") throw new SystemError("bind", ERRNO.ENOENT, path);
  return status.identity;
}

function statHere(path: string): FileStatus | undefined | "unknown" {
  try {
    return statAt(AT_FDCWD, path, "keep");
  } catch {
    return "unknown"; // ENOSYS, EPERM: a sandbox without statx(2).
  }
}

/**
 * Removes what is left of a socket of the same name.
 * @throws {SystemError} EEXIST where something else than a socket is in the way, a link included.
 */
function removeStale(path: string): void {
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(path);
  } catch {
    return; // ENOENT: the usual case. Anything else shows again when it is bound.
  }
  if (!info.isSocket) throw new SystemError("bind", ERRNO.EEXIST, path);
  removeFile(path);
}

/**
 * Gives a socket in a directory that nobody but root can change to its owner, as far as permitted.
 */
function giveAway(path: string, owner: Identity): boolean {
  const { openat, close, fchownat } = libc();
  const slash = path.lastIndexOf("/");
  const directory = openat(
    AT_FDCWD,
    cString(slash <= 0 ? "/" : path.slice(0, slash)),
    O_PATH | O_DIRECTORY | O_CLOEXEC,
    0,
  );
  if (directory < 0) return false;
  const flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
  const fd = openat(directory, cString(path.slice(slash + 1)), flags, 0);
  try {
    if (fd < 0 || !isOwnSocket(directory, fd, path)) return false;
    return fchownat(fd, cString(""), owner.uid, owner.gid, AT_EMPTY_PATH) === 0;
  } finally {
    if (fd >= 0) close(fd);
    close(directory);
  }
}

function isOwnSocket(directory: number, fd: number, path: string): boolean {
  try {
    const folder = statDescriptor(directory, path);
    const isOpen = (folder.mode & GROUP_OR_OTHERS_WRITE) !== 0 && (folder.mode & STICKY) === 0;
    if (isOpen || (folder.uid !== 0 && folder.uid !== Deno.uid())) return false;
    const { kind, uid } = statDescriptor(fd, path);
    return kind === "socket" && uid === Deno.uid();
  } catch {
    return false; // ENOSYS, EPERM: a sandbox without statx(2).
  }
}

/** Returns what is known of a socket's file that another incarnation has made. */
export function findSocketFile(path: string, maker: Identity | undefined): SocketFile {
  const status = statHere(path);
  const isSocket = status !== "unknown" && status?.kind === "socket";
  return { path, identity: isSocket ? status.identity : undefined, maker };
}

/** Whether the file of a socket is where it was made. */
export function isInPlace({ path, identity }: SocketFile): boolean {
  if (identity === undefined) return true;
  const status = statHere(path);
  return status === "unknown" || status?.identity === identity;
}

/** Removes the file of a socket, unless it is another one by now. Never throws. */
export function removeSocketFile(file: SocketFile): void {
  try {
    asIdentity(file.maker, () => {
      if (isInPlace(file) && Deno.lstatSync(file.path).isSocket) removeFile(file.path);
    });
  } catch {
    // ENOENT, EACCES, EROFS: a socket that nobody listens at refuses connections as well.
  }
}
