/** Whose process a number means: signals reach only what belongs to the service. */
import { assertEquals } from "@std/assert";
import type { ServiceConfig } from "../../../../lib/config/model.ts";
import { test } from "../../../test.ts";
import { Bench, EXIT_3, TERMED } from "../container_bench.ts";
import { markedAs } from "../fake_os.ts";

const FORKING: Partial<ServiceConfig> = { type: "forking", pidfile: "/a.pid" };
const DAEMON = { pid: 50, parent: 1, session: 50, group: 50 };

/** `a.service` has named process 50 as its own. */
function withDaemon(): Bench {
  const bench = new Bench({ a: FORKING, b: {} }).boot();
  bench.os.orphanList.push(DAEMON);
  bench.os.startedTicks.set(50, 1);
  bench.os.files.set("/a.pid", "50\n");
  bench.os.end("a");
  assertEquals(bench.supervisor.state("a.service").phase.kind, "up");
  return bench;
}

const signals = (bench: Bench) => bench.os.calls.filter((call) => call.startsWith("kill "));

test("a process that a service has named is signalled while it is the same one", () => {
  const bench = withDaemon();
  bench.supervisor.stop("a.service", "request", 1000);
  assertEquals(signals(bench), ["kill 50 15"]);
});

test("a number that another process has got is not signalled, and the service is gone", () => {
  const bench = withDaemon();
  bench.os.startedTicks.set(50, 2);
  bench.supervisor.stop("a.service", "request", 1000);
  bench.os.advance(200);
  assertEquals(signals(bench), []);
  assertEquals(bench.supervisor.state("a.service").phase.kind, "down");
});

test("of the processes that a service names one after another, the last are held", () => {
  const bench = withDaemon();
  const held = new Set<number>();
  bench.os.takeHeld = (pid, descriptor) => {
    held.add(pid);
    const close = () => void held.delete(pid);
    return { descriptor, isAlive: () => true, signal: () => true, close };
  };
  for (let pid = 60; pid < 90; pid++) {
    bench.os.orphanList.push({ pid, parent: 1, session: 50, group: 50 });
    bench.os.limits.set(pid, markedAs(1));
    bench.supervisor.dispatch("a.service", { kind: "main-pid", pid });
  }
  assertEquals([...held], Array.from({ length: 16 }, (_, at) => 74 + at));
  // They are strays all the same.
  assertEquals(bench.supervisor.processes.straysOf("a.service").includes(60), true);
});

test("F-023: a pid file that was there before the launch is not believed", () => {
  const bench = new Bench({ a: FORKING, b: {} });
  bench.os.orphanList.push(DAEMON);
  bench.os.files.set("/a.pid", "50\n");
  bench.boot();
  bench.os.end("a");
  bench.os.advance(1000);
  assertEquals(bench.supervisor.state("a.service").phase.kind, "starting");
  bench.os.files.set("/a.pid", "50");
  bench.os.advance(1000);
  assertEquals(bench.supervisor.state("a.service").phase.kind, "up");
});

test("F-119: a zombie is no main process", () => {
  const bench = withDaemon();
  // Its number exists, and no process that lives.
  bench.os.living.set(51, {} as never);
  const { process } = bench.os;
  bench.os.process = (pid) => pid === 51 ? undefined : process.call(bench.os, pid);
  assertEquals(
    bench.supervisor.processes.mainPidProblem("a.service", 51),
    "there is no such process",
  );
});

test("F-119: without pidfds and start times only who may signal anybody has it signalled", () => {
  for (const [uid, sent] of [[65534, 0], [0, 1]] as const) {
    const bench = new Bench({ a: { ...FORKING, identity: { uid, gid: uid, groups: [] } }, b: {} });
    bench.boot();
    bench.os.orphanList.push(DAEMON);
    bench.os.owners.set(50, uid);
    bench.os.limits.set(50, markedAs(1));
    bench.os.hold = () => undefined;
    bench.os.files.set("/a.pid", "50\n");
    const { process } = bench.os;
    bench.os.process = (pid) => {
      const found = process.call(bench.os, pid);
      return found && { ...found, startedTicks: undefined as never };
    };
    bench.os.end("a");
    assertEquals(bench.supervisor.state("a.service").phase.kind, "up");
    bench.supervisor.stop("a.service", "request", 1000);
    assertEquals(signals(bench).length, sent, `${uid}`);
  }
});

test("the end of a process that its own parent has reaped is noticed when it is stopped", () => {
  const bench = withDaemon();
  bench.supervisor.stop("a.service", "request", 1000);
  bench.os.orphanList.pop();
  bench.os.advance(200);
  assertEquals(bench.supervisor.state("a.service").phase.kind, "down");
});

/** Each returns the number that is written into the file. */
const FOREIGNERS: Readonly<Record<string, (bench: Bench) => number>> = {
  "another service": (bench) => bench.os.pidOf("b"),
  "what another service left": (bench) => {
    bench.os.orphanList.push(DAEMON);
    bench.os.markers.set(50, "b.service");
    return 50;
  },
  "chaperone": (bench) => {
    bench.os.orphanList.push({ ...DAEMON, pid: 1 });
    return 1;
  },
};

for (const [whom, prepare] of Object.entries(FOREIGNERS)) {
  test(`a pid file that names ${whom} is passed over until the time is out`, () => {
    const bench = new Bench({ a: { ...FORKING, ignoreFailures: true }, b: {} }).boot();
    bench.os.files.set("/a.pid", `${prepare(bench)}`);
    bench.os.end("a");
    bench.os.advance(1000);
    assertEquals(bench.supervisor.state("a.service").phase.kind, "starting");
    bench.os.advance(600_000);
    assertEquals(bench.supervisor.state("a.service").phase.kind, "failed");
    assertEquals(bench.supervisor.state("b.service").phase.kind, "up");
    assertEquals(signals(bench), []);
  });
}

test("what another service left is not a stray of one whose number its parent got", () => {
  const bench = new Bench({ a: {}, b: {} }).boot();
  const pid = bench.os.pidOf("a");
  bench.os.end("a", EXIT_3);
  bench.os.orphanList.push({ pid: 50, parent: 1, session: pid, group: pid });
  bench.os.limits.set(50, markedAs(2));
  assertEquals(bench.supervisor.processes.straysOf("a.service"), []);
  assertEquals(bench.supervisor.processes.straysOf("b.service"), [50]);
  bench.os.orphanList.push({ pid: 51, parent: 1, session: pid, group: pid });
  assertEquals(bench.supervisor.processes.straysOf("a.service"), [51]);
});

test("a process that SIGKILL does not end holds up the end for two seconds", () => {
  const bench = new Bench({ a: {}, b: { after: [{ name: "a.service" }] } }).boot();
  bench.term();
  bench.os.advance(8000);
  assertEquals(bench.finished, undefined);
  bench.os.advance(4000);
  assertEquals(bench.os.calls.at(-1), "killAll 9");
  assertEquals(bench.finished?.exitCode, 0);
});

test("an internal error at a deadline is told once a second, not for ever at once", () => {
  const bench = new Bench({ a: FORKING, b: {} }).boot();
  bench.os.readTextFile = () => {
    throw new TypeError("planted");
  };
  bench.os.end("a", { kind: "exited", code: 0 });
  bench.os.advance(10_000);
  const told = bench.texts("err").filter((text) => text.includes("planted"));
  assertEquals(told.length > 1 && told.length <= 12, true, `${told.length}`);
  bench.os.end("b", TERMED);
  assertEquals(bench.supervisor.state("b.service").phase.kind, "failed");
});
