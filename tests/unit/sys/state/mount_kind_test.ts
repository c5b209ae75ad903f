import { assertEquals } from "@std/assert";
import { mayHang, mountKind } from "../../../../lib/sys/state/mount_kind.ts";
import { test } from "../../../test.ts";

const MOUNTS = `22 1 0:20 / / rw,relatime - overlay overlay rw,lowerdir=/l
23 22 0:5 / /proc rw - proc proc rw
30 22 8:1 / /var/lib/chaperone rw shared:1 - ext4 /dev/sda1 rw
31 22 0:40 / /srv/a\\040b rw - fuse.sshfs host:/ rw
32 22 0:41 / /data rw - ext4 /dev/sdb rw
33 32 0:42 / /data rw - nfs4 server:/x rw
nonsense
`;

test("the file system of a path is that of the longest mount point above it, the last one on top", () => {
  const cases: [path: string, type: string][] = [
    ["/var/lib/chaperone", "ext4"],
    ["/var/lib/chaperone/deep", "ext4"],
    ["/var/lib/chaperone2", "overlay"],
    ["/srv/a b/c", "fuse.sshfs"],
    ["/data/state", "nfs4"],
    ["/database", "overlay"],
  ];
  for (const [path, type] of cases) assertEquals(mountKind(path, MOUNTS), type, path);
  assertEquals(mountKind("/x", ""), undefined);
});

test("what somebody else serves may hang, what is the container's own does not", () => {
  for (const type of ["nfs4", "fuse", "fuse.sshfs", "cifs", "9p", "virtiofs", "ceph"]) {
    assertEquals(mayHang(type), true, type);
  }
  for (const type of ["ext4", "overlay", "tmpfs", "xfs", "btrfs", "fuse.fuse-overlayfs"]) {
    assertEquals(mayHang(type), false, type);
  }
});
