/**
 * A service's user forks until there is no room for a process, and goes on: chaperone lives and
 * answers, others' restarts are tried again until there is room, and a stop ends all of it.
 */
import { assertEquals, assertGreater } from "@std/assert";
import { canLimit, Cgroup } from "./harness/cgroup.ts";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, type Section, sh, STAYS } from "./scenario.ts";

const BOMB = await Deno.readTextFile(new URL("harness/bomb.c", import.meta.url));
const BUILD = `gcc -O1 -o "$dir/bomb" "$dir/bomb.c"`;

const bomb = (more: Section = {}): Section => ({
  command: "$(TEST_DIR)/bomb",
  uid: "games",
  "stop_timeout": 1,
  "ignore_failures": true,
  ...more,
});

/** Comes and goes, ten times a second. */
const COMES: Section = {
  command: "/bin/false",
  uid: "nobody",
  restart: true,
  "restart_delay": 0.1,
  "restart_limit": 0,
  "ignore_failures": true,
};

const countOf = async (run: NamespaceRun) =>
  (await run.processes()).filter(({ argv }) => argv[0]?.endsWith("/bomb")).length;

/** Long before the bomb ends by itself: what is killed one by one is never all of it. */
const STOP_LIMIT_MS = 60_000;

async function expectBombStopped(run: NamespaceRun): Promise<void> {
  const stop = await run.exec(["telchap", "stop", "--wait", "bomb"], { limitMs: STOP_LIMIT_MS });
  assertEquals(stop.code, 0, stop.stdout + stop.stderr);
  assertEquals(await countOf(run), 0);
  const from = run.output.lines.length;
  await run.waitForLine(/comes\.service.* exited with code 1/, { from });
  await run.signal("SIGTERM");
  await run.expectExit(0);
}

namespaceTest(
  "a user who forks as often as its limit allows is stopped whole, and holds nobody up",
  async () => {
    await using run = await inNamespace({
      files: { "bomb.c": BOMB },
      setup: BUILD,
      config: configuration({
        "bomb.service": bomb({ limits: { nproc: 200 } }),
        "comes.service": COMES,
        "keep.service": { command: sh(STAYS) },
      }),
    });
    await run.waitForLine(/bomb\[\d+\]: full$/, { limitMs: 30_000 });
    assertGreater(await countOf(run), 150);
    const from = run.output.lines.length;
    await run.waitForLine(/comes\.service.* exited with code 1/, { from });
    assertEquals((await run.exec(["telchap", "status"])).code, 0);
    await expectBombStopped(run);
  },
  ["gcc"],
);

if (canLimit("pids")) {
  for (const how of ["stop", "end of the container"] as const) {
    namespaceTest(
      `a full table of processes: restarts are tried again, and the ${how} ends who filled it`,
      async () => {
        await using cgroup = new Cgroup({ pids: 200 });
        await using run = await inNamespace({
          files: { "bomb.c": BOMB },
          setup: `${BUILD}\n${cgroup.enter}`,
          config: configuration({
            settings: { "shutdown_timeout": 3 },
            "bomb.service": bomb({ enabled: false }),
            "comes.service": COMES,
            "keep.service": { command: sh(STAYS) },
            "file.logging": { selector: "*.*", file: "$(TEST_DIR)/log" },
          }),
        });
        await run.waitForLine(/keep\[\d+\]: up$/);
        assertEquals((await run.exec(["telchap", "start", "--enable", "bomb"])).code, 0);
        await run.waitForLine(/bomb\[\d+\]: full$/, { limitMs: 30_000 });
        const from = run.output.lines.length;
        await run.waitForLine(/comes\.service.*Resource temporarily unavailable/, { from });
        assertEquals((await run.exec(["telchap", "status"])).code, 0);
        await run.exec(["logger", "--tag", "other", "still heard"]);
        await run.waitForLine(/other: still heard$/, { from });
        if (how === "stop") return await expectBombStopped(run);
        await run.signal("SIGTERM");
        await run.expectExit(0, 30_000);
      },
      ["gcc"],
    );
  }
}
