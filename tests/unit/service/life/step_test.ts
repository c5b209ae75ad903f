import { assert, assertEquals } from "@std/assert";
import { test } from "../../../test.ts";
import { Bench, EXIT_0, EXIT_3, KILLED, TERMED } from "../bench.ts";
import { RESTART } from "../service_config.ts";

const READY = { probe: { kind: "fd", fd: 3 }, intervalMs: 500 } as const;
const CRON = { interval: "@hourly", overlap: "skip", jitterMs: 0 } as const;

// launching

test("F-002: a process that is not its program yet is stopped, and its program is not awaited", () => {
  const bench = new Bench().launching();
  assertEquals(bench.phase, { kind: "launching", sinceMs: 0, pid: 7 });
  assertEquals(bench.stop().effect("signal"), { kind: "signal", pid: 7, signal: 15 });
  assertEquals(bench.on({ kind: "launched", pid: 7 }).phase.kind, "stopping");
  assertEquals(bench.exited(TERMED).phase.kind, "down");
});

test("a program that cannot be executed fails the start, or ends the stop that came meanwhile", () => {
  const failed = { kind: "launch-failed", pid: 7, text: "no", errno: 2, strays: [] } as const;
  const bench = new Bench().launching();
  assertEquals(bench.on({ ...failed, pid: 8 }).phase.kind, "launching", "another one's");
  assertEquals(bench.on(failed).phase.kind, "failed");
  assertEquals(bench.effect("start-failed")?.failure.errno, 2);
  assertEquals(new Bench().launching().stop().on(failed).phase.kind, "down");
});

test("what a program says before the news that it runs is not lost", () => {
  const bench = new Bench({ type: "notify" }).launching();
  assertEquals(bench.on({ kind: "ready" }).phase.kind, "up");
  assertEquals(bench.on({ kind: "launched", pid: 7 }).phase.kind, "up");
  const probed = new Bench({ ready: READY }).launching().on({ kind: "probed" });
  assertEquals(probed.phase.kind, "up");
});

test("a job that is not its program yet is ended by a stop, and counts as running", () => {
  const bench = new Bench({ type: "cron", cron: CRON }).on({ kind: "start" }).on({ kind: "armed" })
    .on({ kind: "due", delayMs: 0, isLast: false }).on({ kind: "prerequisites-ready" })
    .on({ kind: "spawned", pid: 7, isLaunching: true });
  bench.on({ kind: "due", delayMs: 0, isLast: false });
  assertEquals(bench.effect("job-skipped"), { kind: "job-skipped" });
  assertEquals(bench.stop().effect("signal"), { kind: "signal", pid: 7, signal: 15 });
  const failed = { kind: "launch-failed", pid: 7, text: "no", strays: [] } as const;
  assertEquals(bench.on(failed).phase.kind, "down");
});

// simple

test("a simple service is started when its startup pause has passed", () => {
  const bench = new Bench().launched();
  assertEquals(bench.phase.kind, "starting");
  assertEquals(bench.after(500).phase, { kind: "up", pid: 7, attached: false, sinceMs: 500 });
});

test("a simple service without a startup pause is started at once", () => {
  assertEquals(new Bench({ startupPauseMs: 0 }).launched().phase.kind, "up");
});

test("101: a simple service that exits 3 in its pause is a start-up failure", () => {
  const bench = new Bench().launched().exited(EXIT_3);
  assertEquals(bench.phase.kind, "failed");
  const failure = bench.effect("start-failed")?.failure;
  assertEquals(
    [failure?.text, failure?.formerText],
    [
      "a.service exited with code 3 before it had started",
      "a.service failed on start-up with result '<ProcStatus exit_status=3>'",
    ],
  );
  assertEquals([failure?.exitCode, failure?.errno], [3, 8]);
});

test("105: a simple service that is killed in its pause fails with 128 plus the signal", () => {
  const failure = new Bench().launched().exited(KILLED).effect("start-failed")?.failure;
  assertEquals(failure?.text, "a.service was killed by SIGKILL before it had started");
  assertEquals([failure?.exitCode, failure?.errno], [137, 4]);
});

test("102: a simple service that exits 0 in its pause is started", () => {
  assertEquals(new Bench().launched().exited(EXIT_0).phase, { kind: "done", status: EXIT_0 });
});

test("103: a simple service that fails later is a service failure", () => {
  const bench = new Bench().up().exited(EXIT_3);
  assertEquals(bench.phase.kind, "failed");
  assertEquals(bench.effect("start-failed"), undefined);
  assertEquals(bench.logged("err"), [
    "a.service exited with code 3",
  ]);
});

test("success_codes make an exit code normal", () => {
  const success = [{ kind: "code", code: 0 }, { kind: "code", code: 3 }] as const;
  assertEquals(new Bench({ success }).up().exited(EXIT_3).phase.kind, "done");
});

test("the exit of a pid that is not the service's changes nothing", () => {
  const bench = new Bench().up();
  const before = bench.state;
  assertEquals(bench.exited(EXIT_3, 99).state, before);
  assertEquals(bench.effects, []);
});

// oneshot and forking

test("106: a oneshot service is started when its process has ended", () => {
  const bench = new Bench({ type: "oneshot" }).launched();
  assertEquals(bench.phase.kind, "starting");
  assertEquals(bench.exited(EXIT_0).phase.kind, "done");
});

test("107: a oneshot service that exits 2 is a start-up failure", () => {
  const bench = new Bench({ type: "oneshot" }).launched().exited(EXIT_3);
  assertEquals(bench.effect("start-failed")?.failure.exitCode, 3);
});

test("108: a oneshot service that exceeds its time is stopped, then failed", () => {
  const bench = new Bench({ type: "oneshot", processTimeoutMs: 1000, processTimeoutText: "1" })
    .launched().after(1000);
  assertEquals(
    bench.effect("start-failed")?.failure.text,
    "a.service did not end within 1 s (process_timeout)",
  );
  assertEquals(bench.effect("signal"), { kind: "signal", pid: 7, signal: 15 });
  assertEquals(bench.phase.kind, "stopping");
  assertEquals(bench.exited(TERMED).phase.kind, "failed");
  assertEquals(bench.state.lastCause, "it did not end within 1 s (process_timeout)");
});

test("109: a oneshot service over time with ignore_failures goes on", () => {
  const bench = new Bench({
    type: "oneshot",
    processTimeoutMs: 1000,
    processTimeoutText: "1",
    ignoreFailures: true,
  }).launched().after(1000);
  assertEquals(bench.logged("warn"), [
    "a.service did not end within 1 s (process_timeout), which ignore_failures passes over",
  ]);
  assertEquals(bench.effect("signal"), undefined);
  assertEquals(bench.phase.kind, "up");
});

test("111: a forking service is started when its launcher has ended", () => {
  assertEquals(new Bench({ type: "forking" }).launched().exited(EXIT_0).phase, {
    kind: "up",
    attached: false,
    sinceMs: 0,
  });
});

test("112: a forking service whose launcher fails or hangs is a start-up failure", () => {
  const failed = new Bench({ type: "forking" }).launched().exited(EXIT_3);
  assert(failed.effect("start-failed"));
  const hung = new Bench({ type: "forking" }).launched().after(30_000);
  assert(
    hung.effect("start-failed")?.failure.text.startsWith("a.service did not end within"),
  );
});

// pidfile

const FORKING_PIDFILE = { type: "forking", pidfile: "/run/a.pid" } as const;

test("113: a forking service with a pidfile follows the process named there", () => {
  const bench = new Bench(FORKING_PIDFILE).launched().exited(EXIT_0);
  assert(bench.effect("read-pidfile"));
  bench.on({ kind: "pidfile", present: true, pid: 9, alive: true });
  assertEquals(bench.effect("attach"), { kind: "attach", pid: 9 });
  assertEquals(bench.logged("debug")[0], "a.service changing PID to 9 (from 7)");
  assertEquals(bench.phase, { kind: "up", pid: 9, attached: true, sinceMs: 0 });
});

test("114: the abnormal end of an attached daemon is a service failure", () => {
  const bench = new Bench(FORKING_PIDFILE).launched().exited(EXIT_0)
    .on({ kind: "pidfile", present: true, pid: 9, alive: true }).exited(EXIT_3, 9);
  assertEquals(bench.logged("err").length, 1);
});

test("115: a pidfile that never comes is a start-up failure naming file and time", () => {
  const bench = new Bench({
    ...FORKING_PIDFILE,
    processTimeoutMs: 2000,
    processTimeoutText: "2",
  }).launched().exited(EXIT_0);
  let looks = 0;
  while (bench.phase.kind === "starting" && looks < 100) {
    looks++;
    bench.nowMs = bench.phase.deadlineMs;
    bench.on({ kind: "deadline", strays: [] });
    assert(bench.effect("read-pidfile"));
    bench.on({ kind: "pidfile", present: false, alive: false, strays: [] });
  }
  assertEquals(bench.nowMs, 2000);
  assertEquals(
    bench.effect("start-failed")?.failure.text,
    "a.service: its pid file '/run/a.pid' was not written within 2 s (process_timeout)",
  );
});

test("116: a pidfile that is empty at first is looked at again", () => {
  const bench = new Bench(FORKING_PIDFILE).launched().exited(EXIT_0)
    .on({ kind: "pidfile", present: true, alive: false });
  assertEquals(bench.phase.kind, "starting");
  bench.after(20).on({ kind: "pidfile", present: true, pid: 9, alive: true });
  assertEquals(bench.phase.kind, "up");
});

const DEAD = { kind: "pidfile", present: true, pid: 9, alive: false } as const;

test("117, F-023: a pidfile with a dead pid is not there yet until the time is out", () => {
  const bench = new Bench({ ...FORKING_PIDFILE, processTimeoutMs: 100 }).launched().exited(EXIT_0)
    .on(DEAD);
  assertEquals(bench.phase.kind, "starting");
  const found = { kind: "pidfile", present: true, pid: 12, alive: true } as const;
  assertEquals(new Bench(FORKING_PIDFILE).launched().exited(EXIT_0).on(DEAD).on(found).phase, {
    kind: "up",
    pid: 12,
    attached: true,
    sinceMs: 0,
  });
  bench.after(100).on({ ...DEAD, strays: [] });
  assertEquals(
    bench.effect("start-failed")?.failure.text,
    "a.service: its pid file '/run/a.pid' names process 9, which does not exist",
  );
});

test("F-016: a start that fails for want of a pidfile ends what it has started", () => {
  const bench = new Bench({ ...FORKING_PIDFILE, processTimeoutMs: 100 }).launched().exited(EXIT_0)
    .on(DEAD).after(100).on({ ...DEAD, strays: [20, 21] });
  assertEquals(bench.phase.kind, "stopping");
  assertEquals(bench.effect("signal"), { kind: "signal", pid: 20, signal: 15 });
});

test("F-024: the process that the pidfile names goes on as the main one", () => {
  const bench = new Bench({ ...FORKING_PIDFILE, exitKills: true, restart: RESTART }).launched()
    .exited(EXIT_0).on({ kind: "pidfile", present: true, pid: 9, alive: true });
  const status = EXIT_0;
  bench.on({ kind: "exited", pid: 9, status, strays: [12], successor: 12 });
  assertEquals(bench.phase, { kind: "up", pid: 12, attached: true, sinceMs: 0 });
  assertEquals(bench.effect("attach"), { kind: "attach", pid: 12 });
  assertEquals(bench.effect("kill-system"), undefined);
  assertEquals(bench.exited(EXIT_3, 12).effect("kill-system")?.exitCode, 3);
});

test("118: a pidfile with the launched pid itself changes nothing, and a restart works", () => {
  const bench = new Bench({ pidfile: "/run/a.pid", restart: RESTART }).launched(500).after(500)
    .on({ kind: "pidfile", present: true, pid: 500, alive: true });
  assertEquals(bench.phase, { kind: "up", pid: 500, attached: false, sinceMs: 500 });
  assertEquals(bench.effect("attach"), undefined);
  assertEquals(bench.exited(KILLED, 500).phase.kind, "backoff");
});

test("119: the kill signal ends an attached daemon normally, SIGKILL does not", () => {
  const attached = () =>
    new Bench({ ...FORKING_PIDFILE, restart: RESTART }).launched().exited(EXIT_0)
      .on({ kind: "pidfile", present: true, pid: 9, alive: true });
  assertEquals(attached().exited(TERMED, 9).phase.kind, "done");
  assertEquals(attached().exited(KILLED, 9).phase.kind, "backoff");
});

test("120: a stop of a pidfile service signals the daemon and removes the file", () => {
  const bench = new Bench(FORKING_PIDFILE).launched().exited(EXIT_0)
    .on({ kind: "pidfile", present: true, pid: 9, alive: true }).stop();
  assertEquals(bench.effect("signal"), { kind: "signal", pid: 9, signal: 15 });
  assert(bench.exited(TERMED, 9).effect("remove-pidfile"));
  assertEquals(bench.phase.kind, "down");
});

// restart, ignore_failures, exit_kills

test("127: restarts are counted down, then the failure is told", () => {
  const bench = new Bench({ restart: { ...RESTART, limit: 2, delayMs: 1000 } }).up();
  for (const left of [1, 0]) {
    bench.exited(EXIT_3);
    assertEquals(
      bench.logged("info").at(-1),
      `a.service exited with code 3; it is started again in 1 s (${left} left)`,
    );
    bench.after(1000).on({ kind: "prerequisites-ready" }).on({ kind: "spawned", pid: 7 }).after(
      500,
    );
    assertEquals(bench.phase.kind, "up");
  }
  bench.exited(EXIT_3);
  assertEquals(bench.phase.kind, "failed");
  assertEquals(bench.effect("gave-up")?.failure.givenUp, "2 restarts did not help");
});

test("128: a restart that fails in its pause counts as one more abnormal exit", () => {
  const bench = new Bench({ restart: { ...RESTART, limit: 2 } }).up().exited(EXIT_3).after(3000)
    .on({ kind: "prerequisites-ready" }).on({ kind: "spawned", pid: 8 }).exited(EXIT_3, 8);
  assertEquals(
    bench.logged("info").at(-1),
    "a.service exited with code 3; it is started again in 3 s (0 left)",
  );
  assertEquals(bench.effect("start-failed"), undefined);
  assertEquals([bench.phase.kind, bench.state.restartsUsed], ["backoff", 2]);
});

test("129: a normal exit is not followed by a restart", () => {
  assertEquals(new Bench({ restart: RESTART }).up().exited(EXIT_0).phase.kind, "done");
});

test("restart: always follows a normal exit too", () => {
  const bench = new Bench({ restart: { ...RESTART, when: "always" } }).up().exited(EXIT_0);
  assertEquals(bench.phase.kind, "backoff");
});

test("131: a stop of a service with restart leaves it stopped", () => {
  const bench = new Bench({ restart: RESTART }).up().stop().exited(TERMED);
  assertEquals(bench.phase.kind, "down");
});

test("133: a start-up failure is not followed by a restart", () => {
  assertEquals(new Bench({ restart: RESTART }).launched().exited(EXIT_3).phase.kind, "failed");
});

test("134: with ignore_failures an abnormal exit leaves the service startable and says nothing", () => {
  const bench = new Bench({ ignoreFailures: true }).up().exited(EXIT_3);
  assertEquals([bench.phase.kind, bench.logged("err")], ["down", []]);
});

test("135: with ignore_failures dependents may go on after a failed start", () => {
  const bench = new Bench({ ignoreFailures: true }).launched().exited(EXIT_3);
  assertEquals(bench.logged("warn"), [
    "a.service could not be started, which ignore_failures passes over: " +
    "a.service exited with code 3 before it had started",
  ]);
  assert(bench.phase.kind === "failed" && bench.phase.failure.ignored);
  const missing = new Bench({ ignoreFailures: true }).on({ kind: "start" })
    .on({ kind: "prerequisites-ready" }).on({ kind: "spawn-failed", text: "no", errno: 2 });
  assertEquals(missing.logged("warn"), [
    "a.service could not be started, which ignore_failures passes over: no",
  ]);
  assert(missing.logged("debug").includes("service a.service ignoring failures. Exception: no"));
});

test("137, 138: the end of an exit_kills service ends the container with its code", () => {
  const bench = new Bench({ exitKills: true }).up();
  assertEquals(bench.exited(EXIT_3).effect("kill-system"), {
    kind: "kill-system",
    exitCode: 3,
    reason: "a.service exited with code 3",
  });
  assertEquals(
    new Bench({ exitKills: true }).launched().exited(EXIT_0).effect("kill-system")?.exitCode,
    0,
  );
});

test("139: the start of an exit_kills service warns", () => {
  const bench = new Bench({ exitKills: true }).on({ kind: "start" }).on({
    kind: "prerequisites-ready",
  });
  assertEquals(bench.logged("warn"), ["the container ends when '/bin/run' exits (exit_kills)"]);
});

test("140: with exit_kills the launcher of a forking service may end, the daemon may not", () => {
  const bench = new Bench({ ...FORKING_PIDFILE, exitKills: true }).launched().exited(EXIT_0);
  assertEquals(bench.effect("kill-system"), undefined);
  bench.on({ kind: "pidfile", present: true, pid: 9, alive: true }).exited(EXIT_3, 9);
  assertEquals(bench.logged("warn"), [
    "a.service has ended, and the container ends with it (exit_kills)",
  ]);
  assertEquals(bench.effect("kill-system")?.exitCode, 3);
});

test("a restart that is asked for does not end the container with exit_kills, a stop does", () => {
  const restarted = new Bench({ exitKills: true }).up().stop(2000).on({ kind: "start" });
  assertEquals(restarted.exited(EXIT_0).effect("kill-system"), undefined);
  assertEquals(restarted.phase.kind, "waiting");
  const stopped = new Bench({ exitKills: true }).up().stop(2000).exited(EXIT_0);
  assertEquals(stopped.effect("kill-system")?.exitCode, 0);
});

test("143: exit_kills leaves no room for a restart", () => {
  const bench = new Bench({ exitKills: true, restart: RESTART }).up().exited(EXIT_3);
  assertEquals(bench.phase.kind, "failed");
});

// stops

test("a service that ignores its signal is killed when its time is over", () => {
  const bench = new Bench().up().stop(2000);
  assertEquals(bench.effect("signal")?.signal, 15);
  bench.after(2000);
  assertEquals(bench.effect("signal"), { kind: "signal", pid: 7, signal: 9 });
  assertEquals(bench.exited(KILLED).effect("stopped"), {
    kind: "stopped",
    tookMs: 2000,
    killed: true,
  });
});

test("a stop sequence is followed step by step", () => {
  const stopSequence = [{ signal: 3, waitMs: 1000 }, { signal: 15, waitMs: 500 }, { signal: 9 }];
  const bench = new Bench({ stopSequence }).up().stop(8000);
  assertEquals(bench.effect("signal")?.signal, 3);
  assertEquals(bench.after(1000).effect("signal")?.signal, 15);
  assertEquals(bench.after(500).effect("signal")?.signal, 9);
});

test("a stop during the start ends the process that is there", () => {
  const bench = new Bench({ type: "oneshot" }).launched().stop();
  assertEquals(bench.effect("signal"), { kind: "signal", pid: 7, signal: 15 });
  assertEquals(bench.exited(TERMED).phase.kind, "down");
});

test("a stop while waiting needs no signal", () => {
  const bench = new Bench().on({ kind: "start" }).stop();
  assertEquals([bench.phase.kind, bench.effect("signal")], ["down", undefined]);
});

test("a start while stopping starts again once the process is gone", () => {
  const bench = new Bench().up().stop().on({ kind: "start" });
  assertEquals(bench.phase.kind, "stopping");
  assertEquals(bench.exited(TERMED).phase.kind, "waiting");
});

test("what a stopped service leaves behind is ended before it counts as stopped", () => {
  const bench = new Bench().up().stop(2000);
  bench.on({ kind: "exited", pid: 7, status: TERMED, strays: [20, 21] });
  assertEquals(bench.phase.kind, "stopping");
  assertEquals(bench.effects.filter((e) => e.kind === "signal"), [
    { kind: "signal", pid: 20, signal: 15 },
    { kind: "signal", pid: 21, signal: 15 },
  ]);
  bench.on({ kind: "exited", pid: 20, status: TERMED, strays: [21] });
  assertEquals(bench.phase.kind, "stopping");
  bench.nowMs = 2500;
  bench.on({ kind: "deadline", strays: [21] });
  assertEquals(bench.effect("signal"), { kind: "signal", pid: 21, signal: 9 });
  assertEquals(bench.exited(KILLED, 21).phase.kind, "down");
});

test("what a crashed service leaves behind is ended before it is restarted", () => {
  const bench = new Bench({ restart: RESTART }).up();
  bench.on({ kind: "exited", pid: 7, status: KILLED, strays: [20] });
  assertEquals(bench.phase.kind, "stopping");
  assertEquals(bench.exited(TERMED, 20).phase.kind, "backoff");
});

// waiting

test("an IDLE service waits for its delay once its prerequisites are there", () => {
  const bench = new Bench().on({ kind: "start" })
    .on({ kind: "prerequisites-ready", idleUntilMs: 1000 });
  assertEquals(bench.effect("launch"), undefined);
  assert(bench.after(1000).effect("launch"));
});

test("own is done before the launch, and before a schedule is set up", () => {
  const own = [{ path: "/data", uid: 1, gid: 1, owner: "a", isShared: false }];
  for (const [type, next] of [["simple", "launch"], ["cron", "arm"]] as const) {
    const cron = { interval: "@daily", overlap: "skip", jitterMs: 0 } as const;
    const bench = new Bench({ own, type, ...(type === "cron" ? { cron } : {}) });
    bench.on({ kind: "start" });
    if (type === "simple") bench.on({ kind: "prerequisites-ready" });
    assert(bench.effect("watch-external"), type);
    assert(bench.on({ kind: "external-ready" }).effect(next), type);
  }
});

test("wait_for is watched before the launch, and its failure is a start-up failure", () => {
  const waitFor = [{ kind: "file", path: "/x", text: "file:/x" }] as const;
  const bench = new Bench({ waitFor }).on({ kind: "start" }).on({ kind: "prerequisites-ready" });
  assert(bench.effect("watch-external"));
  assert(
    new Bench({ waitFor }).on({ kind: "start" }).on({ kind: "prerequisites-ready" })
      .on({ kind: "external-ready" }).effect("launch"),
  );
  assertEquals(bench.on({ kind: "external-failed", text: "no /x" }).phase.kind, "failed");
});

test("155: a failed prerequisite fails the service without a launch", () => {
  const failure = { text: "b failed", exitCode: 4, ignored: false };
  const bench = new Bench().on({ kind: "start" }).on({ kind: "prerequisite-failed", failure });
  assertEquals([bench.phase.kind, bench.effect("launch")], ["failed", undefined]);
});
