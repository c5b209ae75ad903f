import { assertEquals } from "@std/assert";
import { test } from "../../test.ts";
import { firstOf, ObservedOs, shell } from "../observed_os.ts";
import { runProgram } from "../run_program.ts";

const SAYS = "trap 'echo hit; exit 0' USR1; echo up; while :; do sleep 0.02; done";
const USR1 = 10;

test("killHeld signals a process that is meant, and no other", async () => {
  await using observed = new ObservedOs();
  const { os } = observed;
  const child = os.spawn(shell(SAYS, { stdout: "pipe" }));
  await firstOf(child.stdout);
  assertEquals(os.killHeld(child.pid, USR1, { isMeant: () => false }), false);
  const asked: (number | undefined)[] = [];
  const isMeant = () => asked.push(os.process(child.pid)?.pid) > 0;
  assertEquals(os.killHeld(child.pid, USR1, { isMeant }), true);
  assertEquals(asked, [child.pid]);
  assertEquals(await observed.ended(child.pid), { kind: "exited", code: 0 });
  assertEquals(os.killHeld(child.pid, USR1, { isMeant: () => true }), false);
});

test("killHeld signals a group where the process leads one, else the process", async () => {
  await using observed = new ObservedOs();
  const { os } = observed;
  const leader = os.spawn(shell("sleep 60 & echo $!; wait", { stdout: "pipe" }));
  const member = Number(await firstOf(leader.stdout));
  assertEquals(os.killHeld(member, 15, { isMeant: () => true, group: true }), true);
  await observed.ended(leader.pid);
  const next = os.spawn(shell("sleep 60 & echo $!; exec sleep 61", { stdout: "pipe" }));
  const other = Number(await firstOf(next.stdout));
  assertEquals(os.killHeld(next.pid, 15, { isMeant: () => true, group: true }), true);
  assertEquals((await observed.ended(next.pid)).kind, "signaled");
  while (os.process(other) !== undefined) await new Promise((done) => setTimeout(done, 2));
});

test("a number that is no process, or would be another one to C, reaches nobody", async () => {
  await using observed = new ObservedOs();
  const { os } = observed;
  const isMeant = () => true;
  for (const pid of [0, -1, 2 ** 31, 2 ** 32 - 1, 2 ** 32 + 1, 99_999_999_999, NaN, 1.5]) {
    assertEquals([pid, os.kill(pid, 0)], [pid, false]);
    assertEquals([pid, os.killHeld(pid, 0, { isMeant })], [pid, false]);
  }
  assertEquals(os.killHeld(-Deno.pid, 0, { isMeant }), false);
});

test("without a descriptor to spare a process that is meant is signalled all the same", async () => {
  assertEquals(await runProgram("kill_held"), { notMeant: false, meant: true, signal: USR1 });
});
