/**
 * What a service's user can do while services start: nothing that chaperone would notice. Each
 * attack says that it has worked, as far as it can.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { whileItHeeds } from "./harness/heeding.ts";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, python, runToEnd, sh } from "./scenario.ts";

/** Has chaperone answer: PID 1 that is held up does not. */
async function expectAnswer(run: NamespaceRun, what: string): Promise<void> {
  await whileItHeeds(run, async () => {
    const { code, stderr } = await run.exec(["telchap", "status"]);
    assertEquals([code, stderr], [0, ""], what);
  });
}

/** Stops whatever is started after the last process, before it is known who that is. */
const STOP_WHATEVER_STARTS = `import os, signal
stopped = 0
while True:
    last = int(open("/proc/loadavg").read().split()[-1])
    before = stopped
    for _ in range(300):
        for pid in range(last + 1, last + 4):
            try: os.kill(pid, signal.SIGSTOP); stopped += 1
            except (ProcessLookupError, PermissionError): pass
    if stopped > before: print("stopped", stopped, flush=True)`;

namespaceTest(
  "F-002: who stops processes before their exec stops them, and not chaperone",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        settings: { "shutdown_timeout": 2 },
        "app.service": {
          command: "sleep 1000",
          uid: "nobody",
          health: { exec: "/bin/true", interval: 0.1, timeout: 2 },
        },
        "x.service": { command: python(STOP_WHATEVER_STARTS), uid: "nobody" },
      }),
    });
    await whileItHeeds(run, async () => {
      for (let count = 0; count < 3; count++) {
        await run.waitForLine(/x\[\d+\]: stopped \d/, { from: run.output.lines.length });
        await expectAnswer(run, "while a probe is stopped");
      }
    });
    await run.signal("SIGTERM");
    await run.expectExit(0);
  },
);

/** Holds a file by a lease that the kernel breaks after 45 s, and says when somebody opens it. */
const HOLD = `import fcntl, os, signal, time
path = os.environ["TEST_DIR"] + "/tmp/prog"
fd = os.open(path, os.O_RDWR)
signal.signal(signal.SIGIO, lambda *_: print("asked", flush=True))
fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print("holding", flush=True)
while True: time.sleep(1)`;

namespaceTest("F-003: who holds a lease on its program holds up that program alone", async () => {
  await using run = await inNamespace({
    setup: "cp /bin/sleep $dir/tmp/prog; chown nobody $dir/tmp/prog",
    config: configuration({
      "x.service": { command: python(HOLD), uid: "nobody", "stop_timeout": 1 },
      "app.service": {
        command: "$(TEST_DIR)/tmp/prog 1000",
        uid: "nobody",
        enabled: false,
        "ignore_failures": true,
      },
      "other.service": { command: sh("echo other; exec sleep 60"), uid: "nobody", enabled: false },
    }),
  });
  await run.waitForLine(/x\[\d+\]: holding$/);
  await run.exec(["telchap", "enable", "app"]);
  await run.exec(["telchap", "start", "app"]);
  await run.waitForLine(/x\[\d+\]: asked$/);
  await expectAnswer(run, "while a program is held by a lease");
  const { stdout } = await run.exec(["telchap", "status"]);
  assertMatch(stdout, /app\.service .*starting/);
  await run.exec(["telchap", "start", "--enable", "other"]);
  await run.waitForLine(/other\[\d+\]: other$/);
  // A stop reaches what waits for the lease.
  await run.exec(["telchap", "stop", "app"]);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

/** Signals PID 1 without end, and counts how often that was allowed. */
const SIGNAL_INIT = `import os, signal, time
sent = allowed = 0
end = time.monotonic() + 3
while time.monotonic() < end:
    sent += 1
    try: os.kill(1, signal.SIGTERM); allowed += 1
    except PermissionError: pass
print("sent", sent > 1000, "allowed", allowed, flush=True)
time.sleep(60)`;

namespaceTest(
  "F-004: no signal of a service's user reaches chaperone while others start",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "x.service": {
          command: python(SIGNAL_INIT),
          uid: "nobody",
          health: { exec: "/bin/true", interval: 0.02 },
        },
        "log.logging": { selector: "[x].*", file: "$(TEST_DIR)/tmp/x.log", uid: "nobody" },
      }),
    });
    await run.waitForLine(/x\[\d+\]: sent True allowed 0$/);
    await run.signal("SIGTERM");
    await run.expectExit(0);
  },
);

namespaceTest(
  "F-009: a directory that is a link leads its user no further than the user may go",
  async () => {
    const setup = "mkdir -p $dir/tmp/p/sub $dir/tmp/open; chmod 700 $dir/tmp/p; " +
      "echo secret > $dir/tmp/p/sub/f; echo plain > $dir/tmp/open/f; " +
      "ln -s $dir/tmp/p/sub $dir/tmp/closed; ln -s $dir/tmp/open $dir/tmp/current";
    const reads = { type: "oneshot", command: "cat f" };
    const life = await runToEnd({
      setup,
      config: configuration({
        "root.service": { ...reads, directory: "$(TEST_DIR)/tmp/closed" },
        "open.service": { ...reads, uid: "nobody", directory: "$(TEST_DIR)/tmp/current" },
        "b.service": {
          ...reads,
          uid: "nobody",
          directory: "$(TEST_DIR)/tmp/closed",
          "ignore_failures": true,
        },
      }),
    });
    assertEquals(life.stdout.filter((line) => line.endsWith("]: secret")).length, 1, life.all);
    assertEquals(life.stdout.filter((line) => line.endsWith("]: plain")).length, 1, life.all);
    assertMatch(life.all, /b\.service .*Permission denied: '.*\/tmp\/closed'/);
  },
);

namespaceTest(
  "F-043: /dev/stdout can be opened by who has dropped root, and by a service's user",
  async () => {
    const says = sh("echo hi >/dev/stdout; echo ho >>/proc/self/fd/2");
    const life = await runToEnd({
      config: configuration({
        "dropped.service": {
          type: "oneshot",
          command: `setpriv --reuid=nobody --regid=nogroup --clear-groups ${says}`,
        },
        "user.service": { type: "oneshot", uid: "games", command: says },
        "root.service": { type: "oneshot", command: says },
      }),
    });
    for (const name of ["dropped", "user", "root"]) {
      const own = life.stdout.filter((line) => line.includes(` ${name}[`));
      assertEquals(own.map((line) => line.slice(-2)).sort(), ["hi", "ho"], life.all);
    }
  },
);

namespaceTest("F-121: the operator's terminal is the command's alone", async () => {
  const looks = sh("readlink /proc/self/fd/0; test -t 0 || echo no terminal; exec sleep 60");
  await using run = await inNamespace({
    input: "terminal",
    config: configuration({
      "a.service": { command: looks, uid: "nobody" },
      "job.service": { type: "cron", interval: "* * * * * *", command: looks },
    }),
    args: ["/bin/sh", "-c", "test -t 0 && echo mark$((40 + 2)); read line; exit 5"],
  });
  await run.output.waitForText(/mark42/);
  for (const name of ["a", "job"]) {
    const input = new RegExp(` ${name}\\[\\d+\\]: (/\\S+)`);
    const [, found] = input.exec(await run.output.waitForText(input)) ?? [];
    assertEquals(found, "/dev/null");
    await run.output.waitForText(new RegExp(` ${name}\\[\\d+\\]: no terminal`));
  }
  await run.type("\n");
  await run.expectExit(5);
});

namespaceTest("stdin: inherit gives the terminal to one service", async () => {
  await using run = await inNamespace({
    input: "terminal",
    config: configuration({
      "a.service": {
        command: sh("test -t 0 && echo terminal; read line; echo read $line; exec sleep 60"),
        stdin: "inherit",
      },
      "b.service": {
        command: sh("test -t 0 || echo no terminal; exec sleep 60"),
        "exit_kills": true,
      },
    }),
  });
  await run.output.waitForText(/ a\[\d+\]: terminal/);
  await run.output.waitForText(/ b\[\d+\]: no terminal/);
  await run.type("hello\n");
  await run.output.waitForText(/ a\[\d+\]: read hello/);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});
