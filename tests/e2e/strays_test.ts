/**
 * Processes that a service leaves behind, by setsid or by forking twice: they end with it, when it
 * is stopped and before it is restarted.
 */
import { assertEquals, assertLess } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import type { Process } from "./harness/processes.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, python, sh, STAYS } from "./scenario.ts";

/** Stops an orderly container and checks that PID 1 was the one that ended it. */
async function expectOrderlyEnd(run: NamespaceRun): Promise<void> {
  await run.expectNoZombie();
  await run.signal("SIGTERM");
  await run.waitForLine(/exit 0: SIGTERM was received$/);
  await run.expectExit(0);
}

/** Leaves two processes behind that left its session and its parentage, then `ends`. */
const leaves = (ends: string) =>
  python(`import os, signal, sys, time
def stray(name, again):
    child = os.fork()
    if child:
        if again: os.waitpid(child, 0)
        return
    os.setsid()
    if again and os.fork(): os._exit(0)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with open(os.environ["TEST_DIR"] + "/" + name, "w") as file: file.write(str(os.getpid()))
    while True: time.sleep(1)
stray("one", False)
stray("two", True)
for name in ("one", "two"):
    while not os.path.exists(os.environ["TEST_DIR"] + "/" + name): time.sleep(0.01)
print("up")
${ends}
`);

const isPython = (each: Process) => each.name.startsWith("python");

namespaceTest("strays of a service are ended when it stops", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": { command: leaves("while True: time.sleep(1)") },
      "b.service": {
        command: sh(
          "trap 'sleep 0.5; ps -eo args >$TEST_DIR/seen; exit 0' TERM; echo up; while :; do sleep 0.05; done",
        ),
        before: "a.service",
      },
    }),
  });
  await run.waitForLine(/ a\[\d+\]: up$/);
  await run.waitForLine(/ b\[\d+\]: up$/);
  assertEquals((await run.processes()).filter(isPython).length, 3);
  await expectOrderlyEnd(run);
  // b is told to stop after a is gone, with all that a left.
  const seen = await Deno.readTextFile(`${run.directory}/seen`);
  assertEquals(seen.includes("stray"), false, seen);
});

/** Container engines give root no CAP_SYS_PTRACE: then it may not look into processes of others. */
const CRASHES = [
  { who: "a service that crashed", options: {}, directives: {} },
  {
    who: "another user's service that crashed, without CAP_SYS_PTRACE",
    options: {
      wrapper: ["setpriv", "--bounding-set=-sys_ptrace"],
      setup: 'chmod 777 "$dir"',
    },
    directives: { uid: "nobody" },
  },
];

for (const { who, options, directives } of CRASHES) {
  namespaceTest(`strays of ${who} are ended before it is restarted`, async () => {
    await using run = await inNamespace({
      ...options,
      config: configuration({
        "a.service": {
          command: leaves(`
while not os.path.exists(os.environ["TEST_DIR"] + "/go"): time.sleep(0.02)
os.unlink(os.environ["TEST_DIR"] + "/go")
os._exit(3)`),
          restart: true,
          "restart_delay": 0.05,
          ...directives,
        },
      }),
    });
    await run.waitForLine(/: a\.service successfully started$/);
    await run.waitForLine(/ a\[\d+\]: up$/);
    const before = (await run.processes()).filter(isPython).map(({ pid }) => pid);
    const from = run.output.lines.length;
    await Deno.writeTextFile(`${run.directory}/go`, "");
    await run.waitForLine(/: a\.service pausing between restart retries/, { from });
    const left = (await run.processes()).filter((each) =>
      isPython(each) && before.includes(each.pid)
    );
    assertEquals(left, []);
    await run.waitForLine(/: a\.service restart succeeded$/, { from });
    await run.waitForProcesses((all) => all.filter(isPython).length === 3);
    await expectOrderlyEnd(run);
  });
}

namespaceTest("strays that ignore SIGTERM are killed", async () => {
  await using run = await inNamespace({
    config: configuration({
      settings: { "shutdown_timeout": 1 },
      "a.service": {
        command: sh(
          "setsid sh -c 'trap \"\" TERM; echo stray; while :; do sleep 0.05; done' & " + STAYS,
        ),
      },
    }),
  });
  await run.waitForLine(/: stray$/);
  await run.waitForLine(/: up$/);
  const startMs = performance.now();
  await run.signal("SIGTERM");
  await run.expectExit(0);
  assertLess(performance.now() - startMs, 3500);
});

namespaceTest(
  "a process that starts another one whenever it is told to end is ended in time",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        settings: { "shutdown_timeout": 1 },
        "a.service": { command: sh("exec env -i TEST_DIR=$TEST_DIR setsid sh $TEST_DIR/hydra") },
      }),
      files: {
        hydra:
          "trap 'setsid sh $TEST_DIR/hydra & exit 0' TERM; echo head; while :; do sleep 0.01; done",
      },
    });
    await run.waitForLine(/a\[\d+\]: head$/);
    const startMs = performance.now();
    await run.signal("SIGTERM");
    await run.expectExit(0);
    assertLess(performance.now() - startMs, 3000);
  },
);

/**
 * What a service may do so that nothing of it tells whose it is; each leaves one `sleep 7…` behind.
 */
const WASHED: Readonly<Record<string, { readonly script: string; readonly uid?: string }>> = {
  "F-015: a cleared environment and a session of its own": {
    script: "(env -i setsid setsid -f sleep 700 &)",
  },
  "F-015: runuser -l": {
    script: "(setsid runuser -l www-data -s /bin/sh -c 'setsid -f sleep 700' &)",
  },
  "F-015: su -": { script: "(setsid su - games -s /bin/sh -c 'setsid -f sleep 700' &)" },
  "F-015: another user's number": {
    script: "setpriv --reuid 4711 --clear-groups env -i setsid -f sleep 700",
  },
  "F-012: the name of another service": {
    script: "(_CHAP_SERVICE_ID=b.service setsid -f sleep 700 &)",
    uid: "nobody",
  },
  "lowered limits": {
    script:
      "setpriv --reuid nobody prlimit --rttime=1000:1000 --locks=1:1 env -i setsid -f sleep 700",
    uid: "nobody",
  },
};

/** Numbers of the processes that run `sleep` with this argument. */
const sleepers = (all: readonly Process[], seconds: number) =>
  all.filter(({ argv }) => argv.join(" ") === `sleep ${seconds}`).map(({ pid }) => pid);

for (const [what, { script, uid }] of Object.entries(WASHED)) {
  for (const how of ["stop", "crash", "failed start"] as const) {
    namespaceTest(`${what}: the process ends at a ${how} of its service`, async () => {
      await using run = await inNamespace({
        setup: 'chmod 777 "$dir"',
        config: configuration({
          "a.service": {
            command: sh(
              `${script}; until pgrep -xf 'sleep 700' >/dev/null; do sleep 0.02; done; echo up
               until [ -e $TEST_DIR/go ]; do sleep 0.02; done; exit 3`,
            ),
            ...(how === "failed start" ? { type: "oneshot" } : {}),
            "ignore_failures": true,
            ...(uid === undefined ? {} : { uid }),
          },
          // The control: it is as much a stray, and none of a's.
          "b.service": { command: sh(`setsid -f sleep 701; ${STAYS}`), uid: "games" },
          "k.service": { command: "sleep 600" },
        }),
      });
      await run.waitForLine(/ a\[\d+\]: up$/);
      await run.waitForProcesses((all) => sleepers(all, 700).length === 1);
      await run.waitForProcesses((all) => sleepers(all, 701).length === 1);
      if (how === "stop") {
        assertEquals((await run.exec(["telchap", "stop", "--wait", "a"])).code, 0);
        assertEquals(sleepers(await run.processes(), 700), []);
      } else await Deno.writeTextFile(`${run.directory}/go`, "");
      await run.waitForProcesses((all) => sleepers(all, 700).length === 0);
      assertEquals(sleepers(await run.processes(), 701).length, 1);
      assertEquals((await run.exec(["telchap", "stop", "--wait", "b"])).code, 0);
      assertEquals(sleepers(await run.processes(), 701), []);
      await expectOrderlyEnd(run);
    });
  }
}

namespaceTest(
  "F-012: a process of another user that names a service is not the service's",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "a.service": { command: "sleep 600", uid: "nobody" },
        "b.service": {
          command: sh(`_CHAP_SERVICE_ID=a.service setsid -f sleep 700; ${STAYS}`),
          uid: "games",
        },
      }),
    });
    await run.waitForLine(/ b\[\d+\]: up$/);
    const [stray] = sleepers(
      await run.waitForProcesses((all) => sleepers(all, 700).length === 1),
      700,
    );
    const { services } = JSON.parse((await run.exec(["telchap", "tree", "--json"])).stdout);
    const owner = services.find((each: { processes: { pid: number }[] }) =>
      each.processes.some(({ pid }) => pid === stray)
    );
    assertEquals(owner.name, "b.service");
    assertEquals((await run.exec(["telchap", "stop", "--wait", "a"])).code, 0);
    assertEquals(sleepers(await run.processes(), 700), [stray]);
    await expectOrderlyEnd(run);
  },
);

/** Its first thread ends, another one goes on and cannot be told to end. */
const THREAD = `import ctypes, os, signal, sys, threading, time
if os.fork(): sys.exit(0)
os.setsid()
for each in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT): signal.signal(each, signal.SIG_IGN)
def go_on():
    while open("/proc/self/stat").read().rsplit(")", 1)[1].split()[0] != "Z": time.sleep(0.01)
    open(os.environ["TEST_DIR"] + "/thread", "w").close()
    while True: time.sleep(1)
threading.Thread(target=go_on).start()
ctypes.CDLL(None).pthread_exit(None)
`;

for (const how of ["stop", "crash"] as const) {
  namespaceTest(`F-122: a stray whose first thread has ended is ended at a ${how}`, async () => {
    await using run = await inNamespace({
      files: { "thread.py": THREAD },
      config: configuration({
        "a.service": {
          command: sh(
            `python3 $TEST_DIR/thread.py; echo up
             until [ -e $TEST_DIR/go ]; do sleep 0.02; done; kill -9 $$`,
          ),
          "stop_timeout": 1,
          "ignore_failures": true,
        },
        "k.service": { command: "sleep 600" },
      }),
    });
    await run.waitForLine(/ a\[\d+\]: up$/);
    while (!(await exists(`${run.directory}/thread`))) await run.exec(["true"]);
    if (how === "stop") {
      assertEquals((await run.exec(["telchap", "stop", "--wait", "a"])).code, 0);
    } else await Deno.writeTextFile(`${run.directory}/go`, "");
    await run.waitForProcesses((all) => !all.some(isPython));
    await expectOrderlyEnd(run);
  });
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/**
 * PID 1 of a container of somebody else's: it starts chaperone, and kills it once its services are
 * up.
 */
const KILLS_CHAPERONE = `import os, signal, subprocess, time
folder = os.environ["TEST_DIR"]
chaperone = subprocess.Popen([folder + "/bin/chaperone", "--force", "--config", folder + "/chaperone.d"])
def read(name):
    try: return int(open(folder + "/tmp/" + name).read())
    except (OSError, ValueError): return None
def wait(what, condition):
    until = time.monotonic() + 30
    while not condition():
        if time.monotonic() > until: print("no", what, flush=True); os._exit(1)
        time.sleep(0.02)
def lives(pid):
    try: return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError: return False
wait("services", lambda: read("root") and read("nobody"))
pids = read("root"), read("nobody")
subprocess.run([folder + "/bin/telchap", "reexec"], stdout=subprocess.DEVNULL)
print("after reexec", all(map(lives, pids)), flush=True)
os.kill(chaperone.pid, signal.SIGKILL); chaperone.wait()
wait("end of services", lambda: not any(map(lives, pids)))
print("none is left", flush=True)`;

namespaceTest(
  "F-017: a chaperone that is not PID 1 and is killed takes its services along",
  async () => {
    const tells = (name: string) => sh(`echo $$ >"$TEST_DIR/tmp/${name}"; exec sleep 1000`);
    await using run = await inNamespace({
      config: configuration({
        "a.service": { command: tells("root") },
        "b.service": { command: tells("nobody"), uid: "nobody" },
      }),
      program: ["/usr/bin/python3", "-u", "-c", KILLS_CHAPERONE],
    });
    await run.waitForLine(/^after reexec True$/);
    // Its sockets stay: who is killed removes nothing.
    await run.waitForLine(/^none is left$/);
  },
);
