/**
 * When a service counts as started, and what keeps it from that: simple, oneshot, and what cannot
 * be started at all. Daemons are in daemon_test.ts.
 */
import { assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { inNamespace } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import {
  configuration,
  type Life,
  linesOf,
  runToEnd,
  type Section,
  sh,
  STAYS,
} from "./scenario.ts";

/** Tells that it was started, and after what. */
const NEXT = { command: "/bin/echo b runs", after: "a.service" };

/** Runs `a`, and `b` after it, to the end. */
async function lifeOf(a: Section): Promise<Life> {
  return await runToEnd({ config: configuration({ "a.service": a, "b.service": NEXT }) });
}

function indexOfText(lines: readonly string[], text: string): number {
  return lines.findIndex((line) => line.includes(text));
}

function assertOrder(lines: readonly string[], ...texts: readonly string[]): void {
  const found = texts.map((text) => indexOfText(lines, text));
  assertEquals(found.includes(-1), false, `missing one of ${texts}:\n${lines.join("\n")}`);
  assertEquals(found, found.toSorted((a, b) => a - b), lines.join("\n"));
}

namespaceTest("101: simple that exits 3 at once is a system failure with that code", async () => {
  const life = await lifeOf({ command: sh("exit 3") });
  assertStringIncludes(
    life.all,
    "cancelled due to error: a.service failed on start-up with result '<ProcStatus exit_status=3>'",
  );
  assertEquals([life.code, linesOf("b", life.stdout)], [3, []]);
});

namespaceTest("102: simple that exits 0 at once counts as started", async () => {
  const life = await lifeOf({ command: "/bin/true" });
  assertEquals([life.code, linesOf("b", life.stdout)], [0, ["b runs"]]);
});

namespaceTest("103: simple that exits 3 later is an error, and others keep running", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": { command: sh("while [ ! -e $TEST_DIR/go ]; do sleep 0.02; done; exit 3") },
      "b.service": { command: sh(STAYS), after: "a.service" },
    }),
  });
  await run.waitForLine(/b\[\d+\]: up$/);
  await Deno.writeTextFile(`${run.directory}/go`, "");
  await run.waitForLine(/: a\.service terminated abnormally with <ProcStatus exit_status=3>$/);
  await run.signal("SIGTERM");
  await run.waitForLine(/b\[\d+\]: got TERM$/);
  await run.expectExit(0);
});

namespaceTest("104: a dependent of simple waits for startup_pause", async () => {
  const pauseMs = await startGapMs({ "startup_pause": 0.4 });
  assertGreater(pauseMs, 390);
  const none = await startGapMs({ "startup_pause": 0 });
  assertEquals(none < 350, true, `${none} ms`);
});

/** Measures how long after a's own first act b does its first. */
async function startGapMs(directives: Section): Promise<number> {
  const life = await runToEnd({
    config: configuration({
      "a.service": { command: sh("date +%s%N; sleep 1"), ...directives },
      "b.service": { command: "/bin/date +%s%N", after: "a.service" },
    }),
  });
  const [a = "", b = ""] = ["a", "b"].map((name) => linesOf(name, life.stdout)[0] ?? "");
  return Number(BigInt(b) - BigInt(a)) / 1e6;
}

namespaceTest("105: simple that is killed at once is a system failure with 137", async () => {
  const life = await lifeOf({ command: sh("kill -9 $$") });
  assertStringIncludes(
    life.all,
    "a.service failed on start-up with result '<ProcStatus signal=9>'",
  );
  assertEquals(life.code, 137);
});

namespaceTest("106: a dependent of oneshot starts after its exit", async () => {
  const life = await lifeOf({ command: sh("sleep 0.3; echo a done"), type: "oneshot" });
  assertOrder(life.stdout, "]: a done", "]: b runs");
  assertEquals(life.code, 0);
});

namespaceTest("107: oneshot that exits 2 is a system failure with that code", async () => {
  const life = await lifeOf({ command: sh("exit 2"), type: "oneshot" });
  assertStringIncludes(
    life.all,
    "a.service failed on start-up with result '<ProcStatus exit_status=2>'",
  );
  assertEquals([life.code, linesOf("b", life.stdout)], [2, []]);
});

const HANGS = { command: sh("echo hanging; exec sleep 60"), "process_timeout": 0.3 };

for (const type of ["oneshot", "forking"]) {
  namespaceTest(`108, 112: ${type} that does not end in time is ended, exit 1`, async () => {
    const life = await lifeOf({ ...HANGS, type });
    assertStringIncludes(
      life.all,
      `error: ${type} service 'a.service' did not exit after 0.3 second(s), ` +
        "terminating due to 'ignore_failures=False'",
    );
    assertStringIncludes(life.all, "using SIGTERM to terminate a.service");
    assertEquals([life.code, linesOf("b", life.stdout)], [1, []]);
  });
}

namespaceTest("109: oneshot that is late and may fail goes on, and dependents start", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": { ...HANGS, type: "oneshot", "ignore_failures": true },
      "b.service": NEXT,
    }),
  });
  await run.waitForLine(
    /did not exit after 0\.3 second\(s\), proceeding due to 'ignore_fail\w+=True'/,
  );
  await run.waitForLine(/b\[\d+\]: b runs$/);
  await run.waitForProcesses((all) => all.some(({ name }) => name === "sleep"));
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

for (const type of ["cron", "inetd"]) {
  const section = { command: "nosuch", type, interval: "@hourly", port: 8123 };
  namespaceTest(`121: ${type} with a missing executable is a system failure`, async () => {
    const life = await lifeOf(section);
    assertStringIncludes(
      life.all,
      "system startup cancelled due to error: executable 'nosuch' not found",
    );
    assertEquals(life.code, 1);
  });
  namespaceTest(`121: ${type} that is optional and missing is disabled`, async () => {
    const life = await lifeOf({ ...section, optional: true });
    assertStringIncludes(
      life.all,
      "optional service a.service disabled since 'nosuch' is not present",
    );
    assertEquals([life.code, linesOf("b", life.stdout)], [0, ["b runs"]]);
  });
}

namespaceTest(
  "122: an optional service that is missing does not keep dependents from starting",
  async () => {
    const life = await lifeOf({ command: "nosuch", optional: true });
    assertStringIncludes(
      life.all,
      "optional service a.service disabled since 'nosuch' is not present",
    );
    assertEquals([life.code, linesOf("b", life.stdout)], [0, ["b runs"]]);
  },
);

namespaceTest("123: a missing executable whose failures are ignored is a warning", async () => {
  const life = await lifeOf({ command: "nosuch", "ignore_failures": true });
  assertStringIncludes(life.all, "a.service is not started: its program 'nosuch' is not present");
  assertEquals([life.code, linesOf("b", life.stdout)], [0, ["b runs"]]);
});

namespaceTest("125: nobody misses the executable of a disabled service", async () => {
  const life = await lifeOf({ command: "nosuch", enabled: false });
  assertEquals(life.all.includes("nosuch"), false);
  assertEquals([life.code, linesOf("b", life.stdout)], [0, ["b runs"]]);
});
