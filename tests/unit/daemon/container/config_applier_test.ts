import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ConfigError } from "../../../../lib/base/errors.ts";
import { ApplyRefusal } from "../../../../lib/daemon/container/apply_refusal.ts";
import type { ApplyOutcome } from "../../../../lib/daemon/container/config_applier.ts";
import { test } from "../../../test.ts";
import { RESTART } from "../../service/service_config.ts";
import { ApplyBench, configOf } from "../apply_bench.ts";
import type { Services } from "../assembly.ts";

const after = (...names: string[]) => ({
  after: names.map((name) => ({ name: `${name}.service` })),
});

function failuresOf(outcome: ApplyOutcome): readonly string[] {
  if (outcome.kind !== "rolled-back") throw new Error(`it was ${outcome.kind}`);
  assertEquals(outcome.lost, []);
  return outcome.failures;
}

test("applying starts what is added, stops what is removed, restarts what has changed", async () => {
  const bench = new ApplyBench(configOf({ same: {}, old: {}, changed: {} }));
  const before = bench.os.running;
  const outcome = await bench.apply(
    configOf({ same: {}, changed: { argv: ["other"] }, added: {} }),
  );
  assertEquals(outcome, { kind: "applied" });
  const { running } = bench.os;
  assertEquals(Object.keys(running), ["added", "other", "same"]);
  assertEquals(running["same"], before["same"]);
  assertThrows(() => bench.supervisor.state("old.service"), RangeError);
  assertEquals(bench.finished, undefined);
});

test("what is in force is the configuration that was loaded, also where instances were rolled", async () => {
  const copies = (nice: number): Services => ({
    "web.1": { section: "web.service", nice },
    "web.2": { section: "web.service", nice },
  });
  for (const [before, wanted] of [[{ a: {} }, { a: { nice: 3 } }], [copies(1), copies(2)]]) {
    const bench = new ApplyBench(configOf(before as Services));
    const config = configOf(wanted as Services);
    assertEquals((await bench.apply(config)).kind, "applied");
    assert(bench.current.config === config);
  }
});

test("an unchanged service keeps its phase, its counters and the very same state", async () => {
  const bench = new ApplyBench(configOf({ a: { restart: RESTART }, b: {} }));
  bench.os.end("a", { kind: "exited", code: 3 });
  bench.os.advance(4000);
  const state = bench.supervisor.state("a.service");
  assertEquals(state.restartsTotal, 1);
  await bench.apply(configOf({ a: { restart: RESTART }, b: { nice: 3 } }));
  assertEquals(bench.supervisor.state("a.service"), state);
});

test("what only matters later is taken over without a new process", async () => {
  const bench = new ApplyBench(configOf({ a: {} }));
  const before = bench.os.running;
  await bench.apply(configOf({ a: { killSignal: 2, stopTimeoutMs: 100 } }));
  assertEquals(bench.os.running, before);
  bench.supervisor.stop("a.service", "request", 100);
  assert(bench.os.calls.includes(`kill -${before["a"]} 2`));
});

test("dependents stop before what they need, and start after it", async () => {
  const services = (nice: number): Services => ({
    db: { nice },
    app: { nice, ...after("db") },
    web: { nice, ...after("app") },
  });
  const bench = new ApplyBench(configOf(services(1)));
  const { db, app, web } = bench.os.running;
  const from = bench.os.calls.length;
  await bench.apply(configOf(services(2)));
  const calls = bench.os.calls.slice(from);
  const kills = [web, app, db].map((pid) => `kill -${pid} 15`);
  assertEquals(calls.filter((call) => !call.startsWith("kill") || kills.includes(call)), [
    ...kills,
    "spawn /bin/db",
    "spawn /bin/app",
    "spawn /bin/web",
  ]);
});

test("a service that fails at its start brings the former configuration back", async () => {
  const bench = new ApplyBench(configOf({ same: {}, changed: {}, gone: {} }));
  const { current, os } = bench;
  const former = current.config;
  const same = os.running["same"];
  const outcome = await bench.apply(configOf({ same: {}, changed: { argv: ["bad!"] }, added: {} }));
  const [failure, ...others] = failuresOf(outcome);
  assert(failure?.startsWith("changed.service exited with code"));
  assertEquals(others, []);
  assertEquals(Object.keys(os.running), ["changed", "gone", "same"]);
  assertEquals(os.running["same"], same);
  assertEquals(current.config, former);
  assertThrows(() => bench.supervisor.state("added.service"), RangeError);
});

test("a service that is not ready in time brings the former configuration back", async () => {
  const bench = new ApplyBench(configOf({ a: {} }));
  const slow = { type: "notify", processTimeoutMs: 300_000 } as const;
  const outcome = await bench.apply(configOf({ a: {}, slow }), 2000);
  assertEquals(failuresOf(outcome), ["slow.service is not ready after 2 s"]);
  assertEquals(Object.keys(bench.os.running), ["a"]);
});

test("what had ended before is not run again by the way back", async () => {
  const job = { type: "oneshot" } as const;
  const bench = new ApplyBench(configOf({ job, a: {} }));
  bench.os.end("job");
  bench.os.advance(100);
  assertEquals(bench.phase("job"), "done");
  const ran = () => bench.os.started.filter((program) => program === "job").length;
  await bench.apply(configOf({ job: { ...job, argv: ["bad!"] }, a: {} }));
  assertEquals([bench.phase("job"), ran()], ["done", 1]);
});

test("a changed service that was stopped on purpose stays down, one that had failed is started", async () => {
  const bench = new ApplyBench(configOf({ off: {}, broken: {}, a: {} }));
  bench.supervisor.stop("off.service", "request", 100);
  bench.os.end("broken", { kind: "exited", code: 3 });
  bench.os.advance(100);
  await bench.apply(configOf({ off: { nice: 1 }, broken: { nice: 1 }, a: {} }));
  assertEquals([bench.phase("off"), bench.phase("broken")], ["down", "up"]);
});

test("a service with exit_kills that is restarted does not end the container", async () => {
  const bench = new ApplyBench(configOf({ main: { exitKills: true } }));
  await bench.apply(configOf({ main: { exitKills: true, nice: 2 } }));
  assertEquals([bench.phase("main"), bench.finished], ["up", undefined]);
  const outcome = await bench.apply(configOf({ main: { exitKills: true, argv: ["bad!"] } }));
  assertEquals(outcome.kind, "rolled-back");
  assertEquals([bench.phase("main"), bench.finished], ["up", undefined]);
});

test("the container ends with detect_exit once a configuration without services is in force", async () => {
  const bench = new ApplyBench(configOf({ a: {} }));
  await bench.apply(configOf({}));
  assertEquals(bench.finished?.exitCode, 0);
});

test("a schedule that has changed is armed anew, another one is left alone", async () => {
  const cron = (interval: string) => ({
    type: "cron",
    cron: { interval, overlap: "skip", jitterMs: 0 },
  } as const);
  const bench = new ApplyBench(configOf({ a: cron("0 1 * * *"), b: cron("0 1 * * *") }));
  const due = (name: string) => bench.triggers.nextDueMs(`${name}.service`);
  const [a, b] = [due("a"), due("b")];
  await bench.apply(configOf({ a: cron("0 1 * * *"), b: cron("0 2 * * *") }));
  assertEquals(due("a"), a);
  assertEquals((due("b") ?? 0) - (b ?? 0), 3_600_000);
});

test("sockets of unchanged services stay open, those of removed ones are closed", async () => {
  const inetd = (port: number) => ({ type: "inetd", port } as const);
  const bench = new ApplyBench(configOf({ a: inetd(1), b: inetd(2) }));
  const [first] = bench.os.sockets;
  await bench.apply(configOf({ a: inetd(1) }));
  assertEquals([...bench.os.sockets], [first]);
});

test("errors of the configuration, and settings that are read once, change nothing", async () => {
  const bench = new ApplyBench(configOf({ a: {} }));
  const { os, applier } = bench;
  const { running } = os;
  bench.next = new ConfigError([{ message: "first" }, { message: "second" }]);
  const error = await assertRejects(() => applier.preview(), ApplyRefusal);
  assert(error.message.includes("first") && error.message.includes("second"));
  os.missing.add("nowhere");
  const next = configOf({ a: {}, b: { argv: ["nowhere"] } }, { console: "json" });
  const refusal = await assertRejects(() => bench.apply(next), ApplyRefusal);
  assertEquals(refusal.message.split("\n"), [
    "Cannot apply console of settings: it is read once, when the container starts",
    "Cannot start b.service: executable 'nowhere' not found",
  ]);
  assertEquals(os.running, running);
});

test("F-072: an env_file that does not exist is found before anything is changed", async () => {
  const bench = new ApplyBench(configOf({ a: {} }));
  const next = configOf({
    a: {},
    b: { envFiles: ["/none"] },
    c: { envFiles: ["/none"], ...after("a") },
  });
  const refusal = await assertRejects(() => bench.apply(next), ApplyRefusal);
  assertEquals(refusal.message, "Cannot start b.service: env_file '/none' does not exist");
});

test("F-072: a configuration that is not there any more is not taken for an empty one", async () => {
  const origin = { file: "/etc/chaperone.d/a.conf", line: 1, column: 1 };
  const bench = new ApplyBench(configOf({ a: { origin } }));
  bench.next = configOf({});
  bench.missingPath = "/etc/chaperone.d";
  const refusal = await assertRejects(() => bench.applier.preview(), ApplyRefusal);
  assert(refusal.message.startsWith("there is nothing at '/etc/chaperone.d'"), refusal.message);
});

test("F-072: a failure of a service that is started says which one it is", async () => {
  const bench = new ApplyBench(configOf({ a: {} }));
  const next = configOf({ a: {}, b: { envFiles: ["/none"], ...after("a") } });
  const [failure = ""] = failuresOf(await bench.apply(next));
  assert(failure.startsWith("b.service: "), failure);
});

test("settings that are read when they are needed are in force at once", async () => {
  const bench = new ApplyBench(configOf({ a: {} }));
  await bench.apply(configOf({ a: {} }, { detectExit: false }));
  bench.os.end("a");
  assertEquals(bench.finished, undefined);
});

test("a shutdown while services are exchanged wins", async () => {
  const bench = new ApplyBench(configOf({ a: {} }));
  bench.next = configOf({ a: { nice: 1 }, b: {} });
  const outcome = bench.applier.apply(await bench.applier.preview());
  bench.container.shutdown({ exitCode: 0, reason: "SIGTERM" });
  assertEquals(await bench.untilDone(outcome), { kind: "ending" });
  await bench.untilDone(Promise.resolve());
  bench.os.advance(10_000);
  assertEquals(bench.finished?.reason, "SIGTERM");
  assertEquals(bench.os.running, {});
});

test("what somebody starts again while others stop is stopped once more", async () => {
  const services = (nice: number): Services => ({ db: { nice }, web: { nice, ...after("db") } });
  const bench = new ApplyBench(configOf(services(1)));
  bench.supervisor.observe((name, _before, now) => {
    if (name !== "web.service" || now.kind !== "stopping" || bench.os.started.length > 2) return;
    bench.os.setTimer(1, () => bench.supervisor.dispatch(name, { kind: "start" }));
  });
  assertEquals(await bench.apply(configOf(services(2))), { kind: "applied" });
  assertEquals([bench.phase("db"), bench.phase("web")], ["up", "up"]);
});

test("only one configuration is applied at a time", async () => {
  const bench = new ApplyBench(configOf({ a: {} }));
  bench.next = configOf({ a: { nice: 1 } });
  const { applier } = bench;
  const preview = await applier.preview();
  const first = applier.apply(preview);
  await assertRejects(() => applier.apply(preview), ApplyRefusal);
  assertEquals(await bench.untilDone(first), { kind: "applied" });
});

/** A linear congruential generator: the walk is the same each time. */
function randomSource(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

function randomServices(random: (below: number) => number): Services {
  const services: Record<string, Services[string]> = {};
  const names = ["a", "b", "c", "d", "e", "f"].filter(() => random(3) > 0);
  for (const name of names) {
    const below = Object.keys(services).filter(() => random(3) === 0);
    services[name] = {
      argv: [`${name}${random(2)}${random(25) === 0 ? "!" : ""}`],
      enabled: random(5) > 0,
      killSignal: random(2) === 0 ? 15 : 2,
      ...after(...below),
    };
  }
  return services;
}

test("after any number of configurations exactly the right programs run", async () => {
  const random = randomSource(7);
  let services: Services = { a: { argv: ["a0"] } };
  const options = { detectExit: false };
  const bench = new ApplyBench(configOf(services, options));
  let rolledBack = 0;
  for (let round = 0; round < 300; round++) {
    const next = randomServices(random);
    const before = bench.os.running;
    const outcome = await bench.apply(configOf(next, options));
    const programs = Object.values(next).filter(({ enabled }) => enabled !== false)
      .map(({ argv }) => argv?.[0] ?? "").sort();
    const isBad = programs.some((program) => program.endsWith("!"));
    assertEquals(outcome.kind, isBad ? "rolled-back" : "applied");
    const { running } = bench.os;
    assertEquals(Object.keys(running), isBad ? Object.keys(before) : programs);
    for (const [name, { argv, enabled }] of Object.entries(isBad ? services : next)) {
      const program = argv?.[0] ?? "";
      const [was, is] = [services[name], next[name]];
      const isSame = was?.argv?.[0] === is?.argv?.[0] && was?.enabled === is?.enabled;
      if (enabled !== false && isSame) assertEquals(running[program], before[program], name);
    }
    if (isBad) rolledBack++;
    else services = next;
    assertEquals([...bench.supervisor.names()], Object.keys(services).map((n) => `${n}.service`));
  }
  assert(rolledBack > 10 && rolledBack < 290);
});

const web = (instance: number, argv: string, more = {}) => ({
  argv: [argv],
  instance,
  section: "web.service",
  ...more,
});

/** Three instances that run programs whose names begin so. */
const webs = (program: string, more = {}): Services =>
  Object.fromEntries(
    [1, 2, 3].map((at) => [`web.${at}`, web(at, `${program}${at}`, more)]),
  );

/** The programs that were started, in order. */
const startsOf = ({ os }: ApplyBench) =>
  os.calls.filter((call) => call.startsWith("spawn")).map((call) => call.split("/").at(-1));

test("instances are exchanged one after another", async () => {
  const bench = new ApplyBench(configOf({ ...webs("old"), other: {} }));
  const least = { count: 3 };
  bench.supervisor.observe(() => {
    const up = [1, 2, 3].filter((at) => bench.phase(`web.${at}`) === "up").length;
    least.count = Math.min(least.count, up);
  });
  const next = configOf({ ...webs("new"), other: {} });
  assertEquals(await bench.apply(next), { kind: "applied" });
  assertEquals(Object.keys(bench.os.running), ["new1", "new2", "new3", "other"]);
  assertEquals(least.count, 2);
  assertEquals(bench.current.config, next);
});

test("instances go back where one does not become ready, and so does all else", async () => {
  const bench = new ApplyBench(configOf({ ...webs("old"), other: {} }));
  const next = { ...webs("new"), "web.2": web(2, "new2!"), other: { argv: ["changed"] } };
  const failures = failuresOf(await bench.apply(configOf(next)));
  assertEquals(failures.length, 1);
  assertEquals(Object.keys(bench.os.running), ["old1", "old2", "old3", "other"]);
  assertEquals(startsOf(bench).slice(4), [
    ...["changed", "new1", "new2!", "old1", "old2", "other"],
  ]);
  assertEquals(bench.supervisor.config("web.1.service").argv, ["old1"]);
});

test("services of which the first were exchanged go back with those that cannot be", async () => {
  const api = (program: string): Services => ({
    "api.1": { ...web(1, program), section: "api.service" },
    "api.2": { ...web(2, `${program}2`), section: "api.service" },
  });
  const bench = new ApplyBench(configOf({ ...api("a"), ...webs("old") }));
  const next = { ...api("b"), ...webs("new"), "web.1": web(1, "new1!") };
  failuresOf(await bench.apply(configOf(next)));
  assertEquals(Object.keys(bench.os.running), ["a", "a2", "old1", "old2", "old3"]);
});

test("a canary that leaves takes the configuration back", async () => {
  const canary = { canary: { count: 1, forMs: 60_000 } };
  const bench = new ApplyBench(configOf(webs("old", canary)));
  bench.next = configOf(webs("new", canary));
  const applying = bench.applier.apply(await bench.applier.preview());
  const soon = async (wanted: () => boolean) => {
    for (let tick = 0; tick < 1000 && !wanted(); tick++) {
      await Promise.resolve();
      if (tick % 20 === 19) bench.os.advance(10);
    }
  };
  await soon(() => bench.phase("web.1") === "up" && bench.os.running["new1"] !== undefined);
  await soon(() =>
    bench.roller.describe(bench.supervisor.config("web.1.service")) ===
      "1 of 3 done, watching whether web.1.service stays ready"
  );
  bench.os.end("new1", { kind: "exited", code: 3 });
  const failures = failuresOf(await bench.untilDone(applying));
  assertEquals(failures, ["web.1.service did not stay ready"]);
  assertEquals(Object.keys(bench.os.running), ["old1", "old2", "old3"]);
});

test("a spare stands in with the new configuration, and one whose sockets change is no spare", async () => {
  const spare = (program: string) => ({
    "web.4": web(4, program, { isSpare: true, enabled: false }),
  });
  const bench = new ApplyBench(configOf({ ...webs("old"), ...spare("old4") }));
  const next = configOf({ ...webs("new"), ...spare("new4") });
  assertEquals(await bench.apply(next), { kind: "applied" });
  assertEquals(startsOf(bench).slice(3), ["new4", "new1", "new2", "new3"]);
  assertEquals(Object.keys(bench.os.running), ["new1", "new2", "new3"]);
  const moved = configOf({ ...webs("moved", { listen: ["81"] }), ...spare("new4") });
  assertEquals(await bench.apply(moved), { kind: "applied" });
  assertEquals(startsOf(bench).slice(7), ["moved1", "moved2", "moved3"]);
});
