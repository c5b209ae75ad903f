/**
 * Where a process may write: mount points, and the directories that programs write to, as their
 * modes say. No file system is asked that may answer late or never.
 */
import type { ProcessRights } from "../../base/process_rights.ts";
import { SystemError } from "../../base/errors.ts";
import { AT_FDCWD } from "../libc/fcntl.ts";
import { type FileStatus, statAt } from "../libc/statx.ts";
import { mayHangAt, type Mount, mountsAlong, mountsOf, ownMounts } from "./mount_table.ts";

/** Where it is not a mount, the file system above decides. */
const USUAL: readonly string[] = [
  ...["/", "/etc", "/usr", "/var", "/run", "/tmp", "/var/tmp", "/var/log", "/dev/shm"],
  ...["/home", "/opt", "/srv"],
];

/** What the kernel shows of itself. */
const KERNELS_OWN = /^(?:proc|sysfs|cgroup2?|devpts|mqueue)$/;
const BELOW_KERNELS_OWN = /^\/(?:proc|sys)\//;

/** Known to answer at once: others are somebody else's, over a network or from a process. */
const ANSWERING = /^(?:overlay|ext[234]|xfs|btrfs|zfs|tmpfs|ramfs|devtmpfs|f2fs|erofs|squashfs)$/;

/** With CAP_DAC_OVERRIDE, modes do not count. */
const DAC_OVERRIDE = 1n;

/** Returns the places, in order; below one that is writable whole, none. */
export function writablePlaces(rights: ProcessRights, pid: number): string[] {
  const mounts = mountsOf(pid);
  const own = ownMounts();
  const isOmnipotent = (rights.effective >> DAC_OVERRIDE & 1n) === 1n;
  const places: string[] = [];
  for (const path of [...new Set([...USUAL, ...mounts.keys()])].sort()) {
    const mount = mountsAlong(path, mounts).at(-1);
    if (mount === undefined || mount.isReadOnly || isKernelsOwn(mount)) continue;
    if (isOmnipotent && (path !== mount.point || isBelow(path, places))) continue;
    // It is chaperone that asks: what the process sees may hide what is there for chaperone.
    const answers = ANSWERING.test(mount.fileSystem) && mayHangAt(path, own) === undefined;
    if (!answers || mayWrite(path, rights, isOmnipotent)) places.push(path);
  }
  return places;
}

function isKernelsOwn({ fileSystem, point }: Mount): boolean {
  return KERNELS_OWN.test(fileSystem) || BELOW_KERNELS_OWN.test(point);
}

function isBelow(path: string, places: readonly string[]): boolean {
  return places.some((place) => path.startsWith(place === "/" ? "/" : `${place}/`));
}

function mayWrite(path: string, rights: ProcessRights, isOmnipotent: boolean): boolean {
  try {
    const status = statAt(AT_FDCWD, path, "keep");
    return status !== undefined && status.kind !== "link" &&
      (isOmnipotent || isWritableFor(status, rights));
  } catch (error) {
    if (error instanceof SystemError) return false; // EACCES: it is nobody's to see.
    throw error;
  }
}

/** By the mode alone: an access list may say more. */
export function isWritableFor(
  { mode, uid, gid }: Pick<FileStatus, "mode" | "uid" | "gid">,
  who: Pick<ProcessRights, "uid" | "groups">,
): boolean {
  if (uid === who.uid) return (mode & 0o200) !== 0;
  return (mode & (who.groups.includes(gid) ? 0o020 : 0o002)) !== 0;
}
