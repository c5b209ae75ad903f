import { assert, assertEquals } from "@std/assert";
import { ReadPace } from "../../../../lib/daemon/readiness/read_pace.ts";
import { test } from "../../../test.ts";
import { FakeOs } from "../fake_os.ts";

const MIB = 1024 * 1024;

function pace() {
  const os = new FakeOs();
  return { os, pace: new ReadPace((delayMs, callback) => os.setTimer(delayMs, callback)) };
}

/** Says whether a promise has been kept. */
async function isKept(promise: Promise<void> | undefined): Promise<boolean> {
  let isKept = false;
  void promise?.then(() => isKept = true);
  for (let turns = 0; turns < 5; turns++) await Promise.resolve();
  return isKept;
}

test("a MiB is read as it comes, and a pause of 10 ms follows each read after it", async () => {
  const { os, pace: of } = pace();
  assertEquals(of.after(MIB), undefined);
  const pause = of.after(1);
  os.advance(9);
  assertEquals(await isKept(pause), false);
  os.advance(1);
  assertEquals(await isKept(pause), true);
  const next = of.after(1);
  assertEquals([next === pause, await isKept(next)], [false, false]);
});

test("two pipes of one process wait for the same pause", () => {
  const { pace: of } = pace();
  const pause = of.after(MIB + 1);
  assert(pause !== undefined);
  assertEquals(of.after(1), pause);
});

test("the end ends a pause with its timer, and no other follows", async () => {
  const { os, pace: of } = pace();
  const pause = of.after(MIB + 1);
  of.end();
  assertEquals(await isKept(pause), true);
  assertEquals(of.after(MIB), undefined);
  assertEquals(os.timerCount, 0);
});
