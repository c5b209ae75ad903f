/**
 * The order in which services start: after, before, groups, INIT and IDLE. Each service writes its
 * name when it begins and again when it is done; what is after it must not begin in between.
 */
import { assertEquals, assertGreater, assertLess, assertStringIncludes } from "@std/assert";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, type Life, linesOf, runToEnd, type Section, sh } from "./scenario.ts";

/** A oneshot that takes a moment. */
function task(directives: Section = {}): Section {
  return {
    type: "oneshot",
    command: sh("date +'begin %s%N'; sleep 0.15; date +'end %s%N'"),
    ...directives,
  };
}

async function lifeOf(
  services: Record<string, Section>,
  settings: Section = {},
  args: readonly string[] = [],
): Promise<Life> {
  const sections = Object.entries(services).map(([name, section]) => [`${name}.service`, section]);
  const life = await runToEnd({
    config: configuration({ settings, ...Object.fromEntries(sections) }),
    args,
  });
  assertEquals(life.code, 0, life.all);
  return life;
}

/** Returns when a service began or ended, in milliseconds of the wall clock. */
function momentMs(life: Life, name: string, what: "begin" | "end"): number {
  const line = linesOf(name, life.stdout).find((each) => each.startsWith(what));
  if (line === undefined) throw new Error(`No ${what} of ${name}:\n${life.all}`);
  return Number(BigInt(line.slice(what.length + 1)) / 1000n) / 1000;
}

function assertAfter(life: Life, later: string, ...earlier: readonly string[]): void {
  for (const name of earlier) {
    assertGreater(momentMs(life, later, "begin"), momentMs(life, name, "end"), `${later} ${name}`);
  }
}

function assertTogether(life: Life, one: string, other: string): void {
  assertLess(momentMs(life, one, "begin"), momentMs(life, other, "end"), `${one} ${other}`);
  assertLess(momentMs(life, other, "begin"), momentMs(life, one, "end"), `${one} ${other}`);
}

namespaceTest(
  "144: after waits until the other has started, and before is its mirror",
  async () => {
    const life = await lifeOf({
      a: task({ after: "b.service" }),
      b: task({ after: "c.service" }),
      c: task(),
      d: task({ before: "c.service" }),
    });
    assertAfter(life, "a", "b");
    assertAfter(life, "b", "c");
    assertAfter(life, "c", "d");
  },
);

namespaceTest(
  "145: after a group waits for all its members, before a group goes ahead of them",
  async () => {
    const life = await lifeOf({
      a: task({ after: "work" }),
      b: task({ "service_groups": "work" }),
      c: task({ "service_groups": "work" }),
      d: task({ before: "work" }),
    });
    assertAfter(life, "a", "b", "c");
    assertAfter(life, "b", "d");
    assertAfter(life, "c", "d");
  },
);

namespaceTest(
  "146, F-109: names that nobody has are ignored; a name without suffix means the service",
  async () => {
    const names = "nobody.service, nogroup";
    const life = await lifeOf({ a: task({ after: names }), b: task(), c: task({ after: "b" }) });
    assertTogether(life, "a", "b");
    assertAfter(life, "c", "b");
  },
);

namespaceTest("147: after a group concerns the service that says it, not its group", async () => {
  const life = await lifeOf({
    a: task({ "service_groups": "g", after: "setup" }),
    b: task({ "service_groups": "g" }),
    c: task({ "service_groups": "setup" }),
  });
  assertAfter(life, "a", "c");
  assertTogether(life, "b", "c");
});

namespaceTest(
  "148, 150: INIT is done before all others begin, and IDLE begins after them",
  async () => {
    const life = await lifeOf({
      a: task(),
      b: task({ "service_groups": "INIT" }),
      c: task({ "service_groups": "INIT", after: "b.service" }),
      d: task({ "service_groups": "IDLE" }),
    });
    assertAfter(life, "a", "b", "c");
    assertAfter(life, "c", "b");
    assertAfter(life, "d", "a");
  },
);

namespaceTest("149: an IDLE service that is before CONSOLE runs before the command", async () => {
  const life = await lifeOf(
    { a: task({ "service_groups": "IDLE", before: "CONSOLE" }) },
    {},
    ["date", "+command %s%N"],
  );
  const command = life.stdout.find((line) => line.startsWith("command "))?.slice(8) ?? "0";
  assertGreater(Number(BigInt(command) / 1000n) / 1000, momentMs(life, "a", "end"));
});

namespaceTest("151: all IDLE services wait for idle_delay after the last other start", async () => {
  const services = {
    a: task(),
    b: task({ "service_groups": "IDLE" }),
    c: task({ "service_groups": "IDLE" }),
  };
  const life = await lifeOf(services, { "idle_delay": 0.4 });
  for (const name of ["b", "c"]) {
    const gapMs = momentMs(life, name, "begin") - momentMs(life, "a", "end");
    assertGreater(gapMs, 380, name);
  }
  assertStringIncludes(life.all, "IDLE transition hit.  delaying for 0.4 seconds");
});

namespaceTest("152: services that do not depend on each other start at the same time", async () => {
  const life = await lifeOf({ a: task(), b: task(), c: task() });
  assertTogether(life, "a", "b");
  assertTogether(life, "b", "c");
});

namespaceTest("153: a cycle keeps everything from starting, exit 1", async () => {
  const life = await runToEnd({
    config: configuration({
      "a.service": task({ after: "b.service" }),
      "b.service": task({ after: "a.service" }),
      "c.service": task(),
    }),
  });
  assertStringIncludes(life.all, "circular dependency in service declaration");
  assertEquals([life.code, linesOf("c", life.stdout)], [1, []]);
});

namespaceTest("154: nothing waits for a service that is disabled", async () => {
  const life = await lifeOf({
    a: task({ after: "b.service" }),
    b: task({ enabled: false, after: "c.service" }),
    c: task(),
  });
  assertTogether(life, "a", "c");
});

namespaceTest("155: what depends on a failure is never launched", async () => {
  const life = await runToEnd({
    config: configuration({
      "a.service": { type: "oneshot", command: sh("sleep 0.1; exit 2") },
      "b.service": task({ after: "a.service" }),
      "c.service": task({ after: "b.service", "ignore_failures": true }),
    }),
  });
  assertEquals([life.code, linesOf("b", life.stdout), linesOf("c", life.stdout)], [2, [], []]);
});

namespaceTest("156: --show-dependencies draws a chain of three", async () => {
  const life = await lifeOf(
    {
      a: task(),
      b: task({ after: "a.service" }),
      c: task({ after: "b.service, a.service" }),
    },
    {},
    ["--show-dependencies"],
  );
  assertEquals(life.stdout, [
    "    a | b | c",
    "a | =",
    "b |  ====",
    "c |      ====",
    "--> depends on...",
    "a | ",
    "b | a",
    "c | a, b",
  ]);
});

namespaceTest("157: a service is in all the groups that it names, and not in default", async () => {
  const life = await lifeOf({
    a: task({ "service_groups": " one , two " }),
    b: task({ after: "two" }),
    c: task({ after: "default", "service_groups": "late" }),
  });
  assertAfter(life, "b", "a");
  assertAfter(life, "c", "b");
});

namespaceTest(
  "conditions of after: completed waits for the end, started for the start",
  async () => {
    const life = await lifeOf({
      a: { type: "simple", command: sh("echo up; sleep 0.4; date +'end %s%N'") },
      b: task({ after: "a.service:started" }),
      c: task({ after: "a.service:completed" }),
    });
    assertLess(momentMs(life, "b", "begin"), momentMs(life, "a", "end"));
    assertAfter(life, "c", "a");
  },
);

namespaceTest("wait_for holds a service back until the file is there", async () => {
  const life = await lifeOf({
    a: task({ "wait_for": ["file:$(TEST_DIR)/there"] }),
    b: { type: "oneshot", command: sh("sleep 0.3; date +'end %s%N'; touch $TEST_DIR/there") },
  });
  assertAfter(life, "a", "b");
});
