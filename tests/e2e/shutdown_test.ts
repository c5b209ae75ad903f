/**
 * How containers are ended by signals: what the services are told, in which order, and what becomes
 * of those that do not listen. Ends without a signal are in exit_detection_test.ts.
 */
import { assertEquals, assertGreater, assertLess, assertMatch } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, linesOf, python, sh, STAYS } from "./scenario.ts";

/** Stays whatever it is asked, and says so. */
const STRAY = `import signal
signal.signal(signal.SIGTERM, lambda *_: print("I stay", flush=True))
print("up", flush=True)
while True: signal.pause()`;
const STUBBORN = python(STRAY);

/** Says `up`, and on SIGTERM the time at which it ended. */
const TELLS_END = sh(
  "trap 'date +\"end %s%N\"; exit 0' TERM; echo up; while :; do sleep 0.02; done",
);

/** Returns when a service said that it ended, in nanoseconds of the wall clock. */
function endNs(run: NamespaceRun, name: string): bigint {
  const line = linesOf(name, run.output.texts()).find((each) => each.startsWith("end "));
  return BigInt((line ?? "").slice(4));
}

namespaceTest("165: SIGTERM reaches all services, and the end says why", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": { command: sh(STAYS) },
      "b.service": { command: sh(STAYS) },
    }),
  });
  for (const name of ["a", "b"]) await run.waitForLine(new RegExp(` ${name}\\[\\d+\\]: up$`));
  await run.signal("SIGTERM");
  await run.expectExit(0);
  const lines = run.output.texts();
  for (const name of ["a", "b"]) assertEquals(linesOf(name, lines).includes("got TERM"), true);
  assertEquals(linesOf("chaperone", lines).slice(-2), [
    "Final termination phase.",
    "exit 0: SIGTERM was received",
  ]);
});

namespaceTest(
  "services go down in reverse order, each once all that depend on it are gone",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "a.service": { command: TELLS_END },
        "b.service": {
          command: sh(
            "trap 'sleep 0.3; date +\"end %s%N\"; exit 0' TERM; echo up; while :; do sleep 0.02; done",
          ),
          after: "a.service",
        },
        "c.service": { command: TELLS_END, after: "b.service" },
        "d.service": { command: TELLS_END },
      }),
    });
    for (const name of ["a", "b", "c", "d"]) {
      await run.waitForLine(new RegExp(` ${name}\\[\\d+\\]: up$`));
    }
    await run.signal("SIGTERM");
    await run.expectExit(0);
    const endOf = (name: string) => endNs(run, name);
    assertGreater(endOf("a"), endOf("b"));
    assertGreater(endOf("b"), endOf("c"));
    assertLess(endOf("d"), endOf("b"));
  },
);

namespaceTest("166: kill_signal is what a service gets", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": {
        command: sh("trap 'echo got QUIT; exit 0' QUIT; echo up; while :; do sleep 0.02; done"),
        "kill_signal": "SIGQUIT",
      },
    }),
  });
  await run.waitForLine(/a\[\d+\]: up$/);
  await run.signal("SIGTERM");
  await run.waitForLine(/a\[\d+\]: got QUIT$/);
  await run.expectExit(0);
});

namespaceTest(
  "a signal reaches the whole process group, and the first alone without setpgrp",
  async () => {
    const script = (name: string, before = "") =>
      `trap 'echo ${name} got USR1; ${before} exit 0' USR1; echo ${name} up; while :; do sleep 0.02; done`;
    // A parent that ended first would have its child ended by SIGTERM, as a process left behind.
    const command = sh(`sh -c "$CHILD" & ${script("parent", "wait;")}`);
    for (const setpgrp of [true, false]) {
      await using run = await inNamespace({
        config: configuration({
          "a.service": { command, "kill_signal": "SIGUSR1", setpgrp, "stop_timeout": 0.3 },
        }),
        env: { CHILD: script("child") },
      });
      for (const name of ["parent", "child"]) await run.waitForLine(new RegExp(`: ${name} up$`));
      await run.signal("SIGTERM");
      await run.expectExit(0);
      const said = linesOf("a", run.output.texts()).filter((line) => line.endsWith("got USR1"));
      assertEquals(
        said.sort(),
        setpgrp ? ["child got USR1", "parent got USR1"] : ["parent got USR1"],
      );
    }
  },
);

namespaceTest("167: what ignores its signal is killed when shutdown_timeout is over", async () => {
  await using run = await inNamespace({
    config: configuration({
      settings: { "shutdown_timeout": 0.6 },
      "a.service": { command: STUBBORN },
    }),
  });
  await run.waitForLine(/a\[\d+\]: up$/);
  const startMs = performance.now();
  await run.signal("SIGTERM");
  await run.waitForLine(/a\[\d+\]: I stay$/);
  await run.expectExit(0);
  const tookMs = performance.now() - startMs;
  assertGreater(tookMs, 550);
  assertLess(tookMs, 3000);
  await run.waitForLine(/: a\.service did not stop in 0\.\d s and was killed$/);
});

namespaceTest("168: shutdown_timeout 0 counts as half a second", async () => {
  await using run = await inNamespace({
    config: configuration({
      settings: { "shutdown_timeout": 0 },
      "a.service": { command: STUBBORN },
    }),
  });
  await run.waitForLine(/a\[\d+\]: up$/);
  await run.signal("SIGTERM");
  await run.waitForLine(/: a\.service did not stop in 0\.[5-9] s and was killed$/);
  await run.expectExit(0);
});

namespaceTest("one budget holds for a chain of services that do not listen", async () => {
  await using run = await inNamespace({
    config: configuration({
      settings: { "shutdown_timeout": 0.9 },
      "a.service": { command: STUBBORN },
      "b.service": { command: STUBBORN, after: "a.service" },
      "c.service": { command: STUBBORN, after: "b.service" },
    }),
  });
  for (const name of ["a", "b", "c"]) await run.waitForLine(new RegExp(` ${name}\\[\\d+\\]: up$`));
  const startMs = performance.now();
  await run.signal("SIGTERM");
  await run.expectExit(0);
  assertLess(performance.now() - startMs, 3000);
  for (const name of ["a", "b", "c"]) {
    await run.waitForLine(
      new RegExp(`: ${name}\\.service did not stop in 0\\.\\d s and was killed$`),
    );
  }
});

namespaceTest("stop_sequence says how a service is stopped, step by step", async () => {
  const script = 'for s in USR1 INT TERM; do trap "echo got $s" $s; done; echo up;';
  await using run = await inNamespace({
    config: configuration({
      "a.service": {
        command: sh(`${script} while :; do sleep 0.02; done`),
        "stop_sequence": ["USR1 0.2s", "INT 0.2s", "KILL"],
      },
    }),
  });
  await run.waitForLine(/a\[\d+\]: up$/);
  await run.signal("SIGTERM");
  await run.expectExit(0);
  assertEquals(
    linesOf("a", run.output.texts()).filter((line) => line.startsWith("got")),
    ["got USR1", "got INT"],
  );
});

namespaceTest("stop_command stops a service", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": {
        command: sh("echo up; while [ ! -e $TEST_DIR/end ]; do sleep 0.02; done; echo ended"),
        "stop_command": "/usr/bin/touch $(TEST_DIR)/end",
      },
    }),
  });
  await run.waitForLine(/a\[\d+\]: up$/);
  await run.signal("SIGTERM");
  await run.waitForLine(/a\[\d+\]: ended$/);
  await run.expectExit(0);
});

namespaceTest(
  "169: a process of no service gets SIGTERM at once, SIGKILL when the time is over",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        settings: { "shutdown_timeout": 0.6 },
        "a.service": {
          type: "oneshot",
          command: sh('setsid env -i python3 "$TEST_DIR/stray.py" &'),
        },
      }),
      files: { "stray.py": STRAY },
    });
    await run.waitForLine(/a\[\d+\]: up$/);
    const startMs = performance.now();
    await run.signal("SIGTERM");
    await run.waitForLine(/a\[\d+\]: I stay$/);
    await run.waitForLine(/: Some processes remain after 0\.6secs\. {2}Forcing kill$/);
    await run.expectExit(0);
    assertLess(performance.now() - startMs, 5000);
  },
);

namespaceTest("170: SIGINT prints the Ctrl-C line, forces the end and gives 130", async () => {
  await using run = await inNamespace({
    config: configuration({ "a.service": { command: sh(STAYS) } }),
  });
  await run.waitForLine(/a\[\d+\]: up$/);
  await run.signal("SIGINT");
  await run.waitForLine(/^Ctrl-C \.\.\. killing chaperone\.$/);
  await run.waitForLine(/: Request made to kill system\. \(forced\)$/);
  await run.waitForLine(/a\[\d+\]: got TERM$/);
  await run.waitForLine(/: exit 130: SIGINT was received$/);
  await run.expectExit(130);
});

namespaceTest("a second SIGINT kills what is still there", async () => {
  await using run = await inNamespace({
    config: configuration({ "a.service": { command: STUBBORN } }),
  });
  await run.waitForLine(/a\[\d+\]: up$/);
  await run.signal("SIGINT");
  await run.waitForLine(/a\[\d+\]: I stay$/);
  const startMs = performance.now();
  await run.signal("SIGINT");
  await run.expectExit(130);
  assertLess(performance.now() - startMs, 3000);
});

namespaceTest(
  "171: SIGTERM while a task runs at start: later services never start, exit 0",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "a.service": { command: sh("echo up; exec sleep 60"), type: "oneshot" },
        "b.service": { command: "/bin/echo b runs", after: "a.service" },
      }),
    });
    await run.waitForLine(/a\[\d+\]: up$/);
    await run.signal("SIGTERM");
    await run.expectExit(0);
    assertEquals(linesOf("b", run.output.texts()), []);
    assertMatch(run.output.texts().at(-1) ?? "", /: exit 0: SIGTERM was received$/);
  },
);

namespaceTest("172: a second SIGTERM changes nothing", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": {
        command: sh(
          "trap 'echo got TERM; sleep 0.4; exit 0' TERM; echo up; while :; do sleep 0.02; done",
        ),
      },
    }),
  });
  await run.waitForLine(/a\[\d+\]: up$/);
  await run.signal("SIGTERM");
  await run.waitForLine(/a\[\d+\]: got TERM$/);
  await run.signal("SIGTERM");
  await run.expectExit(0);
  const said = run.output.texts();
  assertEquals(said.filter((line) => line.includes("Request made to kill system.")).length, 1);
  assertEquals(linesOf("a", said).filter((line) => line === "got TERM").length, 1);
});

namespaceTest("173: SIGHUP, SIGUSR1 and SIGUSR2 end nothing", async () => {
  await using run = await inNamespace({
    config: configuration({ "a.service": { command: sh(STAYS) } }),
  });
  await run.waitForLine(/a\[\d+\]: up$/);
  for (const signal of ["SIGHUP", "SIGUSR1", "SIGUSR2"] as const) await run.signal(signal);
  await run.signal("SIGTERM");
  await run.waitForLine(/: exit 0: SIGTERM was received$/);
  await run.expectExit(0);
});

namespaceTest("174: sockets that an earlier run left are replaced, and none is left", async () => {
  await using run = await inNamespace({
    config: configuration({ "a.service": { command: sh(STAYS) } }),
    setup: `for path in /dev/log /dev/chaperone.sock; do
        python3 -c "import socket, sys; socket.socket(1, 2).bind(sys.argv[1])" "$path"
      done`,
  });
  await run.waitForLine(/a\[\d+\]: up$/);
  assertEquals((await run.exec(["logger", "-t", "probe", "heard"])).code, 0);
  await run.waitForLine(/probe: heard$/);
  assertEquals((await run.exec(["telchap", "status"])).code, 0);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

namespaceTest(
  "176: the end of the command does not end a container with other services",
  async () => {
    await using run = await inNamespace({
      config: configuration({ "a.service": { command: sh(STAYS) } }),
      args: ["echo", "command runs"],
    });
    await run.waitForLine(/^command runs$/);
    await run.waitForLine(/: CONSOLE exit status for pid=\d+ is '<ProcStatus exit_status=0>'$/);
    await run.waitForProcesses((all) => all.some(({ name }) => name === "sh"));
    await run.signal("SIGTERM");
    await run.waitForLine(/: exit 0: SIGTERM was received$/);
    await run.expectExit(0);
  },
);

namespaceTest("178: the process title shows the command without its arguments", async () => {
  await using run = await inNamespace({
    config: configuration({}),
    args: ["/bin/sleep", "60"],
  });
  await run.waitForProcesses((all) => all.some(({ name }) => name === "sleep"));
  const { stdout } = await run.exec(["ps", "-o", "args=", "-p", "1"]);
  assertEquals(stdout.trim(), "[chaperone] /bin/sleep");
});

namespaceTest("drain lets services work on before they are told to stop", async () => {
  await using run = await inNamespace({
    config: configuration({ settings: { drain: 0.4 }, "a.service": { command: TELLS_END } }),
  });
  await run.waitForLine(/a\[\d+\]: up$/);
  const beforeMs = Date.now();
  await run.signal("SIGTERM");
  await run.expectExit(0);
  assertGreater(Number(endNs(run, "a") / 1_000_000n) - beforeMs, 380);
});
