import { assertEquals } from "@std/assert";
import { type HealthState, initialHealth, judgeTry } from "../../../lib/service/probe_verdict.ts";
import { test } from "../../test.ts";

const POLICY = { retries: 3, startPeriodMs: 0 };

/** What a row of tries, one a second, makes of a service: `+` passes, `-` does not. */
function told(tries: string, policy = POLICY): string[] {
  let state: HealthState = initialHealth(policy, 0);
  return [...tries].map((sign, i) => {
    const change = judgeTry(policy, state, sign === "+" ? undefined : "no", (i + 1) * 1000);
    state = change.state;
    return change.became ?? "";
  });
}

test("a service is healthy with the first try that passes", () => {
  assertEquals(told("++"), ["healthy", ""]);
});

test("a service is unhealthy once as many tries as allowed have failed in a row, told once", () => {
  assertEquals(told("+-----"), ["healthy", "", "", "unhealthy", "", ""]);
  assertEquals(told("---"), ["", "", "unhealthy"]);
});

test("a flapping probe does not make a service unhealthy", () => {
  assertEquals(told("+--+--+--"), ["healthy", "", "", "", "", "", "", "", ""]);
});

test("an unhealthy service that passes is healthy again", () => {
  assertEquals(told("---+---"), ["", "", "unhealthy", "healthy", "", "", "unhealthy"]);
});

test("failures in the start period do not count, and the first success ends it", () => {
  const policy = { retries: 2, startPeriodMs: 5000 };
  assertEquals(told("------", policy), ["", "", "", "", "", "unhealthy"]);
  assertEquals(told("+--", policy), ["healthy", "", "unhealthy"]);
});
