/** Services that sleep when nobody is connected, and containers that end then. */
import { assertEquals } from "@std/assert";
import { hasTcpConnection, hasUnixConnection } from "../../../../lib/sys/sockets/socket_tables.ts";
import { test } from "../../../test.ts";
import { Bench, EXIT_3, TERMED } from "../container_bench.ts";

const SLEEPER = { listen: ["8080"], idleTimeoutMs: 4000 };
const ADDRESS = "8080";

function socketOf(bench: Bench) {
  const [socket] = bench.os.sockets.values();
  if (socket === undefined) throw new Error(`nothing listens on ${ADDRESS}`);
  return socket;
}

function kindOf(bench: Bench): string {
  return bench.supervisor.state("a.service").phase.kind;
}

test("a service sleeps once nobody was connected for its idle_timeout, and wakes 50 times", () => {
  const bench = new Bench({ a: SLEEPER }).boot();
  for (let round = 0; round < 50; round++) {
    bench.os.advance(3999);
    assertEquals(kindOf(bench), "up");
    bench.os.advance(1001);
    assertEquals(kindOf(bench), "stopping");
    bench.os.end("a", TERMED);
    assertEquals(kindOf(bench), "armed");
    assertEquals(bench.os.timerCount, 0, "what sleeps is not woken");
    socketOf(bench).connect();
    assertEquals(kindOf(bench), "up");
    socketOf(bench).accept();
  }
  assertEquals(bench.os.sockets.size, 1);
});

test("a service to which somebody is connected stays awake", () => {
  const bench = new Bench({ a: SLEEPER }).boot();
  bench.os.isConnected = true;
  bench.os.advance(60_000);
  assertEquals(kindOf(bench), "up");
  bench.os.isConnected = false;
  bench.os.advance(3000);
  assertEquals(kindOf(bench), "up");
  bench.os.advance(2000);
  assertEquals(kindOf(bench), "stopping");
});

test("where nobody can see who is connected a service stays awake, and says so once", () => {
  const bench = new Bench({ a: SLEEPER }).boot();
  bench.os.isConnected = undefined;
  bench.os.advance(60_000);
  assertEquals(kindOf(bench), "up");
  assertEquals(bench.texts("warn"), [
    "a.service stays awake: /proc/net does not show who is connected to it",
  ]);
});

test("whoever makes the table of sockets long does not have chaperone read it all the time", () => {
  const sleeper = { listen: ["8080"], idleTimeoutMs: 200 };
  const bench = new Bench({ a: sleeper, b: sleeper, c: sleeper }).boot();
  let looks = 0;
  bench.os.hasConnections = () => {
    looks++;
    bench.os.timeMs += 40;
    return true;
  };
  bench.os.advance(20_000);
  assertEquals(looks, 10, "of 40 ms each, one in 2 s");
});

test("a stop gives sleep up, and a start while it falls asleep wakes it", () => {
  for (const act of ["stop", "start"] as const) {
    const bench = new Bench({ a: SLEEPER, other: {} }).boot();
    bench.os.advance(5000);
    if (act === "stop") bench.supervisor.stop("a.service", "request", 1000);
    else bench.supervisor.dispatch("a.service", { kind: "start" });
    bench.os.end("a", TERMED);
    assertEquals(kindOf(bench), act === "stop" ? "down" : "up");
  }
});

test("a new incarnation watches what is awake, and lets sleep what sleeps", () => {
  let bench = new Bench({ a: SLEEPER }).boot().replace();
  bench.os.advance(5000);
  assertEquals(kindOf(bench), "stopping");
  bench = bench.replace();
  bench.os.end("a", TERMED);
  assertEquals(kindOf(bench), "armed");
  bench = bench.replace();
  socketOf(bench).connect();
  assertEquals(kindOf(bench), "up");
});

test("a service without idle_timeout costs no timer", () => {
  assertEquals(new Bench({ a: { listen: ["8080"] } }).boot().os.timerCount, 0);
});

test("idle_exit ends the container once all have slept for so long, and not before", () => {
  const bench = new Bench({ a: SLEEPER, b: { type: "oneshot" } }, { idleExitMs: 10_000 }).boot();
  bench.os.end("b");
  bench.os.advance(5000);
  bench.os.end("a", TERMED);
  bench.os.advance(9000);
  socketOf(bench).connect();
  bench.os.advance(3000);
  assertEquals(bench.finished, undefined);
  socketOf(bench).accept();
  bench.os.advance(2000);
  bench.os.end("a", TERMED);
  bench.os.advance(9999);
  assertEquals(bench.finished, undefined);
  bench.os.advance(1);
  assertEquals(bench.finished, {
    exitCode: 0,
    reason: "all services have slept for 10 s (idle_exit)",
  });
});

test("idle_exit does not end a container in which something runs or is to run", () => {
  const bench = new Bench({ a: SLEEPER, other: {} }, { idleExitMs: 1000 }).boot();
  bench.os.advance(5000);
  bench.os.end("a", TERMED);
  bench.os.advance(60_000);
  assertEquals(bench.finished, undefined);
  bench.os.end("other", EXIT_3);
  bench.os.advance(1000);
  assertEquals(bench.finished?.exitCode, 0);
});

const TCP =
  `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
   1: 0100007F:1F91 0100007F:1F90 06 00000000:00000000 00:00000000 00000000     0        0 2 1
`;

test("who listens, or has gone, is not connected; who is not accepted yet is", () => {
  const line = (local: string, state: string) =>
    `   2: 0100007F:${local} 0100007F:C000 ${state} 00000000:00000000 00:0 0     0        0 3 1\n`;
  assertEquals(hasTcpConnection(TCP, 8080), false);
  assertEquals(hasTcpConnection(TCP + line("1F90", "01"), 8080), true);
  assertEquals(hasTcpConnection(TCP + line("1F90", "08"), 8080), true);
  assertEquals(hasTcpConnection(TCP + line("1F90", "06"), 8080), false);
  assertEquals(hasTcpConnection(TCP + line("C000", "01"), 8080), false);
  const unix = "Num       RefCount Protocol Flags    Type St Inode Path\n" +
    "0000000000000000: 00000002 00000000 00010000 0001 01 25 /run/a.sock\n";
  assertEquals(hasUnixConnection(unix, "/run/a.sock"), false);
  const connected = "0000000000000000: 00000003 00000000 00000000 0001 03 26 /run/a.sock\n";
  assertEquals(hasUnixConnection(unix + connected, "/run/a.sock"), true);
  assertEquals(hasUnixConnection(unix + connected, "/run/b.sock"), false);
});
