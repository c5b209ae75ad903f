import { assertEquals, assertThrows } from "@std/assert";
import { ERRNO, SystemError } from "../../../../lib/base/errors.ts";
import { asIdentity, verifyIdentity } from "../../../../lib/sys/processes/credentials.ts";
import { test } from "../../test.ts";
import { isRoot, ObservedOs, readText, request } from "../observed_os.ts";
import { runProgram } from "../run_program.ts";

const OTHER = { uid: 1234, gid: 2345, groups: [5, 60], userName: "other" };

const IDS = /^(?:Uid|Gid|Groups|Cap(?:Inh|Prm|Eff|Amb)):.*/gm;

/** Of this thread: `self` would be the main one, which is not where a test runs. */
function ownIds(): readonly string[] {
  return readText("/proc/thread-self/status").match(IDS) ?? [];
}

test("spawn switches all four ids and the groups, and leaves no capability", async () => {
  if (!isRoot) return;
  await using observed = new ObservedOs();
  const before = ownIds();
  const status = await observed.outputOf("cat /proc/$$/status", { identity: OTHER });
  const none = "0000000000000000";
  assertEquals(status.match(IDS), [
    "Uid:\t1234\t1234\t1234\t1234",
    "Gid:\t2345\t2345\t2345\t2345",
    "Groups:\t5 60 2345 ",
    `CapInh:\t${none}`,
    `CapPrm:\t${none}`,
    `CapEff:\t${none}`,
    `CapAmb:\t${none}`,
  ]);
  assertEquals(ownIds(), before);
});

test("spawn is itself again after a spawn that failed for another user", async () => {
  if (!isRoot) return;
  await using observed = new ObservedOs();
  const before = ownIds();
  const failing = request(["/none"], { identity: OTHER });
  assertEquals((await observed.failureOf(failing)).errno, ERRNO.ENOENT);
  assertEquals(ownIds(), before);
});

test("spawn starts a set-user-ID program, whose effective user rightly differs", async () => {
  if (!isRoot) return;
  await using observed = new ObservedOs();
  const directory = await Deno.makeTempDir();
  try {
    await Deno.chmod(directory, 0o755);
    const program = `${directory}/sleep`;
    await Deno.copyFile("/bin/sleep", program);
    await Deno.chmod(program, 0o4755);
    const { pid } = observed.os.spawn(request([program, "60"], { identity: OTHER }));
    observed.os.kill(pid, 9);
    await observed.ended(pid);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

test("verifyIdentity refuses a process that is someone else", async () => {
  if (!isRoot) return;
  await using observed = new ObservedOs();
  const { pid } = observed.os.spawn(request(["/bin/sleep", "60"], { identity: OTHER }));
  try {
    await observed.launched(pid);
    verifyIdentity(pid, OTHER, () => false);
    for (
      const wrong of [
        { ...OTHER, uid: 1235 },
        { ...OTHER, gid: 1235 },
        { ...OTHER, groups: [5] },
        { ...OTHER, groups: [5, 60, 61] },
      ]
    ) {
      const error = assertThrows(() => verifyIdentity(pid, wrong, () => false), SystemError);
      assertEquals([error.errno, error.target], [ERRNO.EPERM, "other"]);
    }
  } finally {
    observed.os.kill(pid, 9);
    await observed.ended(pid);
  }
  verifyIdentity(pid, { ...OTHER, uid: 1235 }, () => false);
});

test("asIdentity creates files that belong to the user, and may throw inside", async () => {
  if (!isRoot) return;
  const directory = await Deno.makeTempDir();
  const before = ownIds();
  try {
    await Deno.chmod(directory, 0o777);
    asIdentity(OTHER, () => Deno.writeTextFileSync(`${directory}/file`, "x"));
    const info = await Deno.stat(`${directory}/file`);
    assertEquals([info.uid, info.gid], [OTHER.uid, OTHER.gid]);
    assertThrows(() => asIdentity(OTHER, () => Deno.openSync("/etc/shadow")));
    assertEquals(ownIds(), before);
    const during = asIdentity(OTHER, ownIds);
    assertEquals(during[0], "Uid:\t0\t0\t0\t1234", "F-004: no id by which it could be signalled");
    assertEquals(during[1], "Gid:\t0\t0\t0\t2345");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

test("asIdentity needs no privilege for chaperone's own user, and fails with EPERM for others", async () => {
  const found = await runProgram<Record<string, unknown>>("unprivileged", {
    withoutPrivilege: true,
  });
  assertEquals(found, {
    own: "1234 1234",
    other: "setgroups 1",
    ownAfter: "1234 1234",
    childrenLeft: false,
  });
});

test("asIdentity works for root in a user namespace that denies setgroups", async () => {
  const found = await runProgram<{ uid: string }>("mapped_root", { mapsRoot: true });
  assertEquals(found, { uid: "0" });
});
