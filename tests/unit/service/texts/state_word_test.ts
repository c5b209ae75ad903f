import { assertEquals } from "@std/assert";
import { SGR } from "../../../../lib/base/ansi.ts";
import type { ServiceType } from "../../../../lib/config/model.ts";
import { initialState, type Phase, type ServiceState } from "../../../../lib/service/life/phase.ts";
import { stateLook, stateWord } from "../../../../lib/service/texts/state_word.ts";
import { test } from "../../../test.ts";

const UP: Phase = { kind: "up", pid: 7, attached: false, sinceMs: 0 };
const ARMED: Phase = { kind: "armed", sinceMs: 0 };
const RUNNING: Phase = { kind: "armed", sinceMs: 0, job: { kind: "running", pid: 7, sinceMs: 0 } };
const DONE: Phase = { kind: "done", status: { kind: "exited", code: 0 } };
const failed = (ignored: boolean): Phase => ({
  kind: "failed",
  failure: { text: "", exitCode: 1, ignored },
});
const GAVE_UP = { gaveUp: { reason: "1 restart did not help", used: 1 } };

interface Row {
  readonly type?: ServiceType;
  readonly phase: Phase;
  readonly state?: Partial<ServiceState>;
  readonly look: keyof typeof SGR | "plain";
}

const ROWS: readonly (readonly [word: string, row: Row])[] = [
  ["stopped", { phase: { kind: "down" }, look: "yellow" }],
  ["disabled", { phase: { kind: "down" }, state: { enabled: false }, look: "faint" }],
  ["given up", { phase: { kind: "down" }, state: GAVE_UP, look: "red" }],
  ["running", { phase: UP, look: "green" }],
  ["running", { phase: UP, state: { health: "healthy" }, look: "green" }],
  ["unhealthy", { phase: UP, state: { health: "unhealthy" }, look: "red" }],
  ["reloading", { phase: UP, state: { announced: "reloading" }, look: "green" }],
  ["started", { phase: { kind: "up", attached: false, sinceMs: 0 }, look: "green" }],
  ["scheduled", { type: "cron", phase: ARMED, look: "green" }],
  ["listening", { type: "inetd", phase: ARMED, look: "green" }],
  ["listening", { phase: ARMED, look: "green" }],
  ["running", { type: "cron", phase: RUNNING, look: "green" }],
  ["ended", { phase: DONE, look: "plain" }],
  ["completed", { type: "oneshot", phase: DONE, look: "plain" }],
  ["starting", { phase: { kind: "launching", sinceMs: 0 }, look: "yellow" }],
  ["restarting", { phase: { kind: "backoff", deadlineMs: 9 }, look: "red" }],
  ["waiting", {
    phase: { kind: "waiting", awaiting: "prerequisites", sinceMs: 0 },
    look: "yellow",
  }],
  ["failed", { phase: failed(false), look: "red" }],
  ["failed", { phase: failed(true), look: "red" }],
  ["failed", { phase: failed(false), state: GAVE_UP, look: "red" }],
  ["given up", { phase: failed(true), state: GAVE_UP, look: "red" }],
];

for (const [word, { type = "simple", phase, state, look }] of ROWS) {
  const more = JSON.stringify({ ...phase, ...state });
  test(`a ${type} service is told as ${word}, ${look}: ${more}`, () => {
    const whole = { ...initialState(true), ...state, phase };
    assertEquals(stateWord(type, whole), word);
    assertEquals(stateLook(whole), look === "plain" ? undefined : SGR[look]);
  });
}
