/** The way down of one service: which signal goes to whom, and what is remembered of it. */
import { assert, assertEquals } from "@std/assert";
import type { ServiceConfig } from "../../../../lib/config/model.ts";
import { ABOVE_STEP, DRAIN_STEP } from "../../../../lib/service/life/phase.ts";
import { planStop } from "../../../../lib/service/life/stop_plan.ts";
import { describeOverdue, killsStrays } from "../../../../lib/service/life/stopping.ts";
import { test } from "../../../test.ts";
import { Bench, EXIT_0, EXIT_3, KILLED, TERMED } from "../bench.ts";
import { serviceConfig } from "../service_config.ts";

/** Pid and signal of what an event has led to. */
function signals(bench: Bench): [number, number][] {
  return bench.effects.flatMap((effect) =>
    effect.kind === "signal" ? [[effect.pid, effect.signal]] : []
  );
}

const stopOf = (bench: Bench, strays: readonly number[] = []) =>
  bench.on({ kind: "stop", cause: "request", budgetMs: 1000, strays });

const PLANS: Readonly<Record<string, [Partial<ServiceConfig>, number, string]>> = {
  "the kill signal has all the time": [{}, 8000, "15 8000, 9"],
  "stop_timeout is the time of the kill signal": [{ stopTimeoutMs: 3000 }, 8000, "15 3000, 9"],
  "the budget cuts it": [{ stopTimeoutMs: 30_000 }, 8000, "15 8000, 9"],
  "another kill signal": [{ killSignal: 3 }, 8000, "3 8000, 9"],
  "a sequence": [
    { stopSequence: [{ signal: 3, waitMs: 2000 }, { signal: 15, waitMs: 3000 }, { signal: 9 }] },
    8000,
    "3 2000, 15 3000, 9",
  ],
  "a sequence that is longer than the budget": [
    { stopSequence: [{ signal: 3, waitMs: 5000 }, { signal: 15, waitMs: 5000 }, { signal: 9 }] },
    8000,
    "3 5000, 15 3000, 9",
  ],
  "a sequence without SIGKILL ends with it": [
    { stopSequence: [{ signal: 2, waitMs: 500 }] },
    8000,
    "2 500, 9",
  ],
  "F-113: a command has half of the budget, the kill signal the rest": [
    { stopCommand: ["quit"] },
    8000,
    "0 4000, 15 4000, 9",
  ],
  "F-113: with a stop_timeout the command has that": [
    { stopCommand: ["quit"], stopTimeoutMs: 1000 },
    8000,
    "0 1000, 15 1000, 9",
  ],
};

for (const [name, [config, budgetMs, plan]] of Object.entries(PLANS)) {
  test(`F-091: stop plan, ${name}`, () => {
    const steps = planStop(serviceConfig(config), budgetMs);
    const text = steps.map(({ signal, waitMs }) =>
      waitMs === undefined ? `${signal}` : `${signal} ${waitMs}`
    );
    assertEquals(text.join(", "), plan);
  });
}

test("F-091: leftovers of a service that obeyed get SIGTERM, and SIGKILL when its time is up", () => {
  const bench = stopOf(new Bench().up(), [20, 21]);
  assertEquals(signals(bench), [[7, 15]], "the process itself first");
  bench.on({ kind: "exited", pid: 7, status: EXIT_0, strays: [20, 21] });
  assertEquals(signals(bench), [[20, 15], [21, 15]]);
  assertEquals(bench.phase.kind, "stopping");
  bench.nowMs += 1000;
  bench.on({ kind: "deadline", strays: [21] });
  assertEquals(signals(bench), [[21, 9]]);
  bench.on({ kind: "exited", pid: 21, status: KILLED, strays: [] });
  assertEquals(bench.phase.kind, "down");
});

test("F-091: leftovers of a service that had to be killed are killed at once", () => {
  const bench = stopOf(new Bench().up());
  bench.nowMs += 1000;
  bench.on({ kind: "deadline", strays: [20] });
  assertEquals(signals(bench), [[7, 9], [20, 9]], "SIGKILL to both");
  bench.on({ kind: "exited", pid: 7, status: KILLED, strays: [20] });
  assertEquals(signals(bench), [[20, 9]], "and no SIGTERM to what is left after it");
});

test("F-091: leftovers of a crash get SIGTERM, a second later SIGKILL, and then comes the restart", () => {
  const restart = {
    when: "on-failure",
    limit: 5,
    delayMs: 3000,
    windowMs: 60_000,
    noRetry: [],
    onGiveUp: "fail",
  } as const;
  const bench = new Bench({ restart }).up();
  bench.on({ kind: "exited", pid: 7, status: EXIT_3, strays: [20] });
  assertEquals(signals(bench), [[20, 15]]);
  bench.nowMs += 1000;
  bench.on({ kind: "deadline", strays: [20] });
  assertEquals(signals(bench), [[20, 9]]);
  bench.on({ kind: "exited", pid: 20, status: KILLED, strays: [] });
  assertEquals(bench.phase.kind, "backoff");
});

test("leftovers that another one must reap are looked for again and again", () => {
  const bench = new Bench().up();
  bench.on({ kind: "exited", pid: 7, status: EXIT_3, strays: [20] });
  bench.nowMs += 1000;
  bench.on({ kind: "deadline", strays: [20] });
  assert(bench.phase.kind === "stopping" && bench.phase.deadlineMs === bench.nowMs + 200);
  bench.nowMs += 200;
  bench.on({ kind: "deadline", strays: [20] });
  assertEquals(signals(bench), [[20, 9]]);
  bench.nowMs += 200;
  bench.on({ kind: "deadline", strays: [] });
  assertEquals(bench.phase.kind, "failed");
});

test("what chaperone has ended a process for is remembered until the next launch", () => {
  for (
    const [cause, text] of [
      ["request", "it was asked to stop"],
      ["shutdown", "the container ends"],
      ["apply", "its configuration has changed"],
    ] as const
  ) {
    const bench = new Bench().up().on({ kind: "stop", cause, budgetMs: 1000, strays: [] });
    bench.exited(TERMED);
    assertEquals(bench.state.lastCause, text);
    assertEquals(bench.launched(8).state.lastCause, undefined);
  }
});

test("a kill by the stop budget is called by its name", () => {
  const bench = stopOf(new Bench().up()).after(1000).exited(KILLED);
  assertEquals(
    bench.state.lastCause,
    "it was asked to stop; it had not stopped after 1 s",
  );
  const fatal = stopOf(new Bench({ exitKills: true }).up()).after(1000).exited(KILLED);
  assertEquals(fatal.effect("kill-system"), {
    kind: "kill-system",
    exitCode: 137,
    reason: "a.service was killed by SIGKILL, since it had not stopped after 1 s",
  });
});

/** What happens to a service that is up, and what is told of its stop at the last step. */
const OVERDUE: readonly (readonly [Partial<ServiceConfig>, (bench: Bench) => Bench, string?])[] = [
  [
    {},
    (bench) => stopOf(bench).after(1000),
    "had not stopped after 1 s and was killed; it was asked to stop",
  ],
  [{}, (bench) => stopOf(bench).after(1000).after(1000)],
  [{}, (bench) => stopOf(bench)],
  [{}, (bench) => stopOf(bench).exited(TERMED)],
  [{ killSignal: 9 }, (bench) => stopOf(bench)],
  [{}, (bench) => bench.on({ kind: "exited", pid: 7, status: EXIT_3, strays: [20] }).after(1000)],
  [
    { killSignal: 9 },
    (bench) =>
      bench.on({
        ...{ kind: "stop", cause: "request", budgetMs: 1000, strays: [], isAwaited: true },
      }).after(500),
  ],
];

test("a stop that goes beyond its time is told once, and no other end is", () => {
  for (const [config, act, text] of OVERDUE) {
    const bench = act(new Bench(config).up());
    assertEquals(describeOverdue(bench.before, bench.phase, bench.nowMs), text);
  }
});

test("strays are killed at once by the step that comes at the deadline, or that an exit ends", () => {
  const bench = new Bench().up();
  assertEquals(killsStrays(bench.state.phase, "deadline"), false);
  const { phase } = stopOf(bench).state;
  assertEquals([killsStrays(phase, "exited"), killsStrays(phase, "deadline")], [false, true]);
});

test("what forked while leftovers were killed is killed as soon as it is found", () => {
  const bench = stopOf(new Bench().up()).after(1000);
  bench.on({ kind: "exited", pid: 7, status: KILLED, strays: [20, 21] });
  bench.on({ kind: "exited", pid: 20, status: KILLED, strays: [21] });
  assertEquals(signals(bench), [], "each once");
  bench.on({ kind: "exited", pid: 21, status: KILLED, strays: [30] });
  assertEquals(signals(bench), [[30, 9]]);
  bench.on({ kind: "exited", pid: 30, status: KILLED, strays: [] });
  assertEquals(bench.phase.kind, "down");
});

test("what is found before anything is killed has the rest of the time", () => {
  const bench = stopOf(new Bench().up());
  bench.on({ kind: "exited", pid: 7, status: EXIT_0, strays: [20] });
  bench.on({ kind: "exited", pid: 20, status: TERMED, strays: [30] });
  assertEquals(signals(bench), []);
});

test("those that require the service have the first half of its budget, the signals the rest", () => {
  const steps = (config: Partial<ServiceConfig>, budgetMs: number) =>
    planStop(serviceConfig(config), budgetMs, { isAwaited: true }).map((
      { signal, waitMs },
    ) => [signal, waitMs]);
  assertEquals(steps({}, 8000), [[ABOVE_STEP, 4000], [15, 4000], [9, undefined]]);
  assertEquals(steps({ stopTimeoutMs: 1000 }, 8000), [
    [ABOVE_STEP, 4000],
    [15, 1000],
    [9, undefined],
  ]);
  assertEquals(steps({ stopSequence: [{ signal: 2, waitMs: 3000 }, { signal: 15 }] }, 8000), [
    ...[[ABOVE_STEP, 4000], [2, 3000], [15, 1000], [9, undefined]],
  ]);
});

test("who is connected has its own time, and at the end of the container half of the budget", () => {
  const steps = (drain: "none" | "beside" | "within", config: Partial<ServiceConfig> = {}) =>
    planStop(serviceConfig({ drainTimeoutMs: 30_000, ...config }), 8000, { drain })
      .map(({ signal, waitMs }) => [signal, waitMs]);
  assertEquals(steps("none"), [[15, 8000], [9, undefined]]);
  assertEquals(steps("beside"), [[DRAIN_STEP, 30_000], [15, 8000], [9, undefined]]);
  assertEquals(steps("within"), [[DRAIN_STEP, 4000], [15, 4000], [9, undefined]]);
  assertEquals(steps("within", { drainTimeoutMs: 500 }), [
    [DRAIN_STEP, 500],
    [15, 7500],
    [9, undefined],
  ]);
});
