import { assert, assertEquals, assertMatch } from "@std/assert";
import { test } from "../../../test.ts";
import { RESTART } from "../../service/service_config.ts";
import { ControlBench } from "./control_bench.ts";

const EXIT_4 = { kind: "exited", code: 4 } as const;

function write(bench: ControlBench, service: string, text: string, wallMs = bench.os.wallMs()) {
  const source = { pid: 7, stream: "stdout", wallMs } as const;
  bench.ring.append(`${service}.service`, source, new TextEncoder().encode(text));
}

test("O283 status prints header, table and rows as 0.3.9 does", async () => {
  const bench = new ControlBench({ b: { enabled: false }, a: {}, CONSOLE: {} }).boot();
  bench.os.advance(4000);
  const [text] = await bench.run("status");
  const pid = (program: string) => bench.os.pidOf(program);
  assertEquals(text.split("\n"), [
    "",
    "Running:           chaperone version 1.2.3",
    "Uptime:            0:00:04",
    "Managed processes: 3 (2 enabled)",
    "",
    "Services:",
    "",
    "pid  name       enabled  status    note",
    "---  ---------  -------  --------  ----",
    `${pid("CONSOLE")}  CONSOLE    true     running   -   `,
    `${pid("a")}  a.service  true     running   -   `,
    "-    b.service  false    disabled  -   ",
    "",
  ]);
});

test("O284 the state of CONSOLE is the fourth word of its line", async () => {
  const bench = new ControlBench({ CONSOLE: { startupPauseMs: 500 } }).boot();
  const word = async () => {
    const [text] = await bench.run("status");
    return text.split("\n").find((line) => line.includes("CONSOLE"))?.split(/\s+/)[3];
  };
  assertEquals(await word(), "starting");
  bench.os.advance(500);
  assertEquals(await word(), "running");
});

test("O285 status shows exits and what is left of restarts", async () => {
  const bench = new ControlBench({ a: { restart: RESTART }, b: {} }).boot();
  bench.os.end("a", EXIT_4);
  bench.os.end("b", { kind: "signaled", signal: 15, coreDumped: false });
  const [text] = await bench.run("status");
  assertMatch(text, /a\.service +true +exit\(4\)\+r#4 /);
  assertMatch(text, /b\.service +true +SIGTERM /);
});

test("status --json says the same to programs", async () => {
  const bench = new ControlBench({ a: {} }).boot();
  const [text] = await bench.run("status --json");
  const { services } = JSON.parse(text);
  assertEquals(services[0].name, "a.service");
  assertEquals([services[0].status, services[0].note, services[0].phase], ["running", null, "up"]);
});

test("O298 dependencies includes CONSOLE", async () => {
  const after = [{ name: "a.service" }];
  const bench = new ControlBench({ a: {}, CONSOLE: { after } }).boot();
  const [text] = await bench.run("dependencies");
  assertEquals(text.split("\n").slice(-2), ["a       | ", "CONSOLE | a"]);
});

test("O303 an answer of more than 64 KiB is complete", async () => {
  const services = Object.fromEntries(
    Array.from({ length: 2000 }, (_, at) => [`service-${at}`, { enabled: false }]),
  );
  const [text] = await new ControlBench(services).run("status");
  assert(text.length > 64 * 1024);
  assertEquals(text.split("\n").filter((line) => line.startsWith("-  ")).length, 2000);
});

test("logs shows lines of one service bare, of several with their names, in time", async () => {
  const bench = new ControlBench({ a: {}, bb: {} }).boot();
  write(bench, "a", "one\n", 1000);
  write(bench, "bb", "two\n", 2000);
  write(bench, "a", "three\n", 3000);
  assertEquals((await bench.run("logs a"))[0], "one\nthree");
  assertEquals((await bench.run("logs a bb"))[0], "a  | one\nbb | two\na  | three");
  assertEquals((await bench.run("logs -n1 a bb"))[0], "a  | three");
  assertEquals((await bench.run("logs -n x a"))[1], 1);
});

test("logs --since takes ages and times", async () => {
  const bench = new ControlBench({ a: {} });
  write(bench, "a", "old\n", bench.os.wallMs() - 120_000);
  write(bench, "a", "new\n", bench.os.wallMs() - 30_000);
  assertEquals((await bench.run("logs --since 1m a"))[0], "new");
  const time = new Date(bench.os.wallMs() - 60_000).toISOString();
  assertEquals((await bench.run(`logs --since ${time} a`))[0], "new");
  assertEquals((await bench.run("logs --since yesterdayish a"))[1], 1);
});

test("logs -f goes on until the client leaves", async () => {
  const bench = new ControlBench({ a: {}, b: {} }).boot();
  write(bench, "a", "before\n");
  const answer = bench.begin("logs -f a");
  write(bench, "a", "hal");
  write(bench, "b", "other\n");
  write(bench, "a", "ves\nmore\n");
  assertEquals(answer.text, "before\nhalves\nmore\n");
  answer.leave();
  await answer.done;
  write(bench, "a", "late\n");
  assertEquals(answer.text, "before\nhalves\nmore\n");
});

test("logs of other users' services are for the owner of the socket alone", async () => {
  const identity = { uid: 1000, gid: 1000, groups: [] };
  const bench = new ControlBench({ own: { identity }, others: {} }).boot();
  write(bench, "own", "mine\n");
  write(bench, "others", "secret\n");
  const caller = { mayControl: false, mayLook: true, uid: 1000 };
  assertEquals(await bench.run("logs own", caller), ["mine", 0]);
  assertEquals((await bench.run("logs", caller))[0].includes("secret"), false);
  assertMatch((await bench.run("logs others", caller))[0], /not permitted/);
  assertEquals((await bench.run("why others", caller))[0].includes("secret"), false);
});

test("events tells changes, and goes on with -f", async () => {
  const bench = new ControlBench({ a: {} }).boot();
  const [text] = await bench.run("events");
  assertMatch(text, / a starting -> up \(pid \d+\)$|launching -> up \(pid \d+\)$/);
  const answer = bench.begin("events -f -n 0");
  bench.os.end("a", EXIT_4);
  assertMatch(answer.text, /a up -> failed \(a\.service exited with code/);
  answer.leave();
  await answer.done;
});

test("logs and why leave out what chaperone says of a service", async () => {
  const bench = new ControlBench({ a: {} }).boot();
  write(bench, "a", "own words\n");
  const source = { pid: 1, stream: "chaperone", wallMs: bench.os.wallMs() } as const;
  bench.ring.append("a.service", source, new TextEncoder().encode("a.service started\n"));
  assertEquals((await bench.run("logs a"))[0], "own words");
  assertMatch((await bench.run("why a"))[0], /Last output:\n {2}own words$/);
});

test("why tells what a service waits for and what a failure would lead to", async () => {
  const bench = new ControlBench({
    db: { startupPauseMs: 5000 },
    web: { after: [{ name: "db.service" }] },
    job: { restart: RESTART },
  }).boot();
  bench.os.advance(2000);
  const [waiting] = await bench.run("why web");
  assertMatch(waiting, /^State: +waiting \(for 2 s\)$/m);
  assertMatch(waiting, /^Waits for: +db$/m);
  write(bench, "job", "cannot go on\n");
  bench.os.end("job", EXIT_4);
  const [failing] = await bench.run("why job");
  assertMatch(failing, /^Last exit: +exited with code 4 after 2 s$/m);
  assertMatch(failing, /^Restarts: +1 used, 4 left \(on-failure\)$/m);
  assertMatch(failing, /^Next attempt: +in 3 s$/m);
  assertMatch(failing, /^ {2}cannot go on$/m);
  assertEquals(JSON.parse((await bench.run("why --json job"))[0]).nextAttemptSecs, 3);
});

test("F-034: why tells of a service that runs again how the process before it ended", async () => {
  const bench = new ControlBench({ job: { restart: RESTART } }).boot();
  bench.os.advance(2000);
  bench.os.end("job", EXIT_4);
  bench.os.advance(10_000);
  assertEquals(bench.phase("job"), "up");
  const [text] = await bench.run("why job");
  assertMatch(text, /^Last exit: +exited with code 4 after 2 s$/m);
});

test("F-067: why after giving up tells how many restarts there were, and that none follows", async () => {
  const restart = { ...RESTART, limit: 2 };
  const bench = new ControlBench({ a: { restart, ignoreFailures: true }, b: {} }).boot();
  for (let start = 0; start < 3; start++) {
    bench.os.end("a", EXIT_4);
    bench.os.advance(10_000);
  }
  assertEquals(bench.phase("a"), "failed");
  const [text] = await bench.run("why a");
  assertMatch(text, /^State: +given up /m);
  assertMatch(text, /^Restarts: +2 used, 0 left \(on-failure\)$/m);
  assertMatch(text, /^Given up: +2 restarts did not help$/m);
  assertEquals(/If it fails/.test(text), false);
  const facts = JSON.parse((await bench.run("why --json a"))[0]);
  assertEquals([facts.gaveUp, facts.restartsUsed], ["2 restarts did not help", 2]);
  await bench.run("start a");
  assertEquals(/Given up/.test((await bench.run("why a"))[0]), false);
});

test("why tells what was last asked of a service, whatever it was", async () => {
  const labels = {
    start: "Started by",
    restart: "Restarted by",
    reset: "Reset by",
    reload: "Reloaded by",
    run: "Run by",
    launch: "Launched by",
  } as const;
  const bench = new ControlBench({ a: {} }).boot();
  for (const [order, label] of Object.entries(labels)) {
    bench.context.history.order("a.service", order as keyof typeof labels, "telchap (root)");
    const line = new RegExp(`^${label}: +telchap \\(root\\), `, "m");
    assertMatch((await bench.run("why a"))[0], line);
  }
});

test("F-068: a stopped service is stopped, but for the table of 0.3.9", async () => {
  const bench = new ControlBench({ a: {}, b: {} }).boot();
  await bench.run("stop a");
  bench.os.end("a", { kind: "exited", code: 0 });
  assertMatch((await bench.run("why a"))[0], /^State: +stopped /m);
  assertMatch((await bench.run("status"))[0], /a\.service +true +ready /);
  bench.columns = 80;
  assertMatch((await bench.run("status"))[0], /^a +stopped .*stopped by telchap \(root\)$/m);
  assertMatch((await bench.run("status --classic"))[0], /a\.service +true +ready /);
  assertMatch((await bench.run("tree"))[0], / a \(stopped\)$/m);
  assertMatch((await bench.run("graph"))[0], /^a \(stopped\)$/m);
});

test("F-069: why tells who stopped a service: telchap, a probe, a signal of somebody else", async () => {
  const health = {
    probe: { kind: "tcp", host: "127.0.0.1", port: 80 },
    intervalMs: 1000,
    timeoutMs: 1000,
    retries: 1,
    startPeriodMs: 0,
    action: "restart",
  } as const;
  const bench = new ControlBench({ a: {}, b: {}, c: { health }, d: {} }).boot();
  await bench.run("stop a");
  bench.os.end("a", { kind: "exited", code: 0 });
  assertMatch(
    (await bench.run("why a"))[0],
    /^Stopped by: +telchap \(root\), \d{4}-\d\d-\d\dT[\d:]+Z$/m,
  );
  bench.os.end("b", { kind: "signaled", signal: 9, coreDumped: false });
  assertMatch((await bench.run("why b"))[0], /^Last exit: .*SIGKILL.*did not send that signal\)$/m);
  assertMatch((await bench.run("why c"))[0], /^Health: +no verdict yet \(tcp 127\.0\.0\.1:80\)$/m);
  bench.supervisor.dispatch("c.service", { kind: "unhealthy", seen: "refused", strays: [] });
  const [text] = await bench.run("why c");
  assertMatch(text, /^Stopped by: +c\.service was unhealthy \(tcp 127\.0\.0\.1:80: refused\), /m);
  await bench.run("signal d TERM");
  bench.os.end("d", { kind: "signaled", signal: 15, coreDumped: false });
  const [signalled] = await bench.run("why d");
  assertMatch(signalled, /^Signalled: +signal TERM, by telchap \(root\), /m);
  assertEquals(/did not send/.test(signalled), false);
});

test("F-069: why names what a service follows, and not telchap, where that has restarted it", async () => {
  const bench = new ControlBench({
    db: { restart: RESTART },
    web: { edges: [{ name: "db.service", kind: "follows" }] },
  }).boot();
  bench.os.advance(100);
  bench.os.end("db", { kind: "exited", code: 3 });
  bench.os.advance(RESTART.delayMs);
  assertEquals(bench.supervisor.state("web.service").phase.kind, "stopping");
  assertMatch(
    (await bench.run("why web"))[0],
    /^Stopped by: +chaperone, since it follows db\.service, which has been restarted, /m,
  );
});

test("F-069: why tells of a missing program and of the errno of a failure", async () => {
  const bench = new ControlBench({
    a: { optional: true },
    b: {},
    c: { type: "notify", enabled: false },
  });
  bench.os.missing.add("a");
  bench.boot();
  assertMatch((await bench.run("why a"))[0], /^Enabled: +no: its program 'a' is not present$/m);
  bench.os.missing.delete("a");
  await bench.run("enable a");
  assertEquals(/Enabled/.test((await bench.run("why a"))[0]), false);
  await bench.run("start --enable c");
  const status = { kind: "exited", code: 13 } as const;
  bench.supervisor.dispatch("c.service", { kind: "reported", status, errno: 13, strays: [] });
  bench.os.end("c", { kind: "signaled", signal: 15, coreDumped: false });
  assertMatch((await bench.run("why c"))[0], /^Failure: .*the error 13 \(Permission denied\)/m);
});

test("F-070: status on a terminal fits it, and says why in few words", async () => {
  const bench = new ControlBench({
    "a-name-that-is-much-longer-than-any-column": {},
    bad: {},
    once: { type: "oneshot" },
    web: { after: [{ name: "late.service" }] },
    late: { startupPauseMs: 5000 },
    off: { enabled: false },
  }).boot();
  bench.os.end("bad", EXIT_4);
  bench.os.end("once", { kind: "exited", code: 0 });
  for (const columns of [20, 40, 80, 200]) {
    bench.columns = columns;
    const [text] = await bench.run("status");
    const table = text.split("\n").slice(3);
    assertEquals(table.filter((line) => line.length > Math.max(columns, 36)), [], text);
  }
  bench.columns = 80;
  const [text] = await bench.run("status");
  assertMatch(text, /^chaperone 1\.2\.3, up 0 ms, /m);
  assertMatch(text, /^a-name-that-is-… +running +0s$/m);
  assertMatch(text, /^bad +failed +0s +.*$/m);
  assertMatch(text, /^once +completed +0s +exited with code 0$/m);
  assertMatch(text, /^web +waiting +0s +waits for late$/m);
  assertMatch(text, /^off +disabled +0s$/m);
});

test("F-070: status NAME tells all that is known, the last lines included", async () => {
  const bench = new ControlBench({ a: {}, b: {} }).boot();
  write(bench, "a", "last words\n");
  const [text, exitCode] = await bench.run("status a");
  assertEquals(exitCode, 0);
  assertMatch(text, /^Service: +a\.service\nState: +running /);
  assertMatch(text, /Last output:\n {2}last words$/);
  assertEquals(JSON.parse((await bench.run("status --json a b"))[0]).services.length, 2);
});

test("tree gives processes to services by parent, session and what they carry", async () => {
  const bench = new ControlBench({ a: {}, b: {} }).boot();
  const main = bench.os.pidOf("a");
  bench.os.orphanList.push(
    { pid: main, parent: 1, session: main, group: main },
    { pid: 501, parent: main, session: main, group: main },
    { pid: 502, parent: 1, session: 502, group: 502 },
    { pid: 503, parent: 1, session: 503, group: 503 },
  );
  bench.os.markers.set(502, "b.service");
  const { services } = JSON.parse((await bench.run("tree --json"))[0]);
  const pids = services.map((service: { name: string; processes: { pid: number }[] }) => [
    service.name,
    service.processes.map(({ pid }) => pid),
  ]);
  assertEquals(pids, [["a.service", [main, 501]], ["b.service", [502]], [null, [503]]]);
});

test("graph draws for Graphviz, Mermaid and browsers", async () => {
  const bench = new ControlBench({ db: {}, web: { after: [{ name: "db.service" }] } }).boot();
  assertMatch((await bench.run("graph"))[0], /^db \(running\)\n {2}web \(running\) ← db$/);
  assertMatch((await bench.run("graph --dot"))[0], /"db" -> "web";/);
  assertMatch((await bench.run("graph --mermaid"))[0], /s0 --> s1/);
  const [picture] = await bench.run("graph --svg");
  assertMatch(picture, /^<svg xmlns=.*prefers-color-scheme: dark.*web waits for db/s);
});

test("blame tells durations and the critical path", async () => {
  const bench = new ControlBench({
    db: { startupPauseMs: 2000 },
    quick: { startupPauseMs: 100 },
    web: { startupPauseMs: 500, after: [{ name: "db.service" }, { name: "quick.service" }] },
  }).boot();
  bench.os.advance(5000);
  const report = JSON.parse((await bench.run("blame --json"))[0]);
  assertEquals(report.totalMs, 2500);
  const names = report.criticalPath.map(({ name }: { name: string }) => name);
  assertEquals(names, ["db.service", "web.service"]);
  assertEquals(report.entries[0].name, "db.service");
  const { traceEvents } = JSON.parse((await bench.run("blame --trace -"))[0]);
  const rows = traceEvents.filter(({ name }: { name: string }) => name === "thread_name")
    .map(({ args }: { args: { name: string } }) => args.name);
  assertEquals(rows, ["critical path", "db", "quick", "web"]);
});

test("runs tells what cron services did and when they run next", async () => {
  const cron = { interval: "@daily", timezone: "UTC", overlap: "skip", jitterMs: 0 } as const;
  const elsewhere = { ...cron, timezone: "America/St_Johns" };
  const once = { onceAt: "1970-01-01T00:00", overlap: "skip", jitterMs: 0 } as const;
  const bench = new ControlBench({
    job: { type: "cron", enabled: false, cron },
    far: { type: "cron", enabled: false, cron: elsewhere },
    past: { type: "cron", enabled: false, cron: { ...once, timezone: "UTC" } },
    a: {},
  });
  const first = {
    serial: 1,
    startWallMs: 0,
    endWallMs: 2000,
    durationMs: 2000,
    exit: EXIT_4,
    normal: false,
  };
  bench.schedules = {
    history: () => ({
      runs: [first, { serial: 2, startWallMs: 60_000, asked: true }],
      started: 2,
      asked: 1,
      failed: 1,
      missed: 0,
      caughtUp: 0,
      skipped: 0,
    }),
    nextDueMs: (name) => name === "past.service" ? undefined : 120_000,
    note: () => "@daily",
  };
  assertMatch((await bench.run("runs far"))[0], /; next 1969-12-31T20:32:00\.000-03:30\n/);
  assertMatch(
    (await bench.run("runs past"))[0],
    /; next none, once_at 1970-01-01T00:00 is past\n/,
  );
  assertMatch((await bench.run("why far"))[0], /^Next run: +1969-12-31T20:32:00\.000-03:30$/m);
  assertEquals(
    JSON.parse((await bench.run("why far --json"))[0]).nextRun,
    "1970-01-01T00:02:00.000Z",
  );
  assertEquals((await bench.run("runs job"))[0].split("\n"), [
    "job: 2 runs (1 by hand), 1 failed, 0 missed, 0 skipped; next 1970-01-01T00:02:00.000Z",
    "  1970-01-01T00:00:00.000Z  exited with code 4 after 2 s",
    "  1970-01-01T00:01:00.000Z  is under way, by hand",
  ]);
  assertEquals(JSON.parse((await bench.run("runs --json -n 1 job"))[0])[0].runs.length, 1);
  assertEquals(await bench.run("runs a"), ["Command error: only cron services have runs", 1]);
  assertMatch((await bench.run("status"))[0], /job\.service +false +disabled +@daily/);
});

test("audit tells what the kernel says of a process, of the caller's own services alone", async () => {
  const identity = { uid: 1000, gid: 1000, groups: [] };
  const bench = new ControlBench({ own: { identity }, others: {}, off: { enabled: false } }).boot();
  const [text] = await bench.run("audit --json");
  const { services } = JSON.parse(text);
  assertEquals(services.map(({ service }: { service: string }) => service), [
    "own.service",
    "others.service",
  ]);
  const [{ pid, uid, ports, writable, capabilities, filter, grade }] = services;
  assertEquals([pid, uid, ports, writable], [bench.os.pidOf("own"), 1000, [8080], ["/tmp"]]);
  assertEquals([capabilities, filter, grade], [[], "container", "C"]);
  const caller = { mayControl: false, mayLook: true, uid: 1000 };
  assertMatch((await bench.run("audit", caller))[0], /^own: grade C(?![^]*others)/);
  assertEquals((await bench.run("audit others", caller))[1], 4);
});

test("audit of what does not run says what is configured", async () => {
  const bench = new ControlBench({ a: { enabled: false, noNewPrivs: true } }).boot();
  const [text] = await bench.run("audit a");
  assertMatch(text, /^a: grade \w, \d+ points, by its configuration\n/);
  assertMatch(text, /\n {2}no_new_privs {2}yes\n/);
});
