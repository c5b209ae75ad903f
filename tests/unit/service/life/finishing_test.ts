/** What a service whose last process has ended does while its `on_stop` runs. */
import { assertEquals } from "@std/assert";
import type { ServiceConfig } from "../../../../lib/config/model.ts";
import type { EventOf } from "../../../../lib/service/life/event.ts";
import { test } from "../../../test.ts";
import { Bench, EXIT_0, EXIT_3, TERMED } from "../bench.ts";
import { RESTART } from "../service_config.ts";

const HOOKS = { hooks: { onStop: ["rm", "-f", "/run/web.lock"] }, hookTimeoutMs: 10_000 };

const stop = (cause: EventOf<"stop">["cause"], budgetMs: number): EventOf<"stop"> => {
  return { kind: "stop", cause, budgetMs, strays: [] };
};

function up(differing: Partial<ServiceConfig> = {}): Bench {
  return new Bench({ startupPauseMs: 0, ...HOOKS, ...differing }).launched();
}

const deadlineOf = ({ phase }: Bench) => phase.kind === "finishing" ? phase.deadlineMs : undefined;

/** How long the process took of a budget of 8 s, and how long `on_stop` has then. */
const SHARES: readonly (readonly [tookMs: number, leftMs: number])[] = [
  [0, 8000],
  [5000, 3000],
  [7400, 600],
  [7500, 500],
  // It has half a second even where the stop itself took all of the time.
  [8000, 500],
];

test("at the end of the container on_stop has what is left of the budget, at least half a second", () => {
  for (const [tookMs, leftMs] of SHARES) {
    const bench = up().on(stop("shutdown", 8000));
    bench.nowMs += tookMs;
    bench.exited(TERMED);
    assertEquals((deadlineOf(bench) ?? 0) - bench.nowMs, leftMs, `after ${tookMs} ms`);
  }
});

test("elsewhere on_stop has hook_timeout, however long the stop took", () => {
  const bench = up().on(stop("request", 8000));
  bench.nowMs += 7000;
  bench.exited(TERMED);
  assertEquals((deadlineOf(bench) ?? 0) - bench.nowMs, 10_000);
});

test("without on_stop, or where it has run, the service is down at once", () => {
  assertEquals(
    new Bench({ startupPauseMs: 0 }).launched().on(stop("request", 8000)).exited(TERMED).phase.kind,
    "down",
  );
});

/** What the end would lead to, and what a stop makes of it. */
const STOPPED: readonly (readonly [string, Partial<ServiceConfig>, boolean, string])[] = [
  ["a restart is given up", { restart: { ...RESTART, when: "always" } }, true, "down"],
  ["a service that has ended in order is down", {}, true, "down"],
  ["one that ends the container still does", { exitKills: true }, false, "judge"],
];

test("a stop while on_stop runs gives up what would start the service again", () => {
  for (const [why, config, isNormal, then] of STOPPED) {
    const bench = up(config).exited(isNormal ? EXIT_0 : EXIT_3);
    assertEquals(bench.phase.kind, "finishing", why);
    bench.on(stop("request", 2000));
    assertEquals(bench.phase.kind === "finishing" && bench.phase.then.kind, then, why);
    assertEquals((deadlineOf(bench) ?? 0) - bench.nowMs, 2000, why);
  }
});

test("an on_stop that is still running at its deadline is named with its seconds", () => {
  const bench = up().exited(EXIT_0).on({ kind: "hook-started", pid: 20 });
  bench.after(10_000);
  assertEquals(bench.logged("warn"), [
    "on_stop of a.service is still running after 10 s: killed",
  ]);
});
