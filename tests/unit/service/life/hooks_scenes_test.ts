/** What runs when something happens to a service, event by event. */
import type { ServiceConfig } from "../../../../lib/config/model.ts";
import type { Event } from "../../../../lib/service/life/event.ts";
import { hookVariables } from "../../../../lib/service/life/hook_variables.ts";
import { initialState } from "../../../../lib/service/life/phase.ts";
import { assertEquals } from "@std/assert";
import { test } from "../../../test.ts";
import { deadline, exited, killed, READY, spawned, START, stop } from "../events.ts";
import { RESTART } from "../service_config.ts";
import { testScenes } from "../transcript.ts";

const hooks = { onStart: ["a"], onReady: ["b"], onStop: ["c"] };
const AT_ONCE: Partial<ServiceConfig> = { startupPauseMs: 0, hooks };
const hookStarted: Event = { kind: "hook-started", pid: 20 };
const hookEnded: Event = { kind: "hook-ended", pid: 20 };
const UP = [1000, START, READY, spawned()] as const;

testScenes({
  "on_start and on_ready are asked for as the service starts": {
    config: { hooks },
    given: [1000, START, READY],
    acts: [
      [
        spawned(),
        "phase={kind=starting awaiting=pause pid=7 sinceMs=1000 deadlineMs=1500}; lastPid=7; launchedMs=1000; toFinish=true; run-hook {hook=on_start}",
      ],
      [500, ""],
      [
        deadline(),
        "phase={kind=up pid=7 attached=false sinceMs=1500}; info: a.service started (pid 7); debug: a.service successfully started; debug: a.service notified waiters upon completion; run-hook {hook=on_ready}",
      ],
    ],
  },
  "a restart waits for the end of on_stop": {
    config: { ...AT_ONCE, restart: RESTART },
    given: UP,
    acts: [
      [
        exited(1),
        "phase={kind=finishing sinceMs=1000 deadlineMs=11000 then={kind=judge status={kind=exited code=1} upMs=0}}; lastStatus={kind=exited code=1}; ranMs=0; toFinish=undefined; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=1>'; run-hook {hook=on_stop}",
      ],
      [
        hookStarted,
        "phase={kind=finishing sinceMs=1000 deadlineMs=11000 then={kind=judge status={kind=exited code=1} upMs=0} hookPid=20}",
      ],
      [100, ""],
      [
        hookEnded,
        "phase={kind=backoff deadlineMs=4100}; restartsUsed=1; debug: a.service pausing between restart retries (4 left); info: a.service exited with code 1; it is started again in 3 s (4 left)",
      ],
    ],
  },
  "on_stop that takes too long is killed, and the service goes on": {
    config: AT_ONCE,
    given: [...UP, exited(0), hookStarted],
    acts: [[10_000, ""], [
      deadline(),
      "phase={kind=done status={kind=exited code=0}}; warn: on_stop of a.service is still running after 10 s: killed; signal-hook {pid=20 signal=9}",
    ], [hookEnded, ""]],
  },
  "on_stop that cannot be started holds nothing up": {
    config: AT_ONCE,
    given: [...UP, killed(9)],
    acts: [[
      { kind: "hook-ended" },
      "phase={kind=failed failure={text=a.service was killed by SIGKILL exitCode=137 ignored=false} status={kind=signaled signal=9 coreDumped=false}}; debug: a.service terminated abnormally with <ProcStatus signal=9>; err: a.service was killed by SIGKILL",
    ]],
  },
  "a stop is over once on_stop is": {
    config: AT_ONCE,
    given: [...UP, stop()],
    acts: [[
      killed(15),
      "phase={kind=finishing sinceMs=1000 deadlineMs=11000 then={kind=down}}; lastStatus={kind=signaled signal=15 coreDumped=false}; lastCause=it was asked to stop; ranMs=0; toFinish=undefined; debug: a.service exit status for pid=7 is '<ProcStatus signal=15>'; debug: a.service terminated abnormally with <ProcStatus signal=15>; debug: a.service was killed by SIGTERM; stopped {tookMs=0 killed=false}; info: a.service stopped; run-hook {hook=on_stop}",
    ], [
      hookStarted,
      "phase={kind=finishing sinceMs=1000 deadlineMs=11000 then={kind=down} hookPid=20}",
    ], [hookEnded, "phase={kind=down}"]],
  },
  "a stop while on_stop runs gives the restart up, and shortens its time": {
    config: { ...AT_ONCE, restart: RESTART },
    given: [...UP, exited(1), hookStarted],
    acts: [
      [
        { kind: "stop", cause: "shutdown", budgetMs: 500, strays: [] },
        "phase={kind=finishing sinceMs=1000 deadlineMs=1500 then={kind=down} hookPid=20}",
      ],
      [500, ""],
      [
        deadline(),
        "phase={kind=down}; warn: on_stop of a.service is still running after 0.5 s: killed; signal-hook {pid=20 signal=9}",
      ],
    ],
  },
  "a start while on_stop runs comes after it": {
    config: AT_ONCE,
    given: [...UP, exited(0), hookStarted],
    acts: [[
      START,
      "phase={kind=finishing sinceMs=1000 deadlineMs=11000 then={kind=start} hookPid=20}",
    ], [hookEnded, "phase={kind=waiting awaiting=prerequisites sinceMs=1000}"]],
  },
  "the container ends with a service once its on_stop is over": {
    config: { ...AT_ONCE, exitKills: true },
    given: UP,
    acts: [[
      exited(3),
      "phase={kind=finishing sinceMs=1000 deadlineMs=11000 then={kind=judge status={kind=exited code=3} upMs=0}}; lastStatus={kind=exited code=3}; ranMs=0; toFinish=undefined; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; debug: a.service terminated abnormally with <ProcStatus exit_status=3>; warn: a.service exited with code 3; run-hook {hook=on_stop}",
    ], [
      hookStarted,
      "phase={kind=finishing sinceMs=1000 deadlineMs=11000 then={kind=judge status={kind=exited code=3} upMs=0} hookPid=20}",
    ], [
      hookEnded,
      "phase={kind=failed failure={text=a.service exited with code 3 exitCode=3 ignored=false} status={kind=exited code=3}}; kill-system {exitCode=3 reason=a.service exited with code 3}",
    ]],
  },
  "on_stop does not run for what has not run": {
    config: AT_ONCE,
    given: [1000, START, READY],
    acts: [[
      { kind: "spawn-failed", text: "no", errno: 2 },
      "phase={kind=failed failure={text=no exitCode=1 errno=2 ignored=false}}; debug: a.service received exception during attempted start. Exception: no; debug: a.service notified waiters upon completion; start-failed {failure={text=no exitCode=1 errno=2 ignored=false}}",
    ]],
  },
});

test("hookVariables tells of an exit and of a death by signal, in the words of systemd, too", () => {
  const state = { ...initialState(true), lastPid: 7 };
  assertEquals(hookVariables("on_ready", "a.service", state), {
    _CHAP_HOOK: "on_ready",
    _CHAP_HOOK_SERVICE: "a.service",
    _CHAP_HOOK_PID: "7",
    MAINPID: "7",
  });
  const failed = { ...state, lastStatus: { kind: "exited", code: 3 } } as const;
  assertEquals(hookVariables("on_stop", "a.service", failed), {
    _CHAP_HOOK: "on_stop",
    _CHAP_HOOK_SERVICE: "a.service",
    _CHAP_HOOK_PID: "7",
    MAINPID: "7",
    _CHAP_HOOK_CODE: "3",
    _CHAP_HOOK_REASON: "exited with code 3",
    EXIT_CODE: "exited",
    EXIT_STATUS: "3",
    SERVICE_RESULT: "exit-code",
  });
  const lastStatus = { kind: "signaled", signal: 9, coreDumped: false } as const;
  const variables = hookVariables("on_stop", "a.service", {
    ...state,
    lastStatus,
    lastCause: "unhealthy: no answer",
  });
  assertEquals(variables["_CHAP_HOOK_CODE"], "137");
  assertEquals(variables["_CHAP_HOOK_SIGNAL"], "SIGKILL");
  assertEquals(
    variables["_CHAP_HOOK_REASON"],
    "was killed by SIGKILL; ended by chaperone: unhealthy: no answer",
  );
  assertEquals([variables["EXIT_CODE"], variables["EXIT_STATUS"]], ["killed", "KILL"]);
});
