/**
 * chaperone's own streams go away, at the start or later: the services and their logs do not care.
 */
import { assertEquals } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { waitUntil } from "./harness/output.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, linesOf, sh, STAYS } from "./scenario.ts";

/** Says a line whenever it is told to, by a file. */
const ON_DEMAND =
  "echo up; n=0; while :; do if [ -e $TEST_DIR/say ]; then rm $TEST_DIR/say; n=$((n+1)); echo said $n; fi; sleep 0.02; done";

const CONFIG = configuration({
  "file.logging": { selector: "*.debug", file: "$(TEST_DIR)/log" },
  "a.service": { command: sh(ON_DEMAND), restart: true, "restart_delay": 0.1 },
  "b.service": { command: sh(STAYS), after: "a.service" },
});

async function logText(run: NamespaceRun): Promise<string> {
  return await Deno.readTextFile(`${run.directory}/log`).catch(() => "");
}

async function waitForLog(run: NamespaceRun, pattern: RegExp): Promise<void> {
  let text = "";
  await waitUntil(
    async () => {
      text = await logText(run);
      return pattern.test(text) || undefined;
    },
    () => `${pattern} in the log:\n${text}\n${run.output.format()}`,
  );
}

async function say(run: NamespaceRun, number: number): Promise<void> {
  await Deno.writeTextFile(`${run.directory}/say`, "");
  await waitForLog(run, new RegExp(`said ${number}\\n`));
}

/** It logs, restarts and stops as if nothing had happened. */
async function expectNormalLife(run: NamespaceRun): Promise<void> {
  await waitForLog(run, /b\.service successfully started\n/);
  await say(run, 1);
  await say(run, 2);
  await run.expectNoZombie();
  await run.signal("SIGTERM");
  assertEquals(await run.waitForExit(), 0);
  const text = await logText(run);
  assertEquals(linesOf("b", text.split("\n")).includes("got TERM"), true, text);
  assertEquals(await run.leftoverSockets(), []);
}

const started = (redirections: string) => [
  "/bin/sh",
  "-c",
  `exec "$0" --config "$TEST_DIR/chaperone.d" ${redirections}`,
  "chaperone",
];

const STARTS: Readonly<Record<string, readonly string[]>> = {
  "stdin closed": started("<&-"),
  "stdout closed": started(">&-"),
  "stderr closed": started("2>&-"),
  "all streams closed": started("<&- >&- 2>&-"),
  // Whoever reads has gone before the first line.
  "broken pipes": [
    "python3",
    "-c",
    `import os
for stream in (1, 2):
    reader, writer = os.pipe(); os.dup2(writer, stream); os.close(reader); os.close(writer)
folder = os.environ["TEST_DIR"]
os.execv(folder + "/bin/chaperone", ["chaperone", "--config", folder + "/chaperone.d"])`,
  ],
  "output that can only be read": started("</dev/null >/dev/null 1</dev/null 2</dev/null"),
};

for (const [what, program] of Object.entries(STARTS)) {
  namespaceTest(`started with ${what} it works`, async () => {
    await using run = await inNamespace({ config: CONFIG, program });
    await expectNormalLife(run);
  });
}

namespaceTest("who reads its output goes away while it runs, and it works on", async () => {
  await using run = await inNamespace({
    config: CONFIG,
    program: [
      "python3",
      "-c",
      `import os
reader, writer = os.pipe()
if os.fork() == 0:
    os.close(writer)
    while not os.path.exists(os.environ["TEST_DIR"] + "/enough"): os.read(reader, 4096)
    os._exit(0)
os.close(reader)
for stream in (1, 2): os.dup2(writer, stream)
folder = os.environ["TEST_DIR"]
os.execv(folder + "/bin/chaperone", ["chaperone", "--config", folder + "/chaperone.d"])`,
    ],
  });
  await waitForLog(run, /a\[\d+\]: up\n/);
  await Deno.writeTextFile(`${run.directory}/enough`, "");
  await expectNormalLife(run);
});

namespaceTest("a terminal that is hung up leaves it at work", async () => {
  await using run = await inNamespace({
    config: CONFIG,
    // The terminal's other end is closed when the process that holds it ends.
    program: [
      "python3",
      "-c",
      `import os, pty
master, slave = pty.openpty()
if os.fork() == 0:
    os.close(slave)
    while not os.path.exists(os.environ["TEST_DIR"] + "/enough"): os.read(master, 4096)
    os._exit(0)
os.close(master)
os.setsid() if os.getpid() != os.getsid(0) else None
for stream in (0, 1, 2): os.dup2(slave, stream)
folder = os.environ["TEST_DIR"]
os.execv(folder + "/bin/chaperone", ["chaperone", "--config", folder + "/chaperone.d"])`,
    ],
  });
  await waitForLog(run, /a\[\d+\]: up\n/);
  await Deno.writeTextFile(`${run.directory}/enough`, "");
  await expectNormalLife(run);
});

namespaceTest(
  "a log's file system that becomes read-only is said once, and so is its end",
  async () => {
    await using run = await inNamespace({
      setup: `mkdir "$dir/disk"; mount -t tmpfs tmpfs "$dir/disk"`,
      config: configuration({
        "disk.logging": { selector: "user.*", file: "$(TEST_DIR)/disk/log" },
        "a.service": { command: sh(STAYS) },
      }),
    });
    await run.waitForLine(/a\[\d+\]: up$/);
    const script = (text: string) => run.exec(["sh", "-c", text]);
    await script(
      "logger -p user.info one; until grep -q one $TEST_DIR/disk/log; do sleep 0.05; done",
    );
    // An open file keeps a file system from becoming read-only: rotation by hand closes it.
    await script("mount -t tmpfs -o ro tmpfs $TEST_DIR/disk");
    await run.signal("SIGHUP");
    await script("logger -p user.info two");
    await run.waitForLine(/Cannot (open|write to) log file .*Read-only file system/);
    await script("logger -p user.info three; umount $TEST_DIR/disk");
    const again = await script(
      "for i in $(seq 200); do logger -p user.info four; grep -q four $TEST_DIR/disk/log && exit 0; sleep 0.05; done; exit 1",
    );
    assertEquals(again.code, 0, run.output.format());
    await run.waitForLine(/Writing to log file .* again/);
    const told = run.output.texts().filter((line) => /Read-only file system/.test(line));
    assertEquals(told.length, 1, run.output.format());
    await run.signal("SIGTERM");
    await run.expectExit(0);
  },
);
