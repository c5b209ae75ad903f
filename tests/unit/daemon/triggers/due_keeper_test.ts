/** Lives of a container one after another, over one book of what has been dealt with. */
import { assert, assertEquals } from "@std/assert";
import type { CronPolicy } from "../../../../lib/config/model.ts";
import { ScheduleBook } from "../../../../lib/daemon/triggers/schedule_book.ts";
import { test } from "../../../test.ts";
import { Bench } from "../container_bench.ts";
import { FakeOs } from "../fake_os.ts";

const MINUTE = 60_000;

/** Lets promises settle. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve();
}

/** A volume that outlives containers. */
class Volume {
  text = "";
  #timeMs = 1000;

  /** Starts a container `downMs` after the last one was killed. */
  async start(policy: Partial<CronPolicy>, downMs = 0): Promise<Bench> {
    const os = new FakeOs();
    os.timeMs = this.#timeMs + downMs;
    os.random = () => 0.5;
    const times = policy.onceAt === undefined ? { interval: "* * * * *" } : {};
    const cron: CronPolicy = { ...times, overlap: "skip", jitterMs: 0, ...policy };
    const services = { job: { type: "cron", cron, command: "job --now" } } as const;
    const book = new ScheduleBook(this.text);
    book.use({
      append: (line) => void (this.text += line),
      written: () => Promise.resolve(),
    });
    const bench = new Bench(services, {}, os, () => Promise.resolve(book)).boot();
    await settle();
    return bench;
  }

  kill(bench: Bench): void {
    this.#timeMs = bench.os.timeMs;
  }
}

/** Lets time pass by seconds, and jobs end at once. */
async function pass(bench: Bench, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1000) {
    bench.os.advance(Math.min(1000, left));
    await settle();
    await endJobs(bench);
  }
}

async function endJobs(bench: Bench): Promise<void> {
  while (bench.os.living.size > 0) {
    bench.os.end("job");
    await settle();
  }
}

const dues = (bench: Bench) =>
  bench.triggers.history("job.service").runs.map(({ dueWallMs = 0 }) => dueWallMs);

test("catch_up: all runs each moment that was missed, one after another, and none twice", async () => {
  const volume = new Volume();
  const first = await volume.start({ catchUp: "all" });
  await pass(first, 2 * MINUTE);
  const before = dues(first);
  assertEquals(before.length, 2);
  volume.kill(first);
  const second = await volume.start({ catchUp: "all" }, 3 * MINUTE);
  assertEquals(second.os.started, ["job"]);
  await endJobs(second);
  assertEquals(second.os.started.length, 3);
  await pass(second, MINUTE);
  const all = [...before, ...dues(second)];
  assertEquals(all, all.map((_, at) => (all[0] as number) + at * MINUTE));
  assertEquals(second.triggers.history("job.service").caughtUp, 3);
});

test("catch_up: once runs one, and two quick starts run it once", async () => {
  const volume = new Volume();
  const first = await volume.start({ catchUp: "once" });
  await pass(first, 2 * MINUTE);
  volume.kill(first);
  const second = await volume.start({ catchUp: "once" }, 5 * MINUTE);
  assertEquals(second.os.started, ["job"]);
  assertEquals(second.triggers.history("job.service").missed, 4);
  volume.kill(second);
  const third = await volume.start({ catchUp: "once" }, 10);
  await endJobs(third);
  assertEquals(third.os.started, []);
});

test("without catch_up nothing is written, and nothing made up for", async () => {
  const volume = new Volume();
  const first = await volume.start({});
  await pass(first, 2 * MINUTE);
  volume.kill(first);
  assertEquals(volume.text, "");
  const second = await volume.start({}, 5 * MINUTE);
  assertEquals(second.os.started, []);
});

test("a moment that is put off by jitter and dies with the container is made up for", async () => {
  const volume = new Volume();
  const policy = { catchUp: "once", interval: "@hourly", jitterMs: 30 * MINUTE } as const;
  const first = await volume.start(policy);
  // The hour is full after 47 minutes, and the job put off by 15.
  await pass(first, 50 * MINUTE);
  assertEquals(first.os.started, []);
  volume.kill(first);
  const second = await volume.start(policy, MINUTE);
  await pass(second, 20 * MINUTE);
  assertEquals(second.os.started, ["job"]);
  volume.kill(second);
  const third = await volume.start(policy, MINUTE);
  await pass(third, 10 * MINUTE);
  assertEquals(third.os.started, []);
});

test("what was due while telchap had stopped the service is not made up for", async () => {
  const volume = new Volume();
  const bench = await volume.start({ catchUp: "all" });
  await pass(bench, 2 * MINUTE);
  const before = bench.os.started.length;
  bench.supervisor.stop("job.service", "request", 1000);
  await pass(bench, 5 * MINUTE);
  bench.supervisor.dispatch("job.service", { kind: "start" });
  await settle();
  assertEquals(bench.os.started.length, before);
  await pass(bench, MINUTE);
  assertEquals(bench.os.started.length, before + 1);
});

test("a re-execution in the middle of making up loses and repeats nothing", async () => {
  const volume = new Volume();
  const first = await volume.start({ catchUp: "all" });
  await pass(first, MINUTE);
  volume.kill(first);
  const second = await volume.start({ catchUp: "all" }, 4 * MINUTE);
  await settle();
  const next = second.replace();
  await settle();
  await endJobs(next);
  await pass(next, 2 * MINUTE);
  const all = dues(next);
  assertEquals(new Set(all).size, all.length);
  assertEquals(all, all.map((_, at) => (all[0] as number) + at * MINUTE));
  assertEquals(all.length, 6);
});

test("a service that is disabled makes up for nothing, and goes on when it is enabled", async () => {
  const volume = new Volume();
  const first = await volume.start({ catchUp: "all" });
  await pass(first, MINUTE);
  first.supervisor.dispatch("job.service", { kind: "disable" });
  await pass(first, 3 * MINUTE);
  first.supervisor.dispatch("job.service", { kind: "enable" });
  await pass(first, 2 * MINUTE);
  assertEquals(first.os.started.length, 3);
});

test("without a place to remember, jobs run, and it is said", async () => {
  const bench = new Bench({
    job: {
      type: "cron",
      cron: { interval: "* * * * *", overlap: "skip", jitterMs: 0, catchUp: "once" },
      command: "job",
    },
  }).boot();
  await settle();
  assert(bench.texts("warn").some((text) => text.includes("catch_up has no effect")));
  await pass(bench, MINUTE);
  assertEquals(bench.os.started.length, 1);
});

/** A moment less than two minutes after the first life has begun. */
const ONCE = { onceAt: "2023-11-14T22:15:00", timezone: "UTC" } as const;
const isPast = (bench: Bench) => bench.texts("warn").some((text) => text.includes(" is past"));

test("once_at runs once, and never again, whatever the clock shows in the next life", async () => {
  const volume = new Volume();
  const first = await volume.start(ONCE);
  await pass(first, 5 * MINUTE);
  assertEquals(dues(first), [Date.UTC(2023, 10, 14, 22, 15)]);
  assertEquals(first.supervisor.state("job.service").phase.kind, "done");
  volume.kill(first);
  for (const laterMs of [MINUTE, -5 * MINUTE]) {
    const next = await volume.start(ONCE, laterMs);
    await pass(next, 5 * MINUTE);
    assertEquals([next.os.started, isPast(next)], [[], false], `${laterMs}`);
  }
});

test("once_at that was missed while down runs with catch_up, within its window", async () => {
  for (
    const [catchUp, windowMs, started] of [
      ["once", 10 * MINUTE, ["job"]],
      ["all", 10 * MINUTE, ["job"]],
      ["once", MINUTE, []],
      [undefined, 10 * MINUTE, []],
    ] as const
  ) {
    const volume = new Volume();
    const policy = {
      ...ONCE,
      catchUpWindowMs: windowMs,
      ...(catchUp === undefined ? {} : { catchUp }),
    };
    volume.kill(await volume.start(policy));
    const second = await volume.start(policy, 5 * MINUTE);
    const wanted = [...started];
    assertEquals([second.os.started, isPast(second)], [wanted, wanted.length === 0], `${catchUp}`);
    assertEquals(second.triggers.history("job.service").missed, wanted.length === 0 ? 1 : 0);
    await endJobs(second);
    assertEquals(
      second.supervisor.state("job.service").phase.kind,
      wanted.length === 0 ? "armed" : "done",
    );
    volume.kill(second);
    assertEquals((await volume.start(policy, 10)).os.started, []);
  }
});

test("once_at that is past before the first start is told, and stays for telchap run", async () => {
  const volume = new Volume();
  const policy = { ...ONCE, onceAt: "2023-11-14T22:13", catchUp: "once" } as const;
  for (let life = 0; life < 2; life++) {
    const bench = await volume.start(policy, MINUTE);
    await pass(bench, MINUTE);
    assertEquals([bench.os.started, isPast(bench)], [[], true]);
    bench.supervisor.dispatch("job.service", { kind: "run-asked", ticket: 1 });
    assertEquals(bench.os.started, ["job"]);
    volume.kill(bench);
  }
});

test("a moment that comes while the book is being read runs once", async () => {
  const opened = Promise.withResolvers<ScheduleBook>();
  const os = new FakeOs();
  const policy = { ...ONCE, catchUp: "all", overlap: "skip", jitterMs: 0 } as const;
  const services = { job: { type: "cron", cron: policy, command: "job" } } as const;
  const bench = new Bench(services, {}, os, () => opened.promise).boot();
  bench.os.advance(3 * MINUTE);
  opened.resolve(new ScheduleBook(""));
  await settle();
  await pass(bench, MINUTE);
  assertEquals(bench.os.started, ["job"]);
});
