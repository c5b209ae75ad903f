import { assertEquals } from "@std/assert";
import { OomWatch } from "../../../../lib/daemon/services/oom_watch.ts";
import { test } from "../../../test.ts";

function bench(first: number | undefined = 3) {
  const world = { count: first, nowMs: 0 };
  const watch = new OomWatch({ count: () => world.count, nowMs: () => world.nowMs });
  return { world, watch };
}

test("a killed process died for lack of memory where the kernel has counted one more", () => {
  const { world, watch } = bench();
  assertEquals(watch.explains(), false);
  world.count = 4;
  assertEquals(watch.explains(), true);
  assertEquals(watch.explains(), false);
});

test("as many processes are explained as have been counted", () => {
  const { world, watch } = bench();
  world.count = 5;
  assertEquals([watch.explains(), watch.explains(), watch.explains()], [true, true, false]);
});

test("a count that was about somebody else explains nothing later", () => {
  const { world, watch } = bench();
  world.count = 5;
  assertEquals(watch.explains(), true);
  world.nowMs = 10_000;
  assertEquals(watch.explains(), false);
});

test("where nobody counts nothing is said", () => {
  assertEquals(bench(undefined).watch.explains(), false);
});
