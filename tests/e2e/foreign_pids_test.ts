/**
 * Numbers of processes are used again, and anybody can write one into a file. chaperone signals
 * only what belongs to the service: neither whoever got the number of a process that has ended, nor
 * whom a service names.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { waitUntil } from "./harness/output.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, linesOf, python, sh, STAYS } from "./scenario.ts";

async function expectOrderlyEnd(run: NamespaceRun): Promise<void> {
  await run.expectNoZombie();
  await run.signal("SIGTERM");
  await run.waitForLine(/exit 0: SIGTERM was received$/);
  await run.expectExit(0);
}

const PIDFILES: Readonly<Record<string, { writes: string; says: RegExp; uid?: string }>> = {
  "chaperone itself": {
    writes: "echo 1",
    says:
      /a\.service: its pid file '\S+' names process 1, which cannot be used: that is chaperone itself$/,
  },
  "another service": {
    writes: "cat $TEST_DIR/b.pid",
    says:
      /a\.service: its pid file '\S+' names process \d+, which cannot be used: it belongs to b\.service$/,
  },
  "what another service left": {
    writes: "cat $TEST_DIR/stray.pid",
    says:
      /a\.service: its pid file '\S+' names process \d+, which cannot be used: it belongs to b\.service$/,
  },
  "another user's process": {
    writes: "cat $TEST_DIR/unmarked.pid",
    says:
      /a\.service: its pid file '\S+' names process \d+, which cannot be used: it belongs to another user$/,
    uid: "nobody",
  },
  "nobody, with a number that is too large": {
    writes: "echo 99999999999",
    says: /its pid file '\S+' names process 99999999999, which does not exist$/,
  },
  "nobody, with a number that would be -1": {
    writes: "echo 4294967295",
    says: /its pid file '\S+' names process 4294967295, which does not exist$/,
  },
};

/** Each leaves something else than a file with a number. */
const UNREADABLE = {
  "a FIFO": "mkfifo $TEST_DIR/open/a.pid",
  "a directory": "mkdir $TEST_DIR/open/a.pid",
  "a file of 20 MB": "truncate -s 20M $TEST_DIR/open/a.pid",
  "a link to a device": "ln -s /dev/zero $TEST_DIR/open/a.pid",
  "a link to itself": "ln -s a.pid $TEST_DIR/open/a.pid",
  "now a file and now a FIFO": `python3 -c '
import os
os.chdir(os.environ["TEST_DIR"] + "/open")
while True:
    os.mkfifo("fifo"); os.rename("fifo", "a.pid")
    open("file", "w").close(); os.rename("file", "a.pid")' & :`,
};

for (const [what, leaves] of Object.entries(UNREADABLE)) {
  namespaceTest(`a pid file that is ${what} fails its service alone`, async () => {
    await using run = await inNamespace({
      setup: `mkdir -m 777 "$dir/open"`,
      config: configuration({
        "b.service": { command: sh(STAYS) },
        "a.service": {
          command: sh(`${leaves}; ${STAYS}`),
          after: "b.service",
          pidfile: "$(TEST_DIR)/open/a.pid",
          "process_timeout": 0.5,
          "ignore_failures": true,
          uid: "nobody",
        },
      }),
    });
    await run.waitForLine(
      /a\.service .*its pid file '\S+' (cannot be used|names process \d+, which|holds no number|was not written)/,
    );
    await run.waitForLine(/ a\[\d+\]: got TERM$/);
    assertEquals(linesOf("b", run.output.texts()), ["up"]);
    assertEquals(run.output.texts().filter((line) => line.includes("internal error")), []);
    await expectOrderlyEnd(run);
  });
}

for (const [whom, { writes, says, uid }] of Object.entries(PIDFILES)) {
  namespaceTest(`a pid file that names ${whom} fails its service alone`, async () => {
    await using run = await inNamespace({
      setup: `mkdir -m 777 "$dir/open"`,
      config: configuration({
        "b.service": {
          command: sh(
            `setsid sh -c 'echo $$ >$TEST_DIR/stray.pid; exec sleep 60' &
             env -u _CHAP_SERVICE_ID setsid sh -c 'echo $$ >$TEST_DIR/unmarked.pid; exec sleep 60' &
             until [ -s $TEST_DIR/stray.pid -a -s $TEST_DIR/unmarked.pid ]; do sleep 0.02; done
             echo $$ >$TEST_DIR/b.pid; ${STAYS}`,
          ),
        },
        "a.service": {
          command: sh(`${writes} >$TEST_DIR/open/a.pid; ${STAYS}`),
          after: "b.service",
          pidfile: "$(TEST_DIR)/open/a.pid",
          "process_timeout": 0.5,
          enabled: false,
          ...(uid === undefined ? {} : { uid }),
        },
      }),
    });
    await run.waitForLine(/ b\[\d+\]: up$/);
    const start = await run.exec(["telchap", "start", "--enable", "--wait", "a"]);
    assertEquals(start.code, 1, start.stdout + run.output.format());
    assertMatch(start.stderr + start.stdout, new RegExp(says.source.replace("$", ""), "m"));
    // Its own process is ended, and nobody else.
    await run.waitForLine(/ a\[\d+\]: got TERM$/);
    assertEquals(linesOf("b", run.output.texts()), ["up"]);
    const sleepers = (await run.processes()).filter(({ argv }) => argv.join(" ") === "sleep 60");
    assertEquals(sleepers.length, 2);
    await expectOrderlyEnd(run);
  });
}

namespaceTest(
  "a pid file of an earlier run is passed over until the daemon writes its own",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "b.service": { command: sh(`echo $$ >$TEST_DIR/a.pid; ${STAYS}`) },
        "a.service": {
          type: "forking",
          after: "b.service",
          command: sh(
            "setsid sh -c 'sleep 0.5; echo $$ >$TEST_DIR/new; mv $TEST_DIR/new $TEST_DIR/a.pid; exec sleep 60' &",
          ),
          pidfile: "$(TEST_DIR)/a.pid",
        },
      }),
    });
    await run.waitForLine(/a\.service successfully started$/);
    assertEquals((await run.exec(["telchap", "stop", "--wait", "a.service"])).code, 0);
    assertEquals(linesOf("b", run.output.texts()), ["up"]);
    await expectOrderlyEnd(run);
  },
);

/**
 * Waits until a number is free and starts a process under it, with clone3(2): one that nobody but
 * PID 1 waits for, that leads a session of its own, and says which signals it gets. The numbers
 * come as files' names.
 */
const TAKER = `import ctypes, os, signal, struct, sys, time
libc = ctypes.CDLL(None, use_errno=True)
CLONE3 = 435
def become_stranger():
    os.setsid()
    for each in (signal.SIGTERM, signal.SIGHUP, signal.SIGABRT):
        signal.signal(each, lambda number, _: print("hit by", number))
    print("taken", os.getpid())
    while True: signal.pause()
def take(pid):
    wanted = ctypes.c_int(pid)
    args = ctypes.create_string_buffer(struct.pack("11Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0,
        ctypes.addressof(wanted), 1, 0))
    while True:
        child = libc.syscall(CLONE3, args, len(args) - 1)
        if child == 0: become_stranger()
        if child > 0: return
        if ctypes.get_errno() != 17: sys.exit("clone3: " + os.strerror(ctypes.get_errno()))
folder = os.environ["TEST_DIR"] + "/wanted"
os.mkdir(folder)
print("ready")
while True:
    for name in os.listdir(folder):
        # Nobody of this family is left between the taken process and PID 1.
        if os.fork() == 0:
            take(int(name))
            os._exit(0)
        os.wait()
        os.unlink(folder + "/" + name)
    time.sleep(0.01)
`;

/** The number of the service's process, which `taker` has under way to get. */
async function wantNumberOf(run: NamespaceRun, pid: number): Promise<void> {
  await Deno.writeTextFile(`${run.directory}/wanted/${pid}`, "");
}

async function lastNumber(run: NamespaceRun, pattern: RegExp, from = 0): Promise<number> {
  return Number(pattern.exec(await run.waitForLine(pattern, { from }))?.[1]);
}

namespaceTest("whoever gets the number of a process that was stopped is left alone", async () => {
  await using run = await inNamespace({
    config: configuration({
      "taker.service": { command: python(TAKER) },
      "a.service": { command: sh(STAYS), "startup_pause": 0, "stop_timeout": 1 },
    }),
  });
  await run.waitForLine(/taker\[\d+\]: ready$/);
  const rounds = 5;
  let from = 0;
  for (let round = 0; round < rounds; round++) {
    const pid = await lastNumber(run, / a\[(\d+)\]: up$/, from);
    from = run.output.lines.length;
    await wantNumberOf(run, pid);
    // Stops of every kind, some of which come while the process ends, and some after.
    const stops = ["stop a", "stop --force a", "stop a", "reset a", "stop --force a"];
    await Promise.all(stops.map((words) => run.exec(["telchap", ...words.split(" ")])));
    assertEquals(await lastNumber(run, /taker\[\d+\]: taken (\d+)$/, from), pid);
    for (const words of ["stop --force --wait a", "reset a"]) {
      await run.exec(["telchap", ...words.split(" ")]);
    }
    from = run.output.lines.length;
    assertEquals((await run.exec(["telchap", "start", "a"])).code, 0);
  }
  const strangers = (await run.processes()).filter(({ parent, name }) =>
    parent === 1 && name === "python3"
  );
  assertEquals(strangers.length, 1 + rounds);
  assertEquals(linesOf("taker", run.output.texts()).filter((line) => line.startsWith("hit")), []);
  await expectOrderlyEnd(run);
});

namespaceTest(
  "whoever gets the number of a main process that its own parent reaped is left alone",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "taker.service": { command: python(TAKER) },
        "a.service": {
          type: "notify",
          "stop_timeout": 2,
          command: python(`import os, socket, time
main = os.fork()
if main == 0:
    os.setsid()
    while not os.path.exists(os.environ["TEST_DIR"] + "/go"): time.sleep(0.01)
    os._exit(0)
there = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
there.connect(os.environ["NOTIFY_SOCKET"])
there.send(b"MAINPID=%d\\nREADY=1" % main)
print("main is", main)
os.waitpid(main, 0)
print("reaped")
while True: time.sleep(1)`),
        },
      }),
    });
    await run.waitForLine(/taker\[\d+\]: ready$/);
    const main = await lastNumber(run, /a\[\d+\]: main is (\d+)$/);
    await run.waitForLine(/a\.service successfully started$/);
    await wantNumberOf(run, main);
    await Deno.writeTextFile(`${run.directory}/go`, "");
    assertEquals(await lastNumber(run, /taker\[\d+\]: taken (\d+)$/), main);
    const stop = await run.exec(["telchap", "stop", "--wait", "a"]);
    assertEquals(stop.code, 0, stop.stderr);
    const left = await waitUntil(async () => {
      const all = await run.processes();
      return all.filter(({ name }) => name === "python3").length === 2 ? all : undefined;
    }, "what a.service left to be gone");
    assertEquals(left.filter(({ pid }) => pid === main).length, 1);
    assertEquals(linesOf("taker", run.output.texts()), ["ready", `taken ${main}`]);
    await expectOrderlyEnd(run);
  },
);
