/**
 * The harness itself: what the other files of this folder rely on, tried with a shell as the
 * program.
 */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { inNamespace } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";

const shell = (script: string) => ["/bin/sh", "-c", script];

namespaceTest("inNamespace runs the program as PID 1 and passes its exit status on", async () => {
  await using run = await inNamespace({ program: shell("echo $$; echo oops >&2; exit 7") });
  assertEquals(await run.waitForLine(/./, { stream: "stdout" }), "1");
  assertEquals(await run.waitForLine(/./, { stream: "stderr" }), "oops");
  await run.expectExit(7);
});

namespaceTest("inNamespace gives a /dev, /run and network of its own", async () => {
  await using run = await inNamespace({
    program: shell(
      "> /run/mark; test -c /dev/null && test -c /dev/ptmx || exit; busybox nc -l -p 80 & ls -d /dev/log; wait",
    ),
  });
  await run.waitForProcesses((all) => all.some((each) => each.name === "busybox"));
  await Deno.stat(run.outerPath("/run/mark"));
  await run.waitForLine(/cannot access/);
  await assertRejects(() => Deno.stat("/run/mark"), Deno.errors.NotFound);
});

namespaceTest("inNamespace lends the machine's devices to be used, not to be changed", async () => {
  await using run = await inNamespace({ program: shell("exec sleep 1000") });
  const { code, stderr } = await run.exec(["sh", "-c", "echo x >/dev/null && chown 7 /dev/null"]);
  assertEquals([code, /Read-only file system/.test(stderr)], [1, true]);
});

namespaceTest("inNamespace keeps changes of /etc inside", async () => {
  await using run = await inNamespace({
    setup: "useradd --uid 4321 harness-user",
    wrapper: ["setpriv", "--reuid=4321", "--regid=4321", "--clear-groups"],
    program: shell("id; cat /etc/passwd"),
  });
  await run.waitForLine(/uid=4321\(harness-user\)/);
  assertEquals((await Deno.readTextFile("/etc/passwd")).includes("harness-user"), false);
  await run.expectExit(0);
});

namespaceTest("signal reaches PID 1; exec runs beside it", async () => {
  await using run = await inNamespace({
    program: shell("trap 'echo got it; exit 3' TERM; echo ready; while :; do sleep 0.05; done"),
  });
  await run.waitForLine(/ready/);
  const listed = await run.exec(["cat", "/proc/1/cmdline"]);
  assertMatch(listed.stdout, /trap/);
  await run.signal("SIGTERM");
  await run.waitForLine(/got it/);
  await run.expectExit(3);
});

namespaceTest("processes sees zombies, and expectNoZombie complains about them", async () => {
  await using run = await inNamespace({
    program: shell("sh -c 'sleep 0.01 & exec sleep 100' & exec sleep 100"),
  });
  const all = await run.waitForProcesses((each) => each.some((one) => one.state === "Z"));
  assertEquals(all[0]?.pid, 1);
  await assertRejects(() => run.expectNoZombie(100));
});

namespaceTest("a terminal is a terminal, and what is typed arrives", async () => {
  await using run = await inNamespace({
    input: "terminal",
    program: shell("test -t 0 && test -t 1 && printf 'name? '; read -r name; echo hello $name"),
  });
  await run.output.waitForText(/name\? /);
  await run.type("world\n");
  await run.waitForLine(/hello world/);
  await run.expectExit(0);
});

namespaceTest("Ctrl-C typed into a terminal is SIGINT for PID 1", async () => {
  await using run = await inNamespace({
    input: "terminal",
    program: shell("trap 'echo interrupted; exit 9' INT; echo ready; while :; do sleep 0.05; done"),
  });
  await run.waitForLine(/ready/);
  await run.type("\x03");
  await run.waitForLine(/interrupted/);
  await run.expectExit(9);
});

namespaceTest("expectExit names a socket that is left in /run", async () => {
  await using run = await inNamespace({
    program: ["python3", "-c", "import socket; socket.socket(socket.AF_UNIX).bind('/run/left')"],
  });
  await assertRejects(() => run.expectExit(0), Error, "/run/left");
});

namespaceTest("a program that is not init runs below a shell that is", async () => {
  await using run = await inNamespace({ isInit: false, program: shell("echo $PPID; exit 4") });
  await run.waitForLine(/^1$/);
  await run.expectExit(4);
});
