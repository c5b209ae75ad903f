/**
 * Files that chaperone reads or removes for a service: env files, secrets, pid files. What the
 * service's user could not read, chaperone does not read for it: in a directory that only root may
 * write, the path is root's word; anywhere else, and behind a link that root did not make, the file
 * is opened as that user.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { Identity } from "../../base/identity.ts";
import { readRegular, readTextFile, removeFile, unlessAbsent } from "../files/files.ts";
import { asIdentity } from "../processes/credentials.ts";
import { cString, lastErrno, libc } from "../libc/libc.ts";
import { statDescriptor } from "../libc/statx.ts";
import {
  ForeignLinkError,
  isShared,
  O_NOCTTY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDONLY,
  openAt,
  type PathEnd,
  withPathEnd,
} from "./path_walk.ts";

/** More than an environment can hold, see execve(2). */
const LARGEST_BYTES = 4 * 1024 * 1024;

/**
 * Reads a text file for a service of this user, bytes that are no UTF-8 kept
 * (lib/base/byte_text.ts); undefined where it does not exist.
 * @throws {SystemError} where it cannot be read, is no regular file, or is larger than 4 MiB.
 */
export function readServiceFile(path: string, user: Identity | undefined): string | undefined {
  const read = (): string | undefined => readTextFile(path, LARGEST_BYTES);
  const other = otherUser(user);
  if (other === undefined) return read();
  return unlessAbsent("open", path, () => {
    const text = inRootsPlace(path, (end) => {
      const flags = O_RDONLY | O_NOCTTY | O_NONBLOCK | (end.isKernelLink ? 0 : O_NOFOLLOW);
      const fd = openAt(end.directoryFd, end.name, flags, { target: path });
      return readRegular(fd, path, LARGEST_BYTES);
    });
    return text ?? asUser(other, path, read);
  });
}

/** Removes a file that a service of this user has left, if it exists. @throws {SystemError} */
export function removeServiceFile(path: string, user: Identity | undefined): void {
  const other = otherUser(user);
  if (other === undefined) return removeFile(path);
  unlessAbsent("unlink", path, () => {
    const isDone = inRootsPlace(path, (end) => {
      if (libc().unlinkat(end.directoryFd, cString(end.name), 0) >= 0) return true;
      throw new SystemError("unlink", lastErrno(), path);
    });
    if (!isDone) removeAs(other, path);
  });
}

/** What the user may not remove is not what the service has left. */
function removeAs(user: Identity, path: string): void {
  try {
    asIdentity(user, () => removeFile(path));
  } catch (error) {
    const isRefused = error instanceof SystemError &&
      (error.errno === ERRNO.EACCES || error.errno === ERRNO.EPERM);
    if (!isRefused) throw error;
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
      const isTrusted = !isShared(statDescriptor(end.directoryFd, path));
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
