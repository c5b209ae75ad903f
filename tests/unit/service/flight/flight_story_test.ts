import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { guessBreakOff, lifeOf, livesOf } from "../../../../lib/service/flight/flight_life.ts";
import { tellEnd, tellLife } from "../../../../lib/service/flight/flight_story.ts";
import { findLife, postMortemReport } from "../../../../lib/service/flight/post_mortem.ts";
import { test } from "../../../test.ts";
import { begin, exit, flight, state } from "./flights.ts";

const CRASH = flight("one", [
  [0, begin()],
  [100, state("db", "up", "pid 5")],
  [110, state("web", "up", "pid 6")],
  [120, { kind: "ready" }],
  [900, exit("web", 3, ["trouble", "more trouble"])],
  [900, { kind: "ending", exitCode: 3, reason: "web.service failed" }],
  [901, state("web", "failed", "exited with code 3")],
  [905, state("db", "stopping")],
  [990, state("db", "down")],
  [1000, { kind: "end", exitCode: 3, reason: "web.service failed" }],
]);

test("a life is told: why it ended, what led there, what was running", () => {
  assertEquals(tellLife(lifeOf("one", CRASH)), [
    "2026-01-31 12:00:00.000Z to 2026-01-31 12:00:01.000Z (1 s): chaperone 0.5.0 on box, 2 services, " +
    "configuration c0ffee",
    "It ended with status 3: web.service failed",
    "",
    "What led there:",
    "  12:00:00.120Z  all services had been started",
    "  12:00:00.900Z  web[7] exited with code 3 after 1.5 s",
    "      | trouble",
    "      | more trouble",
    "  12:00:00.900Z  the end began: web.service failed",
    "  12:00:00.901Z  web: failed (exited with code 3)",
    "",
    "How services were then:",
    "  db   up since 2026-01-31 12:00:00.100Z (pid 5)",
    "  web  failed since 2026-01-31 12:00:00.901Z (exited with code 3)",
  ]);
});

test("what is armed is told as what it is armed for", () => {
  const life = flight("one", [
    [0, begin()],
    [100, state("job", "armed", "scheduled")],
    [101, state("web", "armed", "listening")],
    [102, state("old", "armed", "")],
  ]);
  assertEquals(tellLife(lifeOf("one", life)).slice(-3), [
    "  job  scheduled since 2026-01-31 12:00:00.100Z",
    "  web  listening since 2026-01-31 12:00:00.101Z",
    "  old  scheduled or listening since 2026-01-31 12:00:00.102Z",
  ]);
});

test("a life that broke off is told as such, with what speaks for which cause", () => {
  const killed = flight("one", [[0, begin()], [50, state("a", "up")]]);
  assertStringIncludes(guessBreakOff(lifeOf("one", killed)), "process 1 was killed (`docker kill`");
  const overdue = [
    ...killed,
    ...flight("one", [
      [9000, { kind: "ending", exitCode: 0, reason: "SIGTERM" }],
      [19_000, state("a", "stopping")],
    ]),
  ];
  assertStringIncludes(guessBreakOff(lifeOf("one", overdue)), "had not come to it after 10.0 s");
  const full = [
    ...killed,
    ...flight("one", [
      [99, { ...exit("b", 1), usedBytes: 95, limitBytes: 100 } as ReturnType<typeof exit>],
    ]),
  ];
  assertStringIncludes(guessBreakOff(lifeOf("one", full)), "nearly used up");
});

test("lives are told apart, and counted back from the present one", () => {
  const records = [
    ...CRASH,
    ...flight("two", [[5000, begin(5000)], [5001, { kind: "ready" }]]),
    ...flight("three", [[9000, begin(9000)]]),
  ];
  assertEquals(livesOf({ records }).map(({ id }) => id), ["one", "two", "three"]);
  assertEquals(findLife({ records }, 1, "three")?.id, "two");
  assertEquals(findLife({ records }, 2, "three")?.id, "one");
  assertEquals(findLife({ records }, 3, "three"), undefined);
  assertEquals(findLife({ records }, 0, "three")?.id, "three");
  assertEquals(findLife({ records }, 1)?.id, "three");
  const reading = { records, damaged: 1, foreign: 2 };
  const report = postMortemReport(reading, 2, "three");
  assertStringIncludes(report?.text ?? "", "Not read: 1 torn or damaged records.");
  assertStringIncludes(report?.text ?? "", "2 records of another version");
  const value = report?.value as { exitCode: number; records: { at: string }[] };
  assertEquals(value.exitCode, 3);
  assertEquals(value.records[0]?.at, "2026-01-31T12:00:00.000Z");
  assertStringIncludes(postMortemReport(reading, 0, "three")?.text ?? "", "It goes on.");
});

test("records that were not read are told where there are any", () => {
  const life = lifeOf("one", CRASH);
  const gaps = (reading: { damaged: number; foreign: number }) =>
    tellLife(life, reading).filter((line) => line.startsWith("Not read"));
  assertEquals(gaps({ damaged: 0, foreign: 0 }), []);
  assertEquals(gaps({ damaged: 1, foreign: 0 }), ["Not read: 1 torn or damaged records."]);
  assertEquals(gaps({ damaged: 0, foreign: 1 }).length, 1);
});

test("where hardly anything has room no output is told", () => {
  const events = [[0, begin()], [1, exit("db", 1, ["one", "two"])]] as const;
  const life = lifeOf("one", flight("one", events));
  const size = new TextEncoder().encode(tellEnd(life, 4096)).length;
  const short = tellEnd(life, size - 1);
  assertEquals(short.includes("      | "), false);
  assertStringIncludes(short, "db[7]");
});

test("a life whose beginning has been overwritten says so", () => {
  const lines = tellLife(lifeOf("one", CRASH.slice(3)));
  assertStringIncludes(lines[0] ?? "", "its beginning is not kept any more");
  assertEquals(lines.at(-1), "What happened first has been overwritten.");
});

test("the message of a termination fits into its bytes, whatever there is to tell", () => {
  const long = "é".repeat(400);
  const events = Array.from(
    { length: 60 },
    (_, at) => [at, exit("web", 1, Array(20).fill(long))] as const,
  );
  for (const reason of ["short", "ü".repeat(10_000)]) {
    const end = [[99, { kind: "end", exitCode: 1, reason }]] as const;
    const text = tellEnd(lifeOf("one", flight("one", [...events, ...end])), 4096);
    assert(new TextEncoder().encode(text).length <= 4096);
    assert(text.startsWith(`chaperone: exit 1: ${reason.slice(0, 5)}`));
    assert(!text.includes("\uFFFD"));
  }
  assertStringIncludes(tellEnd(lifeOf("one", CRASH), 4096), "      | more trouble\n");
});

test("the value of a life has its status, or why nobody knows one, and how services were then", () => {
  const records = [
    ...CRASH,
    ...flight("two", [[5000, begin(5000)], [5001, state("web", "up", "pid 9")]]),
    ...flight("three", [[9000, begin(9000)]]),
  ];
  const reading = { records, damaged: 1, foreign: 2 };
  const of = (previous: number) => postMortemReport(reading, previous, "three")?.value;
  const { records: told, ...ended } = of(2) ?? { records: [] };
  assertEquals(ended, {
    life: "one",
    from: "2026-01-31T12:00:00.000Z",
    to: "2026-01-31T12:00:01.000Z",
    exitCode: 3,
    reason: "web.service failed",
    isComplete: true,
    states: [
      {
        ...{ service: "db.service", state: "up", since: "2026-01-31T12:00:00.100Z" },
        detail: "pid 5",
      },
      {
        ...{ service: "web.service", state: "failed", since: "2026-01-31T12:00:00.901Z" },
        detail: "exited with code 3",
      },
    ],
    ...{ damaged: 1, foreign: 2 },
  });
  assertEquals(told.length, CRASH.length);
  const broken = of(1);
  assertEquals(broken?.exitCode, null);
  assertStringIncludes(broken?.reason ?? "", "process 1 was killed");
  assertEquals([of(0)?.exitCode, of(0)?.reason], [null, null], "it goes on");
  const torn = postMortemReport({ ...reading, records: CRASH.slice(3) }, 1, "three")?.value;
  assertEquals(torn?.isComplete, false);
});

test("memory is told in MiB, with what the container had of its own", () => {
  const end = {
    ...exit("web", 1),
    ...{
      peakBytes: 212.4 * 1024 * 1024,
      usedBytes: 498 * 1024 * 1024,
      limitBytes: 512 * 1024 ** 2,
    },
  } as ReturnType<typeof exit>;
  assertStringIncludes(
    tellLife(lifeOf("one", flight("one", [[0, begin()], [9, end]]))).join("\n"),
    "; it had 212.4 MiB at its most; the container used 498.0 of 512.0 MiB",
  );
});

test("what came up before the container was ready is no news, what failed before it is", () => {
  const life = flight("one", [
    [0, begin()],
    [10, state("a", "up", "pid 5")],
    [20, state("b", "failed", "no such file")],
    [30, { kind: "ready" }],
    [40, state("c", "up", "pid 6")],
  ]);
  const lines = tellLife(lifeOf("one", life));
  assertEquals(lines.slice(3, 7), [
    "What led there:",
    "  12:00:00.020Z  b: failed (no such file)",
    "  12:00:00.030Z  all services had been started",
    "  12:00:00.040Z  c: up (pid 6)",
  ]);
});

test("a probe is told with what it saw, where it saw something", () => {
  const health = { kind: "health", service: "web.service", health: "unhealthy" } as const;
  const life = flight("one", [[0, begin()], [1, health], [2, { ...health, seen: "refused" }]]);
  assertEquals(tellLife(lifeOf("one", life)).slice(4, 6), [
    "  12:00:00.001Z  web is unhealthy",
    "  12:00:00.002Z  web is unhealthy: refused",
  ]);
});

test("an end is told without output rather than cut, and to the very last byte of its room", () => {
  const life = lifeOf("one", CRASH);
  const whole = tellEnd(life, 4096);
  const size = new TextEncoder().encode(whole).length;
  assertEquals(tellEnd(life, size), whole);
  assert(tellEnd(life, size - 1).length < size);
});
