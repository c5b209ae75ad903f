/**
 * What services say on their notify sockets, and what probes and watchdogs lead to (checklist L).
 */
import { assert, assertEquals } from "@std/assert";
import type { HealthProbe, ServiceConfig } from "../../../../lib/config/model.ts";
import { test } from "../../../test.ts";
import { Bench, EXIT_0, EXIT_3, KILLED, TERMED } from "../bench.ts";
import { RESTART } from "../service_config.ts";

const NOTIFY: Partial<ServiceConfig> = {
  type: "notify",
  processTimeoutMs: 300_000,
  processTimeoutText: "300",
};
const ABORTED = { kind: "signaled", signal: 6, coreDumped: true } as const;

function notify(differing: Partial<ServiceConfig> = {}): Bench {
  return new Bench({ ...NOTIFY, ...differing }).launched();
}

function reported(bench: Bench, code: number): Bench {
  const status = { kind: "exited", code } as const;
  return bench.on({ kind: "reported", status, errno: code, strays: [] });
}

// READY

test("257: a notify service is started with READY=1, not before", () => {
  const bench = notify();
  bench.nowMs = 10_000;
  assertEquals(bench.phase.kind, "starting");
  assertEquals(bench.on({ kind: "ready" }).phase.kind, "up");
});

test("258: without READY=1 in time the process is stopped and the start has failed", () => {
  const bench = notify({ processTimeoutMs: 2000, processTimeoutText: "2" }).after(2000);
  const failure = bench.effect("start-failed")?.failure;
  assertEquals(
    failure?.text,
    "a.service did not say READY=1 within 2 s (process_timeout)",
  );
  assertEquals(failure?.exitCode, 1);
  assertEquals(bench.effect("signal"), { kind: "signal", pid: 7, signal: 15 });
  assertEquals(bench.exited(TERMED).phase.kind, "failed");
});

test("258: with ignore_failures a service that is not ready in time counts as started", () => {
  const bench = notify({ processTimeoutMs: 2000, processTimeoutText: "2", ignoreFailures: true })
    .after(2000);
  assertEquals(bench.logged("warn"), [
    "a.service did not say READY=1 within 2 s (process_timeout), " +
    "which ignore_failures passes over",
  ]);
  assertEquals([bench.phase.kind, bench.effect("signal")], ["up", undefined]);
});

test("263: an abnormal exit before READY=1 is a start-up failure, in the pause and after it", () => {
  for (const ms of [100, 5000]) {
    const bench = notify();
    bench.nowMs = ms;
    const failure = bench.exited(EXIT_3).effect("start-failed")?.failure;
    assertEquals(
      failure?.text,
      "a.service exited with code 3 before it had started",
    );
  }
});

test("264: after a normal exit READY=1 is still awaited", () => {
  const bench = notify().exited(EXIT_0);
  assertEquals(bench.phase.kind, "starting");
  assertEquals(bench.on({ kind: "ready" }).phase.kind, "up");
});

test("EXTEND_TIMEOUT_USEC moves the deadline of the start, never closer", () => {
  const bench = notify({ processTimeoutMs: 2000 });
  bench.on({ kind: "extend-timeout", ms: 500 });
  assert(bench.phase.kind === "starting" && bench.phase.deadlineMs === 2000);
  bench.on({ kind: "extend-timeout", ms: 5000 });
  assert(bench.phase.kind === "starting" && bench.phase.deadlineMs === 5000);
});

test("F-125: EXTEND_TIMEOUT_USEC gives a start ten times its time, however often it is said", () => {
  const bench = notify({ processTimeoutMs: 2000 });
  for (const ms of [9000, Number.MAX_SAFE_INTEGER, 1e14]) bench.on({ kind: "extend-timeout", ms });
  assert(bench.phase.kind === "starting" && bench.phase.deadlineMs === 20_000);
});

test("F-125: EXTEND_TIMEOUT_USEC does not do away with SIGKILL", () => {
  const bench = notify().on({ kind: "ready" }).stop(1000)
    .on({ kind: "extend-timeout", ms: 1e14 });
  assert(bench.phase.kind === "stopping" && bench.phase.deadlineMs === 10_000);
});

test("EXTEND_TIMEOUT_USEC lengthens a stop on request, not the end of the container", () => {
  const bench = notify().on({ kind: "ready" }).stop(1000).on({ kind: "extend-timeout", ms: 9000 });
  assert(bench.phase.kind === "stopping" && bench.phase.deadlineMs === 9000);
  const ending = notify().on({ kind: "ready" })
    .on({ kind: "stop", cause: "shutdown", budgetMs: 1000, strays: [] })
    .on({ kind: "extend-timeout", ms: 9000 });
  assert(ending.phase.kind === "stopping" && ending.phase.deadlineMs === 1000);
});

// ERRNO

test("259: ERRNO before READY=1 fails the start and ends the process", () => {
  const bench = reported(notify(), 55);
  assertEquals(bench.effect("start-failed")?.failure, {
    text: "a.service reported the error 55 (error 55) before it was ready",
    formerText: "a.service failed with reported error <ProcStatus exit_status=55>",
    exitCode: 1,
    errno: 55,
    ignored: false,
  });
  assertEquals(bench.effect("signal")?.signal, 15);
  assertEquals(bench.exited(EXIT_0).phase.kind, "failed");
});

test("ERRNO before READY=1 with ignore_failures warns, and the service counts as started", () => {
  const bench = reported(notify({ ignoreFailures: true }), 55);
  assertEquals(bench.logged("warn"), [
    "a.service reported the error 55 (error 55) before it was ready, which ignore_failures passes over",
  ]);
  assertEquals(bench.phase.kind, "up");
});

test("ERRNO=0 counts as READY=1", () => {
  assertEquals(reported(notify(), 0).phase.kind, "up");
});

test("260: ERRNO after READY=1 counts as an exit: the process ends, then the restart rules", () => {
  const bench = reported(notify().on({ kind: "ready" }), 3);
  assertEquals(bench.phase.kind, "stopping");
  assertEquals(bench.logged("err"), ["a.service reported the error 3 (No such process)"]);
  bench.exited(TERMED);
  assert(bench.phase.kind === "failed" && bench.phase.failure.exitCode === 3);
  const restarted = reported(notify({ restart: RESTART }).on({ kind: "ready" }), 3).exited(TERMED);
  assertEquals(restarted.phase.kind, "backoff");
  assertEquals(reported(notify().on({ kind: "ready" }), 0).phase.kind, "up");
});

test("ERRNO after READY=1 of an exit_kills service ends the container", () => {
  const bench = reported(notify({ exitKills: true }).on({ kind: "ready" }), 3);
  assertEquals(bench.logged("warn"), [
    "a.service has ended, and the container ends with it (exit_kills)",
  ]);
  assertEquals(bench.effect("kill-system")?.exitCode, 3);
});

test("D-16: the exit of the main process of an exit_kills notify service ends the container", () => {
  const bench = notify({ exitKills: true }).on({ kind: "ready" }).exited(EXIT_0);
  assertEquals(bench.effect("kill-system")?.exitCode, 0);
});

// STATUS, MAINPID, RELOADING, STOPPING

test("261: STATUS is kept as the note, taken back when empty, and forgotten at a restart", () => {
  const bench = notify({ restart: { ...RESTART, delayMs: 0 } });
  assertEquals(bench.on({ kind: "note", text: "loading" }).state.note, "loading");
  bench.on({ kind: "ready" }).exited(EXIT_3).after(0).on({ kind: "prerequisites-ready" });
  assertEquals([bench.phase.kind, bench.state.note], ["launching", undefined]);
  assertEquals(notify().on({ kind: "note", text: "" }).state.note, undefined);
});

test("262: MAINPID changes the process, whose exit is then the service's", () => {
  const bench = notify().on({ kind: "main-pid", pid: 9 });
  assertEquals(bench.effect("attach"), { kind: "attach", pid: 9 });
  assertEquals(bench.logged("debug"), ["a.service changing PID to 9 (from 7)"]);
  bench.exited(EXIT_3, 7).on({ kind: "ready" });
  assertEquals(bench.phase, { kind: "up", pid: 9, attached: true, sinceMs: 0 });
  assertEquals(bench.exited(KILLED, 9).phase.kind, "failed");
  const later = notify().on({ kind: "ready" }).on({ kind: "main-pid", pid: 9 });
  assertEquals(later.phase, { kind: "up", pid: 9, attached: true, sinceMs: 0 });
});

test("F-027: READY=1 ends a reload that was announced before it", () => {
  const bench = notify().on({ kind: "announced", what: "reloading" }).on({ kind: "ready" });
  assertEquals([bench.phase.kind, bench.state.announced], ["up", undefined]);
});

test("F-011: what a service announces again is not told again", () => {
  const bench = notify().on({ kind: "ready" });
  for (let i = 0; i < 100; i++) bench.on({ kind: "announced", what: "stopping" });
  assertEquals(bench.logged("debug").filter((text) => text.includes("says")).length, 0);
  assertEquals(bench.state.announced, "stopping");
});

test("F-030: the ERRNO that a service reports is kept until its next launch", () => {
  const bench = notify({ restart: { ...RESTART, delayMs: 0 } }).on({ kind: "ready" });
  reported(bench, 28);
  assertEquals(bench.state.reportedErrno, 28);
  bench.exited(KILLED).after(0).on({ kind: "prerequisites-ready" });
  assertEquals([bench.phase.kind, bench.state.reportedErrno], ["launching", undefined]);
});

test("RELOADING and STOPPING are noted, and READY=1 ends a reload", () => {
  const bench = notify().on({ kind: "ready" }).on({ kind: "announced", what: "reloading" });
  assertEquals(bench.state.announced, "reloading");
  assertEquals(bench.on({ kind: "ready" }).state.announced, undefined);
  assertEquals(bench.on({ kind: "announced", what: "stopping" }).state.announced, "stopping");
});

// watchdog

test("a watchdog that is fed in time stays quiet, and costs no timer where there is none", () => {
  const bench = notify({ watchdogMs: 1000 }).on({ kind: "ready" });
  assert(bench.phase.kind === "up" && bench.phase.watchdogDueMs === 1000);
  bench.nowMs = 900;
  bench.on({ kind: "alive" });
  assert(bench.phase.kind === "up" && bench.phase.watchdogDueMs === 1900);
  const without = notify().on({ kind: "ready" }).on({ kind: "alive" });
  assertEquals(without.phase, { kind: "up", pid: 7, attached: false, sinceMs: 0 });
});

test("a missed watchdog means SIGABRT, then SIGKILL after stop_timeout, then the restart rules", () => {
  const bench = notify({ watchdogMs: 1000, stopTimeoutMs: 3000, restart: RESTART })
    .on({ kind: "ready" }).after(1000);
  assertEquals(bench.effect("signal"), { kind: "signal", pid: 7, signal: 6 });
  assertEquals(bench.logged("err"), ["a.service did not send WATCHDOG=1 for 1 s"]);
  assertEquals(bench.after(3000).effect("signal")?.signal, 9);
  assertEquals(bench.exited(KILLED).phase.kind, "backoff");
});

test("a process that ends in good order on SIGABRT has missed its watchdog all the same", () => {
  const bench = notify({ watchdogMs: 1000, restart: RESTART }).on({ kind: "ready" }).after(1000);
  assertEquals(bench.exited(EXIT_0).phase.kind, "backoff");
  const failed = notify({ watchdogMs: 1000 }).on({ kind: "ready" }).after(1000)
    .on({ kind: "exited", pid: 7, status: ABORTED, strays: [] });
  assert(failed.phase.kind === "failed" && failed.phase.failure.exitCode === 134);
  const text = failed.phase.kind === "failed" ? failed.phase.failure.text : "";
  assertEquals(text, "a.service did not send WATCHDOG=1 for 1 s");
});

test("WATCHDOG=trigger is a missed watchdog at once, WATCHDOG_USEC changes the interval", () => {
  const bench = notify({ watchdogMs: 1000 }).on({ kind: "ready" })
    .on({ kind: "watchdog-trigger", strays: [] });
  assertEquals(bench.effect("signal")?.signal, 6);
  const changed = notify().on({ kind: "ready" }).on({ kind: "set-watchdog", ms: 50 });
  assert(changed.phase.kind === "up" && changed.phase.watchdogDueMs === 50);
  changed.on({ kind: "set-watchdog", ms: 0 });
  assert(changed.phase.kind === "up" && changed.phase.watchdogDueMs === undefined);
});

// ready

const READY = {
  probe: { kind: "tcp", host: "127.0.0.1", port: 80 },
  intervalMs: 500,
  timeoutMs: 3000,
} as const;

test("a service with a ready probe is up once the probe passes, without the startup pause", () => {
  const bench = new Bench({ ready: READY }).launched();
  assert(bench.phase.kind === "starting" && bench.phase.awaiting === "probe");
  bench.on({ kind: "probed", seen: "connection refused" });
  assertEquals(bench.phase.kind, "starting");
  assertEquals(bench.on({ kind: "probed" }).phase, {
    kind: "up",
    pid: 7,
    attached: false,
    sinceMs: 0,
  });
});

test("a ready probe that never passes is a start-up failure that says what it last saw", () => {
  const bench = new Bench({ ready: READY }).launched()
    .on({ kind: "probed", seen: "connection refused" }).after(3000);
  assertEquals(
    bench.effect("start-failed")?.failure.text,
    "a.service was not ready within 3 s " +
      "(tcp 127.0.0.1:80: connection refused) (timeout of ready)",
  );
  assertEquals(bench.effect("signal")?.signal, 15);
});

test("without a timeout of its own a ready probe has process_timeout", () => {
  const bench = new Bench({
    ready: { probe: { kind: "log", pattern: "up" }, intervalMs: 500 },
    processTimeoutMs: 7000,
  }).launched();
  assert(bench.phase.kind === "starting" && bench.phase.deadlineMs === 7000);
});

test("a ready probe comes after what the type itself asks for", () => {
  const notified = notify({ ready: READY });
  assert(notified.phase.kind === "starting" && notified.phase.awaiting === "ready");
  notified.on({ kind: "ready" });
  assert(notified.phase.kind === "starting" && notified.phase.awaiting === "probe");
  const job = new Bench({ type: "oneshot", ready: READY }).launched().exited(EXIT_0);
  assert(job.phase.kind === "starting" && job.phase.awaiting === "probe");
  assertEquals(job.on({ kind: "probed" }).phase, { kind: "done", status: EXIT_0 });
});

test("an abnormal exit while its readiness is probed is a start-up failure", () => {
  const bench = new Bench({ ready: READY }).launched().exited(EXIT_3);
  assertEquals(bench.phase.kind, "failed");
  assert(bench.effect("start-failed"));
});

test("a restart whose probe does not pass counts as one more abnormal exit", () => {
  const bench = new Bench({ ready: READY, restart: { ...RESTART, delayMs: 0 } }).launched()
    .on({ kind: "probed" }).exited(EXIT_3).after(0).on({ kind: "prerequisites-ready" })
    .on({ kind: "spawned", pid: 8 }).after(3000);
  assertEquals([bench.phase.kind, bench.effect("start-failed")], ["stopping", undefined]);
  bench.exited(TERMED, 8);
  assertEquals([bench.phase.kind, bench.state.restartsUsed], ["backoff", 2]);
});

// health

const HEALTH: HealthProbe = {
  probe: { kind: "tcp", host: "127.0.0.1", port: 80 },
  intervalMs: 1000,
  timeoutMs: 500,
  retries: 3,
  startPeriodMs: 0,
  action: "restart",
};

const UNHEALTHY = { kind: "unhealthy", seen: "no answer within 0.5 s", strays: [] } as const;

test("an unhealthy service is stopped and restarted, even if it is never restarted otherwise", () => {
  const bench = new Bench({ health: HEALTH }).up().on(UNHEALTHY);
  assertEquals(bench.logged("err"), ["a.service is unhealthy: no answer within 0.5 s"]);
  assertEquals(bench.effect("signal")?.signal, 15);
  assertEquals(bench.exited(EXIT_0).phase.kind, "backoff");
});

test("a service that stays unhealthy uses up its restarts like any other", () => {
  const bench = new Bench({ health: HEALTH, restart: { ...RESTART, limit: 1, delayMs: 0 } }).up()
    .on(UNHEALTHY).exited(TERMED).after(0).on({ kind: "prerequisites-ready" })
    .on({ kind: "spawned", pid: 8 }).after(500).on(UNHEALTHY).exited(TERMED, 8);
  assertEquals(bench.phase.kind, "failed");
  assertEquals(
    bench.effect("gave-up")?.failure.text,
    "a.service was unhealthy (tcp 127.0.0.1:80: no answer within 0.5 s) and was given up: " +
      "1 restart did not help",
  );
  assertEquals(bench.effect("gave-up")?.failure.exitCode, 143);
  assertEquals(
    bench.state.lastCause,
    "it was unhealthy (tcp 127.0.0.1:80: no answer within 0.5 s)",
  );
});

test("an unhealthy service may end the container, or only be reported", () => {
  const fatal = new Bench({ health: { ...HEALTH, action: "shutdown" } }).up().on(UNHEALTHY);
  assertEquals(fatal.effect("kill-system"), {
    kind: "kill-system",
    exitCode: 1,
    reason: "a.service was unhealthy: tcp 127.0.0.1:80: no answer within 0.5 s",
  });
  const quiet = new Bench({ health: { ...HEALTH, action: "none" } }).up().on(UNHEALTHY);
  assertEquals([quiet.phase.kind, quiet.state.health], ["up", "unhealthy"]);
  assertEquals(quiet.logged("warn"), ["a.service is unhealthy: no answer within 0.5 s"]);
  quiet.on({ kind: "healthy" });
  assertEquals(quiet.state.health, "healthy");
  assertEquals(quiet.logged("info"), ["a.service is healthy again"]);
});

test("a service that has said STOPPING=1 need not answer", () => {
  const bench = new Bench({ health: HEALTH }).up()
    .on({ kind: "announced", what: "stopping" }).on(UNHEALTHY);
  assertEquals(bench.phase.kind, "up");
});
