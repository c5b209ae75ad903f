import { assertEquals } from "@std/assert";
import { FlightBudget } from "../../../../lib/service/flight/flight_budget.ts";
import { test } from "../../../test.ts";

test("a service that crashes again and again is recorded once a second, and what is left out is counted", () => {
  const budget = new FlightBudget();
  let recorded = 0;
  let told = 0;
  for (let nowMs = 0; nowMs < 120_000; nowMs += 10) {
    const left = budget.admit("a", nowMs);
    if (left === false) continue;
    recorded++;
    told += left;
  }
  assertEquals(recorded, 60 + 119);
  const rest = budget.takeLeft();
  assertEquals(told + (rest[0]?.[1] ?? 0), 12_000 - recorded);
  assertEquals(budget.takeLeft(), []);
  assertEquals(budget.admit("b", 120_000), 0);
});

test("the output of a service is recorded three times at once, then once a minute", () => {
  const budget = new FlightBudget();
  const admitted = (nowMs: number) => [1, 2, 3, 4].map(() => budget.admitOutput("a", nowMs));
  assertEquals(admitted(0), [true, true, true, false]);
  assertEquals(admitted(60_000), [true, false, false, false]);
  assertEquals(admitted(3_600_000), [true, true, true, false]);
});
