import { assertEquals } from "@std/assert";
import { judgePeer } from "../../../../lib/daemon/control/control_access.ts";
import { test } from "../../../test.ts";

const RULES = { ownUid: 500, controlUid: 600, controlGid: 700, controlMode: 0o660 };

function peer(uid: number, gid: number, groups: number[] = []) {
  return { pid: 9, uid, gid, groups };
}

test("judgePeer lets root, chaperone's user and control_uid do everything", () => {
  for (const uid of [0, 500, 600]) {
    assertEquals(judgePeer(peer(uid, 1), RULES), { mayControl: true, uid });
  }
  assertEquals(judgePeer(peer(1000, 1), RULES), { mayControl: false, uid: 1000 });
});

test("judgePeer lets members of control_gid control where the mode lets the group write", () => {
  for (const member of [peer(1000, 700), peer(1000, 1, [5, 700])]) {
    assertEquals(judgePeer(member, RULES).mayControl, true);
    assertEquals(judgePeer(member, { ...RULES, controlMode: 0o604 }).mayControl, false);
  }
});

test("judgePeer lets nobody control of whom the kernel says nothing", () => {
  assertEquals(judgePeer(undefined, RULES), { mayControl: false, uid: undefined });
});
