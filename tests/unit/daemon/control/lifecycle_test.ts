import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { test } from "../../../test.ts";
import { RESTART } from "../../service/service_config.ts";
import { ControlBench } from "./control_bench.ts";

const EXIT_3 = { kind: "exited", code: 3 } as const;
const JOB = {
  type: "cron",
  cron: { interval: "0 4 * * *", overlap: "skip", jitterMs: 0 },
} as const;
const TERMED = { kind: "signaled", signal: 15, coreDumped: false } as const;

test("O286 stop takes names with and without suffix, and refuses unknown ones", async () => {
  const bench = new ControlBench({ a: {}, b: {} }).boot();
  assertEquals(await bench.run("stop a"), ["services stopping.", 0]);
  assertEquals(await bench.run("stop b.service"), ["services stopping.", 0]);
  assertEquals(await bench.run("stop x"), ["Command error: no such service: x", 1]);
  assertEquals(bench.os.calls.filter((call) => call.startsWith("kill")).length, 2);
});

test("F-066: stop of what is stopped succeeds, says so, and stops the others", async () => {
  const bench = new ControlBench({ a: {}, b: { enabled: false } }).boot();
  assertEquals(await bench.run("stop b"), ["stopped already: b", 0]);
  assertEquals(await bench.run("stop a b"), ["services stopping.\nstopped already: b", 0]);
  assertEquals(bench.phase("a"), "stopping");
  bench.os.end("a", TERMED);
  assertEquals(await bench.run("stop --wait a"), ["stopped already: a", 0]);
  assertEquals(await bench.run("stop --force b"), ["services stopping.", 0]);
});

test("F-066: start of what runs succeeds, says so, and starts the others", async () => {
  const bench = new ControlBench({ a: {}, b: {}, c: { startupPauseMs: 500 } }).boot();
  bench.os.advance(500);
  assertEquals(await bench.run("start a"), ["running already: a", 0]);
  await bench.run("stop --force b c");
  bench.os.end("b", TERMED);
  bench.os.end("c", TERMED);
  assertEquals(await bench.run("start a b"), [
    "service start-up queued.\nrunning already: a",
    0,
  ]);
  assertEquals(bench.phase("b"), "up");
  assertEquals(await bench.run("start c"), ["service start-up queued.", 0]);
  assertEquals(await bench.run("start c"), ["starting already: c", 0]);
  const answer = bench.begin("start --wait c");
  bench.os.advance(500);
  await answer.done;
  assertEquals([answer.text, answer.exitCode], ["services started.\n", 0]);
});

test("F-066: start of a oneshot that has run leaves it alone; of a service that has ended, starts it", async () => {
  const bench = new ControlBench({ once: { type: "oneshot" }, a: {} }).boot();
  bench.os.end("once", { kind: "exited", code: 0 });
  bench.os.end("a", { kind: "exited", code: 0 });
  assertEquals([bench.phase("once"), bench.phase("a")], ["done", "done"]);
  const [text, exitCode] = await bench.run("start once a");
  assertMatch(text, /^service start-up queued\.\ncompleted already.*: once$/);
  assertEquals([exitCode, bench.phase("once"), bench.phase("a")], [0, "done", "up"]);
});

test("F-066: start of what is scheduled says so, and how it is run now", async () => {
  const bench = new ControlBench({ job: JOB }).boot();
  assertEquals(await bench.run("start job"), [
    "scheduled already, to be run now by telchap run: job",
    0,
  ]);
  assertEquals(bench.phase("job"), "armed");
});

test("F-066: enable and disable say what is so already", async () => {
  const bench = new ControlBench({ a: {}, b: { enabled: false } }).boot();
  assertEquals(await bench.run("enable a b"), ["services enabled.\nenabled already: a", 0]);
  await bench.run("disable b");
  assertEquals(await bench.run("disable b"), ["disabled already: b", 0]);
});

const LAST_ONES = "nothing else runs: the container ends once they are stopped (detect_exit)";

test("F-033: who stops the last service is told beforehand that the container ends", async () => {
  const bench = new ControlBench({ a: {}, b: {} }, { detectExit: true }).boot();
  assertEquals(await bench.run("stop a"), ["services stopping.", 0]);
  bench.os.end("a", TERMED);
  const answer = bench.begin("stop --wait b");
  assertEquals([answer.text, answer.exitCode], [`${LAST_ONES}\n`, undefined]);
  bench.os.end("b", TERMED);
  await answer.done;
  assertEquals(answer.text, `${LAST_ONES}\nservices stopped.\n`);
});

test("F-033: so is who does while the container is starting, by reset, or asks for JSON", async () => {
  const starting = new ControlBench({ a: { startupPauseMs: 500 } }, { detectExit: true }).boot();
  assertEquals(starting.container.phase, "booting");
  assertEquals((await starting.run("stop a"))[0], `${LAST_ONES}\nservices stopping.`);
  const reset = new ControlBench({ a: {} }, { detectExit: true }).boot();
  assertEquals((await reset.run("reset --force a"))[0], `${LAST_ONES}\nservices reset.`);
  const json = new ControlBench({ a: {} }, { detectExit: true }).boot();
  assertEquals(JSON.parse((await json.run("stop --json a"))[0]).notes, [LAST_ONES]);
});

test("F-033: nothing is foretold where the container stays up", async () => {
  const stays = new ControlBench({ a: {} }).boot();
  assertEquals(await stays.run("stop a"), ["services stopping.", 0]);
  const scheduled = new ControlBench({ a: {}, job: JOB }, { detectExit: true }).boot();
  assertEquals(scheduled.phase("job"), "armed");
  assertEquals(await scheduled.run("stop a"), ["services stopping.", 0]);
  const restarted = new ControlBench({ a: {} }, { detectExit: true }).boot();
  assertEquals(await restarted.run("restart a"), ["services restarting.", 0]);
});

test("stop and reset say that the container ends with a service that has exit_kills", async () => {
  const foretold = "the container ends with a (exit_kills)";
  for (const [line, done] of [["stop a", "stopping"], ["reset --force a", "reset"]] as const) {
    const bench = new ControlBench({ a: { exitKills: true }, b: {} }).boot();
    assertEquals((await bench.run(line))[0], `${foretold}\nservices ${done}.`);
    bench.os.end("a", TERMED);
    assertEquals(bench.container.phase, "stopping");
  }
  const down = new ControlBench({ a: { exitKills: true, enabled: false }, b: {} }).boot();
  assertEquals(await down.run("stop --force a"), ["services stopping.", 0]);
});

test("restart of a service with exit_kills does not end the container, unless it fails to start", async () => {
  const bench = new ControlBench({ a: { exitKills: true, startupPauseMs: 100 }, b: {} }).boot();
  bench.os.advance(100);
  const answer = bench.begin("restart --wait a");
  // What exchanges instances is loaded first.
  for (let tick = 0; tick < 5; tick++) await Promise.resolve();
  assertEquals(answer.text, "");
  bench.os.end("a", TERMED);
  bench.os.advance(100);
  await answer.done;
  assertEquals([answer.text, bench.phase("a")], ["services restarted.\n", "up"]);
  assertEquals(bench.container.phase, "running");
  await bench.run("restart a");
  bench.os.end("a", TERMED);
  bench.os.end("a", EXIT_3);
  assertEquals(bench.container.phase, "stopping");
});

test("stop names what is stopped before, since it requires what is stopped", async () => {
  const bench = new ControlBench({
    db: {},
    web: { edges: [{ kind: "requires", name: "db.service" }] },
    page: { edges: [{ kind: "requires", name: "web.service" }] },
    other: { after: [{ name: "db.service" }] },
  }).boot();
  const told = "stopped before, since they require what is stopped: page, web";
  assertEquals(await bench.run("stop db"), [`${told}\nservices stopping.`, 0]);
  assertMatch((await bench.run("why web"))[0], /^Stopped by: +chaperone, since it requires db/m);
  assertEquals((await bench.run("stop --json other"))[0].includes("require"), false);
});

test("every answer that is not JSON already comes as JSON, failures too", async () => {
  const bench = new ControlBench({ a: {}, b: { enabled: false } }).boot();
  const json = async (line: string) => JSON.parse((await bench.run(`${line} --json`))[0]);
  assertEquals(await json("stop a b"), {
    services: ["a.service"],
    answer: "services stopping.",
    unchanged: [{ services: ["b.service"], why: "stopped already" }],
    notes: [],
  });
  assertEquals((await json("start b")).error.startsWith("can only start"), true);
  assertEquals(await json("loglevel"), { level: null });
  assertEquals(await json("shutdown 60"), { delaySecs: 60 });
  assertEquals((await json("names")).services, ["a.service", "b.service"]);
});

test("stop without names does nothing", async () => {
  const bench = new ControlBench({ a: {} }).boot();
  assertEquals(await bench.run("stop"), ["services stopping.", 0]);
  assertEquals(bench.phase("a"), "up");
});

test("O288 start refuses disabled services", async () => {
  const bench = new ControlBench({ a: {}, b: { enabled: false } }).boot();
  assertEquals(await bench.run("start b"), [
    "Command error: can only start services which have been enabled: b (start --enable enables them, too)",
    1,
  ]);
  assertEquals(await bench.run("start --enable b"), ["service start-up queued.", 0]);
  assertEquals([bench.phase("b"), bench.isEnabled("b")], ["up", true]);
});

test("O288 start refuses where a prerequisite has failed; --force starts that, too", async () => {
  const after = [{ name: "db.service" }];
  const bench = new ControlBench({ db: {}, web: { after, enabled: false } }).boot();
  bench.os.end("db", EXIT_3);
  assertEquals(bench.phase("db"), "failed");
  await bench.run("enable web");
  assertEquals(await bench.run("start web"), [
    "Command error: services or their prerequisites are not ready: web (web needs db; " +
    "--force starts them and what they need)",
    1,
  ]);
  assertEquals(await bench.run("start --force web"), ["service start-up queued.", 0]);
  assertEquals([bench.phase("db"), bench.phase("web")], ["up", "up"]);
});

test("start refuses where a prerequisite is stopped, rather than wait for ever", async () => {
  const bench = new ControlBench({ db: {}, web: { after: [{ name: "db.service" }] } }).boot();
  await bench.run("stop web db");
  bench.os.end("web", TERMED);
  bench.os.end("db", TERMED);
  assertMatch((await bench.run("start web"))[0], /not ready: web \(web needs db; /);
  assertEquals(await bench.run("start web db"), ["service start-up queued.", 0]);
  assertEquals(bench.phase("web"), "up");
});

test("O289 reset refuses what runs; --force kills it", async () => {
  const bench = new ControlBench({ a: {}, b: {} }).boot();
  bench.os.end("b", EXIT_3);
  assertEquals(await bench.run("reset a b"), [
    "Command error: can't reset services which are running: a (--force stops them before)",
    1,
  ]);
  const answer = bench.begin("reset --force --wait a b");
  assertEquals(bench.phase("b"), "down");
  assertEquals(answer.exitCode, undefined);
  bench.os.end("a", TERMED);
  await answer.done;
  assertEquals([answer.text, bench.phase("a")], ["services reset.\n", "down"]);
});

test("O290 stop --wait answers once the process is gone", async () => {
  const bench = new ControlBench({ a: {} }).boot();
  const answer = bench.begin("stop --wait a");
  assertEquals(answer.text, "");
  bench.os.end("a", TERMED);
  await answer.done;
  assertEquals([answer.text, answer.exitCode], ["services stopped.\n", 0]);
});

test("O291 start --wait tells why a service failed", async () => {
  const bench = new ControlBench({ a: { enabled: false, startupPauseMs: 500 } }).boot();
  await bench.run("enable a");
  const answer = bench.begin("start --wait a");
  assertEquals(answer.exitCode, undefined);
  bench.os.end("a", EXIT_3);
  await answer.done;
  assertStringIncludes(
    answer.text,
    "Command error: a.service exited with code 3 before it had started",
  );
  assertEquals(answer.exitCode, 1);
});

test("O291 start without --wait leaves an err record of a failure", async () => {
  const bench = new ControlBench({ a: { enabled: false, startupPauseMs: 500 } }).boot();
  assertEquals((await bench.run("start --enable a"))[1], 0);
  bench.os.end("a", EXIT_3);
  assertMatch(
    bench.texts("err").join("\n"),
    /^a\.service exited with code 3 before it had started$/m,
  );
});

test("start --wait answers when all are started", async () => {
  const bench = new ControlBench({ a: { enabled: false, startupPauseMs: 500 } }).boot();
  const answer = bench.begin("start --wait --enable a");
  bench.os.advance(500);
  await answer.done;
  assertEquals([answer.text, answer.exitCode], ["services started.\n", 0]);
});

test("O292 stop --disable disables, disable leaves the process running", async () => {
  const bench = new ControlBench({ a: {}, b: {} }).boot();
  await bench.run("stop --disable a");
  assertEquals(bench.isEnabled("a"), false);
  assertEquals(await bench.run("disable b"), ["services disabled.", 0]);
  assertEquals([bench.phase("b"), bench.isEnabled("b")], ["up", false]);
});

test("O293 enable keeps an enabled service so, and looks for the executable", async () => {
  const bench = new ControlBench({ a: {}, b: { enabled: false } }).boot();
  assertEquals(await bench.run("enable a"), ["enabled already: a", 0]);
  assertEquals(bench.isEnabled("a"), true);
  bench.os.missing.add("b");
  assertEquals(await bench.run("enable b"), ["Command error: executable 'b' not found", 1]);
  assertEquals(bench.isEnabled("b"), false);
});

test("O294 start without names starts all that are enabled and not started", async () => {
  const bench = new ControlBench({ a: {}, b: {}, c: { enabled: false } }).boot();
  await bench.run("stop a");
  bench.os.end("a", TERMED);
  assertEquals(await bench.run("start"), ["service start-up queued.", 0]);
  assertEquals([bench.phase("a"), bench.phase("b"), bench.phase("c")], ["up", "up", "down"]);
});

test("O295 start after stop of a pidfile service needs no --force", async () => {
  const bench = new ControlBench({ a: { pidfile: "/run/a.pid" } });
  bench.boot();
  bench.os.files.set("/run/a.pid", "500");
  bench.os.living.set(500, { argv: ["/bin/daemon"] } as never);
  bench.os.advance(1000);
  assertEquals(bench.phase("a"), "up");
  await bench.run("stop a");
  bench.os.end("daemon", TERMED);
  if (bench.os.started.length === 1 && bench.phase("a") === "stopping") bench.os.end("a", TERMED);
  assertEquals(bench.phase("a"), "down");
  assertEquals(await bench.run("start a"), ["service start-up queued.", 0]);
});

test("O296 loglevel shows and sets the forced level", async () => {
  const bench = new ControlBench({}).boot();
  assertEquals(await bench.run("loglevel"), ["Forced Logging Level: NOT SET", 0]);
  for (const word of ["info", "*.info", "INFO"]) {
    assertEquals(await bench.run(`loglevel ${word}`), [
      "All logging set to include priorities >= *.info",
      0,
    ]);
  }
  assertEquals(bench.level, 6);
  assertEquals(await bench.run("loglevel"), ["Forced Logging Level: *.info", 0]);
  assertEquals(await bench.run("loglevel loud"), [
    "not a level: 'loud'; emerg, alert, crit, err, warn, notice, info, debug are",
    1,
  ]);
});

test("O297 shutdown answers, then ends the container with 0", async () => {
  const cases: [line: string, text: string, delayMs: number][] = [
    ["shutdown", "Shutting down now", 100],
    ["shutdown now", "Shutting down now", 100],
    ["shutdown 1.5", "Shutting down in 1.5 seconds", 1500],
    ["shutdown 0", "Shutting down in 0.0 seconds", 0],
  ];
  for (const [line, text, delayMs] of cases) {
    const bench = new ControlBench({ a: {} }).boot();
    assertEquals(await bench.run(line), [text, 0]);
    assertEquals(bench.container.phase, "running");
    bench.os.advance(delayMs);
    assertEquals(bench.container.phase, "stopping");
    bench.os.end("a", TERMED);
    bench.os.advance(10_000);
    assertEquals(bench.finished?.exitCode, 0);
  }
  const bench = new ControlBench({ a: {} }).boot();
  for (const word of ["abc", "1e3", "nan"]) {
    assertEquals(await bench.run(`shutdown ${word}`), [
      `not a delay: '${word}'; write now, or a time such as 30, 30s or 10m`,
      1,
    ]);
  }
});

test("O299 unknown commands and extra arguments are answered with the usage", async () => {
  const bench = new ControlBench({}).boot();
  for (const line of ["nonsense", "tree extra", "shutdown 1 2", "stop --nonsense", ""]) {
    const [text, exitCode] = await bench.run(line);
    assertMatch(text, /^Usage: telchap /m, line);
    assertEquals(exitCode, 2);
  }
});

test("O304 a service that was disabled at boot starts as its own user", async () => {
  const identity = { uid: 7, gid: 8, groups: [] };
  const bench = new ControlBench({ a: { enabled: false, identity } }).boot();
  await bench.run("enable a");
  await bench.run("start a");
  assertEquals(bench.os.living.get(bench.os.pidOf("a"))?.identity, identity);
});

test("groups and patterns stand for services", async () => {
  const bench = new ControlBench({
    db: { groups: ["storage"] },
    cache: { groups: ["storage"] },
    web: {},
  }).boot();
  await bench.run("disable storage");
  assertEquals([bench.isEnabled("db"), bench.isEnabled("cache")], [false, false]);
  assertEquals(bench.isEnabled("web"), true);
  await bench.run("enable *");
  await bench.run("disable w*");
  assertEquals([bench.isEnabled("db"), bench.isEnabled("web")], [true, false]);
});

test("restart goes through instances one after another, and stops at a failure", async () => {
  const bench = new ControlBench({
    "web.1": { instance: 1, section: "web.service", startupPauseMs: 100 },
    "web.2": { instance: 2, section: "web.service", startupPauseMs: 100 },
  });
  bench.boot();
  bench.os.advance(100);
  const answer = bench.begin("restart --wait web");
  // What exchanges instances is loaded first.
  for (let tick = 0; tick < 5; tick++) await Promise.resolve();
  assertEquals([bench.phase("web.1"), bench.phase("web.2")], ["stopping", "up"]);
  bench.os.end("web.1", TERMED);
  assertEquals(bench.phase("web.1"), "starting");
  bench.os.end("web.1", EXIT_3);
  await answer.done;
  assertMatch(answer.text, /^Command error: web\.1: .*\(not restarted: web\.2\)/);
  assertEquals(bench.phase("web.2"), "up");
});

test("restart starts what has failed, and waits until it is started", async () => {
  const bench = new ControlBench({ a: { restart: RESTART } }).boot();
  const answer = bench.begin("restart --wait a");
  bench.os.end("a", TERMED);
  await answer.done;
  assertEquals([answer.text, bench.phase("a")], ["services restarted.\n", "up"]);
});

test("reload sends the signal, runs the command, or refuses", async () => {
  const bench = new ControlBench({
    a: { reloadSignal: 1 },
    b: { reloadCommand: ["again"] },
    c: {},
  }).boot();
  const pid = bench.os.pidOf("a");
  assertEquals(await bench.run("reload a"), ["services reloading.", 0]);
  assertEquals(bench.os.calls.at(-1), `kill ${pid} 1`);
  const answer = bench.begin("reload --wait b");
  bench.os.end("again", EXIT_3);
  await answer.done;
  assertEquals(answer.text, "Command error: b.service reload_command exited with code 3\n");
  assertEquals(await bench.run("reload c"), [
    "Command error: can't reload services without reload_command or reload_signal: c",
    1,
  ]);
});

test("of the commands that run for a service there are 32 at a time", async () => {
  const bench = new ControlBench({ a: { reloadCommand: ["again"] }, b: {} }).boot();
  for (let i = 0; i < 32; i++) await bench.run("reload a");
  assertEquals(await bench.run("reload --wait a"), [
    "Command error: a.service reload_command cannot be started: 32 commands of a.service are " +
    "running already",
    1,
  ]);
  bench.os.end("again");
  assertEquals(await bench.run("reload a"), ["services reloading.", 0]);
  assertEquals(bench.os.started.filter((each) => each === "again").length, 33);
});

test("whoever may not control may only look", async () => {
  const stranger = { mayControl: false, mayLook: true, uid: 1000 };
  const bench = new ControlBench({ a: {} }).boot();
  for (
    const line of [
      "stop a",
      "start",
      "start a",
      "start --force a",
      "restart a",
      "reload a",
      "reset a",
      "enable a",
      "disable a",
      "loglevel debug",
      "shutdown",
    ]
  ) {
    const [text, exitCode] = await bench.run(line, stranger);
    assertMatch(text, /^Command error: not permitted/, line);
    assertEquals(exitCode, 4);
  }
  for (const line of ["status", "loglevel", "dependencies", "why a", "tree", "graph"]) {
    assertEquals((await bench.run(line, stranger))[1], 0, line);
  }
});
