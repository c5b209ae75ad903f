import { assert, assertEquals } from "@std/assert";
import { SystemError } from "../../../../lib/base/errors.ts";
import { test } from "../../../test.ts";
import { RESTART } from "../../service/service_config.ts";
import { Bench, EXIT_3, TERMED } from "../container_bench.ts";

const after = (...names: string[]) => ({
  after: names.map((name) => ({ name: `${name}.service` })),
});

test("144: a service starts once what it comes after is started", () => {
  const bench = new Bench({ a: { type: "oneshot" }, b: after("a"), c: after("b") }).boot();
  assertEquals(bench.os.started, ["a"]);
  bench.os.end("a");
  assertEquals(bench.os.started, ["a", "b", "c"]);
  assert(bench.booted);
});

test("152: independent services start together", () => {
  const bench = new Bench({ a: { type: "oneshot" }, b: { type: "oneshot" } }).boot();
  assertEquals(bench.os.started, ["a", "b"]);
});

test("151: all IDLE services wait until the delay after the last other start has passed", () => {
  const idle = { groups: ["IDLE"] };
  const bench = new Bench({ a: { type: "oneshot" }, i: idle, j: idle }).boot();
  bench.os.advance(300);
  bench.os.end("a");
  bench.os.advance(999);
  assertEquals(bench.os.started, ["a"]);
  bench.os.advance(1);
  assertEquals(bench.os.started, ["a", "i", "j"]);
});

test("149: an IDLE service before another does not make it wait for a second delay", () => {
  const bench = new Bench({
    sample: { type: "oneshot", groups: ["IDLE"], before: ["console.service"] },
    console: { groups: ["IDLE"] },
  }).boot();
  bench.os.advance(1000);
  bench.os.end("sample");
  assertEquals(bench.os.started, ["sample", "console"]);
});

test("154: a disabled prerequisite is not waited for, nor are its own", () => {
  const bench = new Bench({
    slow: { type: "oneshot" },
    off: { ...after("slow"), enabled: false },
    a: after("off"),
  }).boot();
  assertEquals(bench.os.started, ["slow", "a"]);
});

test("a prerequisite with ':completed' is awaited to its end", () => {
  const condition = { name: "job.service", condition: "completed" } as const;
  const bench = new Bench({ job: {}, a: { after: [condition] } }).boot();
  assertEquals(bench.os.started, ["job"]);
  bench.os.end("job");
  assertEquals(bench.os.started, ["job", "a"]);
});

test("a prerequisite with ':started' is there as soon as its process is", () => {
  const condition = { name: "slow.service", condition: "started" } as const;
  const bench = new Bench({ slow: { type: "oneshot" }, a: { after: [condition] } }).boot();
  assertEquals(bench.os.started, ["slow", "a"]);
});

test("158: a failing start cancels the rest and gives the container its code", () => {
  const bench = new Bench({ a: { type: "oneshot" }, b: {}, c: after("a") }).boot();
  bench.os.end("a", EXIT_3);
  assertEquals(bench.texts("err"), [
    "the start-up is cancelled: a.service exited with code 3 before it had started",
  ]);
  assertEquals(bench.os.calls.at(-1), "kill -101 15");
  bench.os.end("b", TERMED);
  assertEquals(bench.finished?.exitCode, 3);
  assertEquals(bench.os.started, ["a", "b"]);
});

test("a program that cannot be started is a start-up failure with its name and the system's text", () => {
  const bench = new Bench({ a: {} });
  bench.os.failSpawn = new SystemError("execve", 8, "/bin/a");
  bench.boot();
  assertEquals(
    bench.finished?.reason,
    "start-up failed: a.service: Exec format error: '/bin/a'",
  );
});

test("a program that cannot be executed is told when that is known, and nothing waits meanwhile", () => {
  const bench = new Bench({ a: {}, b: {} });
  bench.os.launchesLater = true;
  bench.boot();
  assertEquals(bench.os.started, ["a", "b"]);
  bench.os.launched("b");
  assertEquals(bench.supervisor.state("b.service").phase.kind, "up");
  assertEquals(bench.supervisor.state("a.service").phase.kind, "launching");
  bench.os.launched("a", new SystemError("execve", 2, "/bin/a"));
  bench.os.end("b", TERMED);
  assertEquals(bench.finished?.reason.includes("No such file"), true, bench.finished?.reason);
});

test("the end of the container also ends what is not its program yet", () => {
  const bench = new Bench({ a: {} });
  bench.os.launchesLater = true;
  bench.boot();
  const pid = bench.os.pidOf("a");
  bench.term();
  assertEquals(bench.os.calls.at(-1), `kill -${pid} 15`);
  bench.os.launched("a");
  bench.os.end("a", TERMED);
  assertEquals(bench.finished?.exitCode, 0);
});

test("another incarnation goes on with a launch", () => {
  const bench = new Bench({ a: {} });
  bench.os.launchesLater = true;
  bench.boot();
  const next = bench.replace();
  next.os.launched("a");
  assertEquals(next.supervisor.state("a.service").phase.kind, "up");
});

test("missing executables: failure, or disabled where optional or ignored", () => {
  const bench = new Bench({ a: {}, b: {} });
  bench.os.missing.add("b");
  bench.boot();
  assertEquals([bench.os.started, bench.finished?.exitCode], [[], 1]);
  assertEquals(bench.texts("err"), [
    "the start-up is cancelled: b.service: executable 'b' not found",
  ]);

  const lenient = new Bench({
    a: after("b", "c"),
    b: { optional: true },
    c: { ignoreFailures: true },
  });
  lenient.os.missing.add("b").add("c");
  lenient.boot();
  assertEquals(lenient.os.started, ["a"]);
  assertEquals(lenient.texts("info"), [
    "optional service b.service disabled since 'b' is not present",
    "a.service started (pid 100)",
  ]);
  assertEquals(lenient.texts("warn"), [
    "c.service is not started: its program 'c' is not present (ignore_failures)",
  ]);
});

test("124: a file that is not executable is a failure that names it, even if optional", () => {
  const bench = new Bench({ a: { optional: true } });
  bench.os.notExecutable.add("a");
  bench.boot();
  assertEquals(bench.finished?.reason, "start-up failed: a.service: '/bin/a' is not executable");
});

test("126: a service without a command is a start-up failure", () => {
  const bench = new Bench({ a: { argv: [] } }).boot();
  assert(
    bench.finished?.reason.endsWith("its command is empty: write the program that it is to run"),
  );
});

test("17: with nothing enabled the container says so and ends with 0", () => {
  const bench = new Bench({ a: { enabled: false } }).boot();
  assertEquals(
    bench.texts("warn")[0],
    "no service was started: all are disabled, and detect_exit is on",
  );
  assertEquals(bench.finished?.exitCode, 0);
});

test("159: the container ends with 0 when everything has ended well", () => {
  const bench = new Bench({ a: {}, b: {} }).boot();
  bench.os.end("a");
  assertEquals(bench.finished, undefined);
  bench.os.end("b");
  assertEquals(bench.finished, { exitCode: 0, reason: "all services have ended" });
  assertEquals(bench.texts("debug").at(-1), "Final termination phase.");
});

test("the container ends with the code of the failed service that ended last", () => {
  const bench = new Bench({ a: {}, b: {}, c: { ignoreFailures: true } }).boot();
  bench.os.end("a", EXIT_3);
  bench.os.end("b", { kind: "exited", code: 4 });
  bench.os.end("c", { kind: "exited", code: 5 });
  assertEquals(bench.finished?.exitCode, 4);
});

test("160: an orphan keeps the container alive until it ends", () => {
  const bench = new Bench({ a: { type: "oneshot" } }).boot();
  bench.os.orphanList.push({ pid: 50, parent: 1, session: 50, group: 50 });
  bench.os.end("a");
  assertEquals(bench.finished, undefined);
  bench.os.endOrphan(50);
  assertEquals(bench.finished?.exitCode, 0);
  assert(bench.texts("debug").includes("Caught subprocess termination from unknown pid: 50 -> 0"));
});

test("162: without detect_exit the container stays when all has ended", () => {
  const bench = new Bench({ a: {} }, { detectExit: false }).boot();
  bench.os.end("a");
  assertEquals(bench.finished, undefined);
  bench.term();
  assertEquals(bench.finished?.exitCode, 0);
});

test("130: a pending restart keeps the container alive", () => {
  const bench = new Bench({ a: { restart: RESTART } }).boot();
  bench.os.end("a", EXIT_3);
  assertEquals(bench.finished, undefined);
  bench.os.advance(3000);
  assertEquals(bench.os.started, ["a", "a"]);
});

test("services stop in reverse order, each once all that depend on it are gone", () => {
  const bench = new Bench({ db: {}, app: after("db"), web: after("app"), tool: after("db") })
    .boot();
  const stopped = () => bench.os.calls.filter((call) => call.startsWith("kill "));
  const [db, app, web, tool] = ["db", "app", "web", "tool"].map((name) => bench.os.pidOf(name));
  bench.term();
  assertEquals(stopped().toSorted(), [`kill -${web} 15`, `kill -${tool} 15`].toSorted());
  bench.os.end("web", TERMED);
  assertEquals(stopped().at(-1), `kill -${app} 15`);
  bench.os.end("app", TERMED);
  assertEquals(stopped().at(-1), `kill -${app} 15`);
  bench.os.end("tool", TERMED);
  assertEquals(stopped().at(-1), `kill -${db} 15`);
  assertEquals(bench.finished, undefined);
  bench.os.end("db", TERMED);
  assertEquals(bench.finished?.exitCode, 0);
});

test("a service that dies out of turn does not let what it needs stop too early", () => {
  const bench = new Bench({ db: {}, app: after("db"), web: after("app") }).boot();
  const db = bench.os.pidOf("db");
  bench.term();
  bench.os.end("app", EXIT_3);
  assertEquals(bench.os.calls.includes(`kill -${db} 15`), false);
  bench.os.end("web", TERMED);
  assertEquals(bench.os.calls.includes(`kill -${db} 15`), true);
});

test("a chain of stubborn services shares the budget and ends within it", () => {
  const bench = new Bench({ db: {}, web: after("db") }).boot();
  const [db, web] = [bench.os.pidOf("db"), bench.os.pidOf("web")];
  bench.term();
  bench.os.advance(4000);
  assertEquals(bench.os.calls.at(-1), `kill -${web} 9`);
  bench.os.end("web", { kind: "signaled", signal: 9, coreDumped: false });
  assertEquals(bench.os.calls.at(-1), `kill -${db} 15`);
  bench.os.advance(4000);
  assertEquals(bench.os.calls.at(-1), `kill -${db} 9`);
});

test("169: unknown processes get SIGTERM once the services are gone, SIGKILL after the budget", () => {
  const bench = new Bench({ a: {} }, { shutdownTimeoutMs: 2000, shutdownTimeoutText: "2" }).boot();
  bench.os.orphanList.push({ pid: 50, parent: 1, session: 50, group: 50 });
  bench.term();
  bench.os.end("a", TERMED);
  assertEquals(bench.os.calls.at(-1), "killAll 15");
  bench.os.advance(2000);
  assertEquals(bench.os.calls.at(-1), "killAll 9");
  assert(bench.texts("debug").includes("Some processes remain after 2secs.  Forcing kill"));
  bench.os.endOrphan(50);
  assertEquals(bench.finished?.exitCode, 0);
  assertEquals(bench.os.timerCount, 0);
});

test("171: a stop that arrives during the start cancels what has not started", () => {
  const bench = new Bench({ a: { type: "oneshot" }, b: after("a") }).boot();
  bench.term();
  bench.os.end("a", TERMED);
  assertEquals([bench.os.started, bench.finished?.exitCode], [["a"], 0]);
});

test("172: a second request to end changes nothing, a forced one kills", () => {
  const bench = new Bench({ a: {} }).boot();
  bench.term();
  bench.container.shutdown({ exitCode: 9, reason: "again" });
  assertEquals(bench.os.calls.filter((call) => call.startsWith("kill")).length, 1);
  bench.container.shutdown({ exitCode: 130, reason: "SIGINT", forced: true });
  assertEquals(bench.os.calls.at(-1), "killAll 9");
  bench.os.end("a", TERMED);
  assertEquals(bench.finished?.exitCode, 0);
});

test("a crash during the shutdown is not followed by a restart", () => {
  const bench = new Bench({ a: { restart: { ...RESTART, delayMs: 0 } }, b: after("a") }).boot();
  bench.term();
  bench.os.end("a", EXIT_3);
  bench.os.advance(10);
  assertEquals(bench.os.started, ["a", "b"]);
  bench.os.end("b", TERMED);
  assertEquals(bench.finished?.exitCode, 0);
});

test("drain lets time pass between the end of readiness and the stop of services", () => {
  const bench = new Bench({ a: {} }, { drainMs: 3000 }).boot();
  bench.term();
  bench.os.advance(2999);
  assertEquals(bench.os.calls.length, 1);
  bench.os.advance(1);
  assertEquals(bench.os.calls.length, 2);
});

test("on_give_up: shutdown ends the container with the code of the service", () => {
  const restart = { ...RESTART, limit: 1, delayMs: 0, onGiveUp: "shutdown" } as const;
  const bench = new Bench({ a: { restart }, b: {} }).boot();
  bench.os.end("a", EXIT_3);
  bench.os.advance(1);
  bench.os.end("a", EXIT_3);
  bench.os.end("b", TERMED);
  assertEquals(bench.finished, {
    exitCode: 3,
    reason: "a.service exited with code 3 and was given up: 1 restart did not help",
  });
});

const PASSED_OVER = { ...RESTART, limit: 1, delayMs: 0, onGiveUp: "ignore" } as const;

test("F-032: what on_give_up: ignore passes over is the status where nothing outlives it", () => {
  const bench = new Bench({ a: { restart: PASSED_OVER }, b: {} }).boot();
  bench.os.end("b");
  bench.os.end("a", EXIT_3);
  bench.os.advance(1);
  bench.os.end("a", EXIT_3);
  assertEquals(bench.finished, {
    exitCode: 3,
    reason: "a.service exited with code 3 and was given up: 1 restart did not help",
  });
});

test("on_give_up: ignore counts for nothing where another service ends later", () => {
  for (const end of ["before", "after"]) {
    let bench = new Bench({ a: { restart: PASSED_OVER }, b: {} }).boot();
    bench.os.end("a", EXIT_3);
    bench.os.advance(1);
    bench.os.end("a", EXIT_3);
    if (end === "after") bench = bench.replace();
    bench.os.end("b");
    assertEquals([bench.finished?.exitCode, end], [0, end]);
  }
});

test("ignore_failures makes a give-up count in no case", () => {
  const bench = new Bench({ a: { restart: PASSED_OVER, ignoreFailures: true } }).boot();
  bench.os.end("a", EXIT_3);
  bench.os.advance(1);
  bench.os.end("a", EXIT_3);
  assertEquals(bench.finished?.exitCode, 0);
});

test("a start that fails is told once, and once more by the last line", () => {
  const bench = new Bench({ a: { type: "oneshot" }, b: {} });
  bench.boot();
  bench.os.end("a", EXIT_3);
  bench.os.end("b", TERMED);
  const told = [...bench.texts("err"), ...bench.texts("warn"), ...bench.texts("info")];
  assertEquals(told.filter((text) => text.includes("exited with code 3")).length, 1);
  assertEquals(
    bench.finished?.reason,
    "start-up failed: a.service exited with code 3 before it had started",
  );
});

test("strays of a stopped service are found by session, group or marker and ended", () => {
  const bench = new Bench({ a: {}, b: {} }).boot();
  const pid = bench.os.pidOf("a");
  bench.os.orphanList.push(
    { pid: 50, parent: 1, session: pid, group: 50 },
    { pid: 51, parent: 1, session: 51, group: 51 },
    { pid: 52, parent: 1, session: 52, group: 52 },
  );
  bench.os.markers.set(51, "a.service").set(52, "b.service");
  bench.supervisor.stop("a.service", "request", 8000);
  bench.os.end("a", TERMED);
  assertEquals(bench.os.calls.slice(-2), ["kill 50 15", "kill 51 15"]);
  bench.os.endOrphan(50);
  assertEquals(bench.supervisor.state("a.service").phase.kind, "stopping");
  bench.os.endOrphan(51);
  assertEquals(bench.supervisor.state("a.service").phase.kind, "down");
});

test("one timer serves all deadlines, and none is pending when nothing is awaited", () => {
  const services = Object.fromEntries(
    Array.from({ length: 50 }, (_, i) => [`s${i}`, { startupPauseMs: 500 }]),
  );
  const bench = new Bench(services).boot();
  assertEquals(bench.os.timerCount, 1);
  bench.os.advance(500);
  assert(bench.booted);
  assertEquals(bench.os.timerCount, 0);
});

test("launch --keep: nothing left does not end the container before what is on its way is there", async () => {
  for (const differing of [{ type: "oneshot" }, { enabled: false }] as const) {
    const launched = Promise.withResolvers<void>();
    const bench = new Bench({ a: differing }, { detectExit: true });
    bench.container.holdEndUntil(launched.promise);
    bench.boot();
    if ("type" in differing) bench.os.end("a");
    assertEquals([bench.container.phase, bench.finished], ["running", undefined]);
    launched.resolve();
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    assertEquals(bench.finished?.exitCode, 0);
  }
});

test("launch --keep: nor does the first of several end it, once it is there", async () => {
  const launched = Promise.withResolvers<void>();
  const bench = new Bench({ a: { type: "oneshot" } }, { detectExit: true });
  bench.container.holdEndUntil(launched.promise);
  bench.boot();
  bench.container.holdEnd(new Set(["b.service"]));
  bench.os.end("a");
  bench.container.releaseEnd(true);
  assertEquals(bench.finished, undefined);
  launched.resolve();
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  assertEquals(bench.finished?.exitCode, 0);
});
