/** Several jobs of a cron service side by side, event by event. */
import { assertEquals } from "@std/assert";
import type { ServiceConfig } from "../../../../lib/config/model.ts";
import type { Effect, Event } from "../../../../lib/service/life/event.ts";
import { jobsOf } from "../../../../lib/service/life/job.ts";
import { deadlineOf, initialState, ownPids } from "../../../../lib/service/life/phase.ts";
import { judgeAskedRun } from "../../../../lib/service/life/asked_run.ts";
import { step } from "../../../../lib/service/life/step.ts";
import { test } from "../../../test.ts";
import { RESTART, serviceConfig } from "../service_config.ts";

const CRON = { interval: "* * * * *", overlap: "parallel", jitterMs: 0 } as const;
const DUE: Event = { kind: "due", delayMs: 0, isLast: false };
const READY: Event = { kind: "prerequisites-ready" };

/** An armed service whose processes are 1, 2, 3 in the order of their start. */
class Jobs {
  state = initialState(true);
  nowMs = 0;
  effects: readonly Effect[] = [];
  readonly config: ServiceConfig;
  #pids = 0;

  constructor(config: Partial<ServiceConfig> = {}) {
    this.config = serviceConfig({ type: "cron", cron: CRON, maxInstances: 3, ...config });
    this.take({ kind: "start" }, { kind: "armed" });
  }

  take(...events: readonly Event[]): this {
    for (const event of events) {
      const context = { config: this.config, nowMs: this.nowMs, random: 0, executable: "x" };
      const { state, effects } = step(this.state, event, context);
      this.state = state;
      this.effects = effects;
    }
    return this;
  }

  start(count = 1): this {
    for (let left = count; left > 0; left--) {
      this.take(DUE, READY, { kind: "spawned", pid: ++this.#pids });
    }
    return this;
  }

  exit(pid: number, code = 0, strays: readonly number[] = []): this {
    return this.take({ kind: "exited", pid, status: { kind: "exited", code }, strays });
  }

  get pids(): readonly number[] {
    return this.state.phase.kind === "armed" ? [...ownPids(this.state.phase)].sort() : [];
  }

  get kinds(): readonly string[] {
    const { phase } = this.state;
    return phase.kind === "armed" ? jobsOf(phase).map(({ kind }) => kind) : [phase.kind];
  }

  get signals(): readonly string[] {
    return this.effects.flatMap((effect) =>
      effect.kind === "signal" ? [`${effect.signal} ${effect.pid}`] : []
    );
  }

  get told(): readonly string[] {
    return this.effects.flatMap((effect) => effect.kind === "log" ? [effect.text] : []);
  }
}

test("each moment starts a job of its own, up to max_instances", () => {
  const jobs = new Jobs().start(3);
  assertEquals(jobs.pids, [1, 2, 3]);
  jobs.take(DUE);
  assertEquals(jobs.effects.some(({ kind }) => kind === "job-skipped"), true);
  assertEquals(
    jobs.told.at(-1),
    "a.service is due and skipped, since 3 of its runs go on (max_instances)",
  );
  jobs.exit(2);
  assertEquals(jobs.pids, [1, 3]);
  assertEquals(jobs.start().pids, [1, 3, 4]);
  assertEquals(jobs.exit(1).exit(3).exit(4).kinds, []);
});

test("without max_instances ten run side by side, with 1 one alone", () => {
  const { maxInstances: _, ...config } = new Jobs().config;
  assertEquals(new Jobs(config).start(12).pids.length, 3);
  assertEquals(new Jobs({ maxInstances: 1 }).start(2).pids, [1]);
});

test("a moment and who asked stay with the job", () => {
  const at = (wallMs: number): Event => ({ ...DUE, due: { wallMs } } as Event);
  const jobs = new Jobs().take(at(100), READY, { kind: "spawned", pid: 1 });
  jobs.take({ kind: "run-asked", ticket: 7 }, READY, { kind: "spawned", pid: 2 });
  jobs.take(at(200), READY, { kind: "spawned", pid: 3 });
  const { phase } = jobs.state;
  assertEquals(
    phase.kind === "armed" && jobsOf(phase).map(({ asked, due }) => [asked, due?.wallMs]),
    [[undefined, 200], [7, undefined], [undefined, 100]],
  );
  jobs.exit(2, 3);
  assertEquals(jobs.state.askedRun?.ticket, 7);
  assertEquals(judgeAskedRun(jobs.config, jobs.state), { kind: "now" });
  jobs.start();
  assertEquals(judgeAskedRun(jobs.config, jobs.state), {
    kind: "refused",
    text: "a.service runs as often already as its max_instances allows",
  });
});

test("jobs that wait for a prerequisite start all, the oldest first", () => {
  const at = (wallMs: number): Event => ({ ...DUE, due: { wallMs } } as Event);
  const jobs = new Jobs().take(at(100), at(200));
  assertEquals(jobs.kinds, ["waiting", "waiting"]);
  jobs.take(READY, { kind: "spawned", pid: 1 });
  const { phase } = jobs.state;
  assertEquals(phase.kind === "armed" && phase.job?.due?.wallMs, 100);
  assertEquals(jobs.take(READY, { kind: "spawned", pid: 2 }).pids, [1, 2]);
});

test("one that becomes no program leaves the others alone", () => {
  const jobs = new Jobs().start(2).take(DUE, READY);
  jobs.take({ kind: "spawn-failed", text: "no" });
  assertEquals(jobs.pids, [1, 2]);
  jobs.take(DUE, READY, { kind: "spawned", pid: 9, isLaunching: true });
  jobs.exit(1).take({ kind: "launch-failed", pid: 9, text: "no", strays: [] });
  assertEquals(jobs.pids, [2]);
});

test("each has a run_timeout of its own", () => {
  const jobs = new Jobs({ cron: { ...CRON, runTimeoutMs: 5000 } }).start();
  jobs.nowMs = 3000;
  jobs.start();
  assertEquals(deadlineOf(jobs.state.phase), 5000);
  jobs.nowMs = 5000;
  jobs.take({ kind: "deadline", strays: [50] });
  assertEquals(jobs.signals, ["15 1"]);
  assertEquals(deadlineOf(jobs.state.phase), 8000);
  jobs.nowMs = 8000;
  jobs.take({ kind: "deadline", strays: [] });
  assertEquals(jobs.signals, ["15 2"]);
});

test("what is left behind is ended after the last job, for it may be of any of them", () => {
  const jobs = new Jobs().start(2).exit(1, 1, [50]);
  assertEquals([jobs.signals, jobs.pids], [[], [2]]);
  jobs.exit(2, 1, [50]);
  assertEquals(jobs.signals, ["15 50"]);
  jobs.exit(50, 0, []);
  assertEquals(jobs.kinds, []);
});

test("each is tried again as often as restart_limit says", () => {
  const jobs = new Jobs({ restart: { ...RESTART, limit: 1, delayMs: 1000 } }).start(2);
  jobs.exit(1, 1);
  assertEquals(jobs.kinds.toSorted(), ["delayed", "running"]);
  jobs.nowMs = 1000;
  jobs.take({ kind: "deadline", strays: [] }, READY, { kind: "spawned", pid: 11 });
  jobs.exit(2, 1);
  assertEquals(jobs.kinds.toSorted(), ["delayed", "running"], "the other one has its own try");
  jobs.exit(11, 1);
  assertEquals(jobs.kinds, ["delayed"]);
});

test("after its last moment the service is done with the last of them", () => {
  const jobs = new Jobs().start().take({ ...DUE, isLast: true }, READY);
  jobs.take({ kind: "spawned", pid: 2 }).exit(2);
  assertEquals(jobs.kinds, ["running"]);
  assertEquals(jobs.exit(1).kinds, ["done"]);
});

test("a stop signals all of them, and waits for all", () => {
  const jobs = new Jobs().start(3);
  jobs.take({ kind: "stop", cause: "request", budgetMs: 1000, strays: [50] });
  assertEquals(jobs.signals.toSorted(), ["15 1", "15 2", "15 3"]);
  jobs.exit(1, 0, [2, 3, 50]);
  jobs.exit(2, 0, [3, 50]);
  jobs.exit(3, 0, [50]);
  assertEquals(jobs.kinds, ["stopping"]);
  assertEquals(jobs.exit(50, 0, []).kinds, ["down"]);
});

test("a stop at whose end nothing has gone kills all", () => {
  const jobs = new Jobs().start(2);
  jobs.take({ kind: "stop", cause: "request", budgetMs: 1000, strays: [] });
  jobs.nowMs = 1000;
  jobs.take({ kind: "deadline", strays: [1] });
  assertEquals(jobs.signals.toSorted(), ["9 1", "9 2"]);
});

test("reset ends all of them and keeps the schedule", () => {
  const jobs = new Jobs().start(2).take(DUE);
  jobs.take({ kind: "reset", strays: [] });
  assertEquals(jobs.signals.toSorted(), ["15 1", "15 2"]);
  assertEquals(jobs.exit(1, 143).exit(2, 143).kinds, []);
});
