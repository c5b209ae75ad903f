import { assertEquals } from "@std/assert";
import {
  confineCaller,
  judgeCaller,
  judgePeer,
  socketMode,
} from "../../../../lib/daemon/control/control_access.ts";
import { test } from "../../../test.ts";

const RULES = { ownUid: 500, controlUid: 600, controlGid: 700, controlMode: undefined };
const MEMBERS = [peer(1000, 700), peer(1000, 1, [5, 700])];

function peer(uid: number, gid: number, groups: number[] = []) {
  return { pid: 9, uid, gid, groups };
}

test("judgePeer lets root, chaperone's user and control_uid do everything", () => {
  for (const uid of [0, 500, 600]) {
    for (const controlMode of [undefined, 0o600, 0o666]) {
      const caller = judgePeer(peer(uid, 1), { ...RULES, controlMode });
      assertEquals(caller, { mayControl: true, mayLook: true, uid, groups: [1] });
    }
  }
});

test("F-111: members of control_gid do everything, unless the mode keeps their group out", () => {
  for (const member of MEMBERS) {
    for (const controlMode of [undefined, 0o660, 0o666]) {
      assertEquals(judgePeer(member, { ...RULES, controlMode }).mayControl, true);
    }
    assertEquals(judgePeer(member, { ...RULES, controlMode: 0o606 }).mayControl, false);
  }
});

test("the group of root owns nothing unless the configuration says so", () => {
  const rules = { ...RULES, controlGid: undefined };
  assertEquals(judgePeer(peer(1000, 0), rules).mayControl, false);
  assertEquals(judgePeer(peer(1000, 0), { ...rules, controlMode: 0o660 }).mayControl, true);
});

test("judgePeer lets others look at all services where control_mode says so", () => {
  const others = (controlMode: number | undefined) =>
    judgePeer(peer(1000, 1), { ...RULES, controlMode });
  const known = { mayControl: false, uid: 1000, groups: [1] };
  assertEquals(others(undefined), { ...known, mayLook: false });
  assertEquals(others(0o666), { ...known, mayLook: true });
  assertEquals(others(0o660).mayLook, false);
});

test("judgePeer says which groups a caller has, the primary one first", () => {
  assertEquals(judgePeer(peer(1000, 9, [5, 9]), RULES).groups, [9, 5]);
});

test("judgePeer lets nobody do anything of whom the kernel says nothing", () => {
  const nobody = { mayControl: false, mayLook: false, uid: undefined };
  assertEquals(judgePeer(undefined, RULES), nobody);
});

test("everybody may connect unless control_mode says otherwise", () => {
  assertEquals(socketMode(RULES), 0o666);
  assertEquals(socketMode({ controlMode: 0o600 }), 0o600);
});

test("a caller in a sandbox is nobody: it looks where everybody may", () => {
  const nobody = { mayControl: false, mayLook: false, uid: undefined };
  assertEquals(confineCaller({ mayControl: true, mayLook: true, uid: 0 }), nobody);
  assertEquals(confineCaller({ mayControl: false, mayLook: false, uid: 7 }), nobody);
  const open = { mayControl: false, mayLook: true, uid: 7 };
  assertEquals(confineCaller(open), { ...nobody, mayLook: true });
});

test("a peer that may be in a sandbox is judged as nobody", () => {
  const root = { pid: 7, uid: 0, gid: 0, groups: [] };
  const judged = (sandboxed: number) =>
    judgeCaller(root, RULES, { mayBeSandboxed: (pid) => pid === sandboxed });
  assertEquals(judged(7), { mayControl: false, mayLook: false, uid: undefined });
  assertEquals(judged(8), judgePeer(root, RULES));
  const nobody = judgeCaller(undefined, RULES, { mayBeSandboxed: () => true });
  assertEquals(nobody, judgePeer(undefined, RULES));
});
