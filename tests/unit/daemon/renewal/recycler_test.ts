/** Services that are recycled, over a clock and measurements that a test moves. */
import { assertEquals } from "@std/assert";
import { Recycler } from "../../../../lib/daemon/renewal/recycler.ts";
import { Renewer } from "../../../../lib/daemon/renewal/renewer.ts";
import { ServiceHistory } from "../../../../lib/daemon/services/service_history.ts";
import { test } from "../../../test.ts";
import { configFrom, type Services } from "../assembly.ts";
import { Bench, TERMED } from "../container_bench.ts";

const MIB = 1024 * 1024;
const MEMORY = { recycle: { memory: { bytes: 100 * MIB, forMs: 10_000 } } };
const AGE = { recycle: { age: { ms: 60_000, jitterMs: 0 } } };

function recycling(services: Services) {
  const bench = new Bench(services);
  const { supervisor, journal, os, roller } = bench;
  const history = new ServiceHistory(supervisor, os);
  const stopTimeoutMs = () => 8000;
  const renewer = new Renewer({
    ...{ supervisor, journal, roller, stopTimeoutMs },
    history: () => history,
  });
  const usage = new Map<string, { memoryBytes: number; cpuSeconds: number }>();
  let measurements = 0;
  const measure = () => {
    measurements++;
    return usage;
  };
  const watches = new Map<string, () => void>();
  const answers: (number | undefined)[] = [];
  const recycler = new Recycler({
    ...{ os, journal, supervisor, renewer, roller, measure },
    watchOutput: (name, pattern, found) => {
      watches.set(`${name} ${pattern}`, found);
      return () => watches.delete(`${name} ${pattern}`);
    },
    askNumber: () => Promise.resolve(answers.shift()),
  });
  const kindOf = (name: string) => supervisor.state(`${name}.service`).phase.kind;
  const use = (name: string, mebibytes: number) =>
    usage.set(`${name}.service`, { memoryBytes: mebibytes * MIB, cpuSeconds: 0 });
  return {
    ...{ bench, os, recycler, history, kindOf, use, watches, answers, roller },
    measurements: () => measurements,
  };
}

test("recycle: memory, and the new process is measured anew", () => {
  const { bench, os, kindOf, use, history } = recycling({ a: MEMORY });
  bench.boot();
  use("a", 150);
  os.advance(11_000);
  assertEquals(kindOf("a"), "up");
  os.advance(2000);
  assertEquals(kindOf("a"), "stopping");
  use("a", 50);
  os.end("a", TERMED);
  assertEquals(kindOf("a"), "up");
  os.advance(100_000);
  assertEquals(kindOf("a"), "up");
  assertEquals(bench.texts("notice"), [
    "a.service is recycled: it has had more than 100 MiB of memory for 10 s (150 MiB)",
  ]);
  assertEquals(history.lastOrder("a.service")?.what, "restart");
});

test("recycle: age takes one timer, and no measurement", () => {
  const { bench, os, kindOf, measurements } = recycling({ a: AGE, b: {} });
  bench.boot();
  assertEquals(os.timerCount, 1);
  os.advance(59_999);
  assertEquals(kindOf("a"), "up");
  os.advance(1);
  assertEquals([kindOf("a"), kindOf("b"), measurements()], ["stopping", "up", 0]);
});

test("recycle: without such rules, or without a process, there is no timer", () => {
  const plain = recycling({ a: {} });
  plain.bench.boot();
  assertEquals(plain.os.timerCount, 0);
  const { bench, os } = recycling({ a: MEMORY });
  bench.boot();
  assertEquals(os.timerCount, 1);
  bench.supervisor.stop("a.service", "request", 1000);
  os.end("a", TERMED);
  assertEquals(os.timerCount, 0);
});

/** What follows from a promise has happened. */
async function settled(): Promise<void> {
  for (let tick = 0; tick < 30; tick++) await Promise.resolve();
}

test("recycle: of several instances one goes at a time", async () => {
  const of = (instance: number) => ({ ...AGE, instance, section: "w.service" });
  const { bench, os, kindOf } = recycling({ "w.1": of(1), "w.2": of(2), "w.3": of(3) });
  bench.boot();
  const kinds = () => ["w.1", "w.2", "w.3"].map(kindOf).filter((kind) => kind !== "up");
  os.advance(60_000);
  assertEquals(kinds(), ["stopping"]);
  for (const name of ["w.1", "w.2", "w.3"]) {
    os.advance(1000);
    assertEquals([kindOf(name), kinds().length], ["stopping", 1]);
    os.end(name, TERMED);
    await settled();
  }
  os.advance(2000);
  assertEquals(kinds(), []);
});

test("recycle: other rules hold for a process that runs, counted from when it was up", () => {
  const { bench, os, kindOf, recycler } = recycling({ a: AGE });
  bench.boot();
  const adopt = (ageMs: number) => {
    const { services } = configFrom({ a: { recycle: { age: { ms: ageMs, jitterMs: 0 } } } }, {
      startupPauseMs: 0,
    });
    bench.supervisor.adopt(services, new Map());
    recycler.configure();
  };
  adopt(60_000);
  adopt(200_000);
  os.advance(199_999);
  assertEquals(kindOf("a"), "up");
  os.advance(1);
  assertEquals(kindOf("a"), "stopping");
});

test("recycle: another incarnation goes on counting, and the end of the container ends it", () => {
  const first = recycling({ a: AGE });
  first.bench.boot();
  first.os.advance(50_000);
  const left = first.recycler.handOver();
  assertEquals(left.map(({ service, state }) => [service, state.oldMs]), [["a.service", 61_000]]);
  first.recycler.end();
  assertEquals(first.os.timerCount, 0);
});

test("recycle: a spare is ready before one goes, and goes when that is back", async () => {
  const of = (instance: number) => ({ ...AGE, instance, section: "w.service" });
  const spare = { ...of(3), isSpare: true, enabled: false } as const;
  const { bench, os, kindOf, roller } = recycling({ "w.1": of(1), "w.2": of(2), "w.3": spare });
  bench.boot();
  const kinds = () => ["w.1", "w.2", "w.3"].map(kindOf).join(" ");
  assertEquals(kinds(), "up up down");
  os.advance(60_000);
  await settled();
  assertEquals([kinds(), roller.isBusy], ["stopping up up", true]);
  os.end("w.1", TERMED);
  await settled();
  assertEquals(kinds(), "up up stopping");
  os.end("w.3", TERMED);
  await settled();
  assertEquals([kinds(), roller.isBusy], ["up up down", false]);
  assertEquals(bench.supervisor.state("w.3.service").enabled, false);
});

test("recycle: one that was stopped while it waited for its turn stays down", async () => {
  const of = (instance: number) => ({ ...AGE, instance, section: "w.service" });
  const { bench, os, kindOf } = recycling({ "w.1": of(1) });
  bench.boot();
  bench.supervisor.stop("w.1.service", "request", 1000);
  os.end("w.1", TERMED);
  os.advance(120_000);
  await settled();
  assertEquals(kindOf("w.1"), "down");
});

const BY_LOG = { recycle: { jobs: { kind: "log", count: 3, pattern: "done" } } } as const;
const BY_HTTP = { recycle: { jobs: { kind: "http", count: 10, url: "http://x/" } } } as const;

test("recycle: so many jobs by its output, without a timer until then", () => {
  const { bench, os, kindOf, watches } = recycling({ a: BY_LOG });
  bench.boot();
  const line = () => watches.get("a.service done")?.();
  line();
  line();
  os.advance(100_000);
  assertEquals([kindOf("a"), os.timerCount], ["up", 0]);
  line();
  os.advance(1000);
  assertEquals([kindOf("a"), watches.size], ["stopping", 0]);
  os.end("a", TERMED);
  line();
  line();
  os.advance(10_000);
  assertEquals(kindOf("a"), "up", "the new process is counted anew");
  assertEquals(bench.texts("notice"), ["a.service is recycled: it has done 3 jobs"]);
});

test("recycle: so many jobs by a number that a URL answers, every 15 s", async () => {
  const { bench, os, kindOf, answers, measurements } = recycling({ a: BY_HTTP });
  answers.push(4, undefined, 11);
  bench.boot();
  for (let look = 0; look < 2; look++) {
    os.advance(15_000);
    await settled();
  }
  assertEquals([kindOf("a"), answers.length], ["up", 1]);
  os.advance(15_000);
  await settled();
  os.advance(1000);
  assertEquals([kindOf("a"), measurements()], ["stopping", 0]);
});
