import { assertEquals } from "@std/assert";
import { parseMounts } from "../../../../lib/sys/paths/mount_table.ts";
import { isWritableFor } from "../../../../lib/sys/paths/writable_places.ts";
import { test } from "../../../test.ts";

const TABLE = `22 1 0:20 / / rw,relatime - overlay overlay ro,lowerdir=/a
23 22 0:21 / /proc rw,nosuid shared:1 - proc proc rw
24 22 8:1 /data /my\\040data rw - ext4 /dev/sda1 rw
25 22 8:1 /x /srv ro - ext4 /dev/sda1 rw
26 22 0:30 / /srv rw - tmpfs tmpfs rw
not a mount
`;

test("parseMounts reads points, the later of two at one place, and who forbids to write", () => {
  assertEquals(parseMounts(TABLE), [
    { point: "/", isReadOnly: true, fileSystem: "overlay" },
    { point: "/proc", isReadOnly: false, fileSystem: "proc" },
    { point: "/my data", isReadOnly: false, fileSystem: "ext4" },
    { point: "/srv", isReadOnly: false, fileSystem: "tmpfs" },
  ]);
});

test("a mode counts for the owner, the group or the others, and for nobody twice", () => {
  const who = { uid: 1000, groups: [1000, 5] };
  const may = (mode: number, uid: number, gid: number) => isWritableFor({ mode, uid, gid }, who);
  assertEquals(may(0o1777, 0, 0), true);
  assertEquals(may(0o755, 1000, 0), true);
  assertEquals(may(0o577, 1000, 0), false);
  assertEquals(may(0o770, 0, 5), true);
  assertEquals(may(0o707, 0, 5), false);
  assertEquals(may(0o755, 0, 0), false);
});
