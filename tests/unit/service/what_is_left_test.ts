import { assertEquals } from "@std/assert";
import type { Phase } from "../../../lib/service/life/phase.ts";
import { whatIsLeft } from "../../../lib/service/what_is_left.ts";
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
  for (const kind of ["waiting", "launching", "backoff"] as const) {
    assertEquals(left("armed", kind), "something", kind);
  }
});
