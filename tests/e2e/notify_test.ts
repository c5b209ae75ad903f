/**
 * Services that say themselves that they are ready (checklist L), with the real clients: Debian's
 * systemd-notify and python3-systemd, redis, and Python's own sockets for what these cannot say.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, linesOf, python, runToEnd, type Section, sh } from "./scenario.ts";

/** Python that defines `say(text)`, which sends to the notify socket. */
const SAY = `import os, socket, time, sys
def say(text):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.sendto(text.encode(), os.environ["NOTIFY_SOCKET"])
def wait(name):
    while not os.path.exists(os.environ["TEST_DIR"] + "/" + name): time.sleep(0.02)
`;

/** Runs as long as the container does. */
const FOR_EVER = "while True: time.sleep(1)\n";
const NEXT: Section = { command: "/bin/echo b runs", after: "a.service" };

function notify(script: string, more: Section = {}): Section {
  return { type: "notify", command: python(SAY + script), "startup_pause": 0.1, ...more };
}

async function touch(run: NamespaceRun, name: string): Promise<void> {
  await Deno.writeTextFile(`${run.directory}/${name}`, "");
}

async function end(run: NamespaceRun): Promise<void> {
  await run.signal("SIGTERM");
  await run.expectExit(0);
  await run.output.ended;
}

namespaceTest(
  "256: NOTIFY_SOCKET names a file that everybody may write to, and nobody may look for",
  async () => {
    const show = "stat -c '%a %u %g %F' $NOTIFY_SOCKET; stat -c %a /run/chaperone/notify";
    await using run = await inNamespace({
      config: configuration({
        "a.service": {
          type: "notify",
          command: sh(`${show}; echo $NOTIFY_SOCKET; systemd-notify --ready; sleep 60`),
          uid: 1234,
          gid: 2345,
        },
        "b.service": {
          command: sh("echo socket=$NOTIFY_SOCKET; ls /run/chaperone/notify; sleep 60"),
          uid: 1235,
          gid: 2345,
          after: "a.service",
        },
      }),
    });
    await run.waitForLine(/b\[\d+\]: socket=$/);
    await run.waitForLine(/b\[\d+\]: ls: cannot open directory/);
    assertEquals(linesOf("a", run.output.texts("stdout")).slice(0, 3), [
      "666 0 0 socket",
      "711",
      "/run/chaperone/notify/a.service.sock",
    ]);
    await end(run);
  },
);

namespaceTest("257: a dependent starts after READY=1, not before", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": notify(`wait("go"); print("saying it"); say("READY=1")\n${FOR_EVER}`),
      "b.service": NEXT,
    }),
  });
  await run.waitForLine(/a\.service attempting start/);
  await touch(run, "go");
  await run.waitForLine(/b\[\d+\]: b runs$/);
  const lines = run.output.texts("stdout");
  const at = (text: string) => lines.findIndex((line) => line.includes(text));
  assertEquals(at("saying it") < at("b.service attempting start"), true, lines.join("\n"));
  await end(run);
});

namespaceTest(
  "258: without READY=1 in time the start has failed; ignored, it goes on",
  async () => {
    const a = notify(FOR_EVER, { "process_timeout": 0.5 });
    const life = await runToEnd({ config: configuration({ "a.service": a, "b.service": NEXT }) });
    assertStringIncludes(
      life.all,
      "notify service 'a.service' did not receive ready notification after 0.5 second(s), " +
        "terminating due to 'ignore_failures=False'",
    );
    assertEquals([life.code, linesOf("b", life.stdout)], [1, []]);
    await using run = await inNamespace({
      config: configuration({ "a.service": { ...a, "ignore_failures": true }, "b.service": NEXT }),
    });
    await run.waitForLine(/0\.5 second\(s\), proceeding due to 'ignore_failures=True'$/);
    await run.waitForLine(/b\[\d+\]: b runs$/);
    await end(run);
  },
);

namespaceTest("259: ERRNO=55 before READY=1 is a system failure", async () => {
  const life = await runToEnd({
    config: configuration({ "a.service": notify(`say("ERRNO=55")\n${FOR_EVER}`) }),
  });
  assertStringIncludes(life.all, "failed with reported error <ProcStatus exit_status=55>");
  assertEquals(life.code, 1);
});

namespaceTest("260: ERRNO after READY=1 is an abnormal end, restarted if configured", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": notify(`say("READY=1"); print("up"); say("ERRNO=7")\n${FOR_EVER}`, {
        restart: true,
        "restart_limit": 1,
        "restart_delay": 0.1,
      }),
      "keep.service": { command: "sleep 60" },
    }),
  });
  await run.waitForLine(/a\.service pausing between restart retries \(0 left\)/);
  await run.waitForLine(/a\.service terminated abnormally with <ProcStatus exit_status=7>/);
  await end(run);
});

namespaceTest("262: MAINPID is followed, its end is the service's", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": notify(
        `child = os.fork()
if child == 0:
    os.setsid(); wait("go"); os._exit(3)
say("MAINPID=%d\\nREADY=1" % child); wait("read")
`,
      ),
      "keep.service": { command: "sleep 60" },
    }),
  });
  await run.waitForLine(/a\.service changing PID to \d+ \(from \d+\)$/);
  await touch(run, "read");
  await run.waitForLine(/a\.service successfully started$/);
  await touch(run, "go");
  await run.waitForLine(/a\.service terminated abnormally with <ProcStatus exit_status=3>/);
  await end(run);
});

namespaceTest("262: a service cannot make chaperone end the processes of others", async () => {
  await using run = await inNamespace({
    config: configuration({
      "keep.service": { command: sh("echo keep is $$; echo $$ > $TEST_DIR/pid; exec sleep 60") },
      "a.service": notify(
        `say("MAINPID=1\\nREADY=1"); wait("pid"); time.sleep(0.2)
say("MAINPID=" + open(os.environ["TEST_DIR"] + "/pid").read().strip())
${FOR_EVER}`,
        { uid: 1234, gid: 2345, after: "keep.service" },
      ),
    }),
  });
  await run.waitForLine(/named 1 as its main process, but that is chaperone itself$/);
  await run.waitForLine(/as its main process, but it belongs to another user$/);
  await end(run);
});

namespaceTest("263: an abnormal end before READY=1 is a system failure, even late", async () => {
  for (const pause of [0, 0.4]) {
    const life = await runToEnd({
      config: configuration({ "a.service": notify(`time.sleep(${pause}); sys.exit(3)`) }),
    });
    assertStringIncludes(
      life.all,
      "a.service failed on start-up with result '<ProcStatus exit_status=3>'",
    );
    assertEquals(life.code, 3);
  }
});

namespaceTest("264: after a normal end before READY=1 a child may still say it", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": notify(
        `if os.fork() > 0: sys.exit(0)
wait("go"); say("READY=1")
${FOR_EVER}`,
      ),
      "b.service": NEXT,
    }),
  });
  await run.waitForLine(/a\.service exit status for pid=\d+ is '<ProcStatus exit_status=0>'/);
  await touch(run, "go");
  await run.waitForLine(/b\[\d+\]: b runs$/);
  await end(run);
});

namespaceTest("265: messages without a meaning here, too long or broken do no harm", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": notify(
        `for text in ["WATCHDOG=1", "RELOADING=1\\nMONOTONIC_USEC=1", "X_Y=1", "FDSTORE=1",
             "nonsense", "", "STATUS=" + "x" * 9000, "\\0\\0\\n=\\n=1", "MAINPID=x", "STOPPING=1"]:
    say(text)
say("READY=1")
${FOR_EVER}`,
      ),
      "b.service": NEXT,
    }),
  });
  await run.waitForLine(/a\.service has no descriptor store: FDSTORE=1$/);
  await run.waitForLine(/a\.service sent a notification that is longer than 4096 bytes$/);
  await run.waitForLine(/b\[\d+\]: b runs$/);
  assertEquals(run.output.format().includes("internal error"), false, run.output.format());
  await end(run);
});

namespaceTest("266: systemd-notify works from a child and returns, its barrier taken", async () => {
  const before = performance.now();
  await using run = await inNamespace({
    config: configuration({
      "a.service": {
        type: "notify",
        command: sh(
          "systemd-notify --status=loading; systemd-notify --ready && echo returned; " +
            "sleep 60",
        ),
      },
      "b.service": NEXT,
    }),
  });
  await run.waitForLine(/a\[\d+\]: returned$/);
  await run.waitForLine(/b\[\d+\]: b runs$/);
  // Without an answer to its barrier, systemd-notify waits for five seconds.
  assertEquals(performance.now() - before < 4500, true);
  await end(run);
});

namespaceTest("266: chaperone's own sdnotify works from a child", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": { type: "notify", command: sh("$TEST_DIR/bin/sdnotify --ready; sleep 60") },
      "b.service": NEXT,
    }),
  });
  await run.waitForLine(/b\[\d+\]: b runs$/);
  await end(run);
});

namespaceTest("python3-systemd says READY=1 and gets its watchdog", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": {
        type: "notify",
        command: python(`import os, time
from systemd import daemon
print("watchdog", os.environ["WATCHDOG_USEC"], os.environ["WATCHDOG_PID"] == str(os.getpid()))
daemon.notify("READY=1\\nSTATUS=from python")
for i in range(8):
    time.sleep(0.1)
    daemon.notify("WATCHDOG=1")
print("falling silent")
time.sleep(60)`),
        watchdog: "400ms",
      },
      "keep.service": { command: "sleep 60" },
    }),
  });
  await run.waitForLine(/a\[\d+\]: watchdog 400000 True$/);
  await run.waitForLine(/a\[\d+\]: falling silent$/);
  await run.waitForLine(/a\.service did not send WATCHDOG=1 for 0\.4 s$/);
  await run.waitForLine(/its process \d+ was killed by SIGABRT/);
  await end(run);
});

namespaceTest("redis with 'supervised systemd' is started when it accepts clients", async () => {
  const redis = "/usr/bin/redis-server --supervised systemd --save '' --dir /tmp --port 6399";
  await using run = await inNamespace({
    config: configuration({
      "a.service": { type: "notify", command: redis },
      "b.service": {
        type: "oneshot",
        command: "/usr/bin/redis-cli -p 6399 ping",
        after: "a.service",
      },
    }),
  });
  await run.waitForLine(/b\[\d+\]: PONG$/);
  await end(run);
  assertMatch(run.output.format(), /a\.service successfully started/);
});
