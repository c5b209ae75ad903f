import { assert, assertEquals } from "@std/assert";
import {
  admitRun,
  classifyWake,
  type CronPlan,
  jitterDelayMs,
  sleepMs,
  startPlan,
  takeHits,
} from "../../../../lib/service/schedule/cron_run.ts";
import { parseSchedule, type Schedule } from "../../../../lib/service/schedule/schedule.ts";
import { test } from "../../../test.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const YEAR_MS = 365 * 24 * HOUR_MS;

/** A moment of May 1, 2024, or the day that `date` names. */
function at(time: string, date = "2024-05-01"): number {
  return Date.parse(`${date}T${time}Z`);
}

function schedule(interval: string): Schedule {
  return parseSchedule(interval, "UTC");
}

/** A wall clock that can be set, a monotonic one that cannot, and a service that runs at once. */
class Machine {
  readonly runs: string[] = [];
  missed = 0;
  wakes = 0;
  #wallMs: number;
  readonly #schedule: Schedule;
  #plan: CronPlan;
  #expectedMs: number;

  constructor(interval: string, startWallMs: number) {
    this.#schedule = schedule(interval);
    this.#wallMs = startWallMs;
    this.#expectedMs = startWallMs;
    this.#plan = startPlan(this.#schedule, startWallMs);
  }

  /** Sets the wall clock. */
  step(byMs: number): void {
    this.#wallMs += byMs;
  }

  /** Lets time pass while nothing of chaperone runs. */
  freeze(forMs: number): void {
    this.#wallMs += forMs;
    this.#expectedMs += forMs;
  }

  /** Lets time pass, waking up as often as the plan asks for. */
  run(forMs: number): void {
    for (let leftMs = forMs; leftMs >= 0;) {
      this.#wake();
      const sleep = sleepMs(this.#plan.dueWallMs ?? Infinity, this.#wallMs);
      const passed = Math.min(Math.max(sleep, 1), leftMs);
      this.freeze(passed);
      leftMs -= passed;
      if (leftMs === 0) return this.#wake();
    }
  }

  #wake(): void {
    this.wakes++;
    const wake = classifyWake(this.#expectedMs, this.#wallMs, this.#plan.dueWallMs ?? Infinity);
    this.#expectedMs = this.#wallMs;
    if (wake.kind === "early") return;
    const stepMs = wake.kind === "stepped" ? wake.stepMs : 0;
    const hits = takeHits(this.#schedule, this.#plan, this.#wallMs, stepMs);
    this.#plan = hits.plan;
    this.missed += hits.missed;
    if (hits.run) this.runs.push(new Date(this.#wallMs).toISOString().slice(8, 19));
  }
}

test("a plan runs each moment once, on time, and sleeps half a minute at most in between", () => {
  const machine = new Machine("*/10 * * * *", at("11:55"));
  machine.run(HOUR_MS);
  assertEquals(machine.runs, [
    "01T12:00:00",
    "01T12:10:00",
    "01T12:20:00",
    "01T12:30:00",
    "01T12:40:00",
    "01T12:50:00",
  ]);
  assertEquals(machine.missed, 0);
  assert(machine.wakes < 140);
});

test("a plan of @reboot runs once, at the start", () => {
  const machine = new Machine("@reboot", at("12:00:00.250"));
  machine.run(HOUR_MS);
  machine.step(YEAR_MS);
  machine.run(HOUR_MS);
  machine.step(-YEAR_MS);
  machine.run(HOUR_MS);
  assertEquals(machine.runs, ["01T12:00:00"]);
});

test("a plan of @every goes by elapsed time, whatever the clock is set to", () => {
  const machine = new Machine("@every 90s", at("12:00"));
  machine.run(2 * MINUTE_MS);
  machine.step(5 * HOUR_MS);
  machine.run(2 * MINUTE_MS);
  machine.step(-10 * HOUR_MS);
  machine.run(2 * MINUTE_MS);
  assertEquals(machine.runs, ["01T12:01:30", "01T17:03:00", "01T07:04:30", "01T07:06:00"]);
  assertEquals(machine.missed, 0);
});

test("a clock set forward by up to three hours runs what it passed over once", () => {
  const machine = new Machine("*/5 * * * *", at("11:58"));
  machine.run(MINUTE_MS);
  machine.step(2 * HOUR_MS);
  machine.run(7 * MINUTE_MS);
  assertEquals(machine.runs, ["01T13:59:00", "01T14:00:00", "01T14:05:00"]);
  // 12:00 to 13:55 are 24 moments.
  assertEquals(machine.missed, 23);
});

test("a clock set forward by more replays nothing and goes on by the new time", () => {
  const machine = new Machine("0 3 * * *", at("12:00"));
  machine.run(MINUTE_MS);
  machine.step(50 * YEAR_MS);
  machine.run(10 * MINUTE_MS);
  assertEquals(machine.runs, []);
  assertEquals(machine.missed, 1000);
  machine.run(24 * HOUR_MS);
  assertEquals(machine.runs.length, 1);
});

test("a clock set forward to a moment that is due runs it", () => {
  const plan = startPlan(schedule("0 3 * * *"), at("12:00"));
  const nowMs = at("03:00:00.400", "2024-05-20");
  const hits = takeHits(schedule("0 3 * * *"), plan, nowMs, 15 * 24 * HOUR_MS);
  assertEquals([hits.run, hits.missed], [true, 18]);
});

test("a clock set back does not run a daily job again", () => {
  const machine = new Machine("0 3 * * *", at("02:59"));
  machine.run(10 * MINUTE_MS);
  machine.step(-30 * MINUTE_MS);
  machine.run(24 * HOUR_MS);
  assertEquals(machine.runs, ["01T03:00:00"]);
  machine.run(HOUR_MS);
  assertEquals(machine.runs, ["01T03:00:00", "02T03:00:00"]);
});

test("a clock set back does not stall a schedule of an hour or less", () => {
  const machine = new Machine("*/5 * * * *", at("11:59"));
  machine.run(7 * MINUTE_MS);
  machine.step(-2 * HOUR_MS);
  machine.run(5 * MINUTE_MS);
  assertEquals(machine.runs, ["01T12:00:00", "01T12:05:00", "01T10:10:00"]);
});

test("a clock set back by more than three hours was wrong: everything is planned anew", () => {
  const machine = new Machine("0 3 * * *", at("02:59"));
  machine.run(10 * MINUTE_MS);
  machine.step(-4 * HOUR_MS);
  machine.run(4 * HOUR_MS);
  assertEquals(machine.runs, ["01T03:00:00", "01T03:00:00"]);
  machine.step(-YEAR_MS);
  machine.run(24 * HOUR_MS);
  assertEquals(machine.runs.length, 3);
});

test("a clock set back before the first run brings the moments in between", () => {
  const machine = new Machine("0 3,12 * * *", at("04:00"));
  machine.run(MINUTE_MS);
  machine.step(-2 * HOUR_MS);
  machine.run(2 * HOUR_MS);
  assertEquals(machine.runs, ["01T03:00:00"]);
});

test("a clock that moves by less than a second neither repeats nor skips a moment", () => {
  const machine = new Machine("* * * * *", at("11:59:30"));
  for (let count = 0; count < 5; count++) {
    machine.run(30 * SECOND_MS);
    machine.step(-900);
    machine.run(30 * SECOND_MS);
    machine.step(900);
  }
  assertEquals(machine.runs, [
    "01T12:00:00",
    "01T12:01:00",
    "01T12:02:00",
    "01T12:03:00",
    "01T12:04:00",
  ]);
});

test("a freeze of any length is followed by one run, and the rest counts as missed", () => {
  const machine = new Machine("0 * * * *", at("11:30"));
  machine.run(MINUTE_MS);
  machine.freeze(10 * HOUR_MS);
  machine.run(HOUR_MS);
  assertEquals(machine.runs, ["01T21:31:00", "01T22:00:00"]);
  assertEquals(machine.missed, 9);
  const every = new Machine("@every 1h", at("11:30"));
  every.freeze(150 * MINUTE_MS);
  every.run(30 * MINUTE_MS);
  assertEquals(every.runs, ["01T14:00:00", "01T14:30:00"]);
  assertEquals(every.missed, 1);
});

test("takeHits leaves a plan alone before its moment and where nothing follows", () => {
  const plan = startPlan(schedule("0 3 * * *"), at("12:00"));
  assertEquals(takeHits(schedule("0 3 * * *"), plan, at("12:30")), {
    run: false,
    missed: 0,
    plan,
  });
  const ended: CronPlan = { dueWallMs: undefined };
  assertEquals(takeHits(schedule("@reboot"), ended, at("12:00"), YEAR_MS).plan, ended);
});

test("jitterDelayMs stays below the jitter and before the next moment", () => {
  assertEquals(jitterDelayMs(0, 60_000, 0.9), 0);
  assertEquals(jitterDelayMs(10_000, 60_000, 0), 0);
  assertEquals(jitterDelayMs(10_000, 60_000, 0.5), 5000);
  assertEquals(jitterDelayMs(10_000, 1000, 0.5), 500);
  assertEquals(jitterDelayMs(10_000, -1, 0.5), 0);
});

test("admitRun has two runs at once with parallel alone: else it skips, queues one, or replaces", () => {
  const idle = { running: false, queued: false };
  const busy = { running: true, queued: false };
  const full = { running: true, queued: true };
  for (const overlap of ["skip", "queue", "kill"] as const) {
    assertEquals(admitRun(overlap, idle), "launch");
    assertEquals(admitRun(overlap, full), "skip");
  }
  assertEquals(admitRun("skip", busy), "skip");
  assertEquals(admitRun("queue", busy), "queue");
  assertEquals(admitRun("kill", busy), "replace");
  assertEquals(admitRun("parallel", idle), "launch");
  assertEquals(admitRun("parallel", busy), "join");
  assertEquals(admitRun("parallel", { ...busy, full: true }), "skip");
});

// Due, now, and how long to sleep.
const SLEEPS: readonly (readonly [dueMs: number, nowMs: number, sleep: number])[] = [
  [100, 0, 100],
  [100, 100, 0],
  [100, 200, 0],
  [30_000, 0, 30_000],
  [30_001, 0, 30_000],
  [Infinity, 0, 30_000],
];

for (const [dueMs, nowMs, sleep] of SLEEPS) {
  test(`what is due at ${dueMs} is slept for ${sleep} ms at ${nowMs}`, () => {
    assertEquals(sleepMs(dueMs, nowMs), sleep);
  });
}

// What the clock should show, what it shows, when something is due; and what that means.
const WAKES: readonly (readonly [number, number, number, ReturnType<typeof classifyWake>])[] = [
  [5000, 5000, 5001, { kind: "early" }],
  [5000, 5000, 5000, { kind: "due", lateMs: 0 }],
  [5000, 5000, 4000, { kind: "due", lateMs: 1000 }],
  [5000, 5999, 9000, { kind: "early" }],
  [5000, 4001, 9000, { kind: "early" }],
  [5000, 6000, 9000, { kind: "stepped", stepMs: 1000 }],
  [5000, 4000, 9000, { kind: "stepped", stepMs: -1000 }],
  [5000, 6000, 5500, { kind: "stepped", stepMs: 1000 }],
];

for (const [expectedMs, actualMs, dueMs, wake] of WAKES) {
  test(`a waking at ${actualMs} for ${expectedMs}, due ${dueMs}, is ${wake.kind}`, () => {
    assertEquals(classifyWake(expectedMs, actualMs, dueMs), wake);
  });
}

test("a clock set forward by three hours was put right, by a millisecond more it was wrong", () => {
  const daily = schedule("0 3 * * *");
  const plan = startPlan(daily, at("02:00"));
  const hits = (stepMs: number) => takeHits(daily, plan, at("04:00"), stepMs);
  assertEquals([hits(3 * HOUR_MS).run, hits(3 * HOUR_MS + 1).run], [true, false]);
  assertEquals([hits(3 * HOUR_MS).missed, hits(3 * HOUR_MS + 1).missed], [0, 1]);
});

test("a clock set back by three hours was put right, by a millisecond more it was wrong", () => {
  const daily = schedule("0 3 * * *");
  const plan = { dueWallMs: at("03:00", "2024-05-02"), lastWallMs: at("03:00") };
  const due = (stepMs: number) => takeHits(daily, plan, at("02:00"), stepMs).plan.dueWallMs;
  assertEquals(due(-3 * HOUR_MS), at("03:00", "2024-05-02"));
  assertEquals(due(-3 * HOUR_MS - 1), at("03:00"));
});

test("a schedule of an hour goes on by a clock that was set back, one of more does not", () => {
  for (const [interval, due] of [["0 * * * *", "03:00"], ["0 */2 * * *", "06:00"]] as const) {
    const plan = { dueWallMs: at("06:00"), lastWallMs: at("04:00") };
    const hits = takeHits(schedule(interval), plan, at("02:30"), -2 * HOUR_MS);
    assertEquals(hits.plan.dueWallMs, at(due), interval);
  }
});
