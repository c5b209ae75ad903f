/** What numbers, sizes and texts a configuration may hold: the last that is taken, the first that is not. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ConfigError } from "../../../lib/base/errors.ts";
import { test } from "../../test.ts";
import { load, logging, refusal, section, service, serviceOf } from "./loading.ts";

/** Whether a configuration loads. */
function loads(text: string): boolean {
  try {
    load(text);
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}

/** Lines of a service, and whether they are taken. */
const SERVICE_LINES: readonly (readonly [lines: string, isTaken: boolean])[] = [
  ["instances: 0", false],
  ["instances: 1", true],
  ["instances: 1000", true],
  ["instances: 1001", false],
  ["type: inetd\nport: '-1'", false],
  ["type: inetd\nport: 0", true],
  ["type: inetd\nport: 65535", true],
  ["type: inetd\nport: 65536", false],
  ["listen: 0", false],
  ["listen: 1", true],
  ["listen: 65535", true],
  ["listen: 65536", false],
  ["ready: {listen: 0}", false],
  ["ready: {listen: 1}", true],
  ["ready: {listen: 65535}", true],
  ["ready: {listen: 65536}", false],
  ["ready: {fd: 2}", false],
  ["ready: {fd: 3}", true],
  ["ready: {fd: 1023}", true],
  ["ready: {fd: 1024}", false],
  ["ready: {file: relative}", false],
  ["ready: {file: /run/a}", true],
  ["ready: {log: ''}", false],
  ["ready: {log: '('}", false],
  ["ready: {log: up}", true],
  ["ready: {http: 'ftp://a/'}", false],
  ["ready: {http: 'http://a/'}", true],
  ["ready: {http: 'https://a/'}", true],
  ["ready: {exec: []}", false],
  ["ready: {exec: ''}", false],
  ["ready: {exec: [true]}", true],
  ["ready: {}", false],
  ["ready: {tcp: '80', listen: 80}", false],
  ["ready: {tcp: '80', retries: 1}", false],
  ["ready: {tcp: '80', interval: soon}", false],
  ["ready: {tcp: '80', timeout: soon}", false],
  ["ready: {tcp: '80', timeout: [1]}", false],
  ["health: {tcp: '80', retries: 0}", false],
  ["health: {tcp: '80', retries: 1}", true],
  ["health: {tcp: '80', retries: 1000000}", true],
  ["health: {tcp: '80', retries: 1000001}", false],
  ["health: {tcp: '80', action: restart}", true],
  ["health: {tcp: '80', action: shutdown}", true],
  ["health: {tcp: '80', action: none}", true],
  ["health: {tcp: '80', action: other}", false],
  ["health: {listen: 80}", false],
  ["success_codes: '-1'", false],
  ["success_codes: 255", true],
  ["success_codes: 256", false],
  ["success_codes: SIGTERM", true],
  ["success_codes: 9TERM", false],
  ["umask: '022'", true],
  ["umask: '0777'", true],
  ["umask: '07777'", true],
  ["umask: '010000'", false],
  ["umask: 22", false],
  ["nice: -20", true],
  ["nice: -21", false],
  ["nice: 19", true],
  ["nice: 20", false],
  ["limits: {nofile: 1}", true],
  ["limits: {nofile: '2:1'}", false],
  ["limits: {nofile: '2:2'}", true],
  ["limits: {nofile: '1:2:3'}", false],
  ["limits: {nofile: unlimited}", true],
  ["limits: {nofile: '1:infinity'}", true],
  ["limits: {nofiles: 1}", false],
  ["limits: {RLIMIT_NOFILE: 1}", true],
  ["limits: {cpu: 1m}", true],
  ["limits: {cpu: soon}", false],
  ["limits: {nofile: 1m30s}", false],
  ["oom_score_adj: -1000", true],
  ["oom_score_adj: -1001", false],
  ["oom_score_adj: 1000", true],
  ["oom_score_adj: 1001", false],
  ["stop_sequence: []", false],
  ["stop_sequence: TERM", true],
  ["stop_sequence: [TERM 1s, KILL]", true],
  ["stop_sequence: [TERM, KILL]", false],
  ["stop_sequence: [TERM soon, KILL]", false],
];

for (const [lines, isTaken] of SERVICE_LINES) {
  test(`a service with ${lines.replaceAll("\n", ", ")} is ${isTaken ? "taken" : "refused"}`, () => {
    assertEquals(loads(section(lines)), isTaken);
  });
}

const LOGGING_LINES: readonly (readonly [lines: string, isTaken: boolean])[] = [
  ["file: /a\nrotate_keep: '-1'", false],
  ["file: /a\nrotate_keep: 0", true],
  ["file: /a\nrotate_keep: 100000", true],
  ["file: /a\nrotate_keep: 100001", false],
];

for (const [lines, isTaken] of LOGGING_LINES) {
  test(`a log with ${lines.replaceAll("\n", ", ")} is ${isTaken ? "taken" : "refused"}`, () => {
    assertEquals(loads(`a.logging:\n  ${lines.replaceAll("\n", "\n  ")}\n`), isTaken);
  });
}

const SETTINGS: readonly (readonly [lines: string, isTaken: boolean])[] = [
  ["log_line_max: 1023", false],
  ["log_line_max: 1024", true],
  ["log_line_max: 16M", true],
  ["log_line_max: 16777217", false],
];

for (const [line, isTaken] of SETTINGS) {
  test(`settings with ${line} are ${isTaken ? "taken" : "refused"}`, () => {
    assertEquals(loads(`settings:\n  ${line}\n`), isTaken);
  });
}

test("probes that say nothing more have these times", () => {
  assertEquals(service("ready: {tcp: '80'}").ready, {
    probe: { kind: "tcp", host: "127.0.0.1", port: 80 },
    intervalMs: 500,
  });
  assertEquals(service("ready: {listen: 80, interval: 2s, timeout: 1m}").ready, {
    probe: { kind: "listen", port: 80 },
    intervalMs: 2000,
    timeoutMs: 60_000,
  });
  assertEquals(service("health: {tcp: 'tcp://db:5432'}").health, {
    probe: { kind: "tcp", host: "db", port: 5432 },
    intervalMs: 10_000,
    timeoutMs: 5000,
    retries: 3,
    startPeriodMs: 0,
    action: "restart",
  });
});

test("restarts that say nothing more: five, and none where the number is negative or 0", () => {
  assertEquals(service("restart: true").restart.when, "on-failure");
  assertEquals(service("restart: false").restart.when, "never");
  assertEquals(service("restart: always").restart.when, "always");
  const limits = ["", "\nrestart_limit: 7", "\nrestart_limit: 0", "\nrestart_limit: -3"]
    .map((line) => service(`restart: true${line}`).restart.limit);
  assertEquals(limits, [5, 7, 0, 0]);
});

test("0 is refused where it would be of no use", () => {
  const sizes = "expected a size above 0: bytes, or a number with K, M or G; for example";
  const times =
    "expected a duration above 0: seconds, or numbers with ms, s, m, h or d; for example";
  for (const line of ["memory_max: 0", "memory_max: 0K"]) {
    assertStringIncludes(refusal(section(line)), sizes, line);
  }
  for (const line of ["queue_size: 0", "rotate_size: 0"]) {
    assertStringIncludes(refusal(`a.logging: {stdout: true, ${line}}`), sizes, line);
  }
  for (const line of ["hook_timeout: 0", "watch_poll: 0"]) {
    assertStringIncludes(refusal(section(line)), times, line);
  }
  assertEquals(service("memory_max: 1").memoryMaxBytes, 1);
  assertEquals(service("hook_timeout: 1ms").hookTimeoutMs, 1);
});

test("0 is no watchdog", () => {
  assertEquals(service("watchdog: 0").watchdogMs, undefined);
  assertEquals(service("watchdog: 1ms").watchdogMs, 1);
});

test("0 is without limit for stop_timeout and run_timeout", () => {
  assertEquals(service("stop_timeout: 2s").stopTimeoutMs, 2000);
  assert((service("stop_timeout: 0").stopTimeoutMs ?? 0) > 86_400_000);
  const cron = (line: string) => service(`type: cron\ninterval: '@daily'\n${line}`);
  assertEquals(cron("run_timeout: 2s").cron?.runTimeoutMs, 2000);
  assertEquals(cron("run_timeout: 0").cron?.runTimeoutMs, undefined);
});

test("exit code 0 is always a success, and once", () => {
  assertEquals(service("success_codes: [0, 3, TERM]").success, [
    { kind: "code", code: 0 },
    { kind: "code", code: 3 },
    { kind: "signal", signal: 15 },
  ]);
});

test("a limit of processor time may be a duration, in seconds begun", () => {
  assertEquals(service("limits: {cpu: 1500ms}").limits, [{ resource: "cpu", soft: 2, hard: 2 }]);
  assertEquals(service("limits: {cpu: 90}").limits, [{ resource: "cpu", soft: 90, hard: 90 }]);
});

test("a value of a variable may have a mebibyte", () => {
  const text = (size: number) =>
    `settings: { env_set: { HALF: "${"x".repeat(size / 2)}" } }\n` +
    section('env_set: { "WHOLE": "$(HALF)$(HALF)" }');
  const config = load(text(1024 * 1024));
  assertEquals(serviceOf(config).environment.value("WHOLE")?.length, 1024 * 1024);
  assertThrows(
    () => serviceOf(load(text(1024 * 1024 + 2))).environment.value("WHOLE"),
    Error,
    "value of WHOLE is longer than 1048576 characters",
  );
});

test("a log that says nothing more keeps seven files", () => {
  assertEquals(logging("file: /a\nrotate_size: 1M").rotateKeep, 7);
});
