import { assert, assertEquals } from "@std/assert";
import type { ServiceConfig } from "../../../../lib/config/model.ts";
import { test } from "../../../test.ts";
import { RESTART } from "../../service/service_config.ts";
import { Bench, EXIT_3, TERMED } from "../container_bench.ts";

const LISTEN = { listen: ["http=8080", "unix-dgram:/run/x"] };
const HTTP = "tcp://*:8080";

function web(differing: Partial<ServiceConfig> = {}): Bench {
  return new Bench({ web: { ...LISTEN, ...differing } }).boot();
}

function socketOf(bench: Bench) {
  const socket = bench.os.sockets.get(HTTP);
  if (!socket) throw new Error("the socket is closed");
  return socket;
}

test("a service inherits its sockets, with their number and names", () => {
  const bench = web();
  const request = bench.os.living.get(bench.os.pidOf("web"));
  const descriptors = [...bench.os.sockets.values()].map(({ descriptor }) => descriptor);
  assertEquals(request?.descriptors, descriptors);
  assertEquals(request?.setsListenPid, true);
  assertEquals(request?.env["LISTEN_FDS"], "2");
  assertEquals(request?.env["LISTEN_FDNAMES"], "http:web");
});

test("sockets stay open while a service is restarted, after a crash or on request", () => {
  const bench = web({ restart: RESTART });
  const socket = socketOf(bench);
  bench.os.end("web", EXIT_3);
  bench.os.advance(3000);
  bench.supervisor.stop("web.service", "request", 8000);
  bench.supervisor.dispatch("web.service", { kind: "start" });
  bench.os.end("web", TERMED);
  assertEquals(bench.os.started, ["web", "web", "web"]);
  assertEquals(socketOf(bench), socket);
});

test("a service that is stopped, has ended or has failed leaves no socket", () => {
  const stopped = web();
  stopped.supervisor.stop("web.service", "request", 8000);
  stopped.os.end("web", TERMED);
  const ended = web();
  ended.os.end("web");
  const failed = web();
  failed.os.end("web", EXIT_3);
  assertEquals([stopped, ended, failed].map((bench) => bench.os.sockets.size), [0, 0, 0]);
});

test("a socket that cannot be opened is a start-up failure and leaves none open", () => {
  const bench = new Bench({ web: LISTEN });
  bench.os.taken.add("/run/x");
  bench.boot();
  assertEquals([bench.finished?.exitCode, bench.os.sockets.size], [1, 0]);
});

test("on_demand starts the service with the first connection, which stays for it", () => {
  const bench = web({ onDemand: true });
  assert(bench.booted);
  assertEquals(bench.os.started, []);
  assertEquals(bench.texts("info"), [
    "web.service is listening on http=8080, unix-dgram:/run/x, starts with the first connection",
    "nothing runs now; the container stays up for what is scheduled or listens: web.service",
  ]);
  socketOf(bench).connect();
  socketOf(bench).connect();
  assertEquals(bench.os.started, ["web"]);
  assertEquals(socketOf(bench).isWatched, false);
});

test("on_demand waits for the next connection when the process has ended in order", () => {
  const bench = web({ onDemand: true });
  const waiting = socketOf(bench);
  waiting.connect();
  waiting.accept();
  bench.os.end("web");
  assertEquals(bench.supervisor.state("web.service").phase.kind, "armed");
  assertEquals(bench.finished, undefined);
  waiting.connect();
  assertEquals(bench.os.started, ["web", "web"]);
});

test("on_demand restarts a crashed service without waiting for a connection", () => {
  const bench = web({ onDemand: true, restart: RESTART });
  socketOf(bench).connect();
  bench.os.end("web", EXIT_3);
  bench.os.advance(3000);
  assertEquals(bench.os.started, ["web", "web"]);
});

test("a service that never takes its connections is not started without end", () => {
  const bench = web({ onDemand: true });
  socketOf(bench).connect();
  for (let i = 0; i < 25 && bench.os.living.size > 0; i++) bench.os.end("web");
  assertEquals(bench.os.started.length, 20);
  assert(bench.texts("warn").at(-1)?.includes("was started 20 times in 10 s on demand"));
  bench.os.advance(10_000);
  assertEquals(bench.os.started.length, 21);
});

test("nothing is started on demand while the container ends", () => {
  const bench = new Bench({ web: { ...LISTEN, onDemand: true } }, { drainMs: 1000 }).boot();
  bench.term();
  socketOf(bench).connect();
  assertEquals(bench.os.started, []);
  bench.os.advance(1000);
  assertEquals([bench.finished?.exitCode, bench.os.sockets.size], [0, 0]);
});
