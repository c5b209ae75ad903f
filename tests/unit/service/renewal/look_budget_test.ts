import { assertEquals } from "@std/assert";
import { fullBudget, takeLook } from "../../../../lib/service/renewal/look_budget.ts";
import { test } from "../../../test.ts";

test("takeLook lets ten looks through at once, and then one in ten seconds", () => {
  let budget = fullBudget(0);
  const delays: number[] = [];
  let nowMs = 0;
  for (let look = 0; look < 13; look++) {
    const taken = takeLook(budget, nowMs);
    budget = taken.budget;
    delays.push(taken.delayMs);
    nowMs += taken.delayMs;
  }
  assertEquals(delays, [...Array(10).fill(0), 10_000, 10_000, 10_000]);
  assertEquals(takeLook(budget, nowMs + 1_000_000), {
    budget: { left: 9, atMs: nowMs + 1_000_000 },
    delayMs: 0,
  });
});

test("a look that comes early waits for the rest of its ten seconds", () => {
  const none = { left: 0, atMs: 0 };
  assertEquals(takeLook(none, 4000).delayMs, 6000);
  assertEquals(takeLook(none, 9999).delayMs, 1);
  assertEquals(takeLook(none, 10_000), { budget: { left: 0, atMs: 10_000 }, delayMs: 0 });
});

test("a look that is due, and more, does not wait", () => {
  assertEquals(takeLook({ left: 0, atMs: 0 }, 15_000).delayMs, 0);
  assertEquals(takeLook({ left: 1.5, atMs: 0 }, 0).delayMs, 0);
});
