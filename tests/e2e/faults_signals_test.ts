/** What a service, an operator or the machine does to PID 1 itself. */
import { assertEquals, assertGreater } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { waitUntil } from "./harness/output.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { openSender } from "./harness/syslog.ts";
import { configuration, linesOf, python, sh, STAYS } from "./scenario.ts";

async function expectOrderlyEnd(run: NamespaceRun): Promise<void> {
  await run.expectNoZombie();
  await run.signal("SIGTERM");
  await run.waitForLine(/exit 0: SIGTERM was received$/);
  await run.expectExit(0);
}

/**
 * Sends every signal but those by which chaperone is told to end, as root and from inside. Again
 * and again: one that comes while the main thread blocks signals for a moment is not dropped by the
 * kernel.
 */
const ALL_SIGNALS = `import os, signal, time
STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGPWR, signal.SIGRTMIN + 3)
for number in list(range(1, 65)) * ROUNDS:
    if number in STOPS: continue
    try: os.kill(1, number)
    except OSError as error: print(number, error)
print("sent all")
while True: time.sleep(1)
`;

namespaceTest(
  "each signal that a service sends to PID 1 and that does not mean a stop leaves it at work",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "a.service": { command: sh(STAYS) },
        "b.service": { command: python(ALL_SIGNALS.replace("ROUNDS", "50")), after: "a.service" },
      }),
    });
    await run.waitForLine(/a\[\d+\]: up$/);
    await run.waitForLine(/b\[\d+\]: sent all$/);
    assertEquals(linesOf("b", run.output.texts()), ["sent all"]);
    const status = await run.exec(["telchap", "status"]);
    assertEquals(status.code, 0, status.stderr);
    using sender = await openSender(run);
    await sender.send("<13>Nov 23 10:00:00 prog: still logging");
    await run.waitForLine(/still logging$/);
    await expectOrderlyEnd(run);
    await run.waitForLine(/a\[\d+\]: got TERM$/);
  },
);

namespaceTest("SIGTERM by a service that is root ends the container in order", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": { command: sh(STAYS) },
      "b.service": { command: sh("kill -TERM 1; exec sleep 60"), after: "a.service" },
    }),
  });
  await run.waitForLine(/a\[\d+\]: got TERM$/);
  await run.expectExit(0);
});

namespaceTest("a service of another user cannot signal PID 1", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": {
        command: python(
          ALL_SIGNALS.replace("if number in STOPS: continue", "")
            .replace("ROUNDS", "1"),
        ),
        uid: "nobody",
      },
    }),
  });
  await run.waitForLine(/a\[\d+\]: sent all$/);
  const refused = linesOf("a", run.output.texts()).filter((line) => /not permitted/.test(line));
  assertEquals(refused.length, 64);
  await expectOrderlyEnd(run);
});

namespaceTest("kill -9 -1 by root inside ends the services, which are restarted", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": { command: sh(STAYS), restart: true, "restart_delay": 0.1 },
      "b.service": { command: sh(STAYS), restart: true, "restart_delay": 0.1 },
    }),
  });
  await run.waitForLine(/a\.service successfully started$/);
  await run.waitForLine(/b\.service successfully started$/);
  const from = run.output.lines.length;
  await run.exec(["sh", "-c", "kill -9 -1"]);
  await run.waitForLine(/a\.service restart succeeded$/, { from });
  await run.waitForLine(/b\.service restart succeeded$/, { from });
  await expectOrderlyEnd(run);
});

namespaceTest(
  "stopped for a while and continued, chaperone catches up with what happened meanwhile",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "a.service": {
          command: sh(
            "until [ -e $TEST_DIR/go ]; do sleep 0.02; done; i=0; while [ $i -lt 500 ]; do i=$((i+1)); echo line $i; done; touch $TEST_DIR/done; exit 3",
          ),
          restart: true,
          "restart_limit": 1,
          "restart_delay": 60,
        },
        "b.service": { command: sh(STAYS) },
      }),
    });
    await run.waitForLine(/a\.service successfully started$/);
    await run.waitForLine(/b\.service successfully started$/);
    await run.signal("SIGSTOP");
    await run.exec([
      "sh",
      "-c",
      "touch $TEST_DIR/go; until [ -e $TEST_DIR/done ]; do sleep 0.02; done",
    ]);
    await run.signal("SIGCONT");
    await run.waitForLine(/a\[\d+\]: line 500$/);
    await run.waitForLine(/a\.service pausing between restart retries/);
    const lines = linesOf("a", run.output.texts()).slice(0, 500);
    assertEquals(lines, Array.from({ length: 500 }, (_, index) => `line ${index + 1}`));
    await expectOrderlyEnd(run);
  },
);

namespaceTest("a shutdown ends though a service forks as fast as it can", async () => {
  await using run = await inNamespace({
    config: configuration({
      settings: { "shutdown_timeout": 2 },
      "console.logging": { selector: "*.warn;daemon.info", stdout: true },
      "a.service": { command: python(FORKS), "kill_signal": "SIGUSR1" },
      "b.service": { command: sh(STAYS) },
    }),
  });
  await run.waitForLine(/ a\[\d+\]: forking$/);
  await run.waitForLine(/ b\[\d+\]: up$/);
  await run.signal("SIGTERM");
  await run.expectExit(0, 20_000);
  await run.waitForLine(/exit 0: SIGTERM was received$/);
});

/**
 * Two in a relay that fork on and on, out of the session, ignoring what asks them to end; 60 s at
 * most.
 */
const FORKS = `import os, signal, time
for each in (signal.SIGUSR1, signal.SIGTERM, signal.SIGHUP): signal.signal(each, signal.SIG_IGN)
print("forking")
end = time.time() + 60
while time.time() < end:
    child = os.fork()
    if child: os._exit(0)
    os.setsid()
    for _ in range(4):
        if os.fork() == 0: os._exit(0)
`;

const FORKS_SOURCE = new URL("harness/forks.c", import.meta.url);

namespaceTest(
  "a stop ends while thousands of processes a second are forked and left to PID 1",
  async () => {
    await using run = await inNamespace({
      files: { "forks.c": await Deno.readTextFile(FORKS_SOURCE) },
      setup: `gcc -O1 -o "$dir/forker" "$dir/forks.c"`,
      config: configuration({
        settings: { "shutdown_timeout": 2 },
        "console.logging": { selector: "*.warn;daemon.info", stdout: true },
        "a.service": { command: "$(TEST_DIR)/forker", "kill_signal": "SIGUSR1" },
        "b.service": { command: sh(STAYS) },
      }),
    });
    await run.waitForLine(/ b\[\d+\]: up$/, { limitMs: 30_000 });
    const counted = async () =>
      Number(new BigInt64Array((await Deno.readFile(`${run.directory}/forks`)).buffer)[0]);
    await waitUntil(async () => await counted() > 3000 || undefined, "processes", 30_000);
    const before = await counted();
    const startMs = performance.now();
    await run.signal("SIGTERM");
    await run.expectExit(0, 60_000);
    await run.waitForLine(/exit 0: SIGTERM was received$/);
    const rate = (await counted() - before) / ((performance.now() - startMs) / 1000);
    // As many as there is time for beside other tests; 10,000 on two idle cores.
    assertGreater(rate, 100);
  },
  ["gcc"],
);
