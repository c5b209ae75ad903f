/**
 * What chaperone asks the kernel for and does not get: descriptors, processes, memory. It says so,
 * it lives, and it goes on as soon as there is some again.
 */
import { assertEquals, assertLess, assertMatch } from "@std/assert";
import { canLimit, Cgroup } from "./harness/cgroup.ts";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { waitUntil } from "./harness/output.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { openSender } from "./harness/syslog.ts";
import { configuration, python, sh, STAYS } from "./scenario.ts";

async function expectOrderlyEnd(run: NamespaceRun): Promise<void> {
  await run.expectNoZombie();
  await run.signal("SIGTERM");
  await run.waitForLine(/exit 0: SIGTERM was received$/);
  await run.expectExit(0);
}

const limited = (command: string) => [
  "/bin/sh",
  "-c",
  `${command}; exec "$0" --config "$TEST_DIR/chaperone.d"`,
  "chaperone",
];

async function descriptorCount(run: NamespaceRun): Promise<number> {
  let count = 0;
  for await (const _ of Deno.readDir(`/proc/${await run.initPid()}/fd`)) count++;
  return count;
}

namespaceTest(
  "with 64 descriptors it starts services, logs, answers telchap and lets inetd wait",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "a.service": { command: sh(STAYS) },
        "b.service": { command: sh(STAYS), after: "a.service" },
        "echo.service": { type: "inetd", port: 7007, command: "/bin/cat" },
        "crash.service": {
          command: sh("sleep 0.2; exit 1"),
          restart: true,
          "restart_limit": 0,
          "restart_delay": 0.1,
        },
      }),
      program: limited("ulimit -n 64"),
    });
    await run.waitForLine(/b\[\d+\]: up$/);
    await run.waitForLine(/: b\.service successfully started$/);
    const before = await descriptorCount(run);
    assertLess(before, 64);
    // More clients than it has descriptors for, at the control socket and at the port.
    const flood = await run.exec(["python3", "-c", FLOOD], { limitMs: 30_000 });
    assertEquals([flood.code, flood.stderr], [0, ""]);
    assertEquals(flood.stdout, "answered\n");
    using sender = await openSender(run);
    await sender.send("<13>Nov 23 10:00:00 prog: still logging");
    await run.waitForLine(/still logging$/);
    const status = await run.exec(["telchap", "status"]);
    assertEquals(status.code, 0, status.stderr);
    assertMatch(status.stdout, /a\.service/);
    const from = run.output.lines.length;
    await run.waitForLine(/crash\.service/, { from });
    await waitUntil(
      async () => (await descriptorCount(run)) <= before + 3 || undefined,
      "descriptors to be given back",
    );
    await expectOrderlyEnd(run);
  },
);

/** Takes all descriptors that chaperone has to give, holds them, lets go, and asks for an echo. */
const FLOOD = `import socket, time
held = []
for _ in range(80):
    one = socket.socket(socket.AF_UNIX); one.settimeout(5); one.setblocking(False)
    try: one.connect("/dev/chaperone.sock"); held.append(one)
    except BlockingIOError: pass
for _ in range(20):
    two = socket.socket(); two.setblocking(False)
    try: two.connect(("127.0.0.1", 7007))
    except BlockingIOError: pass
    held.append(two)
time.sleep(1)
for each in held: each.close()
for attempt in range(50):
    try:
        last = socket.create_connection(("127.0.0.1", 7007), timeout=5)
        last.sendall(b"hello\\n")
        if last.recv(10) == b"hello\\n":
            print("answered")
            break
    except OSError: pass
    time.sleep(0.1)
`;

if (canLimit("pids")) {
  namespaceTest(
    "where no process can be started, the start fails, says so and ends what runs",
    async () => {
      await using cgroup = new Cgroup({ pids: 60 });
      await using run = await inNamespace({
        setup: cgroup.enter,
        config: configuration(Object.fromEntries(
          Array.from({ length: 60 }, (_, index) => [`s${index}.service`, { command: sh(STAYS) }]),
        )),
      });
      await run.waitForLine(
        /exit 1: start-up failed: s\d+\.service: .*Resource temporarily unavailable/,
      );
      await run.expectExit(1);
    },
  );

  namespaceTest(
    "where a restart cannot be made for want of processes, the next one is",
    async () => {
      await using cgroup = new Cgroup({ pids: 80 });
      await using run = await inNamespace({
        setup: cgroup.enter,
        config: configuration({
          "a.service": {
            command: sh(
              "echo up; while [ ! -e $TEST_DIR/go ]; do sleep 0.05; done; rm $TEST_DIR/go; exit 3",
            ),
            "startup_pause": 0,
            restart: true,
            "restart_delay": 0.5,
            "restart_limit": 100,
          },
          "hog.service": { command: python(HOG) },
        }),
      });
      await run.waitForLine(/a\[\d+\]: up$/);
      await run.waitForLine(/hog\[\d+\]: all taken$/);
      const from = run.output.lines.length;
      // The shell of a.service sleeps by processes; what the hog left is all it has.
      await Deno.writeTextFile(`${run.directory}/go`, "");
      await run.waitForLine(/a\.service.*Resource temporarily unavailable/, { from });
      await Deno.writeTextFile(`${run.directory}/enough`, "");
      await run.waitForLine(/a\[\d+\]: up$/, { from });
      await expectOrderlyEnd(run);
    },
  );
}

/** Takes all processes that may be had until it is told that it is enough. */
const HOG = `import os, signal, sys, time
children = []
def fill():
    while True:
        try: pid = os.fork()
        except OSError: return
        if pid == 0:
            while not os.path.exists(os.environ["TEST_DIR"] + "/enough"): time.sleep(0.05)
            os._exit(0)
        children.append(pid)
fill()
print("all taken")
while not os.path.exists(os.environ["TEST_DIR"] + "/enough"):
    fill()
    time.sleep(0.001)
for each in children: os.waitpid(each, 0)
print("let go")
while True: time.sleep(1)
`;

if (canLimit("memory")) {
  namespaceTest(
    "where memory runs out, the service that takes it is killed, said so and restarted",
    async () => {
      await using cgroup = new Cgroup({ memoryBytes: 160 * 1024 * 1024 });
      await using run = await inNamespace({
        setup: cgroup.enter,
        config: configuration({
          "a.service": {
            command: python(`import os, time
print("up")
if not os.path.exists(os.environ["TEST_DIR"] + "/was"):
    open(os.environ["TEST_DIR"] + "/was", "w").close()
    taken = []
    while True: taken.append(bytearray(b"x" * 1000000))
print("modest")
while True: time.sleep(1)`),
            "startup_pause": 0,
            restart: true,
            "restart_delay": 0.1,
          },
          "b.service": { command: sh(STAYS) },
        }),
      });
      await run.waitForLine(/a\[\d+\]: modest$/, { limitMs: 30_000 });
      await run.waitForLine(/: a\.service was killed by the kernel \(out of memory\)$/);
      const { stdout } = await run.exec(["telchap", "why", "a"]);
      assertMatch(stdout, /Last exit: +was killed by the kernel \(out of memory\)/);
      await expectOrderlyEnd(run);
    },
  );

  namespaceTest(
    "with next to no memory of its own it does not start, or it lives to the end",
    async () => {
      await using cgroup = new Cgroup({ memoryBytes: 24 * 1024 * 1024 });
      await using run = await inNamespace({
        setup: cgroup.enter,
        config: configuration({ "a.service": { command: "/bin/sleep 60" } }),
      });
      const ended = run.waitForExit(30_000);
      const started = run.waitForLine(/a\.service successfully started$/, { limitMs: 30_000 });
      const first = await Promise.race([
        ended.then((code) => code),
        started.then(() => "started" as const, () => ended),
      ]);
      if (first === "started") {
        await run.signal("SIGTERM");
        await ended;
      } else assertEquals(first, 137);
      await started.catch(() => {});
    },
  );
}

namespaceTest(
  "a death that the file of control groups version 2 counts is told from another SIGKILL",
  async () => {
    await using run = await inNamespace({
      // What the kernel writes there; a machine with version 1 has only the file format to show.
      setup: `mount -t tmpfs tmpfs /sys/fs/cgroup
printf 'low 0\nhigh 0\nmax 7\noom 0\noom_kill 2\noom_group_kill 0\n' >/sys/fs/cgroup/memory.events`,
      config: configuration({
        "a.service": {
          command: sh(`echo up; while [ ! -e $TEST_DIR/go ]; do sleep 0.02; done
rm $TEST_DIR/go; sed -i 's/^oom_kill 2/oom_kill 3/' /sys/fs/cgroup/memory.events; kill -9 $$`),
          "startup_pause": 0,
          restart: true,
          "restart_delay": 0.1,
        },
        "b.service": { command: sh(STAYS) },
      }),
    });
    await run.waitForLine(/a\[\d+\]: up$/);
    const touch = () => Deno.writeTextFile(`${run.directory}/go`, "");
    await touch();
    await run.waitForLine(/: a\.service was killed by the kernel \(out of memory\)$/);
    const from = run.output.lines.length;
    await run.waitForLine(/a\[\d+\]: up$/, { from });
    await touch();
    await run.waitForLine(/a\.service exit status for pid=\d+ is '<ProcStatus signal=9>'$/, {
      from,
    });
    const told = run.output.texts().filter((line) => line.endsWith("(out of memory)"));
    assertEquals(told.length, 1, run.output.format());
    await expectOrderlyEnd(run);
  },
);
