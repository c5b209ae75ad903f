import { assert, assertEquals } from "@std/assert";
import { RateLimiter } from "../../../lib/log/rate_limit.ts";
import { test } from "../../test.ts";

const encoder = new TextEncoder();

function admit(limiter: RateLimiter, program: string, nowMs: number): boolean {
  const bytes = encoder.encode(program);
  return limiter.admit(bytes, 0, bytes.length, nowMs);
}

test("RateLimiter admits so many records of each program a second", () => {
  const limiter = new RateLimiter(2);
  assertEquals([0, 1, 2].map((ms) => admit(limiter, "a", ms)), [true, true, false]);
  assertEquals(admit(limiter, "b", 3), true);
  assertEquals(admit(limiter, "a", 999), false);
  assertEquals(admit(limiter, "a", 1000), true);
});

test("RateLimiter tells what was suppressed once the second is over", () => {
  const limiter = new RateLimiter(1);
  assertEquals(limiter.nextDeadlineMs, Infinity);
  for (let i = 0; i < 5; i++) admit(limiter, "a", 100);
  for (let i = 0; i < 3; i++) admit(limiter, "b", 600);
  assertEquals(limiter.nextDeadlineMs, 1100);
  assertEquals(limiter.takeSuppressed(1000), []);
  assertEquals(limiter.takeSuppressed(1100), [{ program: "a", count: 4 }]);
  assertEquals(limiter.nextDeadlineMs, 1600);
  assertEquals(limiter.takeSuppressed(1600), [{ program: "b", count: 2 }]);
  assertEquals(limiter.nextDeadlineMs, Infinity);
  assertEquals(limiter.takeSuppressed(9999), []);
});

test("RateLimiter keeps a count that nobody has asked for", () => {
  const limiter = new RateLimiter(1);
  admit(limiter, "a", 0);
  admit(limiter, "a", 0);
  admit(limiter, "a", 5000);
  admit(limiter, "a", 5000);
  assertEquals(limiter.takeSuppressed(5001), [{ program: "a", count: 2 }]);
});

test("RateLimiter is bounded when everybody has another name", () => {
  const limiter = new RateLimiter(1);
  for (let i = 0; i < 5000; i++) {
    admit(limiter, `program-${i}`, i / 100);
    admit(limiter, `program-${i}`, i / 100);
  }
  const told = limiter.takeSuppressed(1_000_000);
  assert(told.length <= 1024);
});
