/** Services that drain, over a clock and a table of connections that a test moves. */
import { assertEquals } from "@std/assert";
import { Drains } from "../../../../lib/daemon/renewal/drains.ts";
import { test } from "../../../test.ts";
import { Bench, TERMED } from "../container_bench.ts";

function draining(count: number | undefined) {
  const bench = new Bench({ a: { drainTimeoutMs: 10_000 }, b: {} });
  const { supervisor, journal, os } = bench;
  const looks = { count: 0, connections: count };
  const drains = new Drains({
    os: {
      setTimer: (delayMs, callback) => os.setTimer(delayMs, callback),
      countConnections: () => {
        looks.count++;
        return looks.connections;
      },
    },
    journal,
    supervisor,
  });
  bench.boot();
  const stop = () => supervisor.stop("a.service", "request", 5000);
  const signals = () => os.calls.filter((call) => call.startsWith("kill")).length;
  return { bench, os, looks, drains, stop, signals };
}

test("drain: it is stopped once nobody is connected, and looked at seldom meanwhile", () => {
  const { bench, os, looks, stop, signals } = draining(2);
  assertEquals(os.timerCount, 0);
  stop();
  os.advance(5000);
  assertEquals([signals(), looks.count < 12], [0, true]);
  looks.connections = 0;
  os.advance(1000);
  assertEquals(signals(), 1);
  os.end("a", TERMED);
  assertEquals([os.timerCount, bench.texts("warn")], [0, []]);
});

test("drain: nobody is connected", () => {
  const { os, looks, stop, signals } = draining(0);
  stop();
  os.advance(20);
  assertEquals([signals(), looks.count], [1, 1]);
});

test("drain: who stays is named once the time is over", () => {
  const { bench, os, stop, signals } = draining(2);
  stop();
  os.advance(10_000);
  assertEquals(signals(), 1);
  assertEquals(bench.texts("warn"), [
    "a.service is stopped all the same: 2 connections are open",
  ]);
});

test("drain: where connections are hidden it has all of its time, and that is said once", () => {
  const { bench, os, stop, signals } = draining(undefined);
  stop();
  os.advance(9999);
  assertEquals(signals(), 0);
  os.advance(1);
  assertEquals(signals(), 1);
  assertEquals(bench.texts("warn"), [
    "a.service has all of its drain_timeout: /proc does not show who is connected to it",
  ]);
});

test("drain: another incarnation goes on looking, and one that ends by itself is not looked at", () => {
  const { os, looks, drains, stop } = draining(1);
  stop();
  drains.takeOver();
  assertEquals(os.timerCount, 2);
  os.end("a", TERMED);
  assertEquals(os.timerCount, 0);
  os.advance(5000);
  assertEquals(looks.count, 0);
});
