import { assertEquals } from "@std/assert";
import { initialState, type Phase, type ServiceState } from "../../../lib/service/life/phase.ts";
import { describeStatus, type ServiceView } from "../../../lib/service/service_status.ts";
import { test } from "../../test.ts";

const EXIT_0 = { kind: "exited", code: 0 } as const;
const EXIT_4 = { kind: "exited", code: 4 } as const;
const SIGTERM = { kind: "signaled", signal: 15, coreDumped: false } as const;

function describe(
  phase: Phase,
  state: Partial<ServiceState> = {},
  view: Partial<ServiceView> = {},
): string {
  return describeStatus({
    type: "simple",
    jobRuns: false,
    startable: true,
    restartLimit: 5,
    ...view,
    state: { ...initialState(true), ...state, phase },
  });
}

const STARTING = { kind: "starting", sinceMs: 0, deadlineMs: 1 } as const;
const BACKOFF = { kind: "backoff", deadlineMs: 1 } as const;
const ARMED = { kind: "armed", sinceMs: 0 } as const;

test("a start under way is starting, and activating while READY=1 is awaited", () => {
  assertEquals(describe({ kind: "waiting", awaiting: "prerequisites", sinceMs: 0 }), "starting");
  assertEquals(describe({ kind: "launching", sinceMs: 0 }), "starting");
  assertEquals(describe({ ...STARTING, awaiting: "pause" }), "starting");
  assertEquals(describe({ ...STARTING, awaiting: "ready" }), "activating");
});

test("a process of its own is running, a daemon found by its pidfile is started", () => {
  const up = { kind: "up", attached: false, sinceMs: 0 } as const;
  assertEquals(describe({ ...up, pid: 9 }), "running");
  assertEquals(describe({ ...up, pid: 9, attached: true }), "started");
  assertEquals(describe(up), "started");
});

test("a service that is on its way down is running as long as anything of it is", () => {
  for (const kind of ["stopping", "finishing"] as const) {
    assertEquals(describe({ kind } as Phase, { lastStatus: EXIT_4, enabled: false }), "running");
  }
});

test("a service that ended normally stays started", () => {
  assertEquals(describe({ kind: "done", status: EXIT_0 }, { lastStatus: EXIT_0 }), "started");
});

test("an abnormal end is shown as code or signal", () => {
  const failed = {
    kind: "failed",
    failure: { text: "x", exitCode: 4, ignored: false },
  } as const;
  assertEquals(describe(failed, { lastStatus: EXIT_4 }), "exit(4)");
  assertEquals(describe({ kind: "down" }, { lastStatus: SIGTERM }), "SIGTERM");
  assertEquals(describe(failed, {}, { startable: false }), "-");
});

test("an abnormal end tells how many restarts are left once some were used", () => {
  const state = { lastStatus: EXIT_4 };
  assertEquals(describe(BACKOFF, { ...state, restartsUsed: 2 }), "exit(4)+r#3");
  assertEquals(describe(BACKOFF, { ...state, restartsUsed: 1 }), "exit(4)+r#4");
  assertEquals(describe(BACKOFF, { ...state, restartsUsed: 4 }), "exit(4)+r#1");
  assertEquals(describe(BACKOFF, { ...state, restartsUsed: 5 }), "exit(4)");
  assertEquals(describe(BACKOFF, { ...state, restartsUsed: 2 }, { restartLimit: 0 }), "exit(4)");
});

test("a service at rest is ready, disabled, or neither", () => {
  assertEquals(describe({ kind: "down" }), "ready");
  assertEquals(describe({ kind: "down" }, { lastStatus: EXIT_0 }), "ready");
  assertEquals(describe({ kind: "down" }, { enabled: false }), "disabled");
  assertEquals(describe({ kind: "down" }, {}, { startable: false }), "-");
});

test("a scheduled service is waiting or running or shows its last failure", () => {
  assertEquals(describe(ARMED, {}, { type: "cron" }), "waiting");
  assertEquals(describe(ARMED, {}, { type: "cron", jobRuns: true }), "running");
  assertEquals(describe(ARMED, { lastStatus: EXIT_4 }, { type: "cron" }), "exit(4)");
});

test("251: a cron service that is not scheduled is neither, whatever its jobs did", () => {
  assertEquals(describe({ kind: "down" }, { lastStatus: SIGTERM }, { type: "cron" }), "-");
  assertEquals(describe({ kind: "down" }, { enabled: false }, { type: "cron" }), "disabled");
});

test("a listening service is ready", () => {
  assertEquals(describe(ARMED, {}, { type: "inetd" }), "ready");
});
