import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "../../test.ts";
import { load, refusal } from "./loading.ts";

const BAD = "type: cron\n  command: x\n  interval: '61 4 * * *'";

test("F-108: an interval that cannot be meant is told at load, with its place", () => {
  const told = refusal(`a.service:\n  ${BAD}\n`);
  assertStringIncludes(told, "not a valid cron interval specification, '61 4 * * *'");
  assertStringIncludes(told, "minute 61 is not in 0-59");
  assertStringIncludes(told, ":4:13: ");
});

test("an interval that no year has is told with its place, and keeps nothing from starting", () => {
  const { warnings, services } = load("a.service: {type: cron, command: x, interval: 0 0 31 2 *}");
  assertEquals(services.length, 1);
  assertEquals(warnings.map(({ message, position }) => [message, position?.column]), [[
    "a.service: '0 0 31 2 *' is never due, since no year has such a date; only telchap run starts " +
    "a job of it",
    47,
  ]]);
});

test("F-108: so is one that is missing", () => {
  const missing = refusal("a.service: {type: cron, command: x}");
  assertStringIncludes(
    missing,
    "'interval' of a.service is missing; for example interval: ",
  );
});

test("once_at takes the place of an interval, and cannot go with one", () => {
  const at = (value: string, more = "") =>
    `a.service: {type: cron, command: x, once_at: ${value}${more}}`;
  const { services, warnings } = load(at("2026-12-24T18:00"));
  assertEquals(services[0]?.cron?.onceAt, "2026-12-24T18:00");
  assertEquals([services[0]?.cron?.interval, warnings.length], [undefined, 0]);
  assertEquals(load(at("2026-12-24 18:00:30")).services[0]?.cron?.onceAt, "2026-12-24T18:00:30");
  for (const wrong of ["2026-02-30T18:00", "2026-12-24T24:00", "2026-12-24", "2026-12-24T18:00Z"]) {
    const told = refusal(at(wrong));
    assertStringIncludes(told, "expected a date and a time of day without a zone");
    assertStringIncludes(told, "for example once_at: 2026-12-24T18:00");
  }
  assertStringIncludes(
    refusal(at("2026-12-24T18:00", ", interval: '@daily'")),
    "once_at and interval of a.service cannot go together",
  );
});

test("F-108: so is a port that an inetd service lacks", () => {
  const told = refusal("a.service: {type: inetd, command: x}");
  assertStringIncludes(
    told,
    "'port' of a.service is missing, and so is 'listen'; for example port: 8080",
  );
  for (const place of ["port: 80", "listen: ['80']"]) {
    assertEquals(load(`a.service: {type: inetd, command: x, ${place}}`).warnings, []);
  }
});

test("F-108: where the container comes up without the service, it is a warning", () => {
  for (const excuse of ["enabled: false", "ignore_failures: true"]) {
    const { warnings, services } = load(`a.service:\n  ${BAD}\n  ${excuse}\n`);
    assertEquals(services.length, 1);
    assertEquals(warnings.length, 1, excuse);
    assertStringIncludes(warnings[0]?.message ?? "", "a.service: not a valid cron interval");
    assertEquals(warnings[0]?.position?.line, 4);
  }
});

test("F-108: an interval that is never looked at is not judged", () => {
  assertEquals(load("a.service: {command: x, interval: 61 4 * * *}").warnings.length, 0);
});

// A service with idle_timeout, and what is said of it; nothing: it counts connections.
const IDLE: readonly (readonly [lines: string, told: string])[] = [
  ["listen: '80'", ""],
  ["type: notify, listen: '80'", ""],
  ["type: forking, listen: /run/a.sock", ""],
  ["type: simple", "idle_timeout of a.service has no effect without listen"],
  ["type: notify", "idle_timeout of a.service has no effect without listen"],
  ["type: forking, pidfile: /run/a.pid", "idle_timeout of a.service has no effect without listen"],
  ["type: oneshot", "idle_timeout of a.service has no effect for type oneshot"],
  ["type: inetd, listen: '80'", "idle_timeout of a.service has no effect for type inetd"],
];

for (const [lines, told] of IDLE) {
  test(`idle_timeout with ${lines}: ${told || "nothing is said"}`, () => {
    const { warnings } = load(`a.service: {command: x, ${lines}, idle_timeout: 1m}`);
    assertEquals(warnings.map(({ message }) => message), told === "" ? [] : [told]);
  });
}

for (const listen of ["udp://53", "['80', 'unix-dgram:/run/a.sock']"]) {
  test(`idle_timeout is refused for ${listen}, which has no connections`, () => {
    const text = `a.service: {command: x, listen: ${listen}, idle_timeout: 1m}`;
    assertStringIncludes(refusal(text), "listens for datagrams has no connections to count");
  });
}
