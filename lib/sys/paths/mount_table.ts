/** Which mounts a process sees, from proc(5), and which of them may keep somebody waiting. */
import { ERRNO, SystemError } from "../../base/errors.ts";
import { readTextFile } from "../files/files.ts";
import { readBeginning } from "../processes/bounded_read.ts";

/** For some 2,000 mounts: with a user namespace, anybody makes as many as the kernel lets. */
const TABLE_MAX_BYTES = 256 * 1024;
const OWN_TABLE = "/proc/self/mountinfo";
/** With thousands of mounts it is some hundred KB. */
const OWN_TABLE_MAX_BYTES = 8 * 1024 * 1024;

/** A mount, as /proc/PID/mountinfo tells it. */
export interface Mount {
  readonly point: string;
  readonly isReadOnly: boolean;
  readonly fileSystem: string;
  /** Major and minor number, which no two file systems have at once. */
  readonly device: string;
  /** Of the file system, wherever it is mounted. */
  readonly superOptions: readonly string[];
}

/** Mounts by their points. */
export type Mounts = ReadonlyMap<string, Mount>;

/** Returns the mounts; the later of two at one place is what is seen there. */
export function parseMounts(table: string): Mounts {
  const mounts = new Map<string, Mount>();
  for (const line of table.split("\n")) {
    const [before = "", after] = line.split(" - ");
    const [, , device = "", , point, options = ""] = before.split(" ");
    if (after === undefined || point === undefined) continue;
    const [fileSystem = "", , superWords = ""] = after.split(" ");
    const superOptions = superWords.split(",");
    const isReadOnly = superOptions.includes("ro") || options.split(",").includes("ro");
    const path = point.replace(
      /\\([0-7]{3})/g,
      (_, digits) => String.fromCharCode(parseInt(digits, 8)),
    );
    mounts.set(path, { point: path, isReadOnly, fileSystem, device, superOptions });
  }
  return mounts;
}

/** The mounts of another process; none where it has ended, or /proc is hidden. */
export function mountsOf(pid: number): Mounts {
  try {
    const table = readBeginning(`/proc/${pid}/mountinfo`, TABLE_MAX_BYTES);
    return parseMounts(new TextDecoder().decode(table));
  } catch {
    return new Map(); // ENOENT, EACCES: it has ended, or /proc is hidden.
  }
}

/** All mounts that chaperone itself sees. @throws {SystemError} where it cannot tell. */
export function ownMounts(): Mounts {
  const table = readTextFile(OWN_TABLE, OWN_TABLE_MAX_BYTES);
  if (table === undefined) throw new SystemError("open", ERRNO.ENOENT, OWN_TABLE);
  return parseMounts(table);
}

/** Returns the mounts that an absolute path leads through; the last is the one that it lies on. */
export function mountsAlong(path: string, mounts: Mounts): Mount[] {
  const names = path.split("/").filter((name) => name !== "");
  const places = names.map((_, at) => `/${names.slice(0, at + 1).join("/")}`);
  return ["/", ...places].flatMap((place) => mounts.get(place) ?? []);
}

/** Served by a process or a machine that may be away: a call may then take for ever. */
const SERVED_BY_OTHERS = new Set(
  ("9p afs autofs ceph cifs coda fuse fuseblk gfs2 glusterfs lustre ncpfs nfs nfs4 ocfs2 smb2 smb3 " +
    "smbfs virtiofs").split(" "),
);

/** What podman without root mounts as the root of a container. Elsewhere, anybody may say so. */
const ROOT_OF_CONTAINERS = "fuse.fuse-overlayfs";

/**
 * Returns the mount for which a call for a path may wait, for ever if need be; undefined where there
 * is none. The root counts only for what lies on it: if that is away, so is all.
 */
export function mayHangAt(path: string, mounts: Mounts): Mount | undefined {
  const along = mountsAlong(path, mounts);
  return along.find(({ point, fileSystem }, at) => {
    if (point === "/" && (at < along.length - 1 || fileSystem === ROOT_OF_CONTAINERS)) return false;
    return SERVED_BY_OTHERS.has(fileSystem) || fileSystem.startsWith("fuse.");
  });
}
