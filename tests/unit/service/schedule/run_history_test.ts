import { assertEquals } from "@std/assert";
import {
  beginRun,
  countMissed,
  countSkipped,
  endRun,
  failureEnvironment,
  NO_RUNS,
  type RunEnd,
} from "../../../../lib/service/schedule/run_history.ts";
import { test } from "../../../test.ts";

const START_MS = Date.parse("2024-05-01T12:00:00Z");

const FAILED: RunEnd = {
  endWallMs: START_MS + 2500,
  durationMs: 2500,
  exit: { kind: "exited", code: 3 },
  normal: false,
};

test("a history keeps the last 20 runs, oldest first, and counts them all", () => {
  let history = NO_RUNS;
  for (let serial = 1; serial <= 25; serial++) {
    history = beginRun(history, { serial, startWallMs: START_MS });
  }
  assertEquals(history.runs.map((run) => run.serial), Array.from({ length: 20 }, (_, i) => i + 6));
  assertEquals(history.started, 25);
});

test("endRun completes the run that it names, and only that", () => {
  const before = beginRun(beginRun(NO_RUNS, { serial: 7, startWallMs: START_MS }), {
    serial: 8,
    startWallMs: START_MS,
  });
  const after = endRun(before, 7, FAILED);
  assertEquals(after.runs, [
    { serial: 7, startWallMs: START_MS, ...FAILED },
    { serial: 8, startWallMs: START_MS },
  ]);
  assertEquals([before.failed, after.failed], [0, 1]);
  assertEquals(before.runs[0], { serial: 7, startWallMs: START_MS });
  assertEquals(endRun(after, 8, { ...FAILED, normal: true }).failed, 1);
});

test("endRun counts the failure of a run that is no longer kept", () => {
  assertEquals(endRun(NO_RUNS, 1, FAILED), { ...NO_RUNS, failed: 1 });
});

test("a history counts what was missed and skipped", () => {
  const history = countSkipped(countMissed(countMissed(NO_RUNS, 3), 0));
  assertEquals([history.missed, history.skipped], [3, 1]);
});

test("failureEnvironment tells the command of on_failure what failed and how", () => {
  const run = { serial: 7, startWallMs: START_MS, ...FAILED };
  assertEquals(failureEnvironment("backup.service", run), {
    _CHAP_FAILED_SERVICE: "backup.service",
    _CHAP_FAILED_SERIAL: "7",
    _CHAP_FAILED_START: "2024-05-01T12:00:00.000Z",
    _CHAP_FAILED_END: "2024-05-01T12:00:02.500Z",
    _CHAP_FAILED_SECONDS: "2.500",
    _CHAP_FAILED_CODE: "3",
    _CHAP_FAILED_REASON: "exited with code 3",
  });
  const killed = {
    ...run,
    exit: { kind: "signaled", signal: 15, coreDumped: false },
    cause: "timeout",
  } as const;
  const variables = failureEnvironment("backup.service", killed);
  assertEquals(
    [variables["_CHAP_FAILED_CODE"], variables["_CHAP_FAILED_REASON"]],
    ["143", "was killed by SIGTERM after run_timeout"],
  );
});

test("a history counts which runs were asked for and which made up for a missed time", () => {
  const run = (serial: number, more: { asked?: true; caughtUp?: true } = {}) => ({
    ...{ serial, startWallMs: START_MS },
    ...more,
  });
  let history = NO_RUNS;
  assertEquals([history.asked, history.caughtUp, history.missed, history.skipped], [0, 0, 0, 0]);
  for (
    const next of [
      run(1),
      run(2, { asked: true }),
      run(3, { caughtUp: true }),
      run(4, { asked: true }),
    ]
  ) {
    history = beginRun(history, next);
  }
  assertEquals([history.started, history.asked, history.caughtUp], [4, 2, 1]);
});
