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

test("a process need not last longer than ten times what it is given to count as a good one", () => {
  const often = beginRecycling(MEMORY, 0, { random: 0, inRow: 30 });
  const state = after(MEMORY, [[0, 150, 0]], often);
  const givenMs = 30_000 * 2 ** 10;
  assertEquals(whyRecycle(MEMORY, state, givenMs - 1), undefined);
  assertMatch(whyRecycle(MEMORY, state, givenMs) ?? "", /^it has had more than 100 MiB/);
  assertEquals([10 * givenMs - 1, 10 * givenMs].map((ms) => nextInRow(MEMORY, often, ms)), [31, 0]);
});

test("what is just at its limit may stay", () => {
  const full = after(MEMORY, [[0, 100, 0], [30_000, 100, 0]]);
  assertEquals(whyRecycle(MEMORY, full, 60_000), undefined);
  const busy = after(CPU, [[0, 1, 0], [10_000, 1, 9], [20_000, 1, 18]]);
  assertEquals(whyRecycle(CPU, busy, 60_000), undefined);
});

test("processor time is a share of one processor: two that are busy are 200%", () => {
  const rules = { cpu: { percent: 150, forMs: 10_000 } };
  const twice = after(rules, [[0, 1, 0], [5000, 1, 10], [10_000, 1, 20]]);
  assertEquals(
    whyRecycle(rules, twice, 10_000),
    "it has used more than 150% of a processor for 10 s",
  );
  const once = after(rules, [[0, 1, 0], [5000, 1, 7], [10_000, 1, 14]]);
  assertEquals(whyRecycle(rules, once, 60_000), undefined);
  // Two looks at one moment say nothing of what is used in between.
  assertEquals(whyRecycle(rules, after(rules, [[0, 1, 0], [0, 1, 90]]), 60_000), undefined);
});

test("what recycles says how long and how much, with the time that it was given", () => {
  const again = beginRecycling({}, 5000, { random: 0, inRow: 2 });
  const large = after(MEMORY, [[10_000, 300, 0]], again);
  assertEquals(whyRecycle(MEMORY, large, 129_999), undefined, "four times 30 s");
  assertEquals(
    whyRecycle(MEMORY, large, 130_000),
    "it has had more than 100 MiB of memory for 2 min (300 MiB)",
  );
  const busy = after(CPU, [[10_000, 1, 0], [20_000, 1, 10]], again);
  assertEquals(whyRecycle(CPU, busy, 49_999), undefined);
  assertEquals(
    whyRecycle(CPU, busy, 50_000),
    "it has used more than 90% of a processor for 40 s",
  );
  const old = { age: { ms: 60_000, jitterMs: 0 } };
  const state = beginRecycling(old, 600_000, { random: 0.5 });
  assertEquals(whyRecycle(old, state, 660_000), "it is 1 min old");
});

/** How often it was recycled in a row before, how long it lasted, and how often it is then. */
const IN_ROW: readonly (readonly [number, lastedMs: number, number])[] = [
  [0, 299_999, 1],
  [0, 300_000, 0],
  [1, 599_999, 2],
  [1, 600_000, 0],
  [3, 2_399_999, 4],
  [3, 2_400_000, 0],
];

test("who lasts ten times the time that it is given has done well, and begins anew", () => {
  for (const [inRow, lastedMs, next] of IN_ROW) {
    const state = beginRecycling(MEMORY, 7000, { random: 0, inRow });
    assertEquals(nextInRow(MEMORY, state, 7000 + lastedMs), next, `${inRow}, ${lastedMs} ms`);
  }
  const aged = { age: { ms: 1000, jitterMs: 0 } };
  assertEquals(nextInRow(aged, beginRecycling(aged, 0, { random: 0 }), 1000), 0, "age has no row");
});

test("a process begins with none in a row, and memory is told in MiB however large", () => {
  const begun = beginRecycling({}, 0, { random: 0 });
  assertEquals(begun.inRow, 0);
  assertEquals(nextInRow(MEMORY, begun, 300_000), 0);
  const rules = { memory: { bytes: 8192 * MIB, forMs: 30_000 } };
  const state = measured(rules, begun, { atMs: 0, memoryBytes: 9000 * MIB, cpuSeconds: 0 });
  assertEquals(
    whyRecycle(rules, state, 30_000),
    "it has had more than 8192 MiB of memory for 30 s (9000 MiB)",
  );
});

test("processor time between looks of half a second counts as that between others", () => {
  const busy = after(CPU, [[0, 1, 0], [500, 1, 0.5], [1000, 1, 1]]);
  assertEquals(
    whyRecycle(CPU, busy, 10_000),
    "it has used more than 90% of a processor for 10 s",
  );
});
