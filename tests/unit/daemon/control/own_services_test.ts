/** What a user may do to the services that run as that user, and to no other: F-086. */
import { assertEquals, assertMatch } from "@std/assert";
import { test } from "../../../test.ts";
import { ControlBench } from "./control_bench.ts";

const USER = { mayControl: false, mayLook: false, uid: 1000 };
const identity = { uid: 1000, gid: 1000, groups: [] };
const other = { uid: 1001, gid: 1000, groups: [] };

function bench(): ControlBench {
  return new ControlBench({
    web: { identity, enabled: false },
    api: { identity },
    db: { identity: other },
    root: {},
  }).boot();
}

test("F-086: a user handles its own services", async () => {
  const control = bench();
  assertEquals(await control.run("start --force --enable web", USER), [
    "service start-up queued.",
    0,
  ]);
  assertEquals(control.phase("web"), "up");
  for (
    const [line, answer] of [
      ["stop api", "services stopping."],
      ["reset --force api", "services reset."],
      ["start --force api", "service start-up queued."],
      ["restart web", "services restarting."],
      ["disable web", "services disabled."],
      ["enable web", "services enabled."],
    ] as const
  ) {
    assertEquals(await control.run(line, USER), [answer, 0], line);
  }
  assertEquals(control.refusals, []);
});

test("F-086: a user may do nothing to services of others, by whatever name", async () => {
  const control = bench();
  for (
    const command of ["stop", "start", "restart", "reset", "enable", "disable", "reload", "logs"]
  ) {
    for (const name of ["db", "root", "web db", "*"]) {
      const [text, exitCode] = await control.run(`${command} ${name}`, USER);
      assertMatch(text, /^Command error: not permitted: you do not run as the user of /, command);
      assertEquals(exitCode, 4, command);
    }
  }
  assertEquals([control.phase("db"), control.phase("root")], ["up", "up"]);
  assertEquals(control.refusals.length, 32);
});

test("F-086: what concerns the container, or all services, is not a user's", async () => {
  const control = bench();
  for (
    const line of [
      "shutdown",
      "loglevel",
      "loglevel debug",
      "diff",
      "apply",
      "reexec",
      "blame",
      "graph",
      "dependencies",
    ]
  ) {
    const [text, exitCode] = await control.run(line, USER);
    assertMatch(text, /^Command error: not permitted/, line);
    assertEquals(exitCode, 4, line);
  }
});

test("F-086: a user sees its own services, and none of others", async () => {
  const control = bench();
  for (
    const line of ["status", "status --json", "tree", "tree --json", "names", "events", "runs"]
  ) {
    const [text, exitCode] = await control.run(line, USER);
    assertEquals(exitCode, 0, line);
    assertEquals(/\b(?:db|root)\b/.test(text), false, `${line}: ${text}`);
  }
  assertMatch((await control.run("status", USER))[0], /api\.service/);
  assertEquals((await control.run("names", USER))[0].split("\n").slice(0, 2), ["web", "api"]);
});

test("F-086: start without names starts a user's own services alone", async () => {
  const control = bench();
  await control.run("stop api db");
  control.os.end("api");
  control.os.end("db");
  assertEquals((await control.run("start", USER))[1], 0);
  assertEquals([control.phase("api"), control.phase("db")], ["up", "down"]);
});

test("F-086: a start does not enable what the service needs of another user", async () => {
  const control = new ControlBench({
    db: { identity: other, enabled: false },
    web: { identity, enabled: false, after: [{ name: "db.service" }] },
  }).boot();
  const [text, exitCode] = await control.run("start --enable web", USER);
  assertEquals([text, exitCode], [
    "Command error: not permitted: you do not run as the user of db",
    4,
  ]);
  assertEquals([control.isEnabled("db"), control.isEnabled("web")], [false, false]);
});

test("F-086: a service that runs as chaperone's own user is nobody else's", async () => {
  const control = new ControlBench({ a: {} }).boot();
  const unknown = { mayControl: false, mayLook: false, uid: undefined };
  assertEquals((await control.run("stop a", unknown))[1], 4);
});
