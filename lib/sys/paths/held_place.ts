/**
 * Takes one step of a path, and asks nobody who serves the file system that it leads to.
 *
 * A service's user may mount a file system of its own where it may write (FUSE, by the set-uid
 * fusermount(1)), or put a mount in the place of a directory at any moment. Whoever asks it for
 * anything waits for an answer, in a state that only SIGKILL ends. But the kernel enters a mount
 * without asking: opening a name by O_PATH leads to the root of what is mounted there, and statx(2)
 * with AT_STATX_DONT_SYNC tells of it what is known already. What asks is the next name, open(2),
 * access(2), a plain stat(2). So a step is one name in a directory that was judged:
 *
 * 1. it is held by O_PATH and not followed;
 * 2. where it lies on another mount than its directory, that mount is looked up in mountinfo by its
 *    number, which nobody else's becomes as long as it is held;
 * 3. what a user serves, or chaperone does not see (it was unmounted meanwhile), is refused. All
 *    else can be gone on from, or opened for good by its descriptor.
 *
 * What was judged is what is used, so nothing can be exchanged in between. openat2(2) with
 * RESOLVE_NO_XDEV would tell of a mount as well, but most paths of a container cross some (/run,
 * /dev, volumes), and then there is still the same to do; it is not needed besides. Nor is it known
 * before Linux 5.6 and to older seccomp filters.
 */
import { ERRNO, isAbsence, SystemError } from "../../base/errors.ts";
import { AT_FDCWD, O_CLOEXEC, O_NOFOLLOW, O_PATH } from "../libc/fcntl.ts";
import { cString, lastErrno, libc } from "../libc/libc.ts";
import { type FileStatus, statHeld } from "../libc/statx.ts";
import { ownMount, servingUser } from "./mount_table.ts";
import { openAt } from "./open_at.ts";

/** Something in the file system that a descriptor of O_PATH holds, and that was judged. */
export interface HeldPlace {
  readonly fd: number;
  readonly status: FileStatus;
}

/** A user serves the file system that is there: it may never answer. */
export class UserServedError extends SystemError {
  constructor(path: string, note: string) {
    super("open", ERRNO.EPERM, path, note);
    this.name = "UserServedError";
  }
}

const HOLD = O_PATH | O_NOFOLLOW;

/** Holds the root directory. The caller closes it. @throws {SystemError} */
export function holdRoot(target: string): HeldPlace {
  return holdDirectory("/", target);
}

/** Holds where a path begins: at the root, or in the current directory. As `holdRoot`. */
export function holdStart(path: string): HeldPlace {
  return holdDirectory(path.startsWith("/") ? "/" : ".", path);
}

function holdDirectory(directory: "/" | ".", target: string): HeldPlace {
  return judged(openAt(AT_FDCWD, directory, HOLD, { target }), target, () => {});
}

/**
 * Holds what a name stands for, a link itself and not what it leads to; undefined where there is
 * nothing. The caller closes it.
 * @throws {UserServedError} where a user's file system is mounted there.
 * @throws {SystemError}
 */
export function holdName(above: HeldPlace, name: string, target: string): HeldPlace | undefined {
  const fd = libc().openat(above.fd, cString(name), HOLD | O_CLOEXEC, 0);
  if (fd >= 0) {
    return judged(fd, target, (status) => {
      if (!isSameMount(status, above.status)) demandAnswering(status, target);
    });
  }
  const errno = lastErrno();
  if (isAbsence(errno)) return undefined;
  throw new SystemError("open", errno, target);
}

/** Opens what is held, which is not a link, with other flags. @throws {SystemError} */
export function openHeld(
  { fd }: HeldPlace,
  flags: number,
  where: { readonly above: HeldPlace; readonly name: string; readonly target: string },
): number {
  const opened = libc().open(cString(`/proc/self/fd/${fd}`), flags | O_CLOEXEC);
  if (opened >= 0) return opened;
  const errno = lastErrno();
  if (errno !== ERRNO.ENOENT) throw new SystemError("open", errno, where.target);
  // There is no /proc, and so no mountinfo either.
  return openAt(where.above.fd, where.name, flags | O_NOFOLLOW, { target: where.target });
}

function judged(fd: number, target: string, demand: (status: FileStatus) => void): HeldPlace {
  try {
    const status = statHeld(fd, target);
    demand(status);
    return { fd, status };
  } catch (error) {
    libc().close(fd);
    throw error;
  }
}

function isSameMount(one: FileStatus, other: FileStatus): boolean {
  const isKnown = one.mountId !== undefined && other.mountId !== undefined;
  return isKnown ? one.mountId === other.mountId : one.device === other.device;
}

/** @throws {UserServedError} */
function demandAnswering(status: FileStatus, target: string): void {
  if (!usersMayServe()) return;
  const mount = ownMount(status);
  if (mount === "unknown" || (mount === undefined && isRoots(status, target))) return;
  if (mount === undefined) {
    throw new UserServedError(target, "it leads to a mount that chaperone does not see");
  }
  const uid = servingUser(mount);
  if (uid === undefined || uid === Deno.uid()) return;
  throw new UserServedError(
    target,
    `a file system that user ${uid} serves is mounted at '${mount.point}', and may never answer: ` +
      "chaperone needs another place",
  );
}

/** The mount of the root directory has no line where that is not a mount point (chroot). */
function isRoots(status: FileStatus, target: string): boolean {
  const root = holdRoot(target);
  libc().close(root.fd);
  return status.mountId === undefined || isSameMount(status, root.status);
}

const DEVICE = cString("/dev/fuse");
/** From unistd.h: whether it is there. */
const F_OK = 0;

/**
 * Whether anybody can serve a file system in this container. Elsewhere none is looked at twice, and
 * what an engine has mounted for somebody on the host counts as any other volume.
 */
export function usersMayServe(): boolean {
  return libc().access(DEVICE, F_OK) === 0;
}
