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
  const { supervisor, journal, os } = bench;
  const history = new ServiceHistory(supervisor, os);
  const stopTimeoutMs = () => 8000;
  const renewer = new Renewer({ supervisor, journal, history: () => history, stopTimeoutMs });
  const usage = new Map<string, { memoryBytes: number; cpuSeconds: number }>();
  let measurements = 0;
  const measure = () => {
    measurements++;
    return usage;
  };
  const recycler = new Recycler({ os, journal, supervisor, renewer, measure });
  const kindOf = (name: string) => supervisor.state(`${name}.service`).phase.kind;
  const use = (name: string, mebibytes: number) =>
    usage.set(`${name}.service`, { memoryBytes: mebibytes * MIB, cpuSeconds: 0 });
  return { bench, os, recycler, history, kindOf, use, measurements: () => measurements };
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

test("recycle: of several instances one goes at a time", () => {
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
