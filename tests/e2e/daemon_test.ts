/**
 * Services that fork: the launcher ends, the daemon goes on. Without a pid file it is an orphan
 * like any other; with one it is followed like a process that chaperone started.
 */
import { assertEquals, assertGreater, assertMatch, assertStringIncludes } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, type Life, python, runToEnd, type Section, sh } from "./scenario.ts";

/** Keeps the container up, so that what happens to another service is all that happens. */
const KEEPER = { command: sh("trap 'exit 0' TERM; echo keeping; while :; do sleep 0.05; done") };
/** Tells that it was started, and after what. */
const NEXT = { command: "/bin/echo b runs", after: "a.service" };

/** Runs `a`, and `b` after it, to the end. */
async function lifeOf(a: Section): Promise<Life> {
  return await runToEnd({ config: configuration({ "a.service": a, "b.service": NEXT }) });
}

/**
 * Forks, waits for `before`, then goes on as a session of its own; `script` is what the daemon
 * does.
 */
function daemon(script: string, before = ""): string {
  return python(`import os, signal, sys, time
ready, done = os.pipe()
if os.fork():
    os.close(done)
    os.read(ready, 1)
    sys.exit(0)
os.setsid()
def pidfile(text=None):
    with open(os.environ["TEST_DIR"] + "/a.pid", "w") as file:
        file.write(text if text is not None else str(os.getpid()) + "\\n")
signal.signal(signal.SIGTERM, lambda *_: (print("daemon got TERM"), sys.exit(0)))
signal.signal(signal.SIGQUIT, lambda *_: (print("daemon got QUIT"), sys.exit(0)))
${before}
os.close(ready)
os.close(done)
print("daemon up")
${script}
`);
}

const SLEEPS = "while True: time.sleep(0.05)";
const PIDFILE = "$(TEST_DIR)/a.pid";

namespaceTest(
  "111: forking is started when its launcher ends, and its daemon keeps the container",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "a.service": { command: daemon(SLEEPS), type: "forking" },
        "b.service": NEXT,
      }),
    });
    await run.waitForLine(/b\[\d+\]: b runs$/);
    await run.waitForLine(/daemon up$/);
    const all = await run.waitForProcesses((each) => each.length === 2);
    Deno.kill(all[1]?.outerPid ?? 0, "SIGTERM");
    await run.waitForLine(/daemon got TERM$/);
    await run.waitForLine(/: exit 0: all services have ended$/);
    await run.expectExit(0);
  },
);

namespaceTest("112: forking whose launcher exits 3 is a system failure", async () => {
  const life = await lifeOf({ command: sh("exit 3"), type: "forking" });
  assertStringIncludes(
    life.all,
    "a.service failed on start-up with result '<ProcStatus exit_status=3>'",
  );
  assertEquals(life.code, 3);
});

/** Starts a daemon that leaves its number in a pid file, and waits until it is followed. */
async function runDaemon(script: string, directives: Section = {}): Promise<NamespaceRun> {
  const run = await inNamespace({
    config: configuration({
      "a.service": {
        command: daemon(script, "pidfile()"),
        type: "forking",
        pidfile: PIDFILE,
        ...directives,
      },
      "keeper.service": KEEPER,
    }),
  });
  await run.waitForLine(/a\.service changing PID to \d+ \(from \d+\)$/);
  await run.waitForLine(/a\.service successfully started$/);
  return run;
}

async function daemonOf(run: NamespaceRun): Promise<number> {
  const line = await run.waitForLine(/changing PID to/);
  const pid = Number(/changing PID to (\d+)/.exec(line)?.[1]);
  const all = await run.processes();
  return all.find((each) => each.pid === pid)?.outerPid ?? 0;
}

namespaceTest(
  "113, 114: the daemon named in a pid file is followed, and its exit 5 is an error",
  async () => {
    await using run = await runDaemon(
      `while not os.path.exists(os.environ["TEST_DIR"] + "/go"): time.sleep(0.02)
os._exit(5)`,
    );
    await Deno.writeTextFile(`${run.directory}/go`, "");
    await run.waitForLine(/: a\.service terminated abnormally with <ProcStatus exit_status=5>$/);
    await run.signal("SIGTERM");
    await run.expectExit(0);
  },
);

namespaceTest("115: a pid file that is never written is told when the time is over", async () => {
  const life = await lifeOf({
    command: "/bin/true",
    type: "forking",
    pidfile: PIDFILE,
    "process_timeout": 0.2,
  });
  assertMatch(
    life.all,
    /error: a\.service did not find pid file '\S+\/a\.pid' before 0\.2sec process_timeout expired/,
  );
  assertEquals(life.code, 1);
});

namespaceTest("116: a pid file that is empty at first is read again", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": {
        command: daemon(`time.sleep(0.3); pidfile()\n${SLEEPS}`, `pidfile("")`),
        type: "forking",
        pidfile: PIDFILE,
      },
    }),
  });
  await run.waitForLine(/a\.service changing PID to \d+/);
  await run.signal("SIGTERM");
  await run.waitForLine(/daemon got TERM/);
  await run.expectExit(0);
});

namespaceTest("116: a pid file without a number is told when the time is over", async () => {
  const life = await lifeOf({
    command: daemon(SLEEPS, `pidfile("soon")`),
    type: "forking",
    pidfile: PIDFILE,
    "process_timeout": 3,
  });
  assertStringIncludes(life.all, "but contents did not contain an integer");
  assertEquals(life.code, 1);
});

namespaceTest(
  "117: a pid file that names a dead process is told when the time is over",
  async () => {
    const life = await lifeOf({
      command: sh("sh -c 'echo $$ >$TEST_DIR/a.pid'"),
      type: "forking",
      pidfile: PIDFILE,
      "process_timeout": 1,
    });
    assertMatch(
      life.all,
      /a\.service attempted to attach the process with PID=\d+ but there is no such/,
    );
    assertEquals(life.code, 1);
  },
);

namespaceTest("118: a pid file that names the launched process changes nothing", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": {
        // Far above 256, where 0.3.9 lost sight of the process.
        command: sh(`echo $$ >$TEST_DIR/a.pid; echo up $$; exec sleep 60`),
        pidfile: PIDFILE,
        restart: true,
        "restart_delay": 0.1,
      },
    }),
    setup: "echo 4000 >/proc/sys/kernel/ns_last_pid",
  });
  await run.waitForLine(/a\.service successfully started$/);
  const [sleep] = await run.waitForProcesses((all) => all.some(({ name }) => name === "sleep"))
    .then((all) => all.filter(({ name }) => name === "sleep"));
  assertGreater(sleep?.pid, 4000);
  const from = run.output.lines.length;
  Deno.kill(sleep?.outerPid ?? 0, "SIGKILL");
  await run.waitForLine(/a\.service pausing between restart retries \(4 left\)$/, { from });
  await run.waitForLine(/a\.service restart succeeded$/, { from });
  assertEquals(run.output.format().includes("changing PID"), false);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

namespaceTest(
  "119: a daemon that ends by its kill signal is not an error, by SIGKILL it is",
  async () => {
    const restart = { restart: true, "restart_delay": 0.1 };
    await using calm = await runDaemon(
      `signal.signal(signal.SIGTERM, signal.SIG_DFL)\n${SLEEPS}`,
      restart,
    );
    await calm.waitForLine(/daemon up$/);
    Deno.kill(await daemonOf(calm), "SIGTERM");
    await calm.waitForLine(/a\.service got explicit return code '<ProcStatus signal=15>'$/);
    await using killed = await runDaemon(SLEEPS, restart);
    const from = killed.output.lines.length;
    Deno.kill(await daemonOf(killed), "SIGKILL");
    await killed.waitForLine(/a\.service pausing between restart retries \(4 left\)$/);
    await killed.waitForLine(/a\.service restart succeeded$/, { from });
    assertEquals(calm.output.format().includes("pausing between"), false);
    for (const run of [calm, killed]) {
      await run.signal("SIGTERM");
      await run.expectExit(0);
    }
  },
);

namespaceTest("120: a stop sends the daemon its kill signal and removes the pid file", async () => {
  await using run = await runDaemon(SLEEPS, { "kill_signal": "SIGQUIT" });
  await run.waitForLine(/daemon up$/);
  await run.signal("SIGTERM");
  await run.waitForLine(/daemon got QUIT$/);
  await run.expectExit(0);
  const names = await Array.fromAsync(Deno.readDir(run.directory), (entry) => entry.name);
  assertEquals(names.includes("a.pid"), false);
});

namespaceTest(
  "113, 120: telchap shows the daemon's pid, and stops it with its pid file",
  async () => {
    await using run = await runDaemon(SLEEPS);
    await run.waitForLine(/daemon up$/);
    const line = await run.waitForLine(/changing PID to/);
    const status = (await run.exec(["telchap", "status"])).stdout;
    assertStringIncludes(status, `\n${/changing PID to (\d+)/.exec(line)?.[1]} `);
    assertEquals(
      (await run.exec(["telchap", "stop", "--wait", "a"])).stdout,
      "services stopped.\n",
    );
    await run.waitForLine(/daemon got TERM$/);
    const names = await Array.fromAsync(Deno.readDir(run.directory), (entry) => entry.name);
    assertEquals(names.includes("a.pid"), false);
    await run.signal("SIGTERM");
    await run.expectExit(0);
  },
);
