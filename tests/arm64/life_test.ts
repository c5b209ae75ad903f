/**
 * A container's whole life with chaperone for arm64 as PID 1: services, users, syslog, notify,
 * cron, orphans, telchap, re-execution, stop. All other programs are the machine's own.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { inNamespace, type NamespaceRun } from "../e2e/harness/namespace.ts";
import { namespaceTest } from "../e2e/harness/requirements.ts";
import { configuration, linesOf, sh, STAYS } from "../e2e/scenario.ts";

const SECTIONS = {
  "who.service": {
    command: sh(
      `grep -E '^(Uid|Gid|Groups):' /proc/self/status; ulimit -n; umask; pwd; ${STAYS}`,
    ),
    uid: 1234,
    gid: 2345,
    limits: { nofile: 777 },
    umask: "027",
    directory: "/usr",
  },
  "said.service": { type: "notify", command: sh("systemd-notify --ready; sleep 1000") },
  "next.service": {
    command: sh(
      "logger -p user.notice -t talk over /dev/log; (setsid sleep 0.1 &); echo sent; sleep 1000",
    ),
    after: "said.service",
  },
  "tick.service": { type: "cron", interval: "* * * * * */5", command: "/bin/echo tick" },
};

interface Status {
  readonly services: readonly { readonly name: string; readonly pid: number | null }[];
}

async function telchap(run: NamespaceRun, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await run.exec(["telchap", ...words]);
  assertEquals(code, 0, stdout + stderr);
  return stdout;
}

/** On a busy machine the next incarnation may take longer than telchap waits for it. */
async function reexec(run: NamespaceRun): Promise<string> {
  let words = ["telchap", "reexec"];
  for (let triesLeft = 5;; triesLeft--) {
    const { stdout, stderr } = await run.exec(words);
    const isLate = stdout.includes("telchap reexec --last");
    if (!isLate || triesLeft === 0) return stdout + stderr;
    words = ["telchap", "reexec", "--last"];
  }
}

async function pidOf(run: NamespaceRun, name: string): Promise<number | null | undefined> {
  const { services } = JSON.parse(await telchap(run, "status", "--json")) as Status;
  return services.find((each) => each.name === name)?.pid;
}

namespaceTest("a container's whole life, with chaperone for arm64 as PID 1", async (t) => {
  // Each step builds on the one before, and would wait for long.
  const step = async (name: string, body: () => Promise<void>) => {
    if (!await t.step(name, body)) throw new Error(`The rest is left out, after: ${name}`);
  };
  await using run = await inNamespace({ config: configuration(SECTIONS) });
  await step("a service has the identity, limits and directory that it asked for", async () => {
    await run.waitForLine(/who\[\d+\]: up$/);
    const lines = linesOf("who", run.output.texts()).map((line) => line.replaceAll("\t", " "));
    assertEquals(lines.slice(0, 6), [
      "Uid: 1234 1234 1234 1234",
      "Gid: 2345 2345 2345 2345",
      "Groups: 2345",
      "777",
      "0027",
      "/usr",
    ]);
  });
  await step("a dependent starts once READY=1 was said, and /dev/log is read", async () => {
    await run.waitForLine(/next\[\d+\]: sent$/);
    await run.waitForLine(/talk: over \/dev\/log$/);
  });
  await step("a job runs every five seconds", async () => {
    await run.waitForLine(/tick\[\d+\]: tick$/);
  });
  await step("orphans are reaped", async () => {
    await run.waitForProcesses((all) => all.some(({ name }) => name === "sleep"));
    await run.expectNoZombie(60_000);
  });
  let pid: number | null | undefined;
  await step("telchap tells of a service", async () => {
    pid = await pidOf(run, "who.service");
    assert(typeof pid === "number" && pid > 1, `${pid}`);
  });
  await step("telchap reexec leaves services as they are, and jobs go on", async () => {
    assertMatch(await reexec(run), /has taken over from itself as telchap asked/);
    const from = run.output.lines.length;
    await run.waitForLine(/tick\[\d+\]: tick$/, { from });
    assertEquals(await pidOf(run, "who.service"), pid);
  });
  await step("SIGTERM stops everything, and leaves nothing behind", async () => {
    await run.signal("SIGTERM");
    await run.waitForLine(/who\[\d+\]: got TERM$/);
    await run.expectExit(0);
  });
});
