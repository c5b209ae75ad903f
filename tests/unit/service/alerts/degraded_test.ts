import { assertEquals } from "@std/assert";
import { judgeCopies, judgeService } from "../../../../lib/service/alerts/degraded.ts";
import { initialState, type Phase, type ServiceState } from "../../../../lib/service/life/phase.ts";
import { test } from "../../../test.ts";

const UP: Phase = { kind: "up", attached: false, sinceMs: 0 };
const FAILED: Phase = {
  kind: "failed",
  failure: { text: "web.service exited with code 3", exitCode: 3, ignored: false },
};
const IGNORED: Phase = { ...FAILED, failure: { ...FAILED.failure, ignored: true } };
const EXIT_0 = { kind: "exited", code: 0 } as const;

const copy = (phase: Phase, more: Partial<ServiceState> = {}, name = "web.service") => {
  return { name, state: { ...initialState(true), phase, ...more } };
};

/** A phase, what of the sandbox is missing, and what is missing in all; null: nothing to say. */
const SINGLE: readonly (readonly [Phase, string | undefined, string | undefined | null])[] = [
  [UP, undefined, undefined],
  [{ kind: "done", status: EXIT_0 }, undefined, undefined],
  [UP, "this kernel cannot", "its sandbox is incomplete: this kernel cannot"],
  [
    { ...UP, missed: "was not ready after 5 s" },
    undefined,
    "web.service was not ready after 5 s, which ignore_failures passes over",
  ],
  [IGNORED, undefined, "web.service exited with code 3; the others go on"],
  [{ ...IGNORED, inherited: true }, undefined, null],
  [FAILED, "this kernel cannot", null],
  [{ kind: "down" }, undefined, null],
  [{ kind: "backoff", deadlineMs: 1 }, "this kernel cannot", null],
];

test("judgeService() says what is missing of a service that goes on", () => {
  for (const [phase, lacking, why] of SINGLE) {
    const verdict = judgeService(copy(phase), lacking);
    assertEquals(verdict === undefined ? null : verdict.why, why, JSON.stringify(phase));
  }
});

const SICK = { health: "unhealthy" } as const;

/** Copies, and what is missing; undefined: nothing, null: nothing to say. */
const SEVERAL: readonly (readonly [ReturnType<typeof copy>[], string | undefined | null])[] = [
  [[copy(UP), copy(UP)], undefined],
  [[copy(UP), copy({ kind: "down" })], undefined],
  [[copy(UP), copy(FAILED, {}, "web.2.service")], "1 of 2 do not serve: web.2 (failed)"],
  [[copy(UP), copy(IGNORED, {}, "web.2.service")], "1 of 2 do not serve: web.2 (failed)"],
  [[copy(UP, SICK), copy(FAILED), copy(UP)], "2 of 3 do not serve: web (unhealthy), web (failed)"],
  [[copy(UP), copy(FAILED, { enabled: false })], undefined],
  [[copy(FAILED), copy(FAILED)], null],
  [[copy(FAILED), copy(UP, SICK)], null],
  [[copy(FAILED), copy({ kind: "backoff", deadlineMs: 1 })], null],
];

test("judgeCopies() says which of several do not serve while others do", () => {
  for (const [copies, why] of SEVERAL) {
    const verdict = judgeCopies("web.service", copies);
    assertEquals(verdict === undefined ? null : verdict.why, why, JSON.stringify(copies));
  }
});
