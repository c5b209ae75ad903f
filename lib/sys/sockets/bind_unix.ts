/**
 * Unix sockets with a name in the file system, whoever may write to the directory.
 *
 * Where others may change where a path leads, and may mount what never answers
 * (lib/sys/paths/held_place.ts), a socket is bound through the descriptor of its directory, since
 * bind(2) takes nothing but a path. Then getsockname(2) says `/proc/self/fd/NUMBER/NAME`.
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
import { AF_UNIX } from "../libc/socket.ts";
import { checked, cString, lastErrno, libc } from "../libc/libc.ts";
import { AT_EMPTY_PATH, type FileStatus, statDescriptor } from "../libc/statx.ts";
import { unixAddress } from "../libc/unix_address.ts";
import { holdName, usersMayServe } from "../paths/held_place.ts";
import {
  ownUid,
  type PathEnd,
  statPlace,
  throughLinksFor,
  withPathEnd,
} from "../paths/path_walk.ts";

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

function bindHere(path: string, options: BindOptions, maker: Identity | undefined): BoundSocket {
  const address = unixAddress("bind", path);
  return atItself(path, maker, (end) => {
    removeStale(end, path);
    const isHeld = end.isOthers && ownUid() === 0 && usersMayServe();
    const held = `/proc/self/fd/${end.directory.fd}/${end.name}`;
    const descriptor = bindTo(isHeld ? unixAddress("bind", held) : address, path, options);
    try {
      return { descriptor, isOwned: true, file: { path, identity: identify(end, path), maker } };
    } catch (error) {
      libc().close(descriptor);
      throw error;
    }
  });
}

/** Acts at the end of a path, which is not followed, for who makes the socket there. */
function atItself<T>(path: string, maker: Identity | undefined, act: (end: PathEnd) => T): T {
  const walk = { ...throughLinksFor(maker?.uid ?? ownUid()), keepsLast: true };
  return withPathEnd(path, walk, act);
}

function bindTo(
  address: Uint8Array<ArrayBuffer>,
  path: string,
  { type, mode, prepare }: BindOptions,
): number {
  const { socket, bind, umask, close } = libc();
  const descriptor = checked("socket", socket(AF_UNIX, type, 0), path);
  prepare?.(descriptor);
  const before = umask(ALL_PERMISSIONS & ~mode);
  const result = bind(descriptor, address, address.length);
  const errno = lastErrno();
  umask(before);
  if (result >= 0) return descriptor;
  close(descriptor);
  throw new SystemError("bind", errno, path);
}

/** @throws {SystemError} ENOENT where what was just made is not there. */
function identify({ directory, name }: PathEnd, path: string): string | undefined {
  let status: FileStatus | undefined;
  try {
    const made = holdName(directory, name, path);
    if (made !== undefined) libc().close(made.fd);
    status = made?.status;
  } catch {
    return undefined; // ENOSYS, EPERM: a sandbox without statx(2).
  }
  if (status?.kind !== "socket") throw new SystemError("bind", ERRNO.ENOENT, path);
  return status.identity;
}

function statHere(path: string): FileStatus | undefined | "unknown" {
  try {
    return statPlace(path, "keep");
  } catch {
    return "unknown"; // ENOSYS, EPERM: a sandbox without statx(2); or a user serves it by now.
  }
}

/**
 * Removes what is left of a socket of the same name.
 * @throws {SystemError} EEXIST where something else than a socket is in the way, a link included.
 */
function removeStale({ directory, name, found }: PathEnd, path: string): void {
  if (found === undefined) return;
  if (found.status.kind !== "socket") throw new SystemError("bind", ERRNO.EEXIST, path);
  if (libc().unlinkat(directory.fd, cString(name), 0) >= 0) return;
  const errno = lastErrno();
  if (errno !== ERRNO.ENOENT) throw new SystemError("unlink", errno, path);
}

/**
 * Gives a socket in a directory that nobody but root can change to its owner, as far as permitted.
 */
function giveAway(path: string, owner: Identity): boolean {
  try {
    return atItself(path, undefined, (end) => {
      if (!isOwnSocket(end, path)) return false;
      const fd = end.found?.fd ?? -1;
      return libc().fchownat(fd, cString(""), owner.uid, owner.gid, AT_EMPTY_PATH) === 0;
    });
  } catch {
    return false; // ENOSYS, EPERM: a sandbox without statx(2).
  }
}

function isOwnSocket({ directory, found }: PathEnd, path: string): boolean {
  const folder = statDescriptor(directory.fd, path);
  const isOpen = (folder.mode & GROUP_OR_OTHERS_WRITE) !== 0 && (folder.mode & STICKY) === 0;
  if (isOpen || (folder.uid !== 0 && folder.uid !== Deno.uid())) return false;
  return found?.status.kind === "socket" && found.status.uid === Deno.uid();
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
      atItself(file.path, file.maker, (end) => {
        const isOwn = end.found?.status.kind === "socket" &&
          (file.identity ?? end.found.status.identity) === end.found.status.identity;
        if (isOwn) removeStale(end, file.path);
      });
    });
  } catch {
    // ENOENT, EACCES, EROFS: a socket that nobody listens at refuses connections as well.
  }
}
