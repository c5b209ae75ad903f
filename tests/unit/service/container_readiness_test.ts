import { assertEquals } from "@std/assert";
import { judgeReadiness, whyUnready } from "../../../lib/service/container_readiness.ts";
import { initialState, type Phase, type ServiceState } from "../../../lib/service/life/phase.ts";
import { test } from "../../test.ts";

const UP: Phase = { kind: "up", attached: false, sinceMs: 0 };

function state(phase: Phase, changes: Partial<ServiceState> = {}): ServiceState {
  return { ...initialState(true), phase, ...changes };
}

const failure = { text: "x", exitCode: 1, ignored: false };

test("whyUnready says what keeps a service from being ready", () => {
  const cases: [ServiceState, string | undefined][] = [
    [state(UP), undefined],
    [state(UP, { health: "healthy" }), undefined],
    [state(UP, { health: "unhealthy" }), "unhealthy"],
    [state({ kind: "done", status: { kind: "exited", code: 0 } }), undefined],
    [state({ kind: "failed", failure }), "failed"],
    [state({ kind: "failed", failure: { ...failure, ignored: true } }), undefined],
    [state({ kind: "failed", failure }, { enabled: false }), undefined],
    [state({ kind: "down" }), "not started"],
    [
      state({ kind: "waiting", awaiting: "prerequisites", sinceMs: 0 }),
      "waiting for prerequisites",
    ],
    [state({ kind: "waiting", awaiting: "external", sinceMs: 0 }), "waiting for wait_for"],
    [state({ kind: "backoff", deadlineMs: 0 }), "waiting to be restarted"],
    [state({ kind: "launching", sinceMs: 0 }), "starting"],
    [state({ kind: "starting", awaiting: "ready", sinceMs: 0 } as Phase), "starting"],
    [state({ kind: "stopping" } as Phase), "stopping"],
    [state({ kind: "finishing" } as Phase), "waiting for the end of on_stop"],
    [state({ kind: "down" }, { enabled: false }), undefined],
  ];
  for (const [each, why] of cases) assertEquals(whyUnready(each), why, JSON.stringify(each.phase));
});

test("judgeReadiness is over from the moment on at which the end begins", () => {
  const services = [["a", state(UP)]] as const;
  const verdicts = (["booting", "running", "draining", "stopping", "killing", "gone"] as const)
    .map((phase) => judgeReadiness(phase, services))
    .map(({ ready, why }) => [ready, why]);
  const over = [false, "shutting down"];
  assertEquals(verdicts, [[false, "starting"], [true, undefined], over, over, over, over]);
});

test("judgeReadiness names who is not ready, in order", () => {
  const { ready, unready } = judgeReadiness("running", [
    ["b", state({ kind: "down" })],
    ["a", state({ kind: "failed", failure })],
    ["c", state(UP)],
  ]);
  assertEquals([ready, unready.map(({ name }) => name)], [false, ["b", "a"]]);
});
