/**
 * Cron services over a system whose clock moves when a test says so. It begins at :21 of a minute.
 */
import { assert, assertEquals } from "@std/assert";
import { SystemError } from "../../../../lib/base/errors.ts";
import type { CronPolicy, ServiceConfig } from "../../../../lib/config/model.ts";
import { test } from "../../../test.ts";
import { RESTART } from "../../service/service_config.ts";
import { Bench, EXIT_3, TERMED } from "../container_bench.ts";

const SECOND = "* * * * * *";

function cron(
  policy: Partial<CronPolicy> = {},
  differing: Partial<ServiceConfig> = {},
): Partial<ServiceConfig> {
  const wanted: CronPolicy = { interval: SECOND, overlap: "skip", jitterMs: 0, ...policy };
  return { type: "cron", cron: wanted, command: "job --now", ...differing };
}

function phaseOf(bench: Bench, name = "job.service") {
  return bench.supervisor.state(name).phase;
}

test("241: a cron service runs each time it is due, and stays scheduled", () => {
  const bench = new Bench({ job: cron({ interval: "* * * * * */10" }) }).boot();
  assertEquals(bench.os.started, []);
  assertEquals(bench.texts("info"), [
    "job.service is scheduled: * * * * * */10",
    "nothing runs now; the container stays up for what is scheduled or listens: job.service",
  ]);
  bench.os.advance(8999);
  assertEquals(bench.os.started, []);
  bench.os.advance(1);
  assertEquals(bench.os.started, ["job"]);
  assertEquals(bench.texts("info").at(-1), "job.service runs: job --now");
  bench.os.end("job");
  bench.os.advance(10_000);
  assertEquals(bench.os.started, ["job", "job"]);
  assertEquals(phaseOf(bench).kind, "armed");
});

test("of many that are due at once some start in each turn, and each does", () => {
  const names = Array.from({ length: 100 }, (_, at) => `job${at}`);
  const every = { interval: "* * * * * */10" };
  const bench = new Bench(Object.fromEntries(names.map((name) => [name, cron(every)]))).boot();
  const counts: number[] = [];
  bench.os.advance(8999);
  bench.os.setTimer(1, function look() {
    counts.push(bench.os.started.length);
    if (counts.length < 6) bench.os.setTimer(0, look);
  });
  bench.os.advance(1);
  assertEquals(counts, [32, 64, 96, 100, 100, 100]);
  assertEquals(bench.os.started.toSorted(), names.toSorted());
  bench.os.advance(9999);
  assertEquals(bench.os.started.length, 100);
});

test("242: five fields are due at second 0", () => {
  const bench = new Bench({ job: cron({ interval: "* * * * *" }) }).boot();
  bench.os.advance(38_999);
  assertEquals(bench.os.started, []);
  bench.os.advance(1);
  assertEquals(bench.os.started, ["job"]);
});

test("243: the note shows the interval and what a nickname stands for", () => {
  const bench = new Bench({ a: cron({ interval: "@hourly" }), b: cron() }).boot();
  assertEquals(bench.triggers.note("a.service"), "hourly (0 * * * *)");
  assertEquals(bench.triggers.note("b.service"), SECOND);
});

test("244: an interval that makes no sense is a start-up failure", () => {
  const bench = new Bench({ job: cron({ interval: "60 * * * *" }) }).boot();
  assertEquals(bench.texts("err"), [
    "the start-up is cancelled: job.service: " +
    "not a valid cron interval specification, '60 * * * *': minute 60 is not in 0-59",
  ]);
  assertEquals(bench.finished?.exitCode, 1);
});

test("255: a cron service without an interval is a start-up failure", () => {
  const bench = new Bench({ job: { type: "cron" } }).boot();
  assertEquals(
    bench.finished?.reason,
    `start-up failed: 'interval' of job.service is missing; for example interval: "0 4 * * *"`,
  );
});

test("a start does not wait for prerequisites, and dependents proceed at once", () => {
  const bench = new Bench({
    slow: { type: "oneshot" },
    job: cron({}, { after: [{ name: "slow.service" }] }),
    web: { after: [{ name: "job.service" }] },
  }).boot();
  assertEquals(bench.os.started, ["slow", "web"]);
});

test("a job waits for what its service depends on", () => {
  const bench = new Bench({
    slow: { type: "oneshot" },
    job: cron({}, { after: [{ name: "slow.service" }] }),
  }).boot();
  bench.os.advance(3000);
  assertEquals(bench.os.started, ["slow"]);
  bench.os.end("slow");
  assertEquals(bench.os.started, ["slow", "job"]);
});

test("247: a job longer than its interval is skipped with a warning, never two at once", () => {
  const bench = new Bench({ job: cron() }).boot();
  bench.os.advance(3000);
  assertEquals(bench.os.started, ["job"]);
  const text = "job.service is due and skipped, since its last run goes on (overlap: skip)";
  assertEquals(bench.texts("warn").slice(-2), [text, text]);
  assertEquals(bench.triggers.history("job.service").skipped, 2);
  bench.os.end("job");
  bench.os.advance(1000);
  assertEquals(bench.os.started, ["job", "job"]);
});

test("overlap: queue runs one more job as soon as the present one has ended", () => {
  const bench = new Bench({ job: cron({ overlap: "queue", interval: "* * * * * */10" }) }).boot();
  bench.os.advance(30_000);
  assertEquals(bench.os.started, ["job"]);
  bench.os.end("job");
  assertEquals(bench.os.started, ["job", "job"]);
  bench.os.end("job");
  assertEquals(bench.os.started.length, 2);
});

test("overlap: parallel: each job is recorded by itself, over a re-execution, too", () => {
  const config = cron({ overlap: "parallel", interval: "* * * * * */10" }, { maxInstances: 2 });
  const first = new Bench({ job: config }).boot();
  first.os.advance(29_000);
  assertEquals([first.os.started.length, first.triggers.history("job.service").skipped], [2, 1]);
  assertEquals(first.triggers.note("job.service"), "* * * * * */10, 2 runs at once");
  const bench = first.replace();
  bench.supervisor.stop("job.service", "request", 8000);
  assertEquals(bench.os.calls.slice(-2).toSorted(), ["kill -100 15", "kill -101 15"]);
  bench.os.end("job", TERMED);
  bench.os.end("job", TERMED);
  assertEquals(phaseOf(bench).kind, "down");
  const { runs } = bench.triggers.history("job.service");
  const secondsApart = ((runs[1]?.dueWallMs ?? 0) - (runs[0]?.dueWallMs ?? 0)) / 1000;
  assertEquals([runs.length, secondsApart], [2, 10]);
  assertEquals(runs.map(({ cause, exit }) => [cause, exit]), [["stop", TERMED], ["stop", TERMED]]);
});

test("overlap: kill ends the present job for the next one", () => {
  const bench = new Bench({ job: cron({ overlap: "kill", interval: "* * * * * */10" }) }).boot();
  bench.os.advance(19_000);
  const pid = 100;
  assertEquals(bench.os.calls.at(-1), `kill -${pid} 15`);
  bench.os.end("job", TERMED);
  assertEquals(bench.os.started, ["job", "job"]);
  assertEquals(bench.texts("err"), []);
  assertEquals(bench.triggers.history("job.service").runs[0]?.cause, "overlap");
});

test("248: a job that failed runs again when it is due next", () => {
  const bench = new Bench({ job: cron() }).boot();
  bench.os.advance(1000);
  bench.os.end("job", EXIT_3);
  assertEquals(bench.texts("err"), [
    "job.service exited with code 3",
  ]);
  bench.os.advance(1000);
  assertEquals(bench.os.started, ["job", "job"]);
  bench.os.end("job");
  assertEquals(bench.triggers.history("job.service").failed, 1);
});

test("a failed job is tried again by the restart rules, anew for each time it is due", () => {
  const restart = { ...RESTART, limit: 1, delayMs: 2000 };
  const bench = new Bench({ job: cron({ interval: "* * * * * */10" }, { restart }) }).boot();
  bench.os.advance(9000);
  bench.os.end("job", EXIT_3);
  assertEquals(
    bench.texts("info").at(-1),
    "job.service exited with code 3; it is tried again in 2 s (0 left)",
  );
  bench.os.advance(2000);
  assertEquals(bench.os.started.length, 2);
  bench.os.end("job", EXIT_3);
  assertEquals(bench.texts("err").at(-1), "job.service is given up: 1 restart did not help");
  bench.os.advance(8000);
  bench.os.end("job", EXIT_3);
  bench.os.advance(2000);
  assertEquals(bench.os.started.length, 4);
});

test("ignore_failures makes a failed job no news", () => {
  const bench = new Bench({ job: cron({}, { ignoreFailures: true }) }).boot();
  bench.os.advance(1000);
  bench.os.end("job", EXIT_3);
  assertEquals(bench.texts("err"), []);
  assertEquals(bench.supervisor.state("job.service").lastStatus, undefined);
  bench.os.advance(1000);
  assertEquals(bench.os.started.length, 2);
});

test("a job that cannot be started says why, and is tried when it is due next", () => {
  const bench = new Bench({ job: cron() }).boot();
  bench.os.failSpawn = new SystemError("execve", 8, "/bin/job");
  bench.os.advance(1000);
  assertEquals(bench.texts("err"), [
    "job.service was not started: Exec format error: '/bin/job'",
  ]);
  bench.os.failSpawn = undefined;
  bench.os.advance(1000);
  assertEquals(bench.os.started, ["job"]);
});

test("@in runs a job once, so long after the start, and the service is done with it", () => {
  const bench = new Bench({ job: cron({ interval: "@in 5m" }), b: {} }).boot();
  bench.os.advance(299_000);
  assertEquals(bench.os.started, ["b"]);
  bench.os.advance(1000);
  assertEquals(bench.os.started, ["b", "job"]);
  bench.os.end("job");
  assertEquals(phaseOf(bench).kind, "done");
});

test("exit_kills: the end of a job ends the container with its code", () => {
  const bench = new Bench({ job: cron({}, { exitKills: true }), b: {} }).boot();
  bench.os.advance(1000);
  assert(bench.texts("warn").includes("the container ends when '/bin/job' exits (exit_kills)"));
  bench.os.end("job", EXIT_3);
  bench.os.end("b", TERMED);
  assertEquals(bench.finished?.exitCode, 3);
});

test("250: each run has a serial of its own, and is kept with its end", () => {
  const bench = new Bench({ job: cron() }).boot();
  for (let run = 0; run < 25; run++) {
    bench.os.advance(run === 0 ? 1000 : 900);
    bench.os.advance(100);
    bench.os.end("job");
  }
  const { runs, started } = bench.triggers.history("job.service");
  assertEquals([runs.length, started], [20, 25]);
  assertEquals(runs.map(({ serial }) => serial).slice(-2), [24, 25]);
  assertEquals(runs.at(-1)?.durationMs, 100);
  assertEquals(runs.at(-1)?.exit, { kind: "exited", code: 0 });
});

test("on_failure runs with the details of the run that failed", () => {
  const bench = new Bench({ job: cron({ onFailure: ["tell", "them"] }) }).boot();
  bench.os.advance(1000);
  bench.os.end("job", EXIT_3);
  assertEquals(bench.os.calls.at(-1), "spawn /bin/tell them");
  const { env } = bench.os.living.get(bench.os.pidOf("tell")) ?? {};
  assertEquals(env?.["_CHAP_FAILED_SERVICE"], "job.service");
  assertEquals(env?.["_CHAP_FAILED_REASON"], "exited with code 3");
});

test("251: a stop ends the job and the schedule, a start schedules again", () => {
  const bench = new Bench({ job: cron(), other: {} }).boot();
  bench.os.advance(1000);
  bench.supervisor.stop("job.service", "request", 8000);
  assertEquals(bench.os.calls.at(-1), "kill -101 15");
  bench.os.end("job", TERMED);
  assertEquals(phaseOf(bench).kind, "down");
  assertEquals(bench.triggers.history("job.service").runs[0]?.cause, "stop");
  bench.os.advance(5000);
  assertEquals(bench.os.started, ["other", "job"]);
  bench.supervisor.dispatch("job.service", { kind: "start" });
  bench.os.advance(1000);
  assertEquals(bench.os.started, ["other", "job", "job"]);
});

test("251: a reset kills the job and keeps the schedule", () => {
  const bench = new Bench({ job: cron() }).boot();
  bench.os.advance(1000);
  bench.supervisor.reset("job.service");
  assertEquals(bench.os.calls.at(-1), "kill -100 15");
  bench.os.advance(8000);
  assertEquals(bench.os.calls.at(-1), "kill -100 9");
  bench.os.end("job", { kind: "signaled", signal: 9, coreDumped: false });
  assertEquals(phaseOf(bench).kind, "armed");
  assertEquals(bench.supervisor.state("job.service").lastStatus, undefined);
  bench.os.advance(1000);
  assertEquals(bench.os.started.length, 2);
});

test("252: while a cron service is disabled, nothing happens when it is due", () => {
  const bench = new Bench({ job: cron() }).boot();
  bench.supervisor.dispatch("job.service", { kind: "disable" });
  bench.os.advance(3000);
  assertEquals(bench.os.started, []);
  bench.supervisor.dispatch("job.service", { kind: "enable" });
  bench.os.advance(1000);
  assertEquals(bench.os.started, ["job"]);
});

test("253: nothing runs during the shutdown, and a running job is ended like any service", () => {
  const settings = { drainMs: 5000 };
  const bench = new Bench({ a: cron(), b: cron({ overlap: "queue" }), c: {} }, settings).boot();
  bench.os.advance(2000);
  bench.os.end("a");
  const before = bench.os.started.length;
  bench.term();
  bench.os.advance(2000);
  bench.os.end("b");
  bench.os.advance(3000);
  assertEquals(bench.os.started.length, before);
  bench.os.end("c", TERMED);
  assertEquals(bench.finished?.exitCode, 0);
  assertEquals(bench.os.timerCount, 0);
});

test("a job that ignores its signal is killed within the budget of the shutdown", () => {
  const bench = new Bench({ job: cron() }).boot();
  bench.os.advance(1000);
  bench.term();
  assertEquals(bench.os.calls.at(-1), "kill -100 15");
  bench.os.advance(8000);
  assertEquals(bench.os.calls.at(-1), "kill -100 9");
});

test("a schedule keeps the container alive, and that is told once", () => {
  const bench = new Bench({ job: cron(), a: { type: "oneshot" } }).boot();
  bench.os.end("a");
  for (let run = 0; run < 3; run++) {
    bench.os.advance(1000);
    bench.os.end("job");
  }
  assertEquals(bench.finished, undefined);
  const told = bench.texts("info").filter((text) => text.startsWith("nothing runs now"));
  assertEquals(told, [
    "nothing runs now; the container stays up for what is scheduled or listens: job.service",
  ]);
  assertEquals(bench.texts("warn"), []);
});

test("@reboot runs once; then nothing is scheduled, and the container may end", () => {
  const bench = new Bench({ job: cron({ interval: "@reboot" }) }).boot();
  bench.os.advance(0);
  assertEquals(bench.os.started, ["job"]);
  bench.os.end("job", EXIT_3);
  assertEquals(phaseOf(bench).kind, "failed");
  assertEquals(bench.finished?.exitCode, 3);
});

test("@every counts from the start", () => {
  const bench = new Bench({ job: cron({ interval: "@every 90s" }) }).boot();
  bench.os.advance(89_999);
  assertEquals(bench.os.started, []);
  bench.os.advance(1);
  assertEquals(bench.os.started, ["job"]);
});

test("run_timeout ends a job, which counts as a failure", () => {
  const policy = { runTimeoutMs: 5000, interval: "* * * * * */10", onFailure: ["tell"] };
  const bench = new Bench({ job: cron(policy) }).boot();
  bench.os.advance(14_000);
  assertEquals(
    bench.texts("warn").at(-1),
    "job.service is still running after 5 s, which run_timeout ends",
  );
  assertEquals(bench.os.calls.at(-1), "kill -100 15");
  bench.os.end("job");
  assertEquals(bench.texts("err"), ["job.service was ended by its run_timeout"]);
  assertEquals(bench.triggers.history("job.service").failed, 1);
  assertEquals(bench.os.started.at(-1), "tell");
});

test("jitter puts a job off, but not beyond the next time", () => {
  const bench = new Bench({ job: cron({ jitterMs: 4000, interval: "* * * * * */10" }) });
  bench.os.random = () => 0.5;
  bench.boot();
  bench.os.advance(10_999);
  assertEquals(bench.os.started, []);
  bench.os.advance(1);
  assertEquals(bench.os.started, ["job"]);
});

test("what a crashed job left behind is ended before the next one", () => {
  const bench = new Bench({ job: cron() }).boot();
  bench.os.advance(1000);
  bench.os.orphanList.push({ pid: 50, parent: 1, session: 100, group: 100 });
  bench.os.end("job", EXIT_3);
  assertEquals(bench.os.calls.at(-1), "kill 50 15");
  bench.os.endOrphan(50);
  assertEquals(bench.texts("err").length, 1);
  bench.os.advance(1000);
  assertEquals(bench.os.started.length, 2);
});

test("254: a clock that is set forward runs what it passed over once, one set back nothing", () => {
  const bench = new Bench({ job: cron({ interval: "0 23 * * *", timezone: "UTC" }) }).boot();
  bench.os.advance(60_000);
  bench.os.wallStepMs = 3_600_000;
  bench.os.advance(30_000);
  assertEquals(bench.os.started, ["job"]);
  bench.os.end("job");
  bench.os.wallStepMs = 0;
  bench.os.advance(3_600_000);
  assertEquals(bench.os.started, ["job"]);
});

test("a thousand cron services cost one timer, and none once they are stopped", () => {
  const services = Object.fromEntries(
    Array.from({ length: 1000 }, (_, i) => [`job${i}`, cron({ interval: "@daily" })]),
  );
  const bench = new Bench(services).boot();
  assertEquals(bench.os.timerCount, 1);
  for (const name of bench.supervisor.names()) bench.supervisor.stop(name, "request", 0);
  assertEquals(bench.os.timerCount, 0);
});

test("messages about cron services have the facility cron", () => {
  const bench = new Bench({ job: cron() }).boot();
  bench.os.advance(1000);
  bench.os.end("job", EXIT_3);
  const about = bench.messages.filter(({ service }) => service === "job.service");
  assert(about.length > 3);
  assert(about.every(({ facility }) => facility === "cron"));
});
