/**
 * Which process of a service is its main one: the living one that its pid file names, asked again
 * while the start lasts and when the main process leaves. A start that finds none leaves nothing
 * behind.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import type { Process } from "./harness/processes.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, python, sh, STAYS } from "./scenario.ts";

const KEEPER = { command: sh(STAYS) };
const PIDFILE = "$(TEST_DIR)/a.pid";

/** Leaves a daemon in the background that writes its number late. */
const LATE_DAEMON =
  `( setsid sh -c 'sleep 0.4; echo $$ >$TEST_DIR/new; mv $TEST_DIR/new $TEST_DIR/a.pid; exec sleep 77' & )`;

const isSleeper = ({ argv }: Process) => argv.join(" ") === "sleep 77";

async function expectOrderlyEnd(run: NamespaceRun): Promise<void> {
  await run.expectNoZombie();
  await run.signal("SIGTERM");
  await run.waitForLine(/exit 0: SIGTERM was received$/);
  await run.expectExit(0);
}

async function mainOf(run: NamespaceRun, name: string): Promise<number | undefined> {
  const { services } = JSON.parse((await run.exec(["telchap", "status", "--json"])).stdout);
  return services.find((each: { name: string }) => each.name === name)?.pid;
}

namespaceTest("F-023: a pid file of before that names nobody is passed over", async () => {
  await using run = await inNamespace({
    setup: `echo 99999 >"$dir/a.pid"`,
    config: configuration({
      "a.service": { type: "forking", pidfile: PIDFILE, command: sh(LATE_DAEMON) },
      "k.service": KEEPER,
    }),
  });
  await run.waitForLine(/: a\.service successfully started$/);
  const [daemon] = (await run.processes()).filter(isSleeper);
  assertEquals(await mainOf(run, "a.service"), daemon?.pid);
  await expectOrderlyEnd(run);
});

namespaceTest("F-023: a daemon that was killed and left its pid file starts again", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": {
        type: "forking",
        pidfile: PIDFILE,
        command: sh(LATE_DAEMON),
        restart: true,
        "restart_delay": 0.2,
      },
      "k.service": KEEPER,
    }),
  });
  await run.waitForLine(/: a\.service successfully started$/);
  const from = run.output.lines.length;
  const [first] = (await run.processes()).filter(isSleeper);
  Deno.kill(first?.outerPid ?? 0, "SIGKILL");
  await run.waitForLine(/: a\.service restart succeeded$/, { from });
  const [second, ...others] = (await run.processes()).filter(isSleeper);
  assertEquals(others, []);
  assertEquals(await mainOf(run, "a.service"), second?.pid);
  await expectOrderlyEnd(run);
});

/** Whether a signal is on its way to a process, or it has ended. */
function isSignalled(pid: number): boolean {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return !/^SigPnd:\s+0+\nShdPnd:\s+0+$/m.test(status);
  } catch {
    return true; // ENOENT: it has ended.
  }
}

namespaceTest("F-016: a start that fails ends the daemon that it has left", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": {
        type: "forking",
        pidfile: "$(TEST_DIR)/another.pid",
        command: sh(LATE_DAEMON),
        "process_timeout": 1.5,
        "ignore_failures": true,
      },
      "k.service": KEEPER,
    }),
  });
  // The control: it was there.
  await run.waitForProcesses((all) => all.some(isSleeper));
  await run.waitForLine(
    /a\.service: its pid file '\S+' was not written within 1\.5 s \(process_timeout\)/,
  );
  // What is done about it is done once the next one is answered.
  assertEquals((await run.exec(["telchap", "status"])).code, 0);
  const left = (await run.processes()).filter(isSleeper);
  const untouched = left.filter(({ outerPid }) => !isSignalled(outerPid));
  assertEquals(untouched, [], "left alone");
  await run.waitForProcesses((all) => !all.some(isSleeper));
  await expectOrderlyEnd(run);
});

/** A daemon that starts its successor at SIGUSR2 and leaves at SIGUSR1. */
const MASTER = `#!/bin/sh
[ "$1" = new ] || { setsid "$0" new & sleep 0.3; exit; }
echo $$ >$TEST_DIR/a.pid; echo "main $$"
trap 'setsid "$0" new &' USR2; trap 'exit 0' USR1; while :; do sleep 0.05; done`;

for (
  const [what, directives] of [
    ["exit_kills", { "exit_kills": true }],
    ["restart: always", { restart: "always" }],
  ] as const
) {
  namespaceTest(
    `F-024: the successor of a main process that leaves is the main one, with ${what}`,
    async () => {
      await using run = await inNamespace({
        files: { "m.sh": MASTER },
        setup: `chmod 755 "$dir/m.sh"`,
        config: configuration({
          "a.service": {
            type: "forking",
            pidfile: PIDFILE,
            command: "$(TEST_DIR)/m.sh",
            ...directives,
          },
          "k.service": KEEPER,
        }),
      });
      await run.waitForLine(/: a\.service successfully started$/);
      const first = await mainOf(run, "a.service");
      let from = run.output.lines.length;
      await run.exec(["sh", "-c", `kill -USR2 ${first}`]);
      const second = Number(
        /main (\d+)$/.exec(await run.waitForLine(/main \d+$/, { from }))?.[1],
      );
      from = run.output.lines.length;
      await run.exec(["sh", "-c", `kill -USR1 ${first}`]);
      await run.waitForLine(
        new RegExp(
          `a\\.service: process ${first} exited with code 0, and process ${second}, which .* goes on`,
        ),
        { from },
      );
      assertEquals(await mainOf(run, "a.service"), second);
      if (what === "exit_kills") {
        await run.exec(["sh", "-c", `kill -USR1 ${second}`]);
        await run.waitForLine(/: exit 0: a\.service exited with code 0$/);
        return await run.expectExit(0);
      }
      assertEquals((await run.exec(["telchap", "restart", "a"])).code, 0);
      await run.waitForProcesses((all) => !all.some(({ pid }) => pid === second));
      await expectOrderlyEnd(run);
    },
  );
}

namespaceTest("F-024: nginx goes on as its successor after USR2 and QUIT", async () => {
  await using run = await inNamespace({
    files: {
      "nginx.conf": `worker_processes 1; error_log stderr; pid TESTDIR/nginx.pid;
events {} http { access_log off; server { listen 127.0.0.1:8088; return 200 "here"; } }`,
    },
    setup: `sed -i "s#TESTDIR#$dir#" "$dir/nginx.conf"; mkdir -p /var/tmp/nginx`,
    config: configuration({
      "nginx.service": {
        type: "forking",
        pidfile: "$(TEST_DIR)/nginx.pid",
        command: "nginx -c $(TEST_DIR)/nginx.conf",
        "exit_kills": true,
      },
      "k.service": KEEPER,
    }),
  });
  await run.waitForLine(/: nginx\.service successfully started$/);
  const first = await mainOf(run, "nginx.service");
  await run.exec(["sh", "-c", `kill -USR2 ${first}`]);
  const old = `${run.directory}/nginx.pid.oldbin`;
  const both = await run.waitForProcesses((all) =>
    all.filter(({ argv }) => argv[0]?.startsWith("nginx: worker")).length === 2
  );
  assertEquals(Number(await Deno.readTextFile(old)), first, JSON.stringify(both));
  await run.exec(["sh", "-c", `kill -QUIT ${first}`]);
  await run.waitForLine(/nginx\.service: process \d+ exited with code 0, and process \d+, which/);
  const second = Number(await Deno.readTextFile(`${run.directory}/nginx.pid`));
  assertEquals(await mainOf(run, "nginx.service"), second);
  const page = await run.exec(["curl", "--silent", "--show-error", "http://127.0.0.1:8088/"]);
  assertEquals(page.stdout, "here", page.stderr);
  assertEquals((await run.exec(["telchap", "stop", "--wait", "nginx"])).code, 0);
  await run.waitForProcesses((all) => !all.some(({ name }) => name === "nginx"));
  await run.expectExit(0);
});

namespaceTest("F-025: reset ends a daemon with a pid file, and start starts it anew", async () => {
  await using run = await inNamespace({
    config: configuration({
      "web.service": {
        command: sh("(setsid sleep 77 & echo $! >$TEST_DIR/a.pid)"),
        pidfile: PIDFILE,
      },
      "k.service": KEEPER,
    }),
  });
  await run.waitForLine(/: web\.service successfully started$/);
  const [first] = (await run.processes()).filter(isSleeper);
  const reset = await run.exec(["telchap", "reset", "web"]);
  assertEquals([reset.stdout, reset.code], ["services reset.\n", 0], reset.stderr);
  assertEquals((await run.processes()).filter(isSleeper), []);
  assertEquals((await run.exec(["telchap", "start", "--wait", "web"])).code, 0);
  const [second] = (await run.processes()).filter(isSleeper);
  assertEquals(await mainOf(run, "web.service"), second?.pid);
  assertEquals(first?.pid === second?.pid, false);
  await expectOrderlyEnd(run);
});

namespaceTest("F-023, F-025: dnsmasq, killed with its pid file left, and reset", async () => {
  await using run = await inNamespace({
    config: configuration({
      "dns.service": {
        type: "forking",
        pidfile: PIDFILE,
        command:
          "dnsmasq --port=0 --conf-file=/dev/null --user=root --pid-file=$(TEST_DIR)/a.pid --dhcp-range=127.0.0.2,127.0.0.9 --dhcp-leasefile=$(TEST_DIR)/leases",
        restart: true,
        "restart_delay": 0.1,
      },
      "k.service": KEEPER,
    }),
  });
  await run.waitForLine(/: dns\.service successfully started$/);
  const isDns = ({ name }: Process) => name === "dnsmasq";
  const from = run.output.lines.length;
  const [first] = (await run.processes()).filter(isDns);
  Deno.kill(first?.outerPid ?? 0, "SIGKILL");
  await run.waitForLine(/: dns\.service restart succeeded$/, { from });
  const [second, ...others] = (await run.processes()).filter(isDns);
  assertEquals(others, []);
  assertEquals(await mainOf(run, "dns.service"), second?.pid);
  assertEquals((await run.exec(["telchap", "reset", "dns"])).code, 0);
  assertEquals((await run.processes()).filter(isDns), []);
  assertEquals((await run.exec(["telchap", "start", "--wait", "dns"])).code, 0);
  assertEquals((await run.processes()).filter(isDns).length, 1);
  await expectOrderlyEnd(run);
});

/**
 * A service names a child that has ended, has the number pass to a process of root, and asks for
 * what a missed watchdog leads to.
 */
const NAMES_ZOMBIE = `import ctypes, os, signal, socket, time
there = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
there.connect(os.environ["NOTIFY_SOCKET"])
there.send(b"READY=1")
zombie = os.fork()
if zombie == 0: os._exit(0)
while open(f"/proc/{zombie}/stat").read().rsplit(")", 1)[1].split()[0] != "Z": time.sleep(0.01)
there.send(b"MAINPID=%d" % zombie)
print("named", zombie)
while not os.path.exists(os.environ["TEST_DIR"] + "/go"): time.sleep(0.02)
os.waitpid(zombie, 0)
print("reaped")
while not os.path.exists(os.environ["TEST_DIR"] + "/taken"): time.sleep(0.02)
there.send(b"WATCHDOG=trigger")
while True: time.sleep(1)`;

/** Takes the number with clone3(2) as root, and says which signals come. */
const TAKES_NUMBER = `import ctypes, os, signal, struct, time
libc = ctypes.CDLL(None, use_errno=True)
folder = os.environ["TEST_DIR"]
while not os.path.exists(folder + "/wanted"): time.sleep(0.01)
wanted = ctypes.c_int(int(open(folder + "/wanted").read()))
args = ctypes.create_string_buffer(struct.pack("11Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0,
    ctypes.addressof(wanted), 1, 0))
while True:
    child = libc.syscall(435, args, len(args) - 1)
    if child == 0:
        os.setsid()
        for each in (signal.SIGTERM, signal.SIGABRT): signal.signal(each, lambda n, _: print("hit by", n))
        open(folder + "/taken", "w").close()
        while True: time.sleep(1)
    if child > 0: break
os.waitpid(child, 0)
print("died")
while True: time.sleep(1)`;

namespaceTest(
  "F-119: a zombie is no main process, and whoever gets its number is left alone",
  async () => {
    await using run = await inNamespace({
      setup: `chmod 777 "$dir"`,
      config: configuration({
        "taker.service": { command: python(TAKES_NUMBER) },
        "a.service": {
          type: "notify",
          command: python(NAMES_ZOMBIE),
          uid: "nobody",
          "stop_timeout": 1,
        },
      }),
    });
    const line = await run.waitForLine(/ a\[\d+\]: named \d+$/);
    const zombie = /named (\d+)$/.exec(line)?.[1];
    // What came before it is dealt with once it is answered.
    assertEquals((await run.exec(["telchap", "status"])).code, 0);
    await Deno.writeTextFile(`${run.directory}/wanted`, zombie ?? "");
    await Deno.writeTextFile(`${run.directory}/go`, "");
    await run.waitForLine(/a\.service sent WATCHDOG=trigger$/);
    await run.waitForLine(
      /a\.service exit status for pid=\d+ is '<ProcStatus signal=6>'$|taker\[\d+\]: hit by/,
    );
    const taken = (await run.processes()).filter(({ pid }) => `${pid}` === zombie);
    assertEquals(taken.map(({ name }) => name), ["python3"]);
    assertEquals(run.output.texts().filter((text) => /taker\[\d+\]: (hit|died)/.test(text)), []);
    const refusal = await run.waitForLine(/a\.service named \d+ as its main process, but/);
    assertMatch(refusal, /there is no such process$/);
    await expectOrderlyEnd(run);
  },
);

/** Names each of many processes as its main one, which it was for a moment. */
const NAMES_MANY = `import os, socket, subprocess, time
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.connect(os.environ["NOTIFY_SOCKET"])
for _ in range(50):
  pid = subprocess.Popen(["/bin/sleep", "1000"]).pid
  notify.send(b"MAINPID=%d\\nREADY=1" % pid)
print("has named", pid, flush=True)
time.sleep(1000)`;

namespaceTest("a service that names one process after another does not use PID 1 up", async () => {
  await using run = await inNamespace({
    program: [
      ...["sh", "-c", 'ulimit -n 60; exec "$0" --config "$TEST_DIR/chaperone.d"', "chaperone"],
    ],
    config: configuration({
      "a.service": { type: "notify", uid: "nobody", command: python(NAMES_MANY) },
      "other.service": { command: sh(STAYS), enabled: false },
    }),
  });
  const line = await run.waitForLine(/a\[\d+\]: has named \d+$/);
  const last = /\d+$/.exec(line)?.[0];
  // The control: each was believed.
  await run.waitForLine(new RegExp(`a\\.service changing PID to ${last} `));
  assertEquals((await run.exec(["telchap", "start", "--enable", "--wait", "other"])).code, 0);
  await run.exec(["telchap", "stop", "--wait", "a"]);
  assertEquals((await run.processes()).filter(({ argv }) => argv[0] === "/bin/sleep"), []);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});
