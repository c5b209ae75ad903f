import { assert, assertEquals } from "@std/assert";
import { type Rate, RateLimiter } from "../../../lib/log/rate_limit.ts";
import { test } from "../../test.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const encoder = new TextEncoder();

function perSecond(count: number): RateLimiter {
  return new RateLimiter({ count, periodMs: SECOND_MS });
}

function admit(limiter: RateLimiter, program: string, nowMs: number): boolean {
  const bytes = encoder.encode(`<${program}>`);
  return limiter.admit(bytes, 1, bytes.length - 1, nowMs);
}

/** How many of the records that come every `stepMs` in `[0, endMs)` are admitted. */
function countAdmitted(rate: Rate, stepMs: number, endMs: number): number {
  const limiter = new RateLimiter(rate);
  let count = 0;
  for (let nowMs = 0; nowMs < endMs; nowMs += stepMs) count += Number(admit(limiter, "a", nowMs));
  return count;
}

test("F-041: RateLimiter lets so many through at once, then each when its token is back", () => {
  const limiter = perSecond(2);
  assertEquals([0, 1, 2].map((ms) => admit(limiter, "a", ms)), [true, true, false]);
  assertEquals([499, 500, 501].map((ms) => admit(limiter, "a", ms)), [false, true, false]);
  assertEquals([999, 1000, 1001].map((ms) => admit(limiter, "a", ms)), [false, true, false]);
});

test("RateLimiter limits each program by itself", () => {
  const limiter = perSecond(1);
  assertEquals(["a", "a", "b", "ab", "b"].map((name) => admit(limiter, name, 7)), [
    true,
    false,
    true,
    true,
    false,
  ]);
});

test("RateLimiter holds no more than a period's records, however long nothing came", () => {
  const limiter = perSecond(3);
  admit(limiter, "a", 0);
  const admitted = Array.from({ length: 5 }, () => admit(limiter, "a", HOUR_MS));
  assertEquals(admitted, [true, true, true, false, false]);
});

// The rate, records every so many ms, for how long, how many are admitted: a full bucket, and what
// came back since.
const RATES: [label: string, Rate, stepMs: number, endMs: number, admitted: number][] = [
  ["1/s", { count: 1, periodMs: SECOND_MS }, 100, MINUTE_MS, 1 + 59],
  ["1.5/s", { count: 1.5, periodMs: SECOND_MS }, 10, MINUTE_MS, 91],
  ["0.5/s", { count: 0.5, periodMs: SECOND_MS }, 100, MINUTE_MS, 30],
  ["100/s", { count: 100, periodMs: SECOND_MS }, 1, 10_000, 100 + 999],
  ["1/m", { count: 1, periodMs: MINUTE_MS }, 1000, 10 * MINUTE_MS, 10],
  ["2/m", { count: 2, periodMs: MINUTE_MS }, 500, 10 * MINUTE_MS, 2 + 19],
  ["30/m", { count: 30, periodMs: MINUTE_MS }, 100, 10 * MINUTE_MS, 30 + 299],
  ["90/m", { count: 90, periodMs: MINUTE_MS }, 100, 10 * MINUTE_MS, 90 + 899],
  ["1/h", { count: 1, periodMs: HOUR_MS }, 10_000, 10 * HOUR_MS, 10],
  ["7/h", { count: 7, periodMs: HOUR_MS }, 10_000, 10 * HOUR_MS, 7 + 69],
];

for (const [label, rate, stepMs, endMs, admitted] of RATES) {
  test(`F-041: ${label} means what it says`, () => {
    assertEquals(countAdmitted(rate, stepMs, endMs), admitted);
  });
}

test("F-041: RateLimiter neither gains nor loses by rounding", () => {
  // A third of a second cannot be a double.
  const limiter = perSecond(3);
  for (let i = 0; i < 3; i++) admit(limiter, "a", 0);
  let admitted = 0;
  for (let i = 1; i <= 30_000; i++) admitted += Number(admit(limiter, "a", i * (SECOND_MS / 3)));
  assertEquals(admitted, 30_000);
});

test("RateLimiter tells what was suppressed one period after the first of it", () => {
  const limiter = perSecond(1);
  assertEquals(limiter.nextDeadlineMs, Infinity);
  for (let i = 0; i < 5; i++) admit(limiter, "a", 100 + i);
  for (let i = 0; i < 3; i++) admit(limiter, "b", 600);
  assertEquals(limiter.nextDeadlineMs, 1101);
  assertEquals(limiter.takeSuppressed(1100), []);
  assertEquals(limiter.takeSuppressed(1101), [{ program: "a", count: 4 }]);
  assertEquals(limiter.nextDeadlineMs, 1600);
  assertEquals(limiter.takeSuppressed(1600), [{ program: "b", count: 2 }]);
  assertEquals(limiter.nextDeadlineMs, Infinity);
  assertEquals(limiter.takeSuppressed(9999), []);
});

test("RateLimiter tells the earliest first, whoever was suppressed last", () => {
  const limiter = perSecond(1);
  for (const [name, nowMs] of [["a", 500], ["b", 100], ["c", 300]] as const) {
    admit(limiter, name, nowMs - 1);
    admit(limiter, name, nowMs);
  }
  assertEquals(limiter.nextDeadlineMs, 1100);
  assertEquals(limiter.takeSuppressed(1100), [{ program: "b", count: 1 }]);
  assertEquals(limiter.nextDeadlineMs, 1300);
});

test("F-041: a limit of so many an hour tells once an hour", () => {
  const limiter = new RateLimiter({ count: 2, periodMs: HOUR_MS });
  for (let i = 0; i < 5; i++) admit(limiter, "a", i);
  assertEquals(limiter.nextDeadlineMs, HOUR_MS + 2);
  assertEquals(limiter.takeSuppressed(HOUR_MS + 2), [{ program: "a", count: 3 }]);
});

test("RateLimiter keeps a count that nobody has asked for", () => {
  const limiter = perSecond(1);
  admit(limiter, "a", 0);
  admit(limiter, "a", 0);
  admit(limiter, "a", 5000);
  admit(limiter, "a", 5000);
  assertEquals(limiter.nextDeadlineMs, 1000);
  assertEquals(limiter.takeSuppressed(5001), [{ program: "a", count: 2 }]);
});

const PROGRAMS_MAX = 1024;

function admitMany(limiter: RateLimiter, first: number, count: number, nowMs: number): number {
  let admitted = 0;
  for (let i = first; i < first + count; i++) admitted += Number(admit(limiter, `p${i}`, nowMs));
  return admitted;
}

function countSuppressed(limiter: RateLimiter): number {
  return limiter.takeSuppressed(Infinity).reduce((sum, { count }) => sum + count, 0);
}

test("F-091: RateLimiter forgets idle programs first, and no limit of the others with them", () => {
  const limiter = perSecond(1);
  admitMany(limiter, 0, PROGRAMS_MAX - 1, 0);
  assertEquals(admit(limiter, "busy", 900), true);
  // One more than fits, when all but one are idle.
  assertEquals(admit(limiter, "new", 1500), true);
  assertEquals(admit(limiter, "busy", 1500), false);
});

test("F-091: a program is idle from the moment on at which all its tokens are back", () => {
  const limiter = perSecond(1);
  admitMany(limiter, 0, PROGRAMS_MAX - 1, 0);
  assertEquals(admit(limiter, "busy", 900), true);
  assertEquals(admit(limiter, "new", 1000), true);
  assertEquals(admit(limiter, "busy", 1000), false);
});

test("RateLimiter keeps programs apart whose names have one hash", () => {
  // Known pairs for FNV-1a of 32 bits.
  const limiter = perSecond(1);
  for (const [first, second] of [["costarring", "liquid"], ["declinate", "macallums"]] as const) {
    assertEquals([admit(limiter, first, 0), admit(limiter, second, 0)], [true, true]);
    assertEquals([admit(limiter, first, 1), admit(limiter, second, 1)], [false, false]);
    assertEquals(limiter.takeSuppressed(1001), [
      { program: first, count: 1 },
      { program: second, count: 1 },
    ]);
  }
});

test("F-091: RateLimiter does not forget an idle program that has something to tell", () => {
  const limiter = perSecond(1);
  admitMany(limiter, 0, PROGRAMS_MAX, 0);
  assertEquals(admit(limiter, "p5", 1), false);
  assertEquals(admit(limiter, "new", 2000), true);
  assertEquals(limiter.takeSuppressed(2000), [{ program: "p5", count: 1 }]);
});

test("F-091: where all programs are busy, those go that have nothing to tell", () => {
  const limiter = perSecond(1);
  admitMany(limiter, 0, PROGRAMS_MAX, 0);
  assertEquals(admit(limiter, "p5", 1), false);
  assertEquals(admit(limiter, "new", 2), true);
  // p5 is still limited, p6 was forgotten.
  assertEquals([admit(limiter, "p5", 3), admit(limiter, "p6", 3)], [false, true]);
  assertEquals(limiter.takeSuppressed(2000), [{ program: "p5", count: 2 }]);
});

test("F-091: where all programs have something to tell, it is told of them together", () => {
  const limiter = perSecond(1);
  admitMany(limiter, 0, PROGRAMS_MAX, 0);
  assertEquals(admitMany(limiter, 0, PROGRAMS_MAX, 1), 0);
  assertEquals(admit(limiter, "new", 2), true);
  assertEquals(limiter.nextDeadlineMs, 1001);
  assertEquals(limiter.takeSuppressed(1001), [{ program: "other programs", count: PROGRAMS_MAX }]);
  assertEquals(limiter.takeSuppressed(Infinity), []);
});

test("RateLimiter remembers a bounded number of programs and loses no count", () => {
  const limiter = perSecond(1);
  for (let i = 0; i < 5000; i++) {
    admit(limiter, `program-${i}`, i / 100);
    assertEquals(admit(limiter, `program-${i}`, i / 100), false);
  }
  const told = limiter.takeSuppressed(0.1 + SECOND_MS);
  assert(told.length <= PROGRAMS_MAX + 1);
  const count = told.reduce((sum, each) => sum + each.count, 0);
  assertEquals(count + countSuppressed(limiter), 5000);
});
