/** Policy and history in, decision out. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { ExitStatus } from "../../../../lib/base/exit_status.ts";
import type { RestartPolicy } from "../../../../lib/config/model.ts";
import {
  decideRestart,
  matchesExit,
  restartDelayMs,
} from "../../../../lib/service/life/restart_policy.ts";
import { test } from "../../../test.ts";

const POLICY: RestartPolicy = {
  when: "on-failure",
  limit: 3,
  delayMs: 1000,
  windowMs: 60_000,
  noRetry: [{ kind: "code", code: 78 }],
  onGiveUp: "fail",
};
const BACKOFF: RestartPolicy = { ...POLICY, limit: 0, backoffMaxMs: 10_000 };

const exit = (code: number): ExitStatus => ({ kind: "exited", code });
const SEGV: ExitStatus = { kind: "signaled", signal: 11, coreDumped: false };

interface Row {
  readonly policy?: Partial<RestartPolicy>;
  readonly status?: ExitStatus;
  readonly upMs?: number;
  readonly used?: number;
  /** `retry DELAY, LEFT left, USED used`, `give up: REASON` or `none`. */
  readonly decision: string;
}

const ROWS: Readonly<Record<string, Row>> = {
  "never: nothing follows": { policy: { when: "never" }, decision: "none" },
  "on-failure: nothing follows a normal exit": { status: exit(0), decision: "none" },
  "on-failure: an abnormal one is tried again": { decision: "retry 1000, 2 left, 1 used" },
  "on-failure: a death by signal, too": { status: SEGV, decision: "retry 1000, 2 left, 1 used" },
  "always: a normal exit is followed by another start": {
    policy: { when: "always" },
    status: exit(0),
    decision: "retry 1000, 2 left, 1 used",
  },
  "the last try that is left": { used: 2, decision: "retry 1000, 0 left, 3 used" },
  "none is left": { used: 3, decision: "give up: 3 restarts did not help" },
  "more were used than there are, after another configuration": {
    used: 5,
    decision: "give up: 3 restarts did not help",
  },
  "one that was allowed is told as one": {
    policy: { limit: 1 },
    used: 1,
    decision: "give up: 1 restart did not help",
  },
  "a limit of 0 is none": {
    policy: { limit: 0 },
    used: 1000,
    decision: "retry 1000, Infinity left, 1001 used",
  },
  "up for just less than the window: what was used counts": {
    used: 3,
    upMs: 59_999,
    decision: "give up: 3 restarts did not help",
  },
  "up for exactly the window: all are there again": {
    used: 3,
    upMs: 60_000,
    decision: "retry 1000, 2 left, 1 used",
  },
  "no_retry_codes end it at once": {
    status: exit(78),
    decision: "give up: it exited with code 78, which no_retry_codes lists",
  },
  "no_retry_codes mean nothing to who is never restarted": {
    policy: { when: "never" },
    status: exit(78),
    decision: "none",
  },
  "a code that is both normal and listed is normal": { status: exit(0), decision: "none" },
};

for (const [name, row] of Object.entries(ROWS)) {
  test(`F-091: restart policy, ${name}`, () => {
    const status = row.status ?? exit(3);
    const history = {
      status,
      normal: status.kind === "exited" && status.code === 0,
      upMs: row.upMs ?? 0,
      used: row.used ?? 0,
    };
    const decision = decideRestart({ ...POLICY, ...row.policy }, history, 0);
    const text = decision.kind === "retry"
      ? `retry ${decision.delayMs}, ${decision.left} left, ${decision.used} used`
      : decision.kind === "give-up"
      ? `give up: ${decision.reason}`
      : "none";
    assertEquals(text, row.decision);
  });
}

test("F-091: restart_backoff doubles from try to try, up to its maximum and no further", () => {
  const delays = [0, 1, 2, 3, 4, 5, 30, 31, 1000].map((used) => restartDelayMs(BACKOFF, used, 0));
  assertEquals(delays, [1000, 2000, 4000, 8000, 10_000, 10_000, 10_000, 10_000, 10_000]);
});

test("F-091: jitter shortens a delay that backs off by up to a tenth, and never lengthens it", () => {
  assertEquals(restartDelayMs(BACKOFF, 1, 0), 2000);
  assertAlmostEquals(restartDelayMs(BACKOFF, 1, 0.5), 1900);
  assertAlmostEquals(restartDelayMs(BACKOFF, 1, 1 - 1e-9), 1800, 0.001);
  for (let used = 0; used < 8; used++) {
    for (const random of [0, 0.3, 0.999]) {
      const delayMs = restartDelayMs(BACKOFF, used, random);
      assert(delayMs <= 10_000 && delayMs >= 900, `${delayMs} after ${used}`);
    }
  }
});

test("restart_backoff makes no delay shorter than restart_delay", () => {
  const short = { ...BACKOFF, delayMs: 3000, backoffMaxMs: 1000 };
  assertEquals([0, 1, 9].map((used) => restartDelayMs(short, used, 0)), [3000, 3000, 3000]);
  assertEquals(restartDelayMs({ ...short, backoffMaxMs: 0 }, 5, 0), 3000);
});

test("F-091: without restart_backoff the delay is always the same", () => {
  for (const used of [0, 1, 7]) assertEquals(restartDelayMs(POLICY, used, 0.9), 1000);
});

test("matchesExit tells codes from signals of the same number", () => {
  const list = [{ kind: "code", code: 15 }, { kind: "signal", signal: 9 }] as const;
  const term: ExitStatus = { kind: "signaled", signal: 15, coreDumped: false };
  const kill: ExitStatus = { kind: "signaled", signal: 9, coreDumped: true };
  assertEquals([exit(15), term, kill, exit(9)].map((each) => matchesExit(each, list)), [
    true,
    false,
    true,
    false,
  ]);
});
