/** Instances of one section that have one socket. */
import { assertEquals } from "@std/assert";
import { test } from "../../../test.ts";
import { Bench, EXIT_3, TERMED } from "../container_bench.ts";

function instances(differing: object = {}) {
  const of = (instance: number) => ({
    ...{ listen: ["8080"], section: "w.service", instance },
    ...differing,
  });
  return new Bench({ "w.1": of(1), "w.2": of(2) });
}

function inherited(bench: Bench, program: string): readonly number[] {
  return bench.os.living.get(bench.os.pidOf(program))?.descriptors ?? [];
}

test("instances inherit one socket, which is closed with the last of them", () => {
  const bench = instances().boot();
  assertEquals(bench.os.sockets.size, 1);
  assertEquals(inherited(bench, "w.1"), inherited(bench, "w.2"));
  bench.supervisor.stop("w.1.service", "request", 8000);
  bench.os.end("w.1", TERMED);
  assertEquals(bench.os.sockets.size, 1);
  bench.os.end("w.2", EXIT_3);
  assertEquals(bench.os.sockets.size, 0);
});

test("services of two sections have no socket together", () => {
  const bench = new Bench({ a: { listen: ["8080"] }, b: { listen: ["8081"] } }).boot();
  assertEquals(bench.os.sockets.size, 2);
});

test("whoever connects wakes all instances that sleep", () => {
  const bench = instances({ onDemand: true }).boot();
  const [socket] = bench.os.sockets.values();
  assertEquals([bench.os.started, socket?.isWatched], [[], true]);
  socket?.connect();
  assertEquals([bench.os.started, socket?.isWatched], [["w.1", "w.2"], false]);
  socket?.accept();
  bench.os.end("w.1");
  assertEquals(socket?.isWatched, true);
});

test("another incarnation goes on with the one socket", () => {
  const next = instances().boot().replace();
  assertEquals(next.os.sockets.size, 1);
  for (const name of ["w.1", "w.2"]) {
    next.supervisor.stop(`${name}.service`, "request", 8000);
    next.os.end(name, TERMED);
  }
  assertEquals(next.os.sockets.size, 0);
});
