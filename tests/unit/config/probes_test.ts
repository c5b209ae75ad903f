import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "../../test.ts";
import { DIRECTORY, refusal, section, service } from "./loading.ts";

test("loadConfig reads readiness probes", () => {
  const probe = (text: string) => service(`ready: {${text}}`).ready?.probe;
  assertEquals(probe("exec: /bin/x 'a b'"), { kind: "exec", argv: ["/bin/x", "a b"] });
  assertEquals(probe("exec: [/bin/x, a b]"), { kind: "exec", argv: ["/bin/x", "a b"] });
  assertEquals(probe("http: 'http://127.0.0.1/x'"), { kind: "http", url: "http://127.0.0.1/x" });
  assertEquals(probe("tcp: 8080"), { kind: "tcp", host: "127.0.0.1", port: 8080 });
  assertEquals(probe("listen: 1"), { kind: "listen", port: 1 });
  assertEquals(probe("listen: 65535"), { kind: "listen", port: 65535 });
  assertEquals(probe("file: /run/up"), { kind: "file", path: "/run/up" });
  assertEquals(probe("log: 'ready\\.$'"), { kind: "log", pattern: "ready\\.$" });
  assertEquals(probe("fd: 3"), { kind: "fd", fd: 3 });
  assertEquals(probe("fd: 1023"), { kind: "fd", fd: 1023 });
  const { intervalMs, timeoutMs } = service("ready: {fd: 3, interval: 200ms, timeout: 9}").ready ??
    {};
  assertEquals([intervalMs, timeoutMs], [200, 9000]);
  assertEquals(service("ready: {fd: 3}").ready, { probe: { kind: "fd", fd: 3 }, intervalMs: 500 });
});

test("loadConfig reads health probes", () => {
  assertEquals(
    service("health: {tcp: 'db:1', interval: 1, retries: 5, start_period: 1m, action: none}")
      .health,
    {
      probe: { kind: "tcp", host: "db", port: 1 },
      intervalMs: 1000,
      timeoutMs: 5000,
      retries: 5,
      startPeriodMs: 60_000,
      action: "none",
    },
  );
  assertEquals(service("health: {tcp: 1, retries: 1, start_period: 0}").health, {
    probe: { kind: "tcp", host: "127.0.0.1", port: 1 },
    intervalMs: 10_000,
    timeoutMs: 5000,
    retries: 1,
    startPeriodMs: 0,
    action: "restart",
  });
});

test("loadConfig refuses probes that are none, or more than one", () => {
  const cases: readonly (readonly [text: string, what: string])[] = [
    ["interval: 3", "'ready' of a.service says nothing to probe; expected exactly one of exec,"],
    ["tcp: 1, fd: 3", "'ready' of a.service says tcp and fd; expected exactly one of exec,"],
    ["tcp: 1, intervall: 3", "'ready' of a.service has an unknown 'intervall'; expected exactly"],
  ];
  for (const [text, what] of cases) {
    assertStringIncludes(refusal(section(`ready: {${text}}`)), what, text);
  }
  assertStringIncludes(
    refusal(section("health: {fd: 3}")),
    "'health' of a.service says nothing to probe; expected exactly one of exec, http or tcp, and",
  );
});

/** A field of `ready` or `health`, and what is expected in its place. */
const WRONG: readonly (readonly [directive: string, field: string, expected: string])[] = [
  ["ready", "log: (", "a regular expression; for example log:"],
  ["ready", "log: ''", "a regular expression; for example log:"],
  ["ready", "fd: 2", "a descriptor from 3 to 1023; for example fd: 3"],
  ["ready", "fd: 1024", "a descriptor from 3 to 1023; for example fd: 3"],
  ["ready", "listen: 0", "a port from 1 to 65535; for example listen: 8080"],
  ["ready", "listen: 65536", "a port from 1 to 65535; for example listen: 8080"],
  ["ready", "http: x", "http://URL or https://URL; for example http:"],
  ["ready", "tcp: [1]", "HOST:PORT, or a port of this host; for example tcp: 127.0.0.1:5432"],
  ["ready", "file: up", "an absolute path; for example file:"],
  ["ready", "exec: []", "a command; for example exec:"],
  ["ready", "interval: 0", "a duration above 0: seconds, or numbers with"],
  ["ready", "timeout: 0s", "a duration above 0: seconds, or numbers with"],
  ["health", "interval: 0", "a duration above 0: seconds, or numbers with"],
  ["health", "timeout: soon", "a duration above 0: seconds, or numbers with"],
  ["health", "start_period: later", "a duration: seconds, or numbers with"],
  ["health", "retries: 0", "a whole number from 1 to 1000000; for example retries: 3"],
  ["health", "retries: 1000001", "a whole number from 1 to 1000000; for example retries: 3"],
  ["health", "action: stop", "one of restart, shutdown, none; for example action: none"],
];

for (const [directive, field, expected] of WRONG) {
  test(`${directive}: {${field}} is refused with what that field takes`, () => {
    const [name = "", value = ""] = field.split(": ");
    const isProbe = /^(?:exec|http|tcp|listen|file|log|fd)$/.test(name);
    const message = refusal(section(`${directive}: {${field}${isProbe ? "" : ", tcp: 1"}}`));
    const shown = value.replace(/^'(.*)'$|^\[(.*)\]$/, "$1$2");
    assertEquals(
      message.startsWith(
        `${DIRECTORY}/a.conf:3:${directive.length + 5}: Configuration Error: ` +
          `'${name}' in '${directive}' of a.service is '${shown}'; expected ${expected}`,
      ),
      true,
      message,
    );
    assertEquals(message.split("\n").length, 1, message);
  });
}

test("a command of a probe whose quote is open is one error, not two", () => {
  assertEquals(
    refusal(section('health: {exec: "a \'b"}')),
    `${DIRECTORY}/a.conf:3:11: Configuration Error: a quote is opened and not closed`,
  );
});
