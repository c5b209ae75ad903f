/** Compares the mounts that the kernel reports for a process with those that were requested. */
import type { MountChanges } from "../../base/confinement.ts";
import { AT_FDCWD } from "../libc/fcntl.ts";
import { statAt } from "../libc/statx.ts";
import { type Mounts, mountsOf, ownMounts } from "../paths/mount_table.ts";
import { knownRealPath } from "../paths/real_path.ts";

const PROC = "/proc";
const TEMPORARY: readonly string[] = ["/tmp", "/var/tmp"];
/** `hidepid=2` before Linux 5.8. */
const HIDDEN: readonly string[] = ["hidepid=2", "hidepid=invisible"];

/** What is to be found in the table of a process: plain data. */
export interface MountProof {
  /** With what is mounted below; without links, as the kernel tells them. */
  readonly readOnly: readonly string[];
  /** Places of temporary files, each with the file system that the container has there, if any. */
  readonly temporary: readonly { readonly path: string; readonly device?: string }[];
  readonly hidesProc: boolean;
  /** What lies over parts of /proc. */
  readonly masks: readonly string[];
}

/** Returns the places of temporary files that there are: a link is none. */
export function temporaryPlaces(): readonly string[] {
  return TEMPORARY.filter((path) => statAt(AT_FDCWD, path, "keep")?.kind === "directory");
}

/** What the engine has mounted over parts of /proc, so that nobody reads or writes them. */
export function masksOfProc(own: Mounts): readonly string[] {
  return [...own.keys()].filter((point) => point.startsWith(`${PROC}/`));
}

/**
 * Returns what is to be found.
 * @throws {SystemError} where chaperone's own table is hidden, or a path leads nowhere.
 */
export function mountProofOf({ privateTmp, readOnlyPaths, hidesProc }: MountChanges): MountProof {
  const own = ownMounts();
  const temporary = privateTmp === undefined ? [] : temporaryPlaces();
  return {
    readOnly: readOnlyPaths.map((path) => knownRealPath(path, own)),
    temporary: temporary.map((path) => {
      const device = own.get(path)?.device;
      return device === undefined ? { path } : { path, device };
    }),
    hidesProc,
    masks: hidesProc ? masksOfProc(own) : [],
  };
}

/** Returns what is wrong; undefined: nothing, or the process has ended, or /proc is hidden. */
export function mountContradiction(pid: number, proof: MountProof): string | undefined {
  const found = mountsOf(pid);
  return found.size === 0 ? undefined : mountDifference(found, proof);
}

/** The same of what was read. */
export function mountDifference(found: Mounts, proof: MountProof): string | undefined {
  const { readOnly, temporary, hidesProc, masks } = proof;
  const proc = found.get(PROC);
  if (hidesProc && !proc?.superOptions.some((option) => HIDDEN.includes(option))) {
    return "/proc is not hidden";
  }
  const bare = masks.find((path) => !found.has(path));
  if (bare !== undefined) return `mount over ${bare} is missing`;
  for (const path of readOnly) {
    const writable = writableBelow(path, found, proof);
    if (writable !== undefined) return `${writable} is not read-only`;
  }
  for (const { path, device } of temporary) {
    const mount = found.get(path);
    if (mount?.fileSystem !== "tmpfs" || mount.device === device) {
      return `${path} is the container's`;
    }
  }
  return undefined;
}

/** What was mounted later is not meant. */
function writableBelow(
  path: string,
  found: Mounts,
  { temporary }: MountProof,
): string | undefined {
  if (!temporary.some((place) => place.path === path) && !found.get(path)?.isReadOnly) return path;
  const below = path === "/" ? "/" : `${path}/`;
  const isLater = (point: string) => temporary.some((place) => place.path === point);
  return [...found.values()].find(({ point, isReadOnly }) =>
    point.startsWith(below) && !isReadOnly && !isLater(point)
  )?.point;
}
