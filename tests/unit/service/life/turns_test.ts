/** Rules of a service's life that stand between two others: one event each, and what it leads to. */
import { assertEquals } from "@std/assert";
import type { ServiceConfig } from "../../../../lib/config/model.ts";
import type { Event } from "../../../../lib/service/life/event.ts";
import { test } from "../../../test.ts";
import { Bench, EXIT_0, EXIT_3, TERMED } from "../bench.ts";
import { RESTART } from "../service_config.ts";

const LISTENING: Partial<ServiceConfig> = {
  startupPauseMs: 0,
  listen: ["8080"],
  onDemand: true,
  idleTimeoutMs: 300_000,
};
const IDLE: Event = { kind: "idle", strays: [] };
const ARMED: Event = { kind: "armed" };

const signals = ({ effects }: Bench) =>
  effects.flatMap((effect) => effect.kind === "signal" ? [effect.signal] : []);

test("a stop of what has ended, or failed, leaves it down", () => {
  const done = new Bench({ type: "oneshot" }).launched().exited(EXIT_0);
  assertEquals([done.phase.kind, done.stop().phase.kind], ["done", "down"]);
  const failed = new Bench().launched().exited(EXIT_3);
  assertEquals([failed.phase.kind, failed.stop().phase.kind], ["failed", "down"]);
});

test("a service to which nobody is connected is put to sleep, and says for how long nobody was", () => {
  const bench = new Bench({ ...LISTENING, restart: RESTART }).launched().on(IDLE);
  assertEquals(bench.logged("info"), [
    "a.service is put to sleep: nobody was connected for 5 min",
  ]);
  assertEquals([bench.phase.kind, signals(bench)], ["stopping", [15]]);
  assertEquals(bench.exited(TERMED).effect("arm")?.kind, "arm", "the next connection starts it");
  assertEquals([bench.on(ARMED).phase.kind, bench.state.restartsUsed], ["armed", 0]);
});

test("a service that starts on demand waits for the next connection when it has ended; others are done", () => {
  const ended = (config: Partial<ServiceConfig>) =>
    new Bench({ startupPauseMs: 0, ...config }).launched().exited(EXIT_0).on(ARMED).phase.kind;
  assertEquals(ended(LISTENING), "armed");
  assertEquals(ended({ ...LISTENING, onDemand: false }), "done");
  assertEquals(ended({ ...LISTENING, listen: [] }), "done");
});

test("a service whose requirement is disabled or not there stays down, and says why", () => {
  const bench = new Bench({ lacks: "it requires db, which is disabled" }).on({ kind: "start" });
  assertEquals(bench.phase.kind, "down");
  assertEquals(bench.logged("info"), [
    "a.service stays down: it requires db, which is disabled",
  ]);
});

test("what it requires matters while it waits for that, not while it waits for something else", () => {
  const missing: Event = { kind: "requirement-missing", text: "db has failed" };
  const waiting = new Bench().on({ kind: "start" });
  assertEquals(waiting.on(missing).phase.kind, "down");
  const idle = new Bench().on({ kind: "start" }).on({
    kind: "prerequisites-ready",
    idleUntilMs: 1000,
  });
  assertEquals(idle.phase.kind, "waiting");
  assertEquals(idle.on(missing).phase.kind, "waiting");
});

test("a stop waits for those that require the service, and goes on when they are gone", () => {
  const bench = new Bench({ startupPauseMs: 0 }).launched();
  bench.on({ kind: "stop", cause: "request", budgetMs: 8000, strays: [], isAwaited: true });
  assertEquals([bench.phase.kind, signals(bench)], ["stopping", []]);
  bench.on({ kind: "above-gone" });
  assertEquals(signals(bench), [15]);
  bench.on({ kind: "above-gone" });
  assertEquals(signals(bench), [], "only once");
});

/** What a service says of its stop, and how long its process has before SIGKILL. */
const BUDGETS: readonly (readonly [Partial<ServiceConfig>, number])[] = [
  [{ stopTimeoutMs: 3000 }, 3000],
  [{ stopTimeoutMs: 3000, stopCommand: ["quit"] }, 6000],
];

test("who is put to sleep has stop_timeout for its signals, and as much for a stop_command", () => {
  for (const [config, budgetMs] of BUDGETS) {
    const bench = new Bench({ ...LISTENING, ...config }).launched().on(IDLE);
    const { phase } = bench;
    const steps = phase.kind === "stopping" ? phase.steps : [];
    assertEquals(steps.reduce((sum, { waitMs = 0 }) => sum + waitMs, 0), budgetMs);
  }
});

test("a service that somebody starts again has all of its restarts", () => {
  const bench = new Bench({ startupPauseMs: 0, restart: RESTART }).launched().exited(EXIT_3);
  assertEquals([bench.phase.kind, bench.state.restartsUsed], ["backoff", 1]);
  bench.stop().on({ kind: "start" });
  assertEquals([bench.phase.kind, bench.state.restartsUsed], ["waiting", 0]);
});
