/**
 * A service's user against what chaperone reads and writes in directories of that user: log files,
 * env files, secrets, pid files. docs/security.md, "Principles", 3 and 4.
 */
import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import { whileItHeeds } from "./harness/heeding.ts";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { waitUntil } from "./harness/output.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { DATE, openSender } from "./harness/syslog.ts";
import { configuration, linesOf, python, sh, STAYS } from "./scenario.ts";

/** Far above what a busy machine needs. */
const ANSWER_MS = 8000;

const OWN_FOLDER = 'mkdir "$dir/app"; chown nobody "$dir/app"';

namespaceTest(
  "F-008: a log of root that a service moved into its folder stays root's",
  async () => {
    await using run = await inNamespace({
      setup: `${OWN_FOLDER}; umask 077; echo s2 >"$dir/app/x.log"; umask 022`,
      config: configuration({
        "x.logging": { selector: "[x].*", file: "$(TEST_DIR)/app/x.log", uid: "nobody" },
        "y.logging": { selector: "[x].*", file: "$(TEST_DIR)/app/y.log", uid: "nobody" },
        "x.service": { command: sh(STAYS), uid: "nobody" },
      }),
    });
    // The control: the line has come to the log that chaperone has made itself, the user's.
    const isWritten = "grep -q 'x.[0-9]*.: up$' $TEST_DIR/app/y.log";
    await waitUntil(
      async () => (await run.exec(["sh", "-c", isWritten])).code === 0 || undefined,
      "the line in y.log",
    );
    const seen = await run.exec(["sh", "-c", "cd $TEST_DIR/app; stat -c '%n %U %a' *; cat x.log"]);
    assertEquals(seen.stdout, "x.log root 600\ny.log nobody 664\ns2\n");
    await run.waitForLine(
      /the log file of x\.logging cannot be opened: .*it belongs to user 0 in a directory of user 65534/,
    );
  },
);

/**
 * Exchanges its log file for a FIFO that it holds and does not read, fills it, and goes on:
 * chaperone looks for a file once a second.
 */
const HOLDER = `import os, socket, time
path = os.environ["TEST_DIR"] + "/app/x.log"
os.unlink(path); os.mkfifo(path); held = os.open(path, os.O_RDWR | os.O_NONBLOCK)
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); log.connect("/dev/log")
line = b"<13>Nov 28 10:00:00 x: " + b"f" * 8000
print("exchanged")
for _ in range(15):
    log.send(line)
    time.sleep(0.1)
for _ in range(100): log.send(line)
print("sent")
time.sleep(1000)`;

namespaceTest("F-120: a service that makes a FIFO of its log does not stop /dev/log", async () => {
  await using run = await inNamespace({
    setup: OWN_FOLDER,
    config: configuration({
      "console.logging": { selector: "*.*;![x].*", stdout: true },
      "out.logging": { selector: "[x].*;*.!notice", stdout: true },
      "x.logging": {
        selector: "[x].*",
        file: "$(TEST_DIR)/app/x.log",
        uid: "nobody",
        "queue_size": "64K",
      },
      "x.service": { command: python(HOLDER), uid: "nobody" },
    }),
  });
  const said = await run.waitForLine(/x\[\d+\]: exchanged$/);
  await whileItHeeds(run, async () => {
    await run.waitForLine(/x\[\d+\]: sent$/);
    using sender = await openSender(run);
    await sender.send(`<13>${DATE} other: hears`);
    await run.waitForLine(/other: hears$/);
  }, { pid: await outerPid(run, said), heldMs: 5000 });
  await run.waitForLine(
    /Cannot write to log file .*it is not a regular file, and root did not make it/,
  );
});

/** The process that has printed a line. */
async function outerPid(run: NamespaceRun, line: string): Promise<number> {
  const inner = Number(/\[(\d+)\]: /.exec(line.replace("chaperone[1]", ""))?.[1]);
  return (await run.processes()).find(({ pid }) => pid === inner)?.outerPid ?? 0;
}

/** Sends more than a pipe and a queue take. */
const FLOOD = `import socket, time
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); log.connect("/dev/log")
print("begins")
for _ in range(400): log.send(b"<13>Nov 28 10:00:00 flood: " + b"f" * 8000)
print("sent")
time.sleep(1000)`;

namespaceTest(
  "F-120: a FIFO of root that nobody reads holds /dev/log up for seconds at most",
  async () => {
    await using run = await inNamespace({
      setup: 'mkfifo "$dir/pipe"; sleep 600 <>"$dir/pipe" & :',
      config: configuration({
        "x.logging": { selector: "[flood].*", file: "$(TEST_DIR)/pipe", "queue_size": "64K" },
        "out.logging": { selector: "*.*;![flood].*", stdout: true },
        "x.service": { command: python(FLOOD) },
      }),
    });
    const said = await run.waitForLine(/x\[\d+\]: begins$/);
    // Five seconds are what it may take.
    await whileItHeeds(run, async () => {
      await run.waitForLine(/x\[\d+\]: sent$/);
    }, { pid: await outerPid(run, said), heldMs: 20_000 });
    await run.waitForLine(
      /pipe' takes nothing, and all that write to \/dev\/log wait for it; in 4 s/,
    );
    await run.waitForLine(/Cannot write to log file .*pipe' as fast as records come/);
  },
);

namespaceTest("a crontab that its user has exchanged is read as that user", async () => {
  await using run = await inNamespace({
    setup: `${OWN_FOLDER}; cd "$dir"; echo '0 0 1 1 * true' >app/tab; chown nobody app/tab
      umask 077; echo 's2 of root' >r; cd /`,
    config: configuration({
      "jobs.service": { type: "crontab", uid: "nobody", file: "$(TEST_DIR)/app/tab" },
      "a.service": { command: sh(STAYS) },
    }),
  });
  await run.waitForLine(/a\[\d+\]: up$/);
  const diffAfter = async (exchange: string) => {
    await run.exec(["sh", "-c", `cd $TEST_DIR/app; rm tab; ${exchange}`]);
    const { stdout, stderr } = await run.exec(["timeout", "20", "telchap", "diff"]);
    return stdout + stderr;
  };
  assertMatch(await diffAfter("mkfifo tab"), /Invalid argument: '.*app\/tab'/);
  const linked = await diffAfter("ln -s ../r tab");
  assertMatch(
    linked,
    /app\/tab' \(others than root can change what is there, so it is read as nobody/,
  );
  assert(!linked.includes("s2"), linked);
  // The control: what the user may read is read.
  assertMatch(await diffAfter("echo '0 0 2 2 * true' >tab"), /jobs\.1/);
});

namespaceTest("F-007: an env file of the service reads nothing that its user may not", async () => {
  await using run = await inNamespace({
    setup: `${OWN_FOLDER}; umask 077; cd "$dir"; echo s2 >r; echo PW=s3 >r.env; umask 022
      echo "LEAK_FILE=$dir/r" >app/.env; echo PW=own >app/own.env; chown nobody app/.env
      ln -s ../r.env app/b.env; ln -s own.env app/link.env; cd /`,
    config: configuration({
      "a.service": {
        type: "oneshot",
        uid: "nobody",
        "env_file": ["$(TEST_DIR)/app/.env", "$(TEST_DIR)/app/link.env"],
        "env_from_file": true,
        command: sh("echo [$LEAK] [$LEAK_FILE] [$PW]"),
      },
      "b.service": {
        type: "oneshot",
        uid: "nobody",
        "env_file": "$(TEST_DIR)/app/b.env",
        command: sh("echo [$PW]"),
        "ignore_failures": true,
      },
      "s.service": {
        type: "oneshot",
        uid: "nobody",
        "env_set": { "KEY_FILE": "$(TEST_DIR)/r" },
        "env_from_file": true,
        command: sh("echo [$KEY]"),
      },
      "z.service": { command: sh(STAYS) },
    }),
  });
  await run.waitForLine(/z\[\d+\]: up$/);
  await run.waitForLine(/a\[\d+\]: \[\] \[.*\/r\] \[own\]$/);
  await run.waitForLine(
    /b\.env' \(others than root can change what is there, so it is read as nobody/,
  );
  // What the configuration names, in a directory of root, is root's word.
  await run.waitForLine(/s\[\d+\]: \[s2\]$/);
  assertEquals(run.output.texts().filter((line) => line.includes("s3")), []);
});

/** Holds leases on its files, so that whoever opens them waits for it. */
const LEASES = `import fcntl, os, signal, time
signal.signal(signal.SIGIO, signal.SIG_IGN)
os.chdir(os.environ["TEST_DIR"] + "/app")
os.unlink("x.log")
held = [os.open(name, os.O_RDWR | os.O_CREAT) for name in ("env", "pid", "x.log")]
for fd in held: fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print("leased")
time.sleep(600)`;

namespaceTest("leases on env file, pid file and log hold nobody up", async () => {
  await using run = await inNamespace({
    setup: OWN_FOLDER,
    config: configuration({
      "x.logging": { selector: "[y].*", file: "$(TEST_DIR)/app/x.log", uid: "nobody" },
      "x.service": { command: python(LEASES), uid: "nobody" },
      "e.service": {
        command: sh(STAYS),
        uid: "nobody",
        "env_file": "$(TEST_DIR)/app/env",
        enabled: false,
        "ignore_failures": true,
      },
      "p.service": {
        type: "forking",
        command: "/bin/true",
        uid: "nobody",
        pidfile: "$(TEST_DIR)/app/pid",
        enabled: false,
        "ignore_failures": true,
        "process_timeout": 2,
      },
    }),
  });
  await run.waitForLine(/x\[\d+\]: leased$/);
  const before = performance.now();
  for (const words of [["start", "--enable", "e"], ["start", "--enable", "p"], ["status"]]) {
    await run.exec(["telchap", ...words]);
  }
  assert(performance.now() - before < 20_000, "fs.lease-break-time is 45 s");
  await run.signal("SIGTERM");
  await run.waitForExit();
});

namespaceTest("a pid file that is a link neither reads nor removes a file of root", async () => {
  await using run = await inNamespace({
    setup: `${OWN_FOLDER}; mkdir "$dir/roots"; echo 1 >"$dir/roots/pid"
      ln -s ../roots "$dir/app/link"; ln -s ../roots/pid "$dir/app/pid"; chmod 700 "$dir/roots"`,
    config: configuration({
      ...Object.fromEntries(["link/pid", "pid"].map((path, at) => [`p${at}.service`, {
        type: "forking",
        command: "/bin/true",
        uid: "nobody",
        pidfile: `$(TEST_DIR)/app/${path}`,
        "ignore_failures": true,
        "process_timeout": 1,
      }])),
      "z.service": { command: sh(STAYS), "service_groups": "IDLE" },
    }),
  });
  await run.waitForLine(/z\[\d+\]: up$/);
  for (const name of ["p0", "p1"]) await run.exec(["telchap", "reset", name]);
  assertEquals((await run.exec(["sh", "-c", "cat $TEST_DIR/roots/pid"])).stdout, "1\n");
  await run.signal("SIGTERM");
  await run.waitForExit();
});

namespaceTest("a service's user sees no memory, variable or descriptor of PID 1", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": {
        uid: "nobody",
        command: sh(
          "for f in environ maps mem io fd; do cat /proc/1/$f >/dev/null 2>&1 || echo closed $f; done; " +
            "ls /proc/1/fd >/dev/null 2>&1 || echo closed list; " + STAYS,
        ),
      },
    }),
  });
  await run.waitForLine(/a\[\d+\]: up$/);
  const closed = linesOf("a", run.output.texts()).filter((line) => line.startsWith("closed "));
  assertEquals(closed.map((line) => line.slice(7)), ["environ", "maps", "mem", "io", "fd", "list"]);
});

namespaceTest(
  "a service with 600,000 descriptors of 30 processes does not hold up who looks for its port",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "port.service": {
          command: python(`import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 7001)); s.listen()
time.sleep(1000)`),
        },
        "x.service": {
          uid: "nobody",
          ready: { listen: 7001, interval: 0.1, timeout: 60 },
          "ignore_failures": true,
          command: python(`import os, resource, time
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
most = min(hard, 20000)
resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
while os.dup(0) < most - 100: pass
for _ in range(29):
    if os.fork() == 0: break
else: print("holds", 30 * (most - 100))
time.sleep(1000)`),
        },
      }),
    });
    await run.waitForLine(/x\[\d+\]: holds \d{5,}$/, { limitMs: 30_000 });
    const began = performance.now();
    const { stdout } = await run.exec(["telchap", "why", "x"], { limitMs: 60_000 });
    const tookMs = performance.now() - began;
    // The control: it is being looked for, and somebody listens there.
    assertMatch(stdout, /another process listens/);
    // Where all descriptors are looked at, that takes half a minute.
    assertLess(tookMs, ANSWER_MS);
    await run.signal("SIGTERM");
    await run.expectExit(0);
  },
);

/** Ctrl-C on a terminal goes to the processes of the session whose terminal it is. */
const TERMINALS = python(`import os, signal, time
folder = os.environ["TEST_DIR"] + "/app/"
def put(name, target):
    os.symlink(target, folder + "new-" + name); os.rename(folder + "new-" + name, folder + name)
def terminal():
    master, slave = os.openpty(); path = os.ttyname(slave); os.close(slave); return master, path
master, path = terminal()
child = os.fork()
if child == 0:
    os.setsid(); os.open(path, os.O_RDWR); signal.pause()
time.sleep(0.5)
while os.waitpid(child, os.WNOHANG) == (0, 0): os.write(master, b"\\x03"); time.sleep(0.1)
print("interrupts the control")
others = {name: terminal() for name in ("pid", "env")}
open(folder + "plain", "w").write("A=1\\n")
until = time.monotonic() + 4
while time.monotonic() < until:
    for name, (master, path) in others.items():
        for _ in range(20): put(name, folder + "plain"); put(name, path)
        os.write(master, b"\\x03")
print("has interrupted")
time.sleep(1000)`);

namespaceTest("a terminal in the place of a service's file does not interrupt PID 1", async () => {
  const again = {
    uid: "nobody",
    restart: "always",
    "restart_limit": 0,
    "restart_delay": 0.1,
    "startup_pause": 0,
    "ignore_failures": true,
  };
  await using run = await inNamespace({
    setup: `${OWN_FOLDER}; echo A=1 >"$dir/app/env"`,
    // As container engines start it: a session of its own, without a terminal.
    wrapper: ["setsid"],
    config: configuration({
      "e.service": {
        ...again,
        command: "/bin/false",
        "env_file": ["$(TEST_DIR)/app/env"],
        instances: 6,
        "restart_delay": 0.01,
      },
      "p.service": {
        ...again,
        type: "forking",
        command: sh("sleep 1000 &"),
        pidfile: "$(TEST_DIR)/app/pid",
        "process_timeout": 0.5,
      },
      "keep.service": { command: sh(STAYS) },
      "x.service": { command: TERMINALS, uid: "nobody" },
    }),
  });
  await run.waitForLine(/x\[\d+\]: interrupts the control$/, { limitMs: 30_000 });
  await run.waitForLine(/x\[\d+\]: has interrupted$/, { limitMs: 30_000 });
  await run.signal("SIGTERM");
  await run.expectExit(0);
});
