/** The one timer for the earliest deadline, and what is due without it. */
import { assertEquals } from "@std/assert";
import { DeadlineTimer } from "../../../../lib/daemon/services/deadline_timer.ts";
import { test } from "../../../test.ts";

interface Owner {
  atMs: number | undefined;
}

/** A clock that stands still, and the timers that are set. */
function bench() {
  const timers = new Set<number>();
  let dueCount = 0;
  const owner: Owner = { atMs: undefined };
  const os = {
    nowMs: () => 100,
    setTimer(delayMs: number) {
      timers.add(delayMs);
      return () => timers.delete(delayMs);
    },
  };
  const timer = new DeadlineTimer<Owner>(({ atMs }) => atMs, {
    os,
    due() {
      dueCount++;
      // As the queue does once its events are taken.
      timer.arm();
    },
  });
  const set = (atMs: number | undefined) => {
    owner.atMs = atMs;
    timer.note(owner);
    timer.arm();
  };
  return { timer, set, timers: () => [...timers], dueCount: () => dueCount };
}

test("what becomes due by something is taken with it, without a timer", () => {
  const { timer, set, dueCount } = bench();
  timer.takingDue(() => set(100));
  assertEquals(dueCount(), 1);
});

test("what becomes due later waits for the timer", () => {
  const { timer, set, timers, dueCount } = bench();
  timer.takingDue(() => set(103));
  assertEquals([dueCount(), timers()], [0, [3]]);
});

test("what becomes due while that is taken waits for the timer, too", () => {
  const { timer, set, timers, dueCount } = bench();
  timer.takingDue(() => set(99));
  // `due` has left it due.
  assertEquals([dueCount(), timers()], [1, [0]]);
});

test("after an internal error nothing is due before its pause is over", () => {
  const { timer, set, timers, dueCount } = bench();
  timer.takingDue(() => {
    timer.pause(1000);
    set(100);
  });
  assertEquals([dueCount(), timers()], [0, [1000]]);
});

test("where it throws, the timer is set as before", () => {
  const { timer, set, timers } = bench();
  try {
    timer.takingDue(() => {
      throw new Error("wrong");
    });
  } catch {
    // As expected.
  }
  set(105);
  assertEquals(timers(), [5]);
});
