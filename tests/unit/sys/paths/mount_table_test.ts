import { assertEquals } from "@std/assert";
import { mayHangAt, mountsAlong, parseMounts } from "../../../../lib/sys/paths/mount_table.ts";
import { test } from "../../../test.ts";

const MOUNTS = `22 1 0:20 / / rw,relatime - overlay overlay rw,lowerdir=/l
23 22 0:5 / /proc rw - proc proc rw
30 22 8:1 / /var/lib/chaperone rw shared:1 - ext4 /dev/sda1 rw
31 22 0:40 / /srv/a\\040b rw - fuse.sshfs host:/ rw
32 22 0:41 / /data rw - ext4 /dev/sdb rw
33 32 0:42 / /data rw - nfs4 server:/x rw
nonsense
`;

const FLAGS = `22 1 0:20 / / rw,relatime - overlay overlay ro,lowerdir=/a
23 22 0:21 / /proc rw,nosuid shared:1 - proc proc rw
24 22 8:1 /data /my\\040data rw - ext4 /dev/sda1 rw
25 22 8:1 /x /srv ro - ext4 /dev/sda1 rw
26 22 0:30 / /srv rw - tmpfs tmpfs rw
not a mount
`;

test("parseMounts reads points, the later of two at one place, and who forbids to write", () => {
  const mounts = [...parseMounts(FLAGS).values()];
  const told = mounts.map(({ point, isReadOnly, fileSystem, device, superOptions }) =>
    [point, isReadOnly ? "ro" : "rw", fileSystem, device, superOptions.join()].join(" ")
  );
  assertEquals(told, [
    "/ ro overlay 0:20 ro,lowerdir=/a",
    "/proc rw proc 0:21 rw",
    "/my data rw ext4 8:1 rw",
    "/srv rw tmpfs 0:30 rw",
  ]);
});

test("the mount that a path lies on is that of the longest point above it, the last one on top", () => {
  const cases: [path: string, types: string][] = [
    ["/", "overlay"],
    ["/var/lib/chaperone", "overlay ext4"],
    ["/var/lib/chaperone/deep", "overlay ext4"],
    ["/var/lib/chaperone2", "overlay"],
    ["/srv/a b/c", "overlay fuse.sshfs"],
    ["/data/state", "overlay nfs4"],
    ["/database", "overlay"],
  ];
  const mounts = parseMounts(MOUNTS);
  for (const [path, types] of cases) {
    const along = mountsAlong(path, mounts).map(({ fileSystem }) => fileSystem);
    assertEquals(along.join(" "), types, path);
  }
  assertEquals(mountsAlong("/x", parseMounts("")), []);
});

test("what somebody else serves may hang, what is the container's own does not", () => {
  const hanging = (path: string, ...mounts: (readonly [point: string, type: string])[]) => {
    const table = mounts.map(([point, type]) => `1 1 0:1 / ${point} rw - ${type} x rw\n`).join("");
    return mayHangAt(path, parseMounts(table))?.fileSystem;
  };
  for (const type of ["nfs4", "fuse", "fuse.sshfs", "cifs", "9p", "virtiofs", "ceph"]) {
    assertEquals(hanging("/data/x", ["/", "overlay"], ["/data", type]), type);
    assertEquals(hanging("/data/x", ["/", type]), type);
    assertEquals(hanging("/data/x/y", ["/", "ext4"], ["/data", type], ["/data/x", "ext4"]), type);
    // If the root is away, so is all: what lies elsewhere does not depend on it.
    assertEquals(hanging("/data/x", ["/", type], ["/data", "ext4"]), undefined);
  }
  for (const type of ["ext4", "overlay", "tmpfs", "xfs", "btrfs"]) {
    assertEquals(hanging("/data/x", ["/", "overlay"], ["/data", type]), undefined);
  }
  assertEquals(hanging("/data", ["/", "fuse.fuse-overlayfs"]), undefined);
  assertEquals(hanging("/data", ["/data", "fuse.fuse-overlayfs"]), "fuse.fuse-overlayfs");
});
