import { assertEquals, assertMatch } from "@std/assert";
import { test } from "../../../test.ts";
import { ControlBench } from "./control_bench.ts";

const EXIT_0 = { kind: "exited", code: 0 } as const;
const EXIT_3 = { kind: "exited", code: 3 } as const;
const TERMED = { kind: "signaled", signal: 15, coreDumped: false } as const;

test("F-076: signal takes names with and without SIG, and numbers", async () => {
  const bench = new ControlBench({ a: {}, b: { enabled: false } }).boot();
  const pid = bench.os.pidOf("a");
  for (
    const [word, number] of [["HUP", 1], ["sigusr1", 10], ["15", 15], ["RTMIN+3", 37]] as const
  ) {
    assertEquals((await bench.run(`signal a ${word}`))[1], 0, word);
    assertEquals(bench.os.calls.at(-1), `kill ${pid} ${number}`);
  }
  assertEquals(await bench.run("signal a HUP"), ["SIGHUP sent.", 0]);
  assertMatch((await bench.run("signal a NONE"))[0], /^Command error: there is no signal NONE/);
  assertEquals(await bench.run("signal b HUP"), [
    "Command error: no process that could be signalled: b",
    1,
  ]);
});

test("signal takes the order of supervisorctl where that alone makes sense", async () => {
  const bench = new ControlBench({ a: {}, hup: {} }).boot();
  assertEquals(await bench.run("signal USR1 a"), ["SIGUSR1 sent.", 0]);
  assertEquals(bench.os.calls.at(-1), `kill ${bench.os.pidOf("a")} 10`);
  await bench.run("signal hup TERM");
  assertEquals(bench.os.calls.at(-1), `kill ${bench.os.pidOf("hup")} 15`);
  assertMatch((await bench.run("signal a b"))[0], /^Command error: there is no signal b:/);
});

test("F-076: shutdown --cancel calls off the shutdown that is to come", async () => {
  const bench = new ControlBench({ a: {} }).boot();
  assertEquals(await bench.run("shutdown --cancel"), ["No shutdown is to come", 0]);
  await bench.run("shutdown 100");
  assertEquals(await bench.run("shutdown --cancel"), ["Shutdown called off", 0]);
  bench.os.advance(200_000);
  assertEquals(bench.container.phase, "running");
  await bench.run("shutdown 100");
  await bench.run("shutdown 10");
  bench.columns = 80;
  assertMatch((await bench.run("status"))[0], /^chaperone .*, ready, ends in 10 s$/m);
  bench.os.advance(10_000);
  assertEquals(bench.container.phase, "stopping");
  assertEquals(await bench.run("shutdown --cancel"), [
    "The container is ending already, and what has begun is carried through",
    1,
  ]);
});

test("F-075: wait answers once all services are ready, and sets no timer", async () => {
  const bench = new ControlBench({ a: { startupPauseMs: 500 }, b: {} }).boot();
  const timers = bench.os.timerCount;
  const waiting = [bench.begin("wait a b"), bench.begin("wait"), bench.begin("wait --for ready a")];
  assertEquals(bench.os.timerCount, timers);
  assertEquals(waiting.map(({ exitCode }) => exitCode), [undefined, undefined, undefined]);
  bench.os.advance(500);
  await Promise.all(waiting.map(({ done }) => done));
  assertEquals(waiting.map(({ text }) => text), [
    "ready: a, b.\n",
    "the container is ready.\n",
    "ready: a.\n",
  ]);
  assertEquals(waiting.map(({ exitCode }) => exitCode), [0, 0, 0]);
});

test("F-075: wait fails at once where a service has failed, and when its time is over", async () => {
  const bench = new ControlBench({ a: { startupPauseMs: 5000 }, b: { enabled: false } }).boot();
  const [text, exitCode] = await bench.run("wait b --timeout nonsense");
  assertMatch(text, /not a time: 'nonsense'; write 30s/);
  assertEquals(exitCode, 1);
  const late = bench.begin("wait --timeout 2s a");
  bench.os.advance(2000);
  await late.done;
  assertEquals([late.text, late.exitCode], ["not ready, not within 2 s: a (starting)\n", 1]);
  const failing = bench.begin("wait a");
  bench.os.end("a", EXIT_3);
  await failing.done;
  assertMatch(failing.text, /^not ready, it will not become so: a \(failed\)/);
  assertEquals(failing.exitCode, 1);
});

test("F-075: wait knows healthy, completed and stopped", async () => {
  const health = {
    probe: { kind: "file", path: "/x" },
    intervalMs: 1000,
    timeoutMs: 1000,
    retries: 1,
    startPeriodMs: 0,
    action: "none",
  } as const;
  const bench = new ControlBench({ once: { type: "oneshot" }, web: { health }, a: {} }).boot();
  const waiting = ["completed once", "healthy web", "stopped a"]
    .map((words) => bench.begin(`wait --for ${words}`));
  bench.os.end("once", EXIT_0);
  bench.supervisor.dispatch("web.service", { kind: "healthy" });
  await bench.run("stop a");
  bench.os.end("a", TERMED);
  await Promise.all(waiting.map(({ done }) => done));
  assertEquals(waiting.map(({ exitCode }) => exitCode), [0, 0, 0]);
  assertMatch((await bench.run("wait --for healthy a"))[0], /without a health probe.*: a$/);
  assertMatch((await bench.run("wait --for sleepy a"))[0], /--for is ready, healthy/);
});

test("wait ends with its client", async () => {
  const bench = new ControlBench({ a: { enabled: false } }).boot();
  const answer = bench.begin("wait a");
  answer.leave();
  await answer.done;
  assertEquals(answer.text, "");
});

test("F-051: run runs a oneshot anew, and --wait hands its exit status on", async () => {
  const bench = new ControlBench({ once: { type: "oneshot" }, a: {} }).boot();
  bench.os.end("once", EXIT_0);
  assertEquals(await bench.run("run once"), ["once runs.", 0]);
  assertEquals(bench.phase("once"), "starting");
  assertEquals((await bench.run("run once"))[1], 1);
  bench.os.end("once", EXIT_0);
  const answer = bench.begin("run --wait once");
  bench.os.end("once", EXIT_3);
  await answer.done;
  assertMatch(answer.text, /^once failed/);
  assertEquals(answer.exitCode, 3);
  assertMatch((await bench.run("run a"))[0], /only cron and oneshot services can be run/);
});
