import { assertEquals } from "@std/assert";
import type { ServiceType } from "../../../lib/config/model.ts";
import type { Phase } from "../../../lib/service/life/phase.ts";
import { areAsleep, whatIsLeft } from "../../../lib/service/what_is_left.ts";
import { test } from "../../test.ts";

function left(...kinds: readonly Phase["kind"][]) {
  const phases = new Map(kinds.map((kind, at) => [`${at}.service`, { kind } as Phase]));
  return whatIsLeft(phases.keys(), (name) => phases.get(name) as Phase);
}

test("whatIsLeft() is nothing where all services have ended or failed", () => {
  assertEquals(left(), []);
  assertEquals(left("done", "failed", "down"), []);
});

test("whatIsLeft() names what is scheduled", () => {
  assertEquals(left("done", "armed", "down", "armed"), ["1.service", "3.service"]);
});

test("whatIsLeft() sees each phase that leads to a process", () => {
  for (const kind of ["waiting", "launching", "finishing", "backoff"] as const) {
    assertEquals(left("armed", kind), "something", kind);
  }
});

test("areAsleep() holds where somebody waits for a connection, and nobody for anything else", () => {
  const cases: [services: [type: ServiceType, kind: Phase["kind"]][], asleep: boolean][] = [
    [[], false],
    [[["simple", "down"], ["oneshot", "done"], ["simple", "failed"]], false],
    [[["simple", "armed"]], true],
    [[["inetd", "armed"], ["simple", "armed"], ["oneshot", "done"]], true],
    [[["cron", "armed"]], false],
    [[["simple", "armed"], ["cron", "armed"]], false],
    [[["simple", "armed"], ["simple", "up"]], false],
    [[["simple", "armed"], ["simple", "backoff"]], false],
  ];
  for (const [services, asleep] of cases) {
    const given = services.map(([type, kind]) => ({ type, phase: { kind } as Phase }));
    assertEquals(areAsleep(given), asleep, JSON.stringify(services));
  }
});
