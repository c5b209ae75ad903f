import { assertEquals, assertMatch } from "@std/assert";
import {
  beginRecycling,
  measured,
  nextInRow,
  pauseOf,
  type RecycleState,
  whyRecycle,
} from "../../../../lib/service/renewal/recycle_rule.ts";
import { test } from "../../../test.ts";

const MIB = 1024 * 1024;
const MEMORY = { memory: { bytes: 100 * MIB, forMs: 30_000 } };
const CPU = { cpu: { percent: 90, forMs: 10_000 } };
const START = beginRecycling({}, 0, { random: 0 });

function after(
  rules: typeof MEMORY | typeof CPU,
  samples: readonly (readonly [atMs: number, mebibytes: number, cpuSeconds: number])[],
  start: RecycleState = START,
): RecycleState {
  return samples.reduce(
    (state, [atMs, mebibytes, cpuSeconds]) =>
      measured(rules, state, { atMs, memoryBytes: mebibytes * MIB, cpuSeconds }),
    start,
  );
}

test("memory counts once it has been above the limit for all of the time", () => {
  const state = after(MEMORY, [[0, 50, 0], [6000, 150, 0], [12_000, 150, 0]]);
  assertEquals(whyRecycle(MEMORY, state, 35_999), undefined);
  assertMatch(
    whyRecycle(MEMORY, state, 36_000) ?? "",
    /^it has had more than 100 MiB of memory for 30 s \(150 MiB\)$/,
  );
  const fallen = after(MEMORY, [[18_000, 99, 0], [24_000, 150, 0]], state);
  assertEquals(whyRecycle(MEMORY, fallen, 40_000), undefined, "it was below it meanwhile");
});

test("processor time counts from look to look", () => {
  const state = after(CPU, [[0, 1, 5], [2000, 1, 6.9], [4000, 1, 8.8]]);
  assertEquals(whyRecycle(CPU, state, 9999), undefined);
  assertEquals(
    whyRecycle(CPU, state, 10_000),
    "it has used more than 90% of a processor for 10 s",
  );
  assertEquals(whyRecycle(CPU, after(CPU, [[6000, 1, 8.9]], state), 60_000), undefined);
});

test("age has a random part on both sides", () => {
  const rules = { age: { ms: 1000_000, jitterMs: 100_000 } };
  const at = (random: number) => beginRecycling(rules, 5000, { random }).oldMs;
  assertEquals([at(0), at(0.5), at(1)], [905_000, 1_005_000, 1_105_000]);
  const state = beginRecycling(rules, 0, { random: 0 });
  assertEquals(whyRecycle(rules, state, 899_999), undefined);
  assertEquals(whyRecycle(rules, state, 900_000), "it is 15 min old");
  assertEquals(pauseOf(rules), undefined, "nothing is measured for it");
});

test("pauseOf looks five times in each time, within a second and 15", () => {
  const of = (...times: number[]) =>
    pauseOf({
      memory: { bytes: 1, forMs: times[0] ?? 0 },
      ...(times[1] === undefined ? {} : { cpu: { percent: 1, forMs: times[1] } }),
    });
  assertEquals([of(30_000), of(1000), of(600_000), of(600_000, 20_000)], [
    6000,
    1000,
    15_000,
    4000,
  ]);
});

test("what is above its limit soon after each start has twice the time each time", () => {
  const again = beginRecycling(MEMORY, 0, { random: 0, inRow: 1 });
  const state = after(MEMORY, [[0, 150, 0]], again);
  assertEquals(whyRecycle(MEMORY, state, 59_999), undefined);
  assertMatch(whyRecycle(MEMORY, state, 60_000) ?? "", /for 1 min/);
  assertEquals(nextInRow(MEMORY, START, 30_000), 1);
  assertEquals(nextInRow(MEMORY, again, 60_000), 2);
  assertEquals(nextInRow(MEMORY, START, 300_000), 0);
});
