import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "../../test.ts";
import { selectServices } from "../../../lib/service/select_services.ts";
import { load, refusal, section, service } from "./loading.ts";

test("canary reads a number and a time", () => {
  assertEquals(service("canary: 1").canary, { count: 1, forMs: 10_000 });
  assertEquals(service("canary: 2 for 1m").canary, { count: 2, forMs: 60_000 });
  assertEquals(service("canary: 100 for 0").canary, { count: 100, forMs: 0 });
  for (const text of ["0", "101", "1 for ever", "for 5s", "1 for 1s for 1s"]) {
    assertStringIncludes(
      refusal(section(`canary: ${text}`)),
      "expected a number from 1 to 100, or NUMBER for TIME",
    );
  }
});

test("what is refused for being too many is told the most there may be", () => {
  const cases: readonly (readonly [line: string, expected: string])[] = [
    ["max_surge: 101", "expected a whole number from 1 to 100;"],
    ["max_surge: 0", "expected a whole number from 1 to 100;"],
    ["max_unavailable: 101", "expected a whole number from 0 to 100;"],
    ["max_unavailable: -1", "expected a whole number from 0 to 100;"],
    ["max_surge: 1, instances: 1001", "expected a whole number from 1 to 1000;"],
  ];
  for (const [line, expected] of cases) {
    const more = line.includes("instances") ? "" : ", instances: 2";
    assertStringIncludes(refusal(`a.service: {command: x, ${line}${more}}`), expected, line);
  }
  const most = load("a.service: {command: x, instances: 1, max_surge: 100, max_unavailable: 100}");
  assertEquals(most.services.length, 101);
});

test("drain_timeout and drain_signal", () => {
  const { drainTimeoutMs, drainSignal } = service("drain_timeout: 30s\ndrain_signal: USR1");
  assertEquals([drainTimeoutMs, drainSignal], [30_000, 10]);
});

const WITH_SPARE = "web.service: {command: x, instances: 2, max_surge: 1}\n" +
  "app.service: {command: y, after: web.service}\n";

test("max_surge makes spares, which are disabled and meant by nobody who does not name them", () => {
  const { services } = load(WITH_SPARE);
  assertEquals(
    services.map(({ name, enabled, isSpare }) => [name, enabled, isSpare]),
    [
      ["web.1.service", true, undefined],
      ["web.2.service", true, undefined],
      ["web.3.service", false, true],
      ["app.service", true, undefined],
    ],
  );
  assertEquals(services[3]?.after.map(({ name }) => name), ["web.1.service", "web.2.service"]);
  assertEquals(selectServices(["web"], services), ["web.1.service", "web.2.service"]);
  assertEquals(selectServices(["web.*"], services), ["web.1.service", "web.2.service"]);
  assertEquals(selectServices(["web.3"], services), ["web.3.service"]);
});

test("max_unavailable: 0 needs a spare, and all of it needs instances", () => {
  const text = "web.service: {command: x, instances: 2, max_unavailable: 0}\n";
  assertStringIncludes(refusal(text), "max_unavailable: 0 needs a max_surge");
  const alone = "web.service: {command: x, instances: 1, max_unavailable: 0}\n";
  assertStringIncludes(refusal(alone), "max_unavailable: 0 needs a max_surge");
  const { warnings } = load("web.service: {command: x, max_surge: 1, canary: 1}\n");
  assertEquals(warnings.map(({ message }) => message), [
    "max_surge of web.service has no effect without instances",
    "canary of web.service has no effect without instances",
  ]);
});

test("limits of a control group", () => {
  const { memoryMaxBytes, cpuMaxPercent, cpuWeight, pidsMax } = service(
    "memory_max: 512M\ncpu_max: 150%\ncpu_weight: 50\npids_max: 200",
  );
  assertEquals([memoryMaxBytes, cpuMaxPercent, cpuWeight, pidsMax], [512 << 20, 150, 50, 200]);
  for (const text of ["cpu_max: 2", "cpu_weight: 0", "cpu_weight: 10001", "pids_max: 0"]) {
    assertStringIncludes(refusal(section(text)), "expected", text);
  }
});
