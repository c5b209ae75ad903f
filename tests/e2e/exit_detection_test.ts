/**
 * How containers end without being told to: by a start that fails, and by themselves when nothing
 * is left and nothing is to come.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inNamespace } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, linesOf, runToEnd, sh, STAYS } from "./scenario.ts";

namespaceTest("158: one of three that fails takes the others down, with its code", async () => {
  const life = await runToEnd({
    config: configuration({
      "a.service": { command: sh(STAYS) },
      "b.service": { command: sh(STAYS) },
      "c.service": { command: sh("sleep 0.3; exit 4"), type: "oneshot" },
    }),
  });
  assertStringIncludes(life.all, "system startup cancelled due to error: c.service failed");
  for (const name of ["a", "b"]) {
    assertEquals(linesOf(name, life.stdout).includes("got TERM"), true, life.all);
  }
  assertEquals(life.code, 4);
});

namespaceTest("159: when the last process has ended the container ends, and says so", async () => {
  const life = await runToEnd({ config: configuration({ "a.service": { command: "/bin/true" } }) });
  const own = linesOf("chaperone", life.stdout);
  assertEquals(own.includes("no child processes present"), true, life.all);
  assertEquals(own.slice(-2), ["Final termination phase.", "exit 0: all services have ended"]);
  assertEquals(life.code, 0);
});

namespaceTest("160: an orphan of a task keeps the container up until it ends", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": {
        type: "oneshot",
        command: sh("setsid sh -c 'while [ ! -e $TEST_DIR/go ]; do sleep 0.02; done' & echo left"),
      },
    }),
  });
  await run.waitForLine(/: a\.service successfully started$/);
  await Deno.writeTextFile(`${run.directory}/go`, "");
  await run.waitForLine(/Caught subprocess termination from unknown pid: \d+ -> 0$/);
  await run.waitForLine(/: exit 0: all services have ended$/);
  await run.expectExit(0);
});

namespaceTest("161: an orphan that ends is reaped", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": { command: sh("sh -c 'sleep 0.05 & sleep 0.1 &'; exec sleep 60") },
    }),
  });
  await run.waitForLine(/Caught subprocess termination from unknown pid: \d+ -> 0$/);
  await run.expectNoZombie(1000);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

namespaceTest("162: with detect_exit: false it stays until SIGTERM", async () => {
  await using run = await inNamespace({
    config: configuration({
      settings: { "detect_exit": false },
      "a.service": { command: "/bin/true" },
    }),
  });
  await run.waitForLine(/: a\.service exit status for pid=\d+/);
  await run.waitForProcesses((all) => all.length === 1);
  await run.signal("SIGTERM");
  await run.waitForLine(/: exit 0: SIGTERM was received$/);
  await run.expectExit(0);
});

const CRON = { type: "cron", interval: "@yearly", command: "/bin/true" };

namespaceTest("163: a scheduled service keeps the container up, and is named", async () => {
  await using run = await inNamespace({
    config: configuration({ "a.service": { command: "/bin/true" }, "b.service": CRON }),
  });
  await run.waitForLine(
    /: system will remain active since there are scheduled services: b\.service$/,
  );
  await run.signal("SIGTERM");
  await run.waitForLine(/: exit 0: SIGTERM was received$/);
  await run.expectExit(0);
});

namespaceTest(
  "164: a container ends when the job of its last scheduled service stops that service",
  async () => {
    const life = await runToEnd({
      config: configuration({
        "b.service": { ...CRON, interval: "* * * * * *", command: "telchap stop b" },
      }),
    });
    assertMatch(life.stdout.at(-1) ?? "", /: exit 0: all services have ended$/);
  },
);
