/**
 * Files of chaperone's own that somebody takes away while it runs: it notices and makes them again.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { waitUntil } from "./harness/output.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { openSender } from "./harness/syslog.ts";
import { configuration, linesOf, LOSE_PROC, python, sh, STAYS } from "./scenario.ts";

async function expectOrderlyEnd(run: NamespaceRun): Promise<void> {
  await run.expectNoZombie();
  await run.signal("SIGTERM");
  await run.waitForLine(/exit 0: SIGTERM was received$/);
  await run.expectExit(0);
}

const STAYING = configuration({ "a.service": { command: sh(STAYS) } });

async function inner(run: NamespaceRun, script: string): Promise<void> {
  const { code, stderr } = await run.exec(["sh", "-c", script]);
  assertEquals(code, 0, stderr);
}

async function modeOf(run: NamespaceRun, path: string): Promise<number> {
  const info = await waitUntil(
    () => Deno.lstat(run.outerPath(path)).catch(() => undefined),
    `${path} to be there`,
  );
  return (info.mode ?? 0) & 0o777;
}

namespaceTest("/dev/log that was removed is there again, and old senders are heard", async () => {
  await using run = await inNamespace({ config: STAYING });
  await run.waitForLine(/a\[\d+\]: up$/);
  using old = await openSender(run);
  await old.send("<13>Nov 23 10:00:00 prog: before");
  await run.waitForLine(/prog: before$/);
  await inner(run, "rm /dev/log");
  await run.waitForLine(/syslog socket \/dev\/log was removed, it is opened again$/);
  assertEquals(await modeOf(run, "/dev/log"), 0o666);
  using young = await openSender(run);
  await young.send("<13>Nov 23 10:00:00 prog: by the new one");
  await run.waitForLine(/prog: by the new one$/);
  await expectOrderlyEnd(run);
});

namespaceTest("a program that stays connected to the former /dev/log is heard", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": {
        command: python(`import os, socket, time
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.connect("/dev/log")
print("connected")
while not os.path.exists(os.environ["TEST_DIR"] + "/go"): time.sleep(0.02)
log.send(b"<13>Nov 23 10:00:00 prog: as before")
while True: time.sleep(1)`),
      },
    }),
  });
  await run.waitForLine(/a\[\d+\]: connected$/);
  await inner(run, "rm /dev/log");
  await run.waitForLine(/it is opened again$/);
  await inner(run, "touch $TEST_DIR/go");
  await run.waitForLine(/prog: as before$/);
  await expectOrderlyEnd(run);
});

namespaceTest("a control socket that was removed is there again, with its mode", async () => {
  await using run = await inNamespace({ config: STAYING });
  await run.waitForLine(/a\[\d+\]: up$/);
  await inner(run, "rm /dev/chaperone.sock");
  await run.waitForLine(/control socket \/dev\/chaperone\.sock was removed, it is opened again$/);
  assertEquals(await modeOf(run, "/dev/chaperone.sock"), 0o666);
  const status = await run.exec(["telchap", "status"]);
  assertEquals(status.code, 0, status.stderr);
  assertMatch(status.stdout, /a\.service/);
  await expectOrderlyEnd(run);
});

namespaceTest(
  "who connects to the renewed control socket is told from who is connected already",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        settings: { "control_mode": "0666" },
        "a.service": { command: sh(STAYS) },
        "b.service": {
          command: python(`import socket, time
control = socket.socket(socket.AF_UNIX)
while control.connect_ex("/dev/chaperone.sock"): time.sleep(0.02)
print("connected")
while True: time.sleep(1)`),
        },
      }),
    });
    await run.waitForLine(/a\.service successfully started$/);
    // root, who connects before and stays.
    await run.waitForLine(/b\[\d+\]: connected$/);
    await inner(run, "rm /dev/chaperone.sock");
    await run.waitForLine(/it is opened again$/);
    await modeOf(run, "/dev/chaperone.sock");
    const bin = run.directory;
    const stranger = await run.exec([
      ...["setpriv", "--reuid=4321", "--regid=4321", "--clear-groups"],
      ...[`${bin}/bin/telchap`, "stop", "a.service"],
    ]);
    assertEquals(stranger.code, 4, stranger.stdout + stranger.stderr);
    assertEquals(linesOf("a", run.output.texts()), ["up"]);
    await expectOrderlyEnd(run);
  },
);

namespaceTest("a run directory that was removed is made again", async () => {
  await using run = await inNamespace({
    config: STAYING,
    // Where /dev is closed, both sockets are in the run directory.
    wrapper: ["setpriv", "--reuid=4321", "--regid=4321", "--clear-groups"],
    setup: "chmod 755 /dev; chmod 1777 /run",
    args: ["--force"],
  });
  await run.waitForLine(/a\[\d+\]: up$/);
  await run.waitForLine(/control socket is \/run\/chaperone\/\S+:/);
  await inner(run, "rm -r /run/chaperone");
  const line = await run.waitForLine(/control socket \S+ was removed, it is opened again$/);
  const path = /control socket (\S+) was/.exec(line)?.[1] ?? "";
  assertEquals(await modeOf(run, path), 0o666);
  await run.waitForLine(/syslog socket \/run\/chaperone\/log was removed, it is opened again$/);
  assertEquals(await modeOf(run, "/run/chaperone/log"), 0o666);
  await expectOrderlyEnd(run);
});

namespaceTest(
  "a notify socket that was removed is there again, and its service is heard",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "a.service": {
          type: "notify",
          uid: "nobody",
          command: python(`import os, socket, time
def say(text):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    client.connect(os.environ["NOTIFY_SOCKET"])
    client.send(text)
say(b"READY=1")
old = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
old.connect(os.environ["NOTIFY_SOCKET"])
print("up")
while not os.path.exists(os.environ["TEST_DIR"] + "/go"): time.sleep(0.02)
say(b"STATUS=by the new one")
while not os.path.exists(os.environ["TEST_DIR"] + "/go on"): time.sleep(0.02)
old.send(b"STATUS=by the former one")
while True: time.sleep(1)`),
        },
      }),
    });
    await run.waitForLine(/a\.service successfully started$/);
    await run.waitForLine(/a\[\d+\]: up$/);
    await inner(run, "rm -r /run/chaperone/notify");
    const line = await run.waitForLine(/notify socket of a\.service \S+ was removed, it is opened/);
    const path = /(\/run\S+) was/.exec(line)?.[1] ?? "";
    assertEquals(await modeOf(run, path), 0o666);
    for (
      const [file, note] of [["go", "by the new one"], ["go on", "by the former one"]] as const
    ) {
      await Deno.writeTextFile(`${run.directory}/${file}`, "");
      await waitUntil(async () => {
        const { stdout } = await run.exec(["telchap", "status"]);
        return stdout.includes(note) || undefined;
      }, `the note ${note}`);
    }
    await expectOrderlyEnd(run);
  },
);

namespaceTest("where the removal goes unnoticed, SIGHUP makes the sockets again", async () => {
  await using run = await inNamespace({ config: STAYING });
  await run.waitForLine(/a\[\d+\]: up$/);
  // A file system over /dev hides the names without removing them.
  await inner(run, "mount -t tmpfs tmpfs /dev");
  await run.signal("SIGHUP");
  await run.waitForLine(/syslog socket \/dev\/log was removed, it is opened again$/);
  await run.waitForLine(/control socket \/dev\/chaperone\.sock was removed/);
  const status = await waitUntil(async () => {
    const result = await run.exec(["telchap", "status"]);
    return result.code === 0 ? result : undefined;
  }, "telchap to be answered");
  assertMatch(status.stdout, /a\.service/);
  await run.signal("SIGTERM");
  assertEquals(await run.waitForExit(), 0);
});

namespaceTest(
  "without /proc from one moment to the next services are kept up and stopped",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "a.service": { command: sh(STAYS) },
        "b.service": {
          command: sh("echo run; sleep 0.2; exit 3"),
          restart: true,
          "restart_delay": 0.1,
          "restart_limit": 0,
        },
      }),
    });
    await run.waitForLine(/a\[\d+\]: up$/);
    await inner(run, LOSE_PROC);
    const from = run.output.lines.length;
    await run.waitForLine(/b\.service restart succeeded$/, { from });
    await run.signal("SIGTERM");
    await run.waitForLine(/a\[\d+\]: got TERM$/);
    await run.waitForLine(/exit 0: SIGTERM was received$/);
    await run.expectExit(0);
  },
);

namespaceTest("a syslog daemon that takes /dev/log over keeps it", async () => {
  await using run = await inNamespace({ config: STAYING });
  await run.waitForLine(/a\[\d+\]: up$/);
  await inner(
    run,
    `python3 -c '
import os, socket
os.unlink("/dev/log")
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).bind("/dev/log")'`,
  );
  await run.waitForLine(/another program has put its own in the place of syslog socket \/dev\/log/);
  await run.signal("SIGTERM");
  assertEquals(await run.waitForExit(), 0);
});
