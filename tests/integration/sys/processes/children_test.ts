import { assert, assertEquals } from "@std/assert";
import type { ProcessIdentity } from "../../../../lib/door/os.ts";
import { Children } from "../../../../lib/sys/processes/children.ts";
import { libc } from "../../../../lib/sys/libc/libc.ts";
import { findProcess } from "../../../../lib/sys/processes/processes.ts";
import { startProcess } from "../../../../lib/sys/launch/start.ts";
import { test } from "../../test.ts";
import { ObservedOs, shell } from "../observed_os.ts";
import { programCommand, runProgram } from "../run_program.ts";

test("as PID 1, every child and every orphan is told once, and none is left", async () => {
  const { ms, ...found } = await runProgram<Record<string, unknown>>("reap", { asInit: true });
  assertEquals(found, {
    pid: 1,
    isInit: true,
    orphans: 1000,
    ownedRight: 300,
    others: 0,
    shellsTold: true,
    processesLeft: 1,
  });
  assert(typeof ms === "number");
});

test("as PID 1, the end of an orphan is told as waitpid(2) says it", async () => {
  const found = await runProgram<Record<string, string>>("orphan_signals", { asInit: true });
  const pattern = (await Deno.readTextFile("/proc/sys/kernel/core_pattern")).trim();
  // A core that is piped somewhere or written elsewhere is nothing this test can foresee.
  if (pattern !== "core") delete found.core;
  assertEquals(found, {
    code: "exited with code 9",
    term: "was killed by SIGTERM",
    kill: "was killed by SIGKILL",
    realtime: "was killed by SIGRTMIN+3",
    ...(pattern === "core" ? { core: "was killed by SIGSEGV (core dumped)" } : {}),
    noCore: "was killed by SIGSEGV",
    ownedRealtime: "was killed by SIGRTMIN+3",
  });
});

test("a callback that fails keeps no other process from being read, reaped and told", async () => {
  assertEquals(await runProgram("fault"), {
    texts: ["1\n", "2\n"],
    faults: ["exit", "exit", "exit", "read"],
  });
});

test("hasChildren is true for a living and for a waitable child, and false without one", async () => {
  await using observed = new ObservedOs();
  assertEquals(observed.os.hasChildren(), false);
  const { pid } = observed.os.spawn(shell("sleep 60"));
  assertEquals(observed.os.hasChildren(), true);
  observed.os.kill(pid, 9);
  await observed.ended(pid);
  assertEquals(observed.os.hasChildren(), false);
});

test("listenToSignals keeps each signal from ending the program", async () => {
  const child = programCommand("own_signals").spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  assertEquals((await lines.read()).value, '"ready"\n');
  for (const signal of ["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGINT", "SIGTERM", "SIGTERM"] as const) {
    child.kill(signal);
    assertEquals((await lines.read()).value, `"${signal}"\n`);
  }
  assertEquals((await child.status).code, 0);
  await lines.cancel();
  await child.stderr.cancel();
});

test("within a turn, orphans are looked for until none is found", async () => {
  const children = new Children();
  const started = Array.from({ length: 5 }, () => startProcess(shell("exit 0"), () => {}));
  const pids = started.map(({ pid }) => pid);
  for (const pid of pids) children.adopt(pid);
  const areZombies = () => pids.every((pid) => findProcess(pid) === undefined);
  while (!areZombies()) await new Promise((resolve) => setTimeout(resolve, 5));
  const orphan = { ...findProcess(Deno.pid), pid: 1 } as ProcessIdentity;
  const answers = [[orphan], [orphan], []];
  let looks = 0;
  const look = () => answers[looks++] ?? [];
  const found: number[] = [];
  children.listen((pid) => () => {
    if (pids.includes(pid)) found.push(children.orphans(look).length);
  });
  children.reap();
  assertEquals(found, [1, 1, 0, 0, 0]);
  assertEquals(looks, 3);
  children.orphans(look);
  assertEquals(looks, 3, "in the same turn");
  await Promise.resolve();
  children.orphans(look);
  assertEquals(looks, 4, "what comes later is looked for");
  children.close();
  for (const { launch } of started) if (launch) libc().close(launch.descriptor);
});

test("in a rush of orphans, the end of an own process is told by its descriptor", async () => {
  const children = new Children();
  const watched = new Map<number, () => void>();
  children.watchEnd = (pid, onEnd) => {
    watched.set(pid, onEnd);
    return () => watched.delete(pid);
  };
  const started = Array.from({ length: 81 }, () => startProcess(shell("exec sleep 60"), () => {}));
  const [own = 0, ...strangers] = started.map(({ pid }) => pid);
  children.adopt(own);
  const told: number[] = [];
  let strangersTold = 0;
  children.listen(
    (pid) => pid === own ? () => told.push(pid) : undefined,
    (ended) => strangersTold += ended.length,
  );
  const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
  let killed = 0;
  while (watched.size === 0 && killed < strangers.length) {
    libc().kill(strangers[killed++] as number, 9);
    while (strangersTold < killed) await turn();
  }
  assertEquals([...watched.keys()], [own]);
  libc().kill(own, 9);
  while (findProcess(own) !== undefined) libc().usleep(1000); // No look in between.
  assertEquals(told, []);
  watched.get(own)?.();
  assertEquals(told, [own]);
  assertEquals(watched.size, 0);
  for (const pid of strangers.slice(killed)) libc().kill(pid, 9);
  while (strangersTold < strangers.length) await turn();
  children.close();
  for (const { launch } of started) if (launch) libc().close(launch.descriptor);
});
