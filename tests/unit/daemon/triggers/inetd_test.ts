import { assert, assertEquals } from "@std/assert";
import { SystemError } from "../../../../lib/base/errors.ts";
import { Environment } from "../../../../lib/config/environment/environment.ts";
import type { ServiceConfig } from "../../../../lib/config/model.ts";
import { test } from "../../../test.ts";
import { Bench, EXIT_3, TERMED } from "../container_bench.ts";

const ECHO = { type: "inetd", port: 8123 } as const;
const PORT = "tcp://*:8123";

function listening(differing: Partial<ServiceConfig> = {}): Bench {
  return new Bench({ echo: { ...ECHO, ...differing } }).boot();
}

function socketOf(bench: Bench, name = PORT) {
  const socket = bench.os.sockets.get(name);
  if (!socket) throw new Error(`nothing listens on ${name}`);
  return socket;
}

test("a connection gets a process with the socket as all its streams", () => {
  const bench = listening();
  assert(bench.booted);
  assertEquals(bench.texts("info"), [
    "echo.service is listening on port 8123",
    "nothing runs now; the container stays up for what is scheduled or listens: echo.service",
  ]);
  const connection = socketOf(bench).connect("192.0.2.7", 4711);
  const request = bench.os.living.get(bench.os.pidOf("echo"));
  assertEquals([request?.stdin, request?.stdout], [request?.stderr, request?.stderr]);
  assertEquals(request?.env["REMOTE_ADDR"], "192.0.2.7");
  assertEquals(request?.env["REMOTE_PORT"], "4711");
  assert(connection.isClosed);
});

test("276: two connections at a time get two processes", () => {
  const bench = listening();
  socketOf(bench).connect();
  socketOf(bench).connect();
  assertEquals(bench.os.started, ["echo", "echo"]);
});

test("277: the note counts what was received and what runs", () => {
  const bench = listening();
  assertEquals(bench.triggers.note("echo.service"), "waiting on port 8123");
  socketOf(bench).connect();
  const note = "waiting on port 8123; req recvd = 1";
  assertEquals(bench.triggers.note("echo.service"), `${note}; running = 1`);
  bench.os.end("echo");
  assertEquals(bench.triggers.note("echo.service"), note);
});

test("278: a missing port and one in use are start-up failures", () => {
  const missing = new Bench({ echo: { type: "inetd" } }).boot();
  assertEquals(
    missing.finished?.reason,
    "start-up failed: 'port' of echo.service is missing, and so is 'listen'; for example port: 8080",
  );
  const taken = new Bench({ echo: ECHO });
  taken.os.taken.add(PORT);
  taken.boot();
  assertEquals(taken.finished, {
    exitCode: 1,
    errno: 98,
    reason: "start-up failed: echo.service: Address already in use: 'tcp://*:8123'",
  });
});

test("279: a stop closes the port and ends what runs, a start listens again", () => {
  const bench = new Bench({ echo: ECHO, other: {} }).boot();
  socketOf(bench).connect();
  socketOf(bench).connect();
  bench.supervisor.stop("echo.service", "request", 8000);
  assertEquals(bench.os.sockets.size, 0);
  assertEquals(
    bench.texts("warn").at(-1),
    "echo.service terminating 2 processes on port 8123 that are still running",
  );
  assertEquals(bench.os.calls.slice(-2), ["kill -101 15", "kill -102 15"]);
  bench.os.end("echo", TERMED);
  bench.os.end("echo", TERMED);
  assertEquals(bench.supervisor.state("echo.service").phase.kind, "down");
  bench.supervisor.dispatch("echo.service", { kind: "start" });
  assertEquals(bench.os.sockets.size, 1);
});

test("a reset closes the port, too", () => {
  const bench = listening();
  socketOf(bench).connect();
  bench.supervisor.reset("echo.service");
  assertEquals(bench.os.sockets.size, 0);
  assertEquals(bench.os.calls.at(-1), "kill -100 15");
});

test("280: each connection has a serial of its own", () => {
  const environment = Environment.inherited({ PATH: "/bin" }, { run: () => "" })
    .derive({ set: { SERIAL: "$(_CHAP_SERVICE_SERIAL)" } });
  const bench = listening({ environment });
  const serials: (string | undefined)[] = [];
  for (let i = 0; i < 2; i++) {
    socketOf(bench).connect();
    serials.push(bench.os.living.get(bench.os.pidOf("echo"))?.env["SERIAL"]);
    bench.os.end("echo");
  }
  assertEquals(serials, ["1", "2"]);
});

test("281: a process that fails is told, and the service goes on", () => {
  const bench = listening();
  socketOf(bench).connect();
  bench.os.end("echo", EXIT_3);
  assertEquals(bench.texts("err"), [
    "echo.service exited with code 3 (pid 100)",
  ]);
  socketOf(bench).connect();
  assertEquals(bench.os.started.length, 2);
});

test("282: a service that listens keeps the container alive", () => {
  const bench = listening();
  socketOf(bench).connect();
  bench.os.end("echo");
  assertEquals(bench.finished, undefined);
});

test("max_instances refuses further connections, and says so once", () => {
  const bench = listening({ maxInstances: 1 });
  socketOf(bench).connect();
  const refused = [socketOf(bench).connect("192.0.2.8"), socketOf(bench).connect("192.0.2.9")];
  assertEquals(refused.map(({ isClosed }) => isClosed), [true, true]);
  assertEquals(bench.texts("warn"), [
    "echo.service refuses a connection from 192.0.2.8 on port 8123: 1 processes run, " +
    "max_instances is 1",
  ]);
  bench.os.end("echo");
  socketOf(bench).connect();
  assertEquals(bench.os.started.length, 2);
});

test("connections during the shutdown are accepted and dropped", () => {
  const bench = new Bench({ echo: ECHO }, { drainMs: 1000 }).boot();
  bench.term();
  const connection = socketOf(bench).connect();
  assert(connection.isClosed);
  assertEquals(bench.os.started, []);
  assertEquals(
    bench.texts("debug").at(-1),
    "echo.service received connection on port 8123; ignored, system no longer alive",
  );
  bench.os.advance(1000);
  assertEquals([bench.finished?.exitCode, bench.os.sockets.size], [0, 0]);
});

test("an inetd service may listen at several places, Unix sockets among them", () => {
  const bench = new Bench({ echo: { type: "inetd", listen: ["8123", "/run/echo.sock"] } }).boot();
  assertEquals([...bench.os.sockets.keys()], [PORT, "/run/echo.sock"]);
});

test("messages about inetd services have the facility daemon", () => {
  const bench = listening();
  socketOf(bench).connect();
  const about = bench.messages.filter(({ service }) => service === "echo.service");
  assert(about.length > 3 && about.every(({ facility }) => facility === "daemon"));
});

test("a service has so many processes that are not their program yet, and others wait", () => {
  const bench = listening();
  bench.os.launchesLater = true;
  for (let i = 0; i < 70; i++) socketOf(bench).connect();
  assertEquals([bench.os.started.length, socketOf(bench).isWatched], [64, false]);
  bench.os.launched("echo");
  assertEquals([bench.os.started.length, socketOf(bench).isWatched], [65, false]);
  for (let i = 0; i < 10; i++) bench.os.launched("echo", new SystemError("execve", 2, "/bin/echo"));
  assertEquals([bench.os.started.length, socketOf(bench).isWatched], [70, true]);
});

test("processes that wait to become their program are forgotten with the sockets", () => {
  const bench = listening();
  bench.os.launchesLater = true;
  for (let i = 0; i < 70; i++) socketOf(bench).connect();
  bench.supervisor.stop("echo.service", "request", 8000);
  const former = bench.os.started.length;
  bench.os.launched("echo", new SystemError("execve", 2, "/bin/echo"));
  assertEquals([bench.os.started.length, bench.os.sockets.size], [former, 0]);
});

test("a program that cannot be executed is told once, whoever connects how often", () => {
  const bench = listening();
  bench.os.launchesLater = true;
  for (let i = 0; i < 5; i++) {
    socketOf(bench).connect();
    bench.os.launched("echo", new SystemError("execve", 2, "/bin/echo"));
  }
  const text =
    "echo.service cannot serve a connection on port 8123: No such file or directory: '/bin/echo'";
  assertEquals(bench.texts("err"), [text]);
  bench.os.advance(60_000);
  assertEquals(bench.texts("err").slice(1), [`${text} (4 times more within a minute)`]);
});

test("a connection whose program cannot be executed is told, and is served no longer", () => {
  const bench = listening({ maxInstances: 1 });
  bench.os.launchesLater = true;
  socketOf(bench).connect();
  assertEquals(bench.triggers.note("echo.service")?.endsWith("running = 1"), true);
  bench.os.launched("echo", new SystemError("execve", 2, "/bin/echo"));
  assertEquals(bench.texts("err"), [
    "echo.service cannot serve a connection on port 8123: No such file or directory: '/bin/echo'",
  ]);
  assertEquals(bench.triggers.note("echo.service")?.includes("running"), false);
  socketOf(bench).connect();
  bench.os.launched("echo");
  bench.os.end("echo");
  assertEquals(bench.texts("warn").filter((text) => text.includes("refuses")), []);
});
