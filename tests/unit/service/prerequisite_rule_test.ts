import { assertEquals } from "@std/assert";
import type { AfterCondition } from "../../../lib/config/model.ts";
import { type Failure, initialState, type Phase } from "../../../lib/service/life/phase.ts";
import { judgeEdge, judgePrerequisite } from "../../../lib/service/prerequisite_rule.ts";
import { test } from "../../test.ts";

const failure = (ignored: boolean): Failure => ({ text: "it failed", exitCode: 1, ignored });

const PHASES: Readonly<Record<string, Phase>> = {
  down: { kind: "down" },
  waiting: { kind: "waiting", awaiting: "prerequisites", sinceMs: 0 },
  starting: { kind: "starting", awaiting: "ready", pid: 7, sinceMs: 0, deadlineMs: 9 },
  up: { kind: "up", pid: 7, attached: false, sinceMs: 0 },
  "up, passed over": { kind: "up", pid: 7, attached: false, sinceMs: 0, missed: "was late" },
  done: { kind: "done", status: { kind: "exited", code: 0 } },
  failed: { kind: "failed", failure: failure(false) },
  "failed, passed over": { kind: "failed", failure: failure(true) },
  backoff: { kind: "backoff", deadlineMs: 9 },
};

type Verdicts = readonly [plain: string, started: string, ready: string, completed: string];

const VERDICTS: Readonly<Record<string, Verdicts>> = {
  down: ["pending", "pending", "pending", "pending"],
  waiting: ["pending", "pending", "pending", "pending"],
  starting: ["pending", "satisfied", "pending", "pending"],
  up: ["satisfied", "satisfied", "satisfied", "pending"],
  "up, passed over": ["satisfied", "satisfied", "failed", "pending"],
  done: ["satisfied", "satisfied", "satisfied", "satisfied"],
  failed: ["failed", "failed", "failed", "failed"],
  "failed, passed over": ["satisfied", "satisfied", "failed", "failed"],
  backoff: ["pending", "pending", "pending", "pending"],
};

const CONDITIONS: readonly (AfterCondition | undefined)[] = [
  undefined,
  "started",
  "ready",
  "completed",
];

for (const [name, phase] of Object.entries(PHASES)) {
  test(`F-028: what a prerequisite that is ${name} means for each condition`, () => {
    const state = { ...initialState(true), phase };
    const verdicts = CONDITIONS.map((each) => judgePrerequisite(state, each, false).kind);
    assertEquals(verdicts, [...(VERDICTS[name] ?? [])]);
  });
}

/** For a restart, which has had its prerequisites once. */
const RESTART_VERDICTS: Readonly<Record<string, Verdicts>> = {
  ...VERDICTS,
  down: ["satisfied", "satisfied", "satisfied", "satisfied"],
  "up, passed over": ["satisfied", "satisfied", "satisfied", "pending"],
  failed: ["satisfied", "satisfied", "satisfied", "satisfied"],
  "failed, passed over": ["satisfied", "satisfied", "satisfied", "satisfied"],
};

for (const [name, phase] of Object.entries(PHASES)) {
  test(`what a prerequisite that is ${name} means for a restart`, () => {
    const state = { ...initialState(true), phase };
    const verdicts = CONDITIONS.map((each) => judgePrerequisite(state, each, true).kind);
    assertEquals(verdicts, [...(RESTART_VERDICTS[name] ?? [])]);
  });

  test(`what a prerequisite means that is ${name} and disabled`, () => {
    const state = { ...initialState(false), phase };
    const verdicts = CONDITIONS.map((each) => judgePrerequisite(state, each, false).kind);
    const expected = name === "down" ? RESTART_VERDICTS[name] : VERDICTS[name];
    assertEquals(verdicts, [...(expected ?? [])]);
  });
}

test("F-028: who asks for readiness is told what was passed over", () => {
  const state = { ...initialState(true), phase: PHASES["up, passed over"] as Phase };
  assertEquals(judgePrerequisite(state, "ready", false), {
    kind: "failed",
    failure: { text: "it was late", exitCode: 1, ignored: true },
  });
});

test("a restart goes on without what has failed", () => {
  for (const condition of CONDITIONS) {
    for (const ignored of [true, false]) {
      const state = { ...initialState(true), phase: { kind: "failed", failure: failure(ignored) } };
      assertEquals(
        judgePrerequisite(state as Parameters<typeof judgePrerequisite>[0], condition, true).kind,
        "satisfied",
      );
    }
  }
});

test("what an edge means for a start, by what is at its other end", () => {
  const cases: [name: string, requires: string, wants: string, follows: string][] = [
    ["up", "satisfied", "satisfied", "satisfied"],
    ["waiting", "pending", "pending", "pending"],
    ["backoff", "pending", "satisfied", "satisfied"],
    ["down", "missing", "satisfied", "satisfied"],
    ["failed", "missing", "satisfied", "satisfied"],
  ];
  const kinds = ["requires", "wants", "follows"] as const;
  for (const [name, ...expected] of cases) {
    const state = { ...initialState(true), phase: PHASES[name] as Phase };
    const verdicts = kinds.map((kind) => judgeEdge(state, { name: "db", kind }).kind);
    assertEquals(verdicts, expected, name);
  }
});

test("what is required and is not there is told with its state", () => {
  const edge = { name: "db", kind: "requires" } as const;
  const down = initialState(true);
  assertEquals(judgeEdge(down, edge), {
    kind: "missing",
    text: "it requires db, which is stopped",
  });
  assertEquals(judgeEdge({ ...down, enabled: false }, edge), {
    kind: "missing",
    text: "it requires db, which is disabled",
  });
});
