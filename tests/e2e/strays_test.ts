/**
 * Processes that a service leaves behind, by setsid or by forking twice: they end with it, when it is stopped
 * and before it is restarted.
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
