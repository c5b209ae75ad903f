import { assert, assertEquals } from "@std/assert";
import { nowMs, setTimer } from "../../../lib/sys/clock.ts";
import { test } from "../../test.ts";

test("setTimer calls back once, not before its time", async () => {
  const startedMs = nowMs();
  let calls = 0;
  await new Promise<void>((resolve) => {
    setTimer(20, () => {
      calls++;
      resolve();
    });
  });
  assertEquals(calls, 1);
  assert(nowMs() - startedMs >= 19);
});

test("setTimer does not fire at once for a delay longer than setTimeout takes", async () => {
  let calls = 0;
  const cancel = setTimer(2 ** 31 + 5, () => calls++);
  await new Promise<void>((resolve) => {
    setTimer(5, resolve);
  });
  cancel();
  assertEquals(calls, 0);
});
