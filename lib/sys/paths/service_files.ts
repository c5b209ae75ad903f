/**
 * Files that chaperone reads or removes for a service: env files, secrets, pid files. What the
 * service's user could not read, chaperone does not read for it: in a directory that only root may
 * write, the path is root's word; anywhere else, and behind a link that root did not make, the file
 * is opened as that user.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { Identity } from "../../base/identity.ts";
import { readRegular, unlessAbsent } from "../files/files.ts";
import { asIdentity } from "../processes/credentials.ts";
import { O_NOCTTY, O_NONBLOCK, O_RDONLY } from "../libc/fcntl.ts";
import { cString, lastErrno, libc } from "../libc/libc.ts";
import { statDescriptor } from "../libc/statx.ts";
import {
  ForeignLinkError,
  isShared,
  openEnd,
  ownUid,
  type PathEnd,
  throughLinksFor,
  type WalkOptions,
  withPathEnd,
} from "./path_walk.ts";

/** Not blocking: it may be a FIFO, or its owner may hold it by a lease. */
const READ = O_RDONLY | O_NOCTTY | O_NONBLOCK;

/** More than an environment can hold, see execve(2). */
const LARGEST_BYTES = 4 * 1024 * 1024;

/**
 * Reads a text file for a service of this user, bytes that are no UTF-8 kept
 * (lib/base/byte_text.ts); undefined where it does not exist.
 * @throws {SystemError} where it cannot be read, is not a regular file, or is larger than 4 MiB.
 */
export function readServiceFile(path: string, user: Identity | undefined): string | undefined {
  const read = (end: PathEnd): string => readRegular(openEnd(end, READ, path), path, LARGEST_BYTES);
  const other = otherUser(user);
  return unlessAbsent("open", path, () => {
    if (other === undefined) return withPathEnd(path, throughLinksFor(ownUid()), read);
    const text = inRootsPlace(path, read);
    if (text !== undefined) return text;
    return asUser(other, path, () => withPathEnd(path, throughLinksFor(other.uid), read));
  });
}

/**
 * Reads a text file that says what runs as which user; undefined where it does not exist.
 * @throws {SystemError} as above, and EPERM where others than root can change it: whoever does would
 * have commands run as anybody.
 */
export function readRootsFile(path: string): string | undefined {
  const links: WalkOptions = Deno.uid() === 0 ? { kind: "fail" } : throughLinksFor(ownUid());
  return unlessAbsent("open", path, () =>
    withPathEnd(path, links, (end) => {
      const fd = openEnd(end, READ, path);
      if (Deno.uid() === 0) demandRoots(fd, end, path);
      return readRegular(fd, path, LARGEST_BYTES);
    }));
}

function demandRoots(fd: number, { isOthers }: PathEnd, path: string): void {
  const status = statDescriptor(fd, path);
  if (!isOthers && !isShared(status)) return;
  libc().close(fd);
  const note = "others than root can change it, and its lines name the users that they run as; " +
    "give it and its directory to root";
  throw new SystemError("open", ERRNO.EPERM, path, note);
}

/**
 * Removes a file that a service of this user has left, if it exists. What cannot be removed stays:
 * the service's user may have put a mount there.
 */
export function removeServiceFile(path: string, user: Identity | undefined): void {
  const remove = ({ directory, name }: PathEnd): true => {
    if (libc().unlinkat(directory.fd, cString(name), 0) >= 0) return true;
    throw new SystemError("unlink", lastErrno(), path);
  };
  const other = otherUser(user);
  try {
    if (other === undefined) withPathEnd(path, throughLinksFor(ownUid()), remove);
    else if (!inRootsPlace(path, remove)) {
      asIdentity(other, () => withPathEnd(path, throughLinksFor(other.uid), remove));
    }
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
}

/** The user, where chaperone may do more than that one. */
function otherUser(user: Identity | undefined): Identity | undefined {
  return Deno.uid() === 0 && user?.uid !== 0 ? user : undefined;
}

/**
 * Acts where only root may write; undefined, without acting, where others may or have led there.
 */
function inRootsPlace<T>(path: string, act: (end: PathEnd) => T): T | undefined {
  try {
    return withPathEnd(path, { kind: "fail", fromRootsPlaceOnly: true }, (end) => {
      const isTrusted = !isShared(statDescriptor(end.directory.fd, path));
      return isTrusted ? act(end) : undefined;
    });
  } catch (error) {
    if (error instanceof ForeignLinkError) return undefined;
    throw error;
  }
}

function asUser<T>(user: Identity, path: string, act: () => T): T {
  try {
    return asIdentity(user, act);
  } catch (error) {
    if (!(error instanceof SystemError) || error.errno !== ERRNO.EACCES) throw error;
    const name = user.userName ?? `${user.uid}`;
    const note = `others than root can change what is there, so it is read as ${name}, who may not`;
    throw new SystemError("open", ERRNO.EACCES, path, note);
  }
}
