import { assertEquals } from "@std/assert";
import {
  findMount,
  mayHangAt,
  mountsAlong,
  parseMounts,
  servingUser,
} from "../../../../lib/sys/paths/mount_table.ts";
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

const SERVED = `22 1 0:20 / / rw - overlay overlay rw
40 22 0:48 / /home/app/mnt rw,nosuid - fuse.sshfs host: rw,user_id=1000,group_id=1000,allow_other
41 22 0:49 / /app rw - fuse.grpcfuse grpcfuse rw,user_id=0,group_id=0,allow_other
42 22 0:50 / /host rw - virtiofs mount0 rw
43 22 0:51 / /sys/fs/fuse/connections rw - fusectl fusectl rw
44 22 8:2 / /disk rw - fuseblk.ntfs-3g /dev/sdc rw,user_id=1001,group_id=1001
4 22 0:52 / /other rw - fuse x rw
`;

test("a mount is found by its number, or by its device where the kernel tells no number", () => {
  const place = (mountId: number | undefined, device: string) =>
    findMount(SERVED, { mountId, device })?.point;
  assertEquals(place(4, "0:48"), "/other");
  assertEquals(place(40, ""), "/home/app/mnt");
  assertEquals([place(undefined, "0:49"), place(undefined, "0:9"), place(99, "0:48")], [
    ...["/app", undefined, undefined],
  ]);
});

test("a user serves what FUSE has mounted for that user, and not what root shares", () => {
  const users = [...parseMounts(SERVED).values()].flatMap((mount) => {
    const uid = servingUser(mount);
    return uid === undefined ? [] : `${mount.point} ${uid}`;
  });
  assertEquals(users, ["/home/app/mnt 1000", "/disk 1001"]);
});
