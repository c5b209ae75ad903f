/** Which mounts a process sees, from proc(5), and which of them may keep somebody waiting. */
import { ERRNO, SystemError } from "../../base/errors.ts";
import { readTextFile } from "../files/files.ts";
import { readBeginning } from "../processes/bounded_read.ts";

/** For some 2,000 mounts: with a user namespace, anybody makes as many as the kernel lets. */
const TABLE_MAX_BYTES = 256 * 1024;
const OWN_TABLE = "/proc/self/mountinfo";
const OWN_TABLE_USUAL_BYTES = 64 * 1024;
/** With thousands of mounts it is some hundred KB. */
const OWN_TABLE_MAX_BYTES = 8 * 1024 * 1024;

/** A mount, as /proc/PID/mountinfo tells it. */
export interface Mount {
  readonly id: number;
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
    const mount = parseMount(line);
    if (mount !== undefined) mounts.set(mount.point, mount);
  }
  return mounts;
}

function parseMount(line: string): Mount | undefined {
  const [before = "", after] = line.split(" - ");
  const [id, , device = "", , place, options = ""] = before.split(" ");
  if (after === undefined || place === undefined) return undefined;
  const [fileSystem = "", , superWords = ""] = after.split(" ");
  const superOptions = superWords.split(",");
  const isReadOnly = superOptions.includes("ro") || options.split(",").includes("ro");
  const point = place.replace(
    /\\([0-7]{3})/g,
    (_, digits) => String.fromCharCode(parseInt(digits, 8)),
  );
  return { id: Number(id), point, isReadOnly, fileSystem, device, superOptions };
}

/** Which mount is meant: by its number, or where the kernel does not tell that, by its device. */
export type MountKey = { readonly mountId?: number | undefined; readonly device: string };

/** Finds a mount; undefined where the table has none. */
export function findMount(table: string, { mountId, device }: MountKey): Mount | undefined {
  for (const line of table.split("\n")) {
    if (mountId !== undefined && !line.startsWith(`${mountId} `)) continue;
    const mount = parseMount(line);
    if (mount !== undefined && (mountId !== undefined || mount.device === device)) return mount;
  }
  return undefined;
}

/**
 * Finds a mount of those that chaperone itself sees; undefined where it does not see that one, or
 * `"unknown"` where there is no /proc. @throws {SystemError}
 */
export function ownMount(key: MountKey): Mount | undefined | "unknown" {
  let table: Uint8Array = new Uint8Array(0);
  try {
    table = readBeginning(OWN_TABLE, OWN_TABLE_USUAL_BYTES);
    if (table.length === OWN_TABLE_USUAL_BYTES) {
      table = readBeginning(OWN_TABLE, OWN_TABLE_MAX_BYTES);
    }
  } catch (error) {
    if (error instanceof SystemError && error.errno === ERRNO.ENOENT) return "unknown";
    throw error;
  }
  return findMount(new TextDecoder().decode(table), key);
}

/**
 * Returns the user, other than root, whose process serves a file system, as everybody may mount one
 * by fusermount(1). Not by the type alone: engines share directories with containers by FUSE, too,
 * which they mount as root.
 */
export function servingUser({ fileSystem, superOptions }: Mount): number | undefined {
  if (!/^fuse(?:blk)?(?:\.|$)/.test(fileSystem)) return undefined;
  const user = superOptions.find((option) => option.startsWith("user_id="));
  const uid = Number(user?.slice("user_id=".length) ?? 0);
  return uid === 0 ? undefined : uid;
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
