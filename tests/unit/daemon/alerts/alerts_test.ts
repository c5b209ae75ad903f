/** Alerts over a system whose clock moves, and servers that answer, when a test says so. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { AlertConfig } from "../../../../lib/config/alert_model.ts";
import { Alerts } from "../../../../lib/daemon/alerts/alerts.ts";
import type { AlertOs, AlertPost } from "../../../../lib/door/alert_os.ts";
import { test } from "../../../test.ts";
import { RESTART } from "../../service/service_config.ts";
import type { Services } from "../assembly.ts";
import { Bench, EXIT_3 } from "../container_bench.ts";

const ALERT: AlertConfig = {
  name: "ops.alert",
  enabled: true,
  events: ["failed", "gave_up", "oom", "job_failed", "recovered", "ended"],
  restarts: [{ moreThan: 3, withinMs: 600_000 }],
  services: ["*"],
  webhook: "http://h:1/secret",
  format: "json",
  groupWaitMs: 10_000,
  repeatMs: 3_600_000,
  rateLimit: { count: 30, periodMs: 3_600_000 },
};

class Server implements AlertOs {
  readonly posts: AlertPost[] = [];
  readonly files: string[] = [];
  readonly commands: string[] = [];
  answer: () => Promise<number> = () => Promise.resolve(200);

  post(request: AlertPost): Promise<number> {
    this.posts.push(request);
    return this.answer();
  }

  append(path: string, text: string): Promise<void> {
    this.files.push(`${path}: ${text}`);
    return Promise.resolve();
  }

  run(argv: readonly string[], input: string): void {
    this.commands.push(`${argv.join(" ")}: ${input}`);
  }

  /** What each post tells. */
  get told(): string[] {
    return this.posts.map(({ body }) => {
      const { events } = JSON.parse(body) as { events: { event: string; count: number }[] };
      return events.map(({ event, count }) => `${event} ${count}`).join(", ");
    });
  }
}

function watched(services: Services, ...configs: Partial<AlertConfig>[]) {
  const bench = new Bench(services);
  const door = new Server();
  const lacking = new Map<string, string>();
  const alerts = new Alerts(configs.map((config) => ({ ...ALERT, ...config })), {
    os: bench.os,
    door,
    journal: bench.journal,
    supervisor: bench.supervisor,
    host: "box",
    lastLines: () => ["last words"],
    lacking: (name) => lacking.get(name),
  });
  bench.boot();
  return { bench, os: bench.os, door, alerts, lacking };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await Promise.resolve();
}

async function pass(bench: Bench, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1000) {
    bench.os.advance(Math.min(left, 1000));
    await settle();
  }
}

test("a crash loop of 1,000 deaths gives two posts, the last one says recovered", async () => {
  const restart = { ...RESTART, limit: 2000, delayMs: 100 };
  const { bench, os, door } = watched({ web: { restart } }, {});
  for (let death = 0; death < 1000; death++) {
    os.advance(10);
    os.end("web", EXIT_3);
    os.advance(200);
    await settle();
  }
  await pass(bench, 60_000);
  assertEquals(door.told.map((text) => text.split(" ")[0]), ["restarts", "recovered"]);
  assertStringIncludes(door.posts[0]?.body ?? "", "last words");
});

test("a service that gives up is told once, with the container's end beside it", async () => {
  const { bench, door, alerts } = watched({
    web: { restart: { ...RESTART, limit: 0, when: "never" }, exitKills: true },
  }, {});
  bench.os.advance(10);
  bench.os.end("web", EXIT_3);
  await settle();
  alerts.ending({ exitCode: 3, reason: "web failed" });
  await alerts.end(8000);
  assertEquals(door.told.join(), "failed 1, ended 1");
});

test("services are chosen by name or pattern; a section that is off tells nothing", async () => {
  const { bench, os, door } = watched(
    { web: {}, db: {} },
    { services: ["d*"], groupWaitMs: 0 },
    { name: "b.alert", enabled: false },
  );
  os.advance(10);
  os.end("web", EXIT_3);
  await pass(bench, 2000);
  assertEquals(door.told, []);
  os.end("db", EXIT_3);
  await pass(bench, 2000);
  assertEquals(door.told, ["failed 1"]);
});

test("a job that fails is told, and a later one that does not is a recovery", async () => {
  const cron = { interval: "* * * * *", overlap: "skip", jitterMs: 0 } as const;
  const { bench, os, door } = watched({ job: { type: "cron", cron } }, { groupWaitMs: 0 });
  for (const status of [EXIT_3, EXIT_3, { kind: "exited", code: 0 } as const]) {
    await pass(bench, 60_000);
    os.end("job", status);
    await pass(bench, 1000);
  }
  assertEquals(door.told, ["job_failed 1", "recovered 1"]);
});

test("a server that is away is asked again with growing pauses, ten times, and is named twice", async () => {
  const { bench, os, door, alerts } = watched({ web: {} }, { groupWaitMs: 0 });
  door.answer = () => Promise.reject(new Error("connection refused"));
  os.advance(10);
  os.end("web", EXIT_3);
  await pass(bench, 600_000);
  assertEquals(door.posts.length, 10);
  assertEquals(bench.texts("warn").filter((text) => text.startsWith("ops.alert")), [
    "ops.alert: a message waits and is tried again: connection refused",
    "ops.alert: a message is given up: connection refused",
  ]);
  assertEquals(alerts.status[0]?.dropped, 1);
});

test("a server that says no is not asked again, one that is busy is; its URL stays secret", async () => {
  for (const [status, posts] of [[404, 1], [429, 2], [503, 2]] as const) {
    const { bench, os, door } = watched({ web: {} }, { groupWaitMs: 0 });
    door.answer = () => Promise.resolve(door.posts.length === 1 ? status : 200);
    os.advance(10);
    os.end("web", EXIT_3);
    await pass(bench, 5000);
    assertEquals(door.posts.length, posts, `${status}`);
    const warning = bench.texts("warn").find((text) => text.startsWith("ops.alert")) ?? "";
    assertStringIncludes(warning, `h:1 answered ${status}`);
    assert(!warning.includes("secret"));
  }
});

test("a server that never answers holds up the end for its budget and no longer", async () => {
  const { bench, os, door, alerts } = watched({ web: {} }, {});
  door.answer = () => new Promise(() => {});
  alerts.ending({ exitCode: 0, reason: "SIGTERM" });
  os.advance(7000);
  let isOver = false;
  const over = alerts.end(8000).then(() => isOver = true);
  await settle();
  assertEquals(isOver, false);
  await pass(bench, 1000);
  await over;
  assertEquals(door.told, ["ended 1"]);
});

test("a test message goes to all ways of its section, at once, and says what went wrong", async () => {
  const { door, alerts } = watched({ web: {} }, { file: "/a", command: ["mail", "root"] });
  await alerts.test("ops.alert");
  assertEquals([door.posts.length, door.files.length, door.commands.length], [1, 1, 1]);
  assertStringIncludes(door.commands[0] ?? "", 'mail root: {"source":"chaperone"');
  door.answer = () => Promise.resolve(500);
  const problem = await alerts.test("ops.alert").catch((error: Error) => error.message);
  assertEquals(problem, "h:1 answered 500");
});

test("another configuration keeps what a section of the same name has told", async () => {
  const { bench, os, door, alerts } = watched({ web: { restart: RESTART } }, { groupWaitMs: 0 });
  os.advance(10);
  alerts.configure([{ ...ALERT, groupWaitMs: 0, events: ["recovered"] }, {
    ...ALERT,
    name: "b.alert",
  }]);
  assertEquals(alerts.status.map(({ name }) => name), ["ops.alert", "b.alert"]);
  for (let death = 0; death < 4; death++) {
    os.end("web", EXIT_3);
    os.advance(3000);
    await settle();
  }
  await pass(bench, 12_000);
  assert(door.told.includes("restarts 1"), door.told.join("; "));
});

test("a stop that outlasts its time is told, and so is that the service is up again", async () => {
  const { bench, os, door } = watched({ web: {}, db: {}, keeper: {} }, {
    events: ["stop_overdue", "recovered"],
    groupWaitMs: 1000,
  });
  os.advance(10);
  for (const name of ["web.service", "db.service"]) {
    bench.supervisor.stop(name, "request", 3000);
  }
  os.end("db", EXIT_3);
  await pass(bench, 5000);
  assertEquals(door.told, ["stop_overdue 1"]);
  assertStringIncludes(
    door.posts[0]?.body ?? "",
    "had not stopped after 3 s and was killed; it was asked to stop",
  );
  os.end("web", { kind: "signaled", signal: 9, coreDumped: false });
  bench.supervisor.dispatch("web.service", { kind: "start" });
  await pass(bench, 5000);
  assertEquals(door.told, ["stop_overdue 1", "recovered 1"]);
});

test("of several copies the failure of one is a degradation, until all serve again", async () => {
  const copy = { section: "web.service" };
  const { bench, os, door } = watched({ a: copy, b: copy, c: {} }, {
    events: ["degraded", "recovered"],
    groupWaitMs: 1000,
  });
  os.advance(10);
  os.end("c", EXIT_3);
  os.end("a", EXIT_3);
  await pass(bench, 3000);
  assertEquals(door.told, ["degraded 1"]);
  const { events: [event] } = JSON.parse(door.posts[0]?.body ?? "");
  assertEquals([event.service, event.text], ["web.service", "1 of 2 do not serve: a (failed)"]);
  bench.supervisor.dispatch("a.service", { kind: "start", force: true });
  await pass(bench, 3000);
  assertEquals(door.told, ["degraded 1", "recovered 1"]);
});

test("a sandbox that is not complete is told; what has recovered beside it is, and that it stays", async () => {
  const { bench, os, door, alerts, lacking } = watched({ web: { restart: RESTART } }, {
    events: ["degraded", "recovered"],
    restarts: [{ moreThan: 0, withinMs: 600_000 }],
    groupWaitMs: 1000,
  });
  lacking.set("web.service", "this kernel cannot restrict network");
  os.advance(10);
  os.end("web", EXIT_3);
  await pass(bench, 10_000);
  assertEquals(door.told, ["restarts 1", "degraded 1, recovered 1"]);
  const { events: [, recovered] } = JSON.parse(door.posts[1]?.body ?? "");
  assertEquals(recovered.of, ["restarts"]);
  assertEquals(alerts.status[0]?.suppressed, 0);
});
