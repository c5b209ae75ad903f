import { assertEquals } from "@std/assert";
import { HeapJudge } from "../../../lib/base/heap_use.ts";
import { test } from "../../test.ts";

/** What is said of one look after another, in percent of the limit. */
function judge(...percents: number[]): boolean[] {
  const judge = new HeapJudge(Infinity);
  return percents.map((usedBytes) => judge.isAlarming({ usedBytes, limitBytes: 100 }));
}

test("a heap that grows until it is nearly full is alarming", () => {
  assertEquals(judge(10, 39, 60, 75, 76, 90), [false, false, false, false, true, true]);
});

test("a heap that is large from the beginning is what the container needs", () => {
  assertEquals(judge(60, 80, 95), [false, false, false]);
  assertEquals(judge(80, 30, 80), [false, false, true]);
});

test("a heap that fills before anybody looks is alarming if it began small", () => {
  const limitBytes = 100;
  assertEquals(new HeapJudge(10).isAlarming({ usedBytes: 80, limitBytes }), true);
  assertEquals(new HeapJudge(60).isAlarming({ usedBytes: 80, limitBytes }), false);
});
