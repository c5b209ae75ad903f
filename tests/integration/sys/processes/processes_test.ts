import { assertEquals } from "@std/assert";
import { test } from "../../test.ts";
import { firstOf, ObservedOs, shell } from "../observed_os.ts";
import { type ProgramOptions, runProgram } from "../run_program.ts";

const PLACES: readonly [string, ProgramOptions][] = [
  ["as PID 1", { asInit: true }],
  ["as subreaper", {}],
];

for (const [where, options] of PLACES) {
  test(`${where}, a stray is found by its mark though it left its session and its parent`, async () => {
    assertEquals(await runProgram("strays", options), {
      isSubreaper: true,
      before: 0,
      directFirst: true,
      descendants: 3,
      whileOwned: 0,
      orphans: 2,
      strayIsFirst: true,
      strayParent: true,
      straySession: true,
      marks: ["web", "web"],
      after: 0,
      noSuchProcess: null,
    });
  });
}

test("killAll outside PID 1 ends all descendants and leaves others alone", async () => {
  const stranger = new Deno.Command("/bin/sleep", { args: ["60"], stdin: "null" }).spawn();
  try {
    assertEquals(await runProgram("kill_all"), { isInit: false, left: 0, hasChildren: false });
    stranger.kill("SIGTERM");
  } finally {
    assertEquals((await stranger.status).signal, "SIGTERM");
  }
});

test("descendants leaves zombies out", async () => {
  await using observed = new ObservedOs();
  const { os } = observed;
  // The shell becomes a program that never waits for the child it has.
  const end = "sh -c 'until grep -q sleep /proc/$PPID/comm; do :; done' & echo $!";
  const child = os.spawn(shell(`${end}; exec sleep 60`, { stdout: "pipe" }));
  const zombie = Number(await firstOf(child.stdout));
  const state = () => Deno.readTextFileSync(`/proc/${zombie}/stat`).split(" ")[2];
  while (state() !== "Z") await new Promise((resolve) => setTimeout(resolve, 2));
  assertEquals(os.descendants().map(({ pid }) => pid), [child.pid]);
  os.kill(child.pid, 9);
  await observed.ended(child.pid);
});

test("processVariable is undefined for a variable that is not set and for no process", async () => {
  await using observed = new ObservedOs();
  const { os } = observed;
  const { pid } = os.spawn(shell("sleep 60", { env: { A: "1", PATH: "/bin" } }));
  // A spawn returns some microseconds before the kernel shows the new environment.
  while (os.processVariable(pid, "PATH") === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assertEquals(os.processVariable(pid, "A"), "1");
  assertEquals(os.processVariable(pid, "B"), undefined);
  os.kill(-pid, 9);
  await observed.ended(pid);
  assertEquals(os.processVariable(pid, "A"), undefined);
});
