import { assertEquals } from "@std/assert";
import { SharedTimers } from "../../../../lib/daemon/readiness/shared_timers.ts";
import { test } from "../../../test.ts";
import { FakeOs } from "../fake_os.ts";

function bench() {
  const os = new FakeOs();
  const called: string[] = [];
  const timers = new SharedTimers((ms, callback) => os.setTimer(ms, callback), () => os.nowMs());
  const set = (ms: number, name: string) => timers.set(ms, () => called.push(name));
  return { os, called, timers, set };
}

test("timers that are due at about the same time share one wake-up", () => {
  const { os, called, set } = bench();
  for (let i = 0; i < 50; i++) set(1000 + i % 40, `${i}`);
  assertEquals(os.timerCount, 1);
  os.advance(1040);
  assertEquals(called.length, 50);
  assertEquals(os.timerCount, 0);
});

test("a series keeps its pace, whatever its callbacks take", () => {
  const { os, called, timers } = bench();
  const step = () => {
    called.push(`${os.nowMs()}`);
    if (called.length === 4) return;
    os.timeMs += 7;
    timers.set(1000, step);
  };
  timers.set(1000, step);
  for (let i = 0; i < 50; i++) os.advance(100);
  assertEquals(called, ["2000", "3000", "4000", "5000"]);
});

test("a cancelled timer is not called, and the last one of a slot ends its wake-up", () => {
  const { os, called, set } = bench();
  const cancel = [set(100, "a"), set(100, "b")];
  cancel[0]?.();
  assertEquals(os.timerCount, 1);
  cancel[1]?.();
  assertEquals(os.timerCount, 0);
  os.advance(200);
  assertEquals(called, []);
});

test("a timer cancelled by another of its slot is not called", () => {
  const { os, called, timers, set } = bench();
  let cancel = () => {};
  timers.set(100, () => cancel());
  cancel = set(100, "b");
  os.advance(200);
  assertEquals(called, []);
});
