/** Runs that somebody asks for, over a system whose clock moves when a test says so. */
import { assertEquals, assertThrows } from "@std/assert";
import { SystemError } from "../../../../lib/base/errors.ts";
import type { CronPolicy, ServiceConfig } from "../../../../lib/config/model.ts";
import {
  type AskedRunOutcome,
  askRun,
  RunRefusedError,
  watchAskedRun,
} from "../../../../lib/daemon/triggers/asked_runs.ts";
import { test } from "../../../test.ts";
import { RESTART } from "../../service/service_config.ts";
import { Bench, EXIT_3, TERMED } from "../container_bench.ts";

const JOB = "job.service";
/** Far from the :21 at which the clock begins. */
const NIGHTLY = "0 4 * * *";

function cron(
  policy: Partial<CronPolicy> = {},
  differing: Partial<ServiceConfig> = {},
): Partial<ServiceConfig> {
  const wanted: CronPolicy = { interval: NIGHTLY, overlap: "skip", jitterMs: 0, ...policy };
  return { type: "cron", cron: wanted, command: "job --now", ...differing };
}

/** Asks for a run, and collects how it ended. */
function ask(bench: Bench, name = JOB) {
  const run = askRun(bench.supervisor, name, bench.os.nowMs());
  const outcomes: AskedRunOutcome[] = [];
  watchAskedRun(bench.supervisor, run, (outcome) => outcomes.push(outcome));
  return { run, outcomes };
}

function phaseOf(bench: Bench, name = JOB) {
  return bench.supervisor.state(name).phase;
}

test("F-051: a scheduled job runs when somebody asks, once, and keeps its schedule", () => {
  const bench = new Bench({ job: cron() }).boot();
  const dueMs = bench.triggers.nextDueMs(JOB);
  const { run, outcomes } = ask(bench);
  assertEquals(bench.os.started, ["job"]);
  assertEquals([run.isQueued, outcomes], [false, []]);
  bench.os.end("job");
  assertEquals(outcomes, [{ normal: true, exitCode: 0, text: "exited with code 0" }]);
  assertEquals(phaseOf(bench).kind, "armed");
  assertEquals(bench.triggers.nextDueMs(JOB), dueMs);
  const { started, asked, failed, runs } = bench.triggers.history(JOB);
  assertEquals([started, asked, failed, runs[0]?.asked], [1, 1, 0, true]);
});

test("F-051: the runs of the schedule are not counted as asked for", () => {
  const bench = new Bench({ job: cron({ interval: "* * * * * */10" }) }).boot();
  bench.os.advance(9000);
  bench.os.end("job");
  const { started, asked, runs } = bench.triggers.history(JOB);
  assertEquals([started, asked, runs[0]?.asked], [1, 0, undefined]);
});

test("F-051: whoever waits is told how the run failed", () => {
  const bench = new Bench({ job: cron() }).boot();
  const { outcomes } = ask(bench);
  bench.os.end("job", EXIT_3);
  assertEquals(outcomes, [{ normal: false, exitCode: 3, text: "exited with code 3" }]);
});

test("F-051: ignore_failures does not make an asked run a success", () => {
  const bench = new Bench({ job: cron({}, { ignoreFailures: true }) }).boot();
  const { outcomes } = ask(bench);
  bench.os.end("job", EXIT_3);
  assertEquals(outcomes[0]?.exitCode, 3);
});

test("F-051: a run is over when the last attempt is", () => {
  const restart = { ...RESTART, limit: 1, delayMs: 2000 };
  const bench = new Bench({ job: cron({}, { restart }) }).boot();
  const { outcomes } = ask(bench);
  bench.os.end("job", EXIT_3);
  assertThrows(() => ask(bench), RunRefusedError, "job.service is still running");
  bench.os.advance(2000);
  assertEquals([bench.os.started.length, outcomes.length], [2, 0]);
  bench.os.end("job");
  assertEquals(outcomes, [{ normal: true, exitCode: 0, text: "exited with code 0" }]);
  assertEquals(bench.triggers.history(JOB).asked, 2);
});

test("F-051: a run that cannot be started is told as such", () => {
  const bench = new Bench({ job: cron() }).boot();
  bench.os.failSpawn = new SystemError("execve", 8, "/bin/job");
  const { outcomes } = ask(bench);
  assertEquals(outcomes, [{
    normal: false,
    exitCode: 1,
    text: "could not be started: Exec format error: '/bin/job'",
  }]);
});

test("F-051: overlap: skip refuses a second run and counts nothing as skipped", () => {
  const bench = new Bench({ job: cron() }).boot();
  ask(bench);
  assertThrows(
    () => ask(bench),
    RunRefusedError,
    "job.service is still running, and its overlap is skip",
  );
  assertEquals(bench.triggers.history(JOB).skipped, 0);
});

test("F-051: overlap: queue lets one more run follow, and only one", () => {
  const bench = new Bench({ job: cron({ overlap: "queue" }) }).boot();
  const first = ask(bench);
  const second = ask(bench);
  assertEquals([first.run.isQueued, second.run.isQueued], [false, true]);
  assertThrows(() => ask(bench), RunRefusedError, "another run waits for its end already");
  bench.os.end("job", EXIT_3);
  assertEquals([first.outcomes.length, second.outcomes.length], [1, 0]);
  bench.os.end("job");
  assertEquals(second.outcomes[0]?.normal, true);
  assertEquals([bench.os.started.length, bench.triggers.history(JOB).asked], [2, 2]);
});

test("F-051: overlap: kill ends the present run for the one that is asked for", () => {
  const bench = new Bench({ job: cron({ overlap: "kill", interval: "* * * * * */10" }) }).boot();
  bench.os.advance(9000);
  const { run, outcomes } = ask(bench);
  assertEquals(bench.os.calls.at(-1), "kill -100 15");
  assertEquals([run.isQueued, outcomes.length], [true, 0]);
  bench.os.end("job", TERMED);
  bench.os.end("job");
  assertEquals(outcomes[0]?.normal, true);
  const { runs } = bench.triggers.history(JOB);
  assertEquals(runs.map(({ cause, asked }) => [cause, asked]), [
    ["overlap", undefined],
    [undefined, true],
  ]);
});

test("F-051: an asked run that makes room for another one has not succeeded", () => {
  const bench = new Bench({ job: cron({ overlap: "kill" }) }).boot();
  const first = ask(bench);
  ask(bench);
  bench.os.end("job");
  assertEquals(first.outcomes, [{
    normal: false,
    exitCode: 1,
    text: "was ended to make room for the next run (overlap: kill)",
  }]);
});

test("F-051: run_timeout ends an asked run, too", () => {
  const bench = new Bench({ job: cron({ runTimeoutMs: 5000 }) }).boot();
  const { outcomes } = ask(bench);
  bench.os.advance(5000);
  bench.os.end("job");
  assertEquals(outcomes, [{ normal: false, exitCode: 1, text: "was ended by run_timeout" }]);
});

test("F-051: a stop and a reset end an asked run", () => {
  for (const how of ["stop", "reset"] as const) {
    const bench = new Bench({ job: cron() }).boot();
    const { outcomes } = ask(bench);
    if (how === "stop") bench.supervisor.stop(JOB, "request", 8000);
    else bench.supervisor.reset(JOB);
    bench.os.end("job", TERMED);
    assertEquals(outcomes, [{ normal: false, exitCode: 1, text: "was stopped" }], how);
    assertEquals(phaseOf(bench).kind, how === "stop" ? "down" : "armed");
  }
});

test("F-051: a disabled cron service runs once and is as it was, without a schedule", () => {
  const bench = new Bench({ job: cron({}, { enabled: false }), a: {} }).boot();
  // As telchap does: what is disabled is not looked up at the start.
  bench.supervisor.setExecutable(JOB, "/bin/job");
  for (const exit of [undefined, EXIT_3]) {
    const { outcomes } = ask(bench);
    assertEquals(phaseOf(bench).kind, "armed");
    bench.os.end("job", exit);
    assertEquals(outcomes[0]?.normal, exit === undefined);
    assertEquals(phaseOf(bench), { kind: "down" });
    assertEquals(bench.triggers.nextDueMs(JOB), undefined);
  }
});

test("F-051: a job of @reboot can run again", () => {
  const bench = new Bench({ job: cron({ interval: "@reboot" }), a: {} }).boot();
  bench.os.advance(0);
  bench.os.end("job");
  assertEquals(phaseOf(bench).kind, "done");
  const { outcomes } = ask(bench);
  bench.os.end("job");
  assertEquals(outcomes[0]?.normal, true);
  assertEquals(phaseOf(bench).kind, "done");
});

test("F-051: an asked run waits for what its service depends on", () => {
  const bench = new Bench({
    slow: { type: "oneshot" },
    job: cron({}, { after: [{ name: "slow.service" }] }),
  }).boot();
  ask(bench);
  assertEquals(bench.os.started, ["slow"]);
  bench.os.end("slow");
  assertEquals(bench.os.started, ["slow", "job"]);
});

test("F-051: a run put off by jitter begins at once", () => {
  const bench = new Bench({ job: cron({ jitterMs: 4000, interval: "* * * * * */10" }) });
  bench.os.random = () => 0.5;
  bench.boot();
  bench.os.advance(9500);
  assertEquals(bench.os.started, []);
  ask(bench);
  assertEquals(bench.os.started, ["job"]);
  bench.os.end("job");
  bench.os.advance(3000);
  assertEquals(bench.os.started, ["job"]);
});

test("F-051: a oneshot service runs again, and is refused while it runs", () => {
  const bench = new Bench({ a: {}, job: { type: "oneshot" } }).boot();
  bench.os.end("job");
  const { outcomes } = ask(bench);
  assertThrows(() => ask(bench), RunRefusedError, "job.service is running already (pid 102)");
  bench.os.end("job", EXIT_3);
  assertEquals(outcomes[0]?.exitCode, 3);
  assertEquals(ask(bench).outcomes, []);
  bench.os.end("job");
  assertEquals(phaseOf(bench).kind, "done");
});

test("F-051: other types cannot be run", () => {
  const bench = new Bench({ web: {} }).boot();
  assertThrows(
    () => askRun(bench.supervisor, "web.service", 0),
    RunRefusedError,
    "web.service is of type simple; only cron and oneshot services can be run",
  );
});

test("F-051: nothing runs once the container ends, whether asked before or after", () => {
  const bench = new Bench({
    slow: { type: "oneshot" },
    job: cron({}, { enabled: false, after: [{ name: "slow.service" }] }),
  }).boot();
  const { outcomes } = ask(bench);
  assertEquals(bench.os.started, ["slow"]);
  bench.term();
  assertEquals(outcomes[0]?.text, "was stopped");
  assertEquals(ask(bench).outcomes[0]?.text, "was stopped");
  bench.os.end("slow", TERMED);
  assertEquals(bench.os.started, ["slow"]);
  assertEquals(bench.finished?.exitCode, 0);
  assertEquals(bench.os.timerCount, 0);
});

test("F-051: an asked run goes on over a re-execution, and stays one", () => {
  const bench = new Bench({ job: cron({ overlap: "queue" }) }).boot();
  ask(bench);
  ask(bench);
  const next = bench.replace();
  next.os.end("job");
  next.os.end("job");
  const { asked, runs } = next.triggers.history(JOB);
  assertEquals([asked, runs.map((run) => run.asked)], [2, [true, true]]);
  assertEquals(phaseOf(next).kind, "armed");
});
