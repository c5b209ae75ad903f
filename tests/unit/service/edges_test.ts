/** What an edge is at the moment: whether X is what Y awaits, how that is put, who is older. */
import { assertEquals } from "@std/assert";
import type { AfterCondition } from "../../../lib/config/model.ts";
import {
  conditionOf,
  describeSeen,
  happeningOf,
  holds,
  isOlder,
  seenAs,
  staysDownFor,
} from "../../../lib/service/edges.ts";
import { initialState, type Phase, type ServiceState } from "../../../lib/service/life/phase.ts";
import { test } from "../../test.ts";

const ENDED = { kind: "exited", code: 0 } as const;
const DOWN: Phase = { kind: "down" };
const MISSING: Phase = { kind: "down", because: "it requires db.service, which is stopped" };
const WAITING: Phase = { kind: "waiting", awaiting: "prerequisites", sinceMs: 0 };
const STARTING: Phase = { kind: "starting", awaiting: "ready", pid: 7, sinceMs: 0, deadlineMs: 9 };
const UP: Phase = { kind: "up", pid: 7, attached: false, sinceMs: 0 };
const MISSED: Phase = { ...UP, missed: "it was not ready in time" };
const ARMED: Phase = { kind: "armed", sinceMs: 0 };
const DONE: Phase = { kind: "done", status: ENDED };
const BACKOFF: Phase = { kind: "backoff", deadlineMs: 9 };
const FAILED: Phase = {
  kind: "failed",
  failure: { text: "it exited", exitCode: 1, ignored: false },
};
const IGNORED: Phase = {
  kind: "failed",
  failure: { text: "it exited", exitCode: 1, ignored: true },
};

function state(phase: Phase, enabled = true): ServiceState {
  return { ...initialState(enabled), phase };
}

const HOLDS: readonly (readonly [phase: Phase, conditions: readonly AfterCondition[]])[] = [
  [DOWN, []],
  [WAITING, []],
  [STARTING, ["started"]],
  [UP, ["started", "ready"]],
  [ARMED, ["started", "ready"]],
  [DONE, ["started", "ready", "completed"]],
  [BACKOFF, []],
  [FAILED, []],
  [IGNORED, ["started"]],
];

for (const [phase, conditions] of HOLDS) {
  test(`one that is ${phase.kind} is ${conditions.join(", ") || "nothing"} to others`, () => {
    for (const condition of ["started", "ready", "completed"] as const) {
      assertEquals(holds(phase, condition), conditions.includes(condition), condition);
    }
    assertEquals(holds(phase, undefined), conditions.includes("ready"));
  });
}

test("seenAs tells what is coming from what is there, and from what will not come", () => {
  assertEquals(seenAs(state(UP), "completed"), "coming");
  assertEquals(seenAs(state(DONE), "completed"), "there");
  assertEquals(seenAs(state(BACKOFF), undefined), "retrying");
  assertEquals(seenAs(state(FAILED), "started"), "failed");
  assertEquals(seenAs(state(DOWN), undefined), "stopped");
  assertEquals(seenAs(state(DOWN, false), undefined), "disabled");
});

test("one that was let pass without being ready counts as started, and has failed to be ready", () => {
  assertEquals(seenAs(state(MISSED), "ready"), "failed");
  assertEquals(seenAs(state(MISSED), "started"), "there");
  assertEquals(seenAs(state(UP), "ready"), "there");
});

test("what is required must be ready; other edges take what the type calls started", () => {
  assertEquals(conditionOf("requires", undefined), "ready");
  assertEquals(conditionOf("wants", undefined), undefined);
  assertEquals(conditionOf("requires", "started"), "started");
});

test("happeningOf tells a return and a loss, and each once", () => {
  assertEquals(happeningOf(STARTING, UP, undefined), "returns");
  assertEquals(happeningOf(UP, DONE, undefined), undefined);
  assertEquals(happeningOf(UP, DOWN, undefined), "lost");
  assertEquals(happeningOf(UP, FAILED, undefined), "lost");
  assertEquals(happeningOf(DOWN, MISSING, undefined), undefined);
  assertEquals(happeningOf(UP, BACKOFF, undefined), undefined);
});

test("describeSeen says what one has failed by, or why it is not there", () => {
  const said = (phase: Phase, enabled = true) =>
    describeSeen(state(phase, enabled), seenAs(state(phase, enabled), "ready"));
  assertEquals(said(FAILED), "has failed: it exited");
  assertEquals(said(MISSED), "it was not ready in time");
  assertEquals(said(MISSING), "stays down: it requires db.service, which is stopped");
  assertEquals(said(DOWN), "is stopped");
  assertEquals(said(DOWN, false), "is disabled");
});

test("only one that is wanted stays down for another", () => {
  assertEquals(staysDownFor(state(MISSING)), true);
  assertEquals(staysDownFor(state(MISSING, false)), false);
  assertEquals(staysDownFor(state(DOWN)), false);
  assertEquals(staysDownFor(state(UP)), false);
});

test("isOlder compares processes that live, by when they were launched", () => {
  const launched = (phase: Phase, launchedMs?: number): ServiceState => ({
    ...state(phase),
    ...(launchedMs === undefined ? {} : { launchedMs }),
  });
  assertEquals(isOlder(launched(UP, 1), launched(UP, 2)), true);
  assertEquals(isOlder(launched(UP, 2), launched(UP, 2)), false);
  assertEquals(isOlder(launched(UP, 3), launched(UP, 2)), false);
  assertEquals(isOlder(launched(DONE, 1), launched(UP, 2)), false);
  assertEquals(isOlder(launched(WAITING, 1), launched(UP, 2)), false);
  assertEquals(isOlder(launched(UP), launched(UP, 2)), false);
  assertEquals(isOlder(launched(UP, 1), launched(UP)), false);
});
