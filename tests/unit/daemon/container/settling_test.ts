import { assertEquals } from "@std/assert";
import { Settling } from "../../../../lib/daemon/container/settling.ts";
import { test } from "../../../test.ts";

/** A clock, its timers, and when memory was released. */
function bench() {
  let nowMs = 100;
  const timers: { atMs: number; callback: () => void }[] = [];
  const releasedAtMs: number[] = [];
  const settling = new Settling({
    release: () => releasedAtMs.push(nowMs),
    setTimer: (delayMs, callback) => {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.push(timer);
      return () => {
        if (timers.includes(timer)) timers.splice(timers.indexOf(timer), 1);
      };
    },
    nowMs: () => nowMs,
  });
  /** Moves the clock and fires what is due on the way. */
  const passTo = (untilMs: number) => {
    for (;;) {
      timers.sort((a, b) => a.atMs - b.atMs);
      const next = timers[0];
      if (next === undefined || next.atMs > untilMs) break;
      timers.shift();
      nowMs = next.atMs;
      next.callback();
    }
    nowMs = untilMs;
  };
  return { settling, passTo, releasedAtMs, armed: () => timers.length };
}

test("memory is released a second after the start", () => {
  const { settling, passTo, releasedAtMs } = bench();
  settling.started();
  passTo(600);
  // A service has become ready: what the start has made goes in one step.
  settling.busy();
  passTo(60_000);
  assertEquals(releasedAtMs, [1100]);
});

test("memory is released once, five seconds after the last of what was done", () => {
  const { settling, passTo, releasedAtMs, armed } = bench();
  for (const atMs of [1000, 2000, 5999, 6001, 10_500]) {
    passTo(atMs);
    settling.busy();
    assertEquals(armed(), 1);
  }
  passTo(60_000);
  assertEquals(releasedAtMs, [15_500]);
  settling.busy();
  passTo(120_000);
  assertEquals(releasedAtMs, [15_500, 65_000]);
});

test("nothing is armed at rest", () => {
  const { settling, passTo, armed } = bench();
  settling.busy();
  passTo(5099);
  assertEquals(armed(), 1);
  passTo(5100);
  assertEquals(armed(), 0);
});

test("what was done before memory was released after the start needs no second release", () => {
  const { settling, passTo, releasedAtMs, armed } = bench();
  settling.busy();
  settling.started();
  assertEquals(armed(), 1);
  passTo(60_000);
  assertEquals([releasedAtMs, armed()], [[1100], 0]);
  settling.busy();
  passTo(70_000);
  assertEquals(releasedAtMs, [1100, 65_000]);
});
