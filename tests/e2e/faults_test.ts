/**
 * Services that misbehave: whatever they do, they reach a definite end, PID 1 lives until its own,
 * and neither a process nor a zombie is left. Ends of containers that are asked for are in
 * shutdown_test.ts.
 */
import { assert, assertEquals, assertLess } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import type { Process } from "./harness/processes.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, linesOf, python, sh, STAYS } from "./scenario.ts";

/** Stops an orderly container and checks that PID 1 was the one that ended it. */
async function expectOrderlyEnd(run: NamespaceRun): Promise<void> {
  await run.expectNoZombie();
  await run.signal("SIGTERM");
  await run.waitForLine(/exit 0: SIGTERM was received$/);
  await run.expectExit(0);
}

namespaceTest(
  "a service that forks faster than it is reaped does not hold up anything",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "console.logging": { selector: "*.warn", stdout: true },
        "a.service": {
          // Bounded: each child ends at once, and none is waited for by its parent, which ends,
          // too.
          command: python(`import os, sys
for _ in range(1000):
    if os.fork() == 0:
        if os.fork() == 0: os._exit(0)
        os._exit(0)
    os.wait()
sys.stderr.write("forked all\\n")
import signal; signal.pause()`),
        },
        "b.service": { command: sh("sleep 0.1; echo b lives >&2; exec sleep 60") },
      }),
    });
    await run.waitForLine(/b\[\d+\]: b lives$/);
    await run.waitForLine(/a\[\d+\]: forked all$/, { limitMs: 120_000 });
    await expectOrderlyEnd(run);
  },
);

namespaceTest(
  "a service that closes its output runs on and is stopped like any other",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "a.service": {
          command: sh(
            "trap 'touch $TEST_DIR/ended; exit 0' TERM; echo up; exec >&- 2>&-; while :; do sleep 0.05; done",
          ),
        },
      }),
    });
    await run.waitForLine(/a\[\d+\]: up$/);
    await run.waitForLine(/: a\.service successfully started$/);
    await expectOrderlyEnd(run);
    await Deno.stat(`${run.directory}/ended`);
  },
);

namespaceTest(
  "50 MB of output without a newline pass in bounded memory, and nothing is lost",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "console.logging": { selector: "*.debug", file: "$(TEST_DIR)/log" },
        "a.service": {
          command: python(`import sys, time
for _ in range(800): sys.stdout.write("x" * 65536)
print("", flush=True)
print("last line", flush=True)
while True: time.sleep(1)`),
        },
        "b.service": { command: sh("echo b lives; exec sleep 60"), stdout: "inherit" },
      }),
    });
    await run.waitForLine(/^b lives$/);
    const init = await run.initPid();
    await waitForText(`${run.directory}/log`, "]: last line\n");
    const peakKiB = Number(
      /VmHWM:\s+(\d+)/.exec(await Deno.readTextFile(`/proc/${init}/status`))?.[1],
    );
    assertLess(peakKiB, 200 * 1024, "peak memory in KiB");
    await run.signal("SIGTERM");
    await run.expectExit(0);
    const text = await Deno.readTextFile(`${run.directory}/log`);
    const written = linesOf("a", text.split("\n")).slice(0, -1).join("");
    assertEquals(written.replaceAll(/[^x]/g, "").length, 800 * 65536);
  },
);

async function waitForText(path: string, text: string): Promise<void> {
  const end = performance.now() + 20_000;
  while (performance.now() < end) {
    const file = await Deno.open(path).catch(() => undefined);
    if (file !== undefined) {
      const { size } = await file.stat();
      await file.seek(Math.max(0, size - 4096), Deno.SeekMode.Start);
      const tail = await new Response(file.readable).text();
      if (tail.includes(text)) return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`No '${text}' in ${path}`);
}

namespaceTest("a service that is killed during its start fails the start with 137", async () => {
  await using run = await inNamespace({
    config: configuration({
      settings: { "startup_pause": 10 },
      "a.service": { command: sh(STAYS) },
      "b.service": { command: sh(STAYS) },
    }),
  });
  await run.waitForLine(/ a\[\d+\]: up$/);
  await run.waitForLine(/ b\[\d+\]: up$/);
  const pid = Number(/ a\[(\d+)\]: up$/.exec(await run.waitForLine(/ a\[\d+\]: up$/))?.[1]);
  const all = await run.processes();
  Deno.kill(outerPidOf(all, pid), "SIGKILL");
  await run.waitForLine(/error: a\.service failed on start-up with result '<ProcStatus signal=9>'/);
  await run.waitForLine(/ b\[\d+\]: got TERM$/);
  await run.expectExit(137);
});

function outerPidOf(all: readonly Process[], pid: number): number {
  const found = all.find((each) => each.pid === pid);
  if (found === undefined) throw new Error(`No process ${pid}: ${JSON.stringify(all)}`);
  return found.outerPid;
}

namespaceTest(
  "a stop that comes before anything was started ends with 0 and leaves nothing",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "a.service": { command: sh("echo up; exec sleep 60"), "wait_for": ["file:/nonexistent"] },
        "b.service": { command: "/bin/echo b runs", after: "a.service" },
      }),
    });
    await run.waitForLine(/: service a\.service prerequisites satisfied$/);
    await expectOrderlyEnd(run);
    assertEquals(linesOf("b", run.output.texts()), []);
  },
);

for (const when of [0, 1, 2, 5, 10, 20, 50]) {
  namespaceTest(`a stop ${when} ms after the first sign of life ends with 0`, async () => {
    await using run = await inNamespace({
      config: configuration({
        settings: { "startup_pause": 0.02 },
        ...Object.fromEntries(Array.from({ length: 10 }, (_, index) => [
          `s${index}.service`,
          { command: sh(STAYS), ...(index > 0 ? { after: `s${index - 1}.service` } : {}) },
        ])),
      }),
    });
    await run.waitForLine(/version \S+, ready\.$/);
    // What is under test is a moment, not a state.
    await new Promise((resolve) => setTimeout(resolve, when));
    await expectOrderlyEnd(run);
  });
}

namespaceTest("stopped services (SIGSTOP) are ended all the same", async () => {
  await using run = await inNamespace({
    config: configuration({
      settings: { "shutdown_timeout": 0.5 },
      "a.service": { command: "/bin/sleep 60" },
    }),
  });
  const all = await run.waitForProcesses((each) => each.some(({ name }) => name === "sleep"));
  Deno.kill(all.find(({ name }) => name === "sleep")?.outerPid ?? 0, "SIGSTOP");
  await run.waitForProcesses((each) => each.some(({ state }) => state === "T"));
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

namespaceTest(
  "a service that tries to kill PID 1 and everything else ends only itself",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "a.service": { command: sh("kill -9 1; kill -STOP 1; echo tried; exec sleep 60") },
      }),
    });
    await run.waitForLine(/a\[\d+\]: tried$/);
    await run.waitForLine(/: a\.service successfully started$/);
    await expectOrderlyEnd(run);
  },
);

namespaceTest(
  "100 services that fail at the same moment are all told, and the container ends",
  async () => {
    await using run = await inNamespace({
      config: configuration(
        Object.fromEntries(Array.from({ length: 100 }, (_, index) => [
          `s${index}.service`,
          {
            command: "/bin/false",
            restart: true,
            "restart_limit": 2,
            "restart_delay": 0,
            "ignore_failures": true,
          },
        ])),
      ),
    });
    await run.expectExit(0);
    assert(run.output.texts().filter((line) => line.includes("(ignored) failure")).length >= 100);
  },
);

/** Ignores and blocks what it can, then becomes chaperone. */
const DEAF = `import os, signal
for each in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP):
    signal.signal(each, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGCHLD, signal.SIGUSR1])
folder = os.environ["TEST_DIR"]
os.execv(folder + "/bin/chaperone", ["chaperone", "--config", folder + "/chaperone.d"])`;

namespaceTest(
  "signals that who started chaperone ignores and blocks reach it and its services",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "a.service": { command: sh(`grep -E '^Sig(Blk|Ign)' /proc/self/status; ${STAYS}`) },
      }),
      program: ["python3", "-c", DEAF],
    });
    await run.waitForLine(/a\[\d+\]: up$/);
    assertEquals(linesOf("a", run.output.texts()).slice(0, 2), [
      "SigBlk:\t0000000000000000",
      "SigIgn:\t0000000000000000",
    ]);
    await expectOrderlyEnd(run);
  },
);

namespaceTest("without any standard stream it runs and writes its log file", async () => {
  await using run = await inNamespace({
    config: configuration({
      "console.logging": { selector: "*.debug", file: "$(TEST_DIR)/log" },
      "a.service": { command: sh(STAYS) },
    }),
    program: [
      "/bin/sh",
      "-c",
      `exec "$0" --config "$TEST_DIR/chaperone.d" <&- >&- 2>&-`,
      "chaperone",
    ],
  });
  await waitForText(`${run.directory}/log`, "a.service successfully started");
  await run.signal("SIGTERM");
  await run.expectExit(0);
  const text = await Deno.readTextFile(`${run.directory}/log`);
  assertEquals(linesOf("a", text.split("\n")).includes("got TERM"), true, text);
});

namespaceTest(
  "too few descriptors are a start failure that says so, and what runs is stopped",
  async () => {
    await using run = await inNamespace({
      config: configuration(
        Object.fromEntries(
          Array.from({ length: 30 }, (_, index) => [`s${index}.service`, { command: sh(STAYS) }]),
        ),
      ),
      program: [
        "/bin/sh",
        "-c",
        `ulimit -n 40; exec "$0" --config "$TEST_DIR/chaperone.d"`,
        "chaperone",
      ],
    });
    await run.waitForLine(/exit 1: start-up failed: s\d+\.service: .*Too many open files/);
    await run.expectExit(1);
  },
);

namespaceTest(
  "chaperone has the descriptors that it may have, services what it was given",
  async () => {
    const sleepers = Array.from(
      { length: 20 },
      (_, index) => [`s${index}.service`, { command: "sleep 1000" }],
    );
    await using run = await inNamespace({
      config: configuration({
        ...Object.fromEntries(sleepers),
        "a.service": { command: sh("echo soft $(ulimit -Sn), hard $(ulimit -Hn); sleep 1000") },
      }),
      program: [
        ...[
          "sh",
          "-c",
          'ulimit -Sn 60; ulimit -Hn 4000; exec "$0" --config "$TEST_DIR/chaperone.d"',
        ],
        "chaperone",
      ],
    });
    await run.waitForLine(/a\[\d+\]: soft 60, hard 4000$/);
    assertEquals((await run.exec(["telchap", "wait", "--timeout", "60s", "*"])).code, 0);
    await run.exec(["telchap", "reexec"]);
    await run.waitForLine(/has taken over from itself/);
    const from = run.output.lines.length;
    await run.exec(["telchap", "restart", "a"]);
    await run.waitForLine(/a\[\d+\]: soft 60, hard 4000$/, { from });
    await run.signal("SIGTERM");
    await run.expectExit(0);
  },
);

namespaceTest("nobody reading chaperone's output does not keep it from ending", async () => {
  await using run = await inNamespace({
    config: configuration({ "a.service": { command: sh(STAYS) } }),
    // Each write fails.
    program: [
      "/bin/sh",
      "-c",
      `exec "$0" --config "$TEST_DIR/chaperone.d" >/dev/full 2>&1`,
      "chaperone",
    ],
  });
  await run.waitForProcesses((all) => all.some(({ name }) => name === "sleep"));
  await run.signal("SIGTERM");
  await run.expectExit(0);
});
