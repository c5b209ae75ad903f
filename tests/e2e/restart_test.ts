/**
 * What follows when a service ends: restarts and their limit, failures that are ignored, and
 * services whose end is the container's. Numbers are those of the table in tests/README.md.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, linesOf, python, runToEnd, type Section, sh, STAYS } from "./scenario.ts";

const KEEPER = { command: sh("trap 'exit 0' TERM; echo keeping; while :; do sleep 0.05; done") };

/**
 * Lives until the test writes the file `go`, then ends as told; the second time without waiting.
 */
const ends = (how: string) =>
  sh(`echo try; while [ ! -e $TEST_DIR/go ]; do sleep 0.02; done; sleep 0.2; ${how}`);

async function go(run: NamespaceRun): Promise<void> {
  await Deno.writeTextFile(`${run.directory}/go`, "");
}

/**
 * Starts `a` beside a service that keeps the container up, and lets `a` end once it has started.
 */
async function letEnd(a: Section): Promise<NamespaceRun> {
  const run = await inNamespace({
    config: configuration({ "a.service": a, "keeper.service": KEEPER }),
  });
  await run.waitForLine(/: a\.service successfully started$/);
  await run.waitForLine(/: keeper\.service successfully started$/);
  await go(run);
  return run;
}

async function expectStop(run: NamespaceRun): Promise<void> {
  await run.signal("SIGTERM");
  await run.expectExit(0);
}

namespaceTest("127: two restarts are two, each is told, and then it is an error", async () => {
  await using run = await letEnd({
    command: ends("exit 3"),
    restart: true,
    "restart_limit": 2,
    "restart_delay": 0.1,
  });
  const failed = /: a\.service terminated abnormally with <ProcStatus exit_status=3>$/;
  await run.waitForLine(failed);
  const said = run.output.texts().filter((line) =>
    /\]: (?:try$|a\.service (?:pausing|term))/.test(line)
  )
    .map((line) => line.slice(line.indexOf("]: ") + 3));
  assertEquals(said, [
    "try",
    "a.service pausing between restart retries (1 left)",
    "try",
    "a.service pausing between restart retries (0 left)",
    "try",
    "a.service terminated abnormally with <ProcStatus exit_status=3>",
  ]);
  await expectStop(run);
});

namespaceTest("128: a restart that fails inside the pause is told and counts", async () => {
  await using run = await letEnd({
    command: ends("").replace("sleep 0.2; ", "exit 3"),
    restart: true,
    "restart_limit": 2,
    "restart_delay": 0.05,
    "startup_pause": 0.4,
  });
  await run.waitForLine(/: a\.service restart failed: a\.service failed on start-up with result/);
  await run.waitForLine(/: a\.service terminated abnormally with <ProcStatus exit_status=3>$/);
  await expectStop(run);
});

namespaceTest("129: a normal end is not restarted, and with restart: always it is", async () => {
  await using calm = await letEnd({ command: ends("exit 0"), restart: true });
  await calm.waitForLine(/a\.service exit status for pid=\d+ is '<ProcStatus exit_status=0>'$/);
  await using eager = await letEnd({
    command: ends("exit 0"),
    restart: "always",
    "restart_delay": 0.05,
  });
  await eager.waitForLine(/: a\.service restart succeeded$/);
  for (const run of [calm, eager]) await expectStop(run);
  assertEquals(calm.output.format().includes("pausing"), false);
});

namespaceTest("130: the only service of a container is restarted, too", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": { command: sh(STAYS), restart: true, "restart_delay": 0.3 },
    }),
  });
  await run.waitForLine(/: a\.service successfully started$/);
  const [, process] = await run.processes();
  Deno.kill(process?.outerPid ?? 0, "SIGKILL");
  await run.waitForLine(/: a\.service restart succeeded$/);
  await run.signal("SIGTERM");
  await run.waitForLine(/got TERM$/);
  await run.expectExit(0);
});

namespaceTest("131: a service that telchap stopped stays stopped", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": { command: sh("echo up; exec sleep 60"), restart: true, "restart_delay": 0 },
      "keeper.service": KEEPER,
    }),
  });
  await run.waitForLine(/: a\.service successfully started$/);
  await run.waitForLine(/: keeper\.service successfully started$/);
  assertEquals((await run.exec(["telchap", "stop", "--wait", "a"])).code, 0);
  await run.waitForLine(/a\.service exit status for pid=\d+ is '<ProcStatus signal=15>'$/);
  await expectStop(run);
  const tries = linesOf("a", run.output.texts()).filter((line) => line === "up");
  assertEquals([tries.length, run.output.format().includes("pausing")], [1, false]);
});

namespaceTest(
  "132: the count of restarts is shown, and a reset and start fills it again",
  async () => {
    await using run = await letEnd({
      command: ends("exit 3"),
      restart: true,
      "restart_limit": 2,
      "restart_delay": 60,
    });
    const pausing = /: a\.service pausing between restart retries \(1 left\)$/;
    await run.waitForLine(pausing);
    assertMatch(
      (await run.exec(["telchap", "status"])).stdout,
      /a\.service +true +exit\(3\)\+r#1 /,
    );
    assertEquals((await run.exec(["telchap", "reset", "a"])).stdout, "services reset.\n");
    const from = run.output.lines.length;
    await run.exec(["telchap", "start", "a"]);
    await run.waitForLine(pausing, { from });
    await expectStop(run);
  },
);

namespaceTest("133: a failure at start-up is not restarted", async () => {
  const life = await runToEnd({
    config: configuration({ "a.service": { command: sh("exit 3"), restart: true } }),
  });
  assertEquals(life.all.includes("pausing"), false);
  assertEquals(life.code, 3);
});

namespaceTest("134: an end that is ignored is not an error", async () => {
  await using run = await letEnd({
    command: ends("exit 3"),
    restart: true,
    "restart_limit": 1,
    "restart_delay": 0.05,
    "ignore_failures": true,
  });
  await run.waitForLine(/: a\.service abnormal process exit ignored due to ignore_failures=true$/);
  assertEquals(run.output.format().includes("terminated abnormally"), false);
  await expectStop(run);
});

namespaceTest("135: a start failure that is ignored is told, and dependents start", async () => {
  const life = await runToEnd({
    config: configuration({
      "a.service": { command: sh("exit 3"), "ignore_failures": true },
      "b.service": { command: "/bin/echo b runs", after: "a.service" },
    }),
  });
  assertStringIncludes(
    life.all,
    "a.service (ignored) failure on start-up with result '<ProcStatus exit_status=3>'",
  );
  assertEquals([life.code, linesOf("b", life.stdout)], [0, ["b runs"]]);
});

namespaceTest(
  "136: ignore_failures of the settings is the default, and a service may differ",
  async () => {
    const failing = { command: sh("exit 3"), type: "oneshot" };
    const settings = { "ignore_failures": true };
    const lenient = await runToEnd({ config: configuration({ settings, "a.service": failing }) });
    assertEquals(lenient.code, 0, lenient.all);
    const strict = await runToEnd({
      config: configuration({ settings, "a.service": { ...failing, "ignore_failures": false } }),
    });
    assertEquals(strict.code, 3, strict.all);
  },
);

namespaceTest(
  "137, 139: the end of a service that kills the system is announced and ends all",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "a.service": { command: ends("exit 0"), "exit_kills": true },
        "b.service": { command: sh(STAYS) },
      }),
    });
    await run.waitForLine(/: the container ends when '\/bin\/sh' exits \(exit_kills\)$/);
    await run.waitForLine(/b\[\d+\]: up$/);
    await go(run);
    await run.waitForLine(/b\[\d+\]: got TERM$/);
    await run.expectExit(0);
  },
);

for (const [how, code] of [["exit 7", 7], ["kill -9 $$", 137]] as const) {
  namespaceTest(`138: '${how}' of a service that kills the system gives ${code}`, async () => {
    await using run = await letEnd({ command: ends(how), "exit_kills": true });
    await run.expectExit(code);
    assertMatch(run.output.texts().at(-1) ?? "", new RegExp(`: exit ${code}: a\\.service`));
  });
}

namespaceTest("138: also when it fails while it starts", async () => {
  const life = await runToEnd({
    config: configuration({
      "a.service": { command: sh("exit 7"), "exit_kills": true },
      "keeper.service": KEEPER,
    }),
  });
  assertEquals(life.code, 7, life.all);
});

namespaceTest(
  "140: of a daemon that kills the system, its launcher's end is harmless",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "a.service": {
          command: sh(
            `setsid sh -c 'echo $$ >$TEST_DIR/a.pid; while [ ! -e $TEST_DIR/go ]; do sleep 0.02; done' &`,
          ),
          type: "forking",
          pidfile: "$(TEST_DIR)/a.pid",
          "exit_kills": true,
        },
        "keeper.service": KEEPER,
      }),
    });
    await run.waitForLine(/: a\.service successfully started$/);
    await go(run);
    await run.waitForLine(/: a\.service has ended, and the container ends with it \(exit_kills\)$/);
    await run.expectExit(0);
  },
);

namespaceTest(
  "141: of a notify service that kills the system, the end of MAINPID ends all",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "a.service": {
          type: "notify",
          command: python(`import os, socket, sys, time
pid = os.fork()
if pid == 0:
    while not os.path.exists(os.environ["TEST_DIR"] + "/go"): time.sleep(0.02)
    os._exit(9)
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.sendto(b"MAINPID=%d\\nREADY=1" % pid, os.environ["NOTIFY_SOCKET"])`),
          "exit_kills": true,
        },
        "keeper.service": KEEPER,
      }),
    });
    await run.waitForLine(/: a\.service successfully started$/);
    await go(run);
    await run.waitForLine(/: a\.service has ended, and the container ends with it \(exit_kills\)$/);
    await run.expectExit(9);
  },
);

namespaceTest("142: exit_kills ends also a container that does not detect its end", async () => {
  await using run = await inNamespace({
    config: configuration({
      settings: { "detect_exit": false },
      "a.service": { command: ends("exit 4"), "exit_kills": true },
    }),
  });
  await run.waitForLine(/: a\.service successfully started$/);
  await go(run);
  await run.expectExit(4);
});

namespaceTest("143: exit_kills wins over restart", async () => {
  await using run = await letEnd({ command: ends("exit 4"), "exit_kills": true, restart: true });
  await run.expectExit(4);
  assertEquals(run.output.format().includes("pausing"), false);
});

namespaceTest("a code among success_codes is a normal end", async () => {
  const life = await runToEnd({
    config: configuration({
      "a.service": { command: sh("exit 3"), type: "oneshot", "success_codes": [3] },
      "b.service": { command: sh("kill -TERM $$"), type: "oneshot", "success_codes": ["SIGTERM"] },
    }),
  });
  assertEquals(life.code, 0, life.all);
});

namespaceTest("a code among no_retry_codes ends the attempts at once", async () => {
  await using run = await letEnd({ command: ends("exit 78"), restart: true });
  await run.waitForLine(/: a\.service terminated abnormally with <ProcStatus exit_status=78>$/);
  assertEquals(run.output.format().includes("pausing"), false);
  await expectStop(run);
});

namespaceTest("giving up may be the end of the container, with the code", async () => {
  await using run = await letEnd({
    command: ends("exit 6"),
    restart: true,
    "restart_limit": 1,
    "restart_delay": 0.05,
    "on_give_up": "shutdown",
  });
  await run.expectExit(6);
  assertMatch(run.output.texts().at(-1) ?? "", /: exit 6: a\.service exited with code 6/);
});

namespaceTest(
  "the code of the failed service that ended last is that of the container",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "a.service": { command: ends("exit 5") },
        "b.service": { command: sh("sleep 0.2; exit 4") },
      }),
    });
    await run.waitForLine(/: b\.service terminated abnormally/);
    await go(run);
    await run.expectExit(5);
  },
);
