/**
 * What a service's user was seen to try in vain: it stays so. Each attack says that it ran.
 * docs/security.md, "Principles", 1, 5 and 6.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, python, sh, STAYS } from "./scenario.ts";

/** Far below the limits of any door, and far above what a busy machine needs. */
const ANSWER_MS = 8000;

/** Has chaperone answer by telchap, and hear a datagram. */
async function expectAnswer(run: NamespaceRun): Promise<void> {
  const began = performance.now();
  assertEquals((await run.exec(["telchap", "status"])).code, 0);
  const from = run.output.lines.length;
  await run.exec(["logger", "--tag", "other", "still heard"]);
  await run.waitForLine(/other: still heard$/, { from });
  const tookMs = performance.now() - began;
  assertEquals(tookMs < ANSWER_MS, true, `${tookMs} ms`);
}

async function end(run: NamespaceRun): Promise<void> {
  await run.signal("SIGTERM");
  await run.expectExit(0);
}

namespaceTest("a service's user changes neither niceness nor processors of PID 1", async () => {
  await using run = await inNamespace({
    config: configuration({
      // Processes that start meanwhile are the attacker's moment.
      "app.service": {
        command: "sleep 1000",
        uid: "nobody",
        health: { exec: "/bin/true", interval: 0.05, timeout: 5 },
      },
      "x.service": {
        uid: "nobody",
        after: "app.service",
        // kill(2) with 0 asks for the right alone. The same acts on a process of nobody's all succeed.
        command: python(`import ctypes, os, time
libc = ctypes.CDLL(None, use_errno=True)
def ioprio(pid):
    if libc.syscall(251 if os.uname().machine == "x86_64" else 30, 1, pid, 3 << 13) != 0: raise OSError(ctypes.get_errno(), "ioprio_set")
acts = [lambda pid: os.setpriority(os.PRIO_PROCESS, pid, 19), lambda pid: os.sched_setaffinity(pid, {0}),
    lambda pid: os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0)), ioprio, lambda pid: os.kill(pid, 0)]
def refusals(pid):
    count = 0
    for act in acts:
        try: act(pid)
        except PermissionError: count += 1
    return count
last_pid = lambda: int(open("/proc/loadavg").read().split()[-1])
own = os.fork()
if own == 0: time.sleep(1000)
refused = rounds = 0
began, until = last_pid(), time.monotonic() + 60
while last_pid() - began < 20 and time.monotonic() < until:
    for _ in range(200):
        rounds += 1
        refused += refusals(1)
print("own", refusals(own), "rounds", rounds, "granted", rounds * len(acts) - refused)
time.sleep(1000)`),
      },
    }),
  });
  const line = await run.waitForLine(/x\[\d+\]: own /, { limitMs: 60_000 });
  assertMatch(line, /own 0 rounds \d{3,} granted 0$/);
  await end(run);
});

/** Connections to a stream socket that send what `head` makes, and read nothing. */
const CROWD = `import os, socket, time
def crowd(make, count, head):
    held = []
    for i in range(count):
        try:
            c = make(); c.settimeout(1); c.sendall(head(i)); held.append(c)
        except OSError: pass
    return held
def control():
    c = socket.socket(socket.AF_UNIX); c.connect("/dev/chaperone.sock"); return c
def http():
    c = socket.socket(); c.connect(("127.0.0.1", 9090)); return c
`;

namespaceTest(
  "half control frames by the thousand, and none who reads, shut nobody out",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        settings: { "control_mode": "0666" },
        "x.service": {
          uid: "nobody",
          limits: { nofile: 4096 },
          command: python(`${CROWD}
for round in range(4):
    half = crowd(control, 500, lambda i: b"CHP1\\0\\0\\xff" if i % 2 else b"CHP1\\0\\0\\1\\0{")
    mute = crowd(control, 100, lambda i: b"status\\n")
    print("holds", len(half), len(mute))
print("done")
while True: time.sleep(1)`),
        },
      }),
    });
    await run.waitForLine(/x\[\d+\]: holds [1-9]/, { limitMs: 60_000 });
    await expectAnswer(run);
    await run.waitForLine(/x\[\d+\]: done$/, { limitMs: 60_000 });
    await expectAnswer(run);
    await end(run);
  },
);

namespaceTest("slow and endless HTTP heads keep nobody from asking", async () => {
  await using run = await inNamespace({
    config: configuration({
      settings: { http: "127.0.0.1:9090" },
      "x.service": {
        uid: "nobody",
        command: python(`${CROWD}
slow = crowd(http, 100, lambda i: b"GET / HTTP/1.1\\r\\nHo")
print("slow", len(slow))
line = b"X-A: " + b"a" * 60000 + b"\\r\\n"
while True:
    for c in slow:
        try: c.send(b"s")
        except OSError: pass
    endless = http(); endless.settimeout(1)
    try:
        endless.sendall(b"GET / HTTP/1.1\\r\\n")
        for _ in range(100): endless.sendall(line)
    except OSError: print("endless is refused")
    time.sleep(0.1)`),
      },
    }),
  });
  await run.waitForLine(/x\[\d+\]: slow [1-9]/);
  await run.waitForLine(/x\[\d+\]: endless is refused$/);
  const { stdout } = await run.exec([
    ...["curl", "--silent", "--max-time", "8", "--retry", "3", "http://127.0.0.1:9090/livez"],
  ]);
  assertMatch(stdout, /alive|ok|live/);
  await expectAnswer(run);
  await end(run);
});

namespaceTest("70,000 datagrams under endless program names leave PID 1 as it was", async () => {
  await using run = await inNamespace({
    config: configuration({
      "console.logging": { selector: "*.info;![n].*", stdout: true },
      // Each program is counted by name, and no more of them are known than there is room for.
      "counted.logging": {
        selector: "[x].*;*.*",
        file: "$(TEST_DIR)/tmp/counted",
        "rate_limit": "9/s",
      },
      "x.service": {
        uid: "nobody",
        command: python(`import socket
c = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); c.connect("/dev/log")
for i in range(70000):
    c.send(b"<15>Nov 28 10:00:00 " + b"n%d" % i * 150 + b": text")
print("sent all")
import time; time.sleep(1000)`),
      },
      "keep.service": { command: sh(STAYS) },
    }),
  });
  const memory = async () => {
    const status = await Deno.readTextFile(`/proc/${await run.initPid()}/status`);
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  };
  await run.waitForLine(/keep\[\d+\]: up$/);
  const beforeMib = await memory();
  await run.waitForLine(/x\[\d+\]: sent all$/, { limitMs: 120_000 });
  await expectAnswer(run);
  const grownMib = await memory() - beforeMib;
  assertEquals(grownMib < 48, true, `grew by ${grownMib} MiB`);
  await end(run);
});

namespaceTest("60 services that crash in a loop shut nobody out", async () => {
  const crash = {
    command: "/bin/false",
    uid: "nobody",
    restart: true,
    "restart_delay": 0,
    "restart_limit": 0,
    "ignore_failures": true,
  };
  const crashing = Array.from({ length: 60 }, (_, at) => [`c${at}.service`, crash]);
  await using run = await inNamespace({
    config: configuration({
      "keep.service": { command: sh(STAYS) },
      ...Object.fromEntries(crashing),
    }),
  });
  for (const name of ["c1", "c58"]) {
    await run.waitForLine(new RegExp(`${name}\\.service.*restart`), { limitMs: 60_000 });
  }
  await expectAnswer(run);
  await end(run);
});

/**
 * What each of these leaves when its service is stopped is found by the mark that no namespace
 * takes away.
 */
const HIDES: Readonly<Record<string, string>> = {
  "a subreaper": python(`import ctypes, os, time
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve("/bin/sleep", ["sleep", "4711"], {})
    os._exit(0)
print("hidden")
time.sleep(1000)`),
  "a user namespace": sh(
    "env -i /usr/bin/setsid -f /usr/bin/unshare --user --map-root-user --fork " +
      "/bin/sleep 4711; echo hidden; exec sleep 1000",
  ),
  "a PID namespace": sh(
    "env -i /usr/bin/setsid -f /usr/bin/unshare --pid --fork --mount-proc " +
      "/bin/sleep 4711; echo hidden; exec sleep 1000",
  ),
};

for (const [what, command] of Object.entries(HIDES)) {
  namespaceTest(`nothing of a service hides in ${what}`, async () => {
    await using run = await inNamespace({
      config: configuration({
        "keep.service": { command: sh(STAYS) },
        "x.service": { command },
      }),
    });
    await run.waitForLine(/x\[\d+\]: hidden$/);
    // The control: it is there, and has no variables.
    await run.waitForProcesses((all) =>
      all.some(({ argv }) => argv.join(" ").endsWith("sleep 4711"))
    );
    assertEquals((await run.exec(["telchap", "stop", "--wait", "x"])).code, 0);
    await run.waitForProcesses((all) => !all.some(({ argv }) => argv.includes("4711")));
    await end(run);
  });
}
