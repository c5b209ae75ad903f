/**
 * Says which file system a path lies on, by what the kernel itself knows of mounts: to ask the file
 * system would wait for whoever serves it.
 */

/** Served by a process or a machine that may be away: a call may then take for ever. */
const SERVED_BY_OTHERS = new Set(
  ("9p afs autofs ceph cifs coda fuse fuseblk gfs2 glusterfs lustre ncpfs nfs nfs4 ocfs2 smb2 smb3 " +
    "smbfs virtiofs").split(" "),
);

/** What podman without root mounts as the root of a container: if that is away, so is all. */
const ROOT_OF_CONTAINERS = "fuse.fuse-overlayfs";

/** Returns the type of the file system; undefined where the text does not tell. */
export function mountKind(path: string, mountInfo: string): string | undefined {
  let found: { readonly length: number; readonly type: string } | undefined;
  for (const line of mountInfo.split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const point = before.split(" ")[4];
    const type = after.split(" ")[0];
    if (point === undefined || !type) continue;
    const place = unescape(point);
    // Of several mounts in one place, the last lies on top.
    if (isBelow(path, place) && place.length >= (found?.length ?? 0)) {
      found = { length: place.length, type };
    }
  }
  return found?.type;
}

/** Whether a call for a file there may wait for somebody. */
export function mayHang(type: string): boolean {
  if (type === ROOT_OF_CONTAINERS) return false;
  return SERVED_BY_OTHERS.has(type) || type.startsWith("fuse.");
}

function isBelow(path: string, place: string): boolean {
  return place === "/" || path === place || path.startsWith(`${place}/`);
}

/** The kernel writes blanks and the like as octal numbers. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => {
    return String.fromCharCode(Number.parseInt(digits, 8));
  });
}
