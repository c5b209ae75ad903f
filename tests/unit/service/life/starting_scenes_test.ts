/** What a start waits for, by type, and what comes of it, event by event. */
import type { ServiceConfig } from "../../../../lib/config/model.ts";
import type { Event } from "../../../../lib/service/life/event.ts";
import { deadline, exited, killed, launching, noLaunch, READY, spawned, START } from "../events.ts";
import { testScenes } from "../transcript.ts";

/** Two seconds for what a start waits for. */
const SHORT = { processTimeoutMs: 2000, processTimeoutText: "2" };
const PROBE = { kind: "tcp", host: "::1", port: 80 } as const;
const READY_IN_TIME: Partial<ServiceConfig> = {
  ready: { probe: PROBE, intervalMs: 500, timeoutMs: 1500 },
  ...SHORT,
};

const seen = (seen: string): Event => ({ kind: "probed", seen });
const PASSED: Event = { kind: "probed" };
const NOTIFIED: Event = { kind: "ready" };

testScenes({
  "a simple service is up after its startup pause": {
    config: {},
    given: [1000, START, READY],
    acts: [
      [
        spawned(),
        "phase={kind=starting awaiting=pause pid=7 sinceMs=1000 deadlineMs=1500}; lastPid=7; launchedMs=1000",
      ],
      [500, ""],
      [
        deadline(),
        "phase={kind=up pid=7 attached=false sinceMs=1500}; info: a.service started (pid 7); debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
    ],
  },
  "a simple service with a probe does not wait for the pause": {
    config: READY_IN_TIME,
    given: [1000, START, READY],
    acts: [
      [
        spawned(),
        "phase={kind=starting awaiting=probe pid=7 sinceMs=1000 deadlineMs=2500}; lastPid=7; launchedMs=1000",
      ],
      [
        seen("connection refused"),
        "phase={kind=starting awaiting=probe pid=7 sinceMs=1000 deadlineMs=2500 seen=connection refused}",
      ],
      [seen("connection refused"), ""],
      [
        PASSED,
        "phase={kind=up pid=7 attached=false sinceMs=1000}; info: a.service started (pid 7); debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
    ],
  },
  "the time of the probe is its own, and the last thing it saw is told": {
    config: READY_IN_TIME,
    given: [1000, START, READY, spawned()],
    acts: [
      [
        seen("connection refused"),
        "phase={kind=starting awaiting=probe pid=7 sinceMs=1000 deadlineMs=2500 seen=connection refused}",
      ],
      [1500, ""],
      [
        deadline(20),
        "phase={kind=stopping pid=7 strays=[20] steps=[15/8000 9] step=0 sinceMs=2500 then={kind=fail failure={text=a.service was not ready within 1.5 s (tcp ::1:80: connection refused) (timeout of ready) exitCode=1 ignored=false formerText=simple service 'a.service' was not ready within 1.5 s (tcp ::1:80: connection refused), terminating due to 'ignore_failures=False'}} requested=false reason={kind=fault why=it was not ready within 1.5 s (tcp ::1:80: connection refused) (timeout of ready)} deadlineMs=10500}; debug: a.service received exception during attempted start. Exception: simple service 'a.service' was not ready within 1.5 s (tcp ::1:80: connection refused), terminating due to 'ignore_failures=False'; debug: a.service notified waiters upon completion; start-failed {failure={text=a.service was not ready within 1.5 s (tcp ::1:80: connection refused) (timeout of ready) exitCode=1 ignored=false formerText=simple service 'a.service' was not ready within 1.5 s (tcp ::1:80: connection refused), terminating due to 'ignore_failures=False'}}; debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
      [
        exited(0, 7, 20),
        "phase={kind=stopping strays=[20] steps=[15/8000 9] step=0 sinceMs=2500 then={kind=fail failure={text=a.service was not ready within 1.5 s (tcp ::1:80: connection refused) (timeout of ready) exitCode=1 ignored=false formerText=simple service 'a.service' was not ready within 1.5 s (tcp ::1:80: connection refused), terminating due to 'ignore_failures=False'}} requested=false reason={kind=fault why=it was not ready within 1.5 s (tcp ::1:80: connection refused) (timeout of ready)} deadlineMs=10500}; lastStatus={kind=exited code=0}; lastCause=it was not ready within 1.5 s (tcp ::1:80: connection refused) (timeout of ready); ranMs=1500; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'; signal {pid=20 signal=15}",
      ],
      [
        killed(9, 20),
        "phase={kind=failed failure={text=a.service was not ready within 1.5 s (tcp ::1:80: connection refused) (timeout of ready) exitCode=1 ignored=false formerText=simple service 'a.service' was not ready within 1.5 s (tcp ::1:80: connection refused), terminating due to 'ignore_failures=False'}}; stopped {tookMs=0 killed=false}",
      ],
    ],
  },
  "a probe of which no try has come to its end": {
    config: { ...SHORT, ready: { probe: PROBE, intervalMs: 500 } },
    given: [1000, START, READY, spawned()],
    acts: [
      [2000, ""],
      [
        deadline(),
        "phase={kind=stopping pid=7 strays=[] steps=[15/8000 9] step=0 sinceMs=3000 then={kind=fail failure={text=a.service was not ready within 2 s (tcp ::1:80: no answer) (process_timeout) exitCode=1 ignored=false formerText=simple service 'a.service' was not ready within 2 s (tcp ::1:80: no answer), terminating due to 'ignore_failures=False'}} requested=false reason={kind=fault why=it was not ready within 2 s (tcp ::1:80: no answer) (process_timeout)} deadlineMs=11000}; debug: a.service received exception during attempted start. Exception: simple service 'a.service' was not ready within 2 s (tcp ::1:80: no answer), terminating due to 'ignore_failures=False'; debug: a.service notified waiters upon completion; start-failed {failure={text=a.service was not ready within 2 s (tcp ::1:80: no answer) (process_timeout) exitCode=1 ignored=false formerText=simple service 'a.service' was not ready within 2 s (tcp ::1:80: no answer), terminating due to 'ignore_failures=False'}}; debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
    ],
  },
  "a probe after the end of the process": {
    config: { ...READY_IN_TIME, type: "forking" },
    given: [1000, START, READY, spawned(), 200],
    acts: [
      [
        exited(0),
        "phase={kind=starting awaiting=probe ended={kind=exited code=0} sinceMs=1200 deadlineMs=2700}; lastStatus={kind=exited code=0}; ranMs=200; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'",
      ],
      [1500, ""],
      [
        deadline(),
        "phase={kind=failed failure={text=a.service was not ready within 1.5 s (tcp ::1:80: no answer; its process has ended) (timeout of ready) exitCode=1 ignored=false formerText=forking service 'a.service' was not ready within 1.5 s (tcp ::1:80: no answer; its process has ended), terminating due to 'ignore_failures=False'}}; debug: a.service received exception during attempted start. Exception: forking service 'a.service' was not ready within 1.5 s (tcp ::1:80: no answer; its process has ended), terminating due to 'ignore_failures=False'; debug: a.service notified waiters upon completion; start-failed {failure={text=a.service was not ready within 1.5 s (tcp ::1:80: no answer; its process has ended) (timeout of ready) exitCode=1 ignored=false formerText=forking service 'a.service' was not ready within 1.5 s (tcp ::1:80: no answer; its process has ended), terminating due to 'ignore_failures=False'}}",
      ],
    ],
  },
  "with ignore_failures a service is up without its probe": {
    config: { ...READY_IN_TIME, ignoreFailures: true },
    given: [1000, START, READY, spawned()],
    acts: [
      [1500, ""],
      [
        deadline(),
        "phase={kind=up pid=7 attached=false missed=was not ready within 1.5 s (tcp ::1:80: no answer) (timeout of ready) sinceMs=2500}; debug: simple service 'a.service' was not ready within 1.5 s (tcp ::1:80: no answer), proceeding due to 'ignore_failures=True'; warn: a.service was not ready within 1.5 s (tcp ::1:80: no answer) (timeout of ready), which ignore_failures passes over; debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
    ],
  },
  "a notify service is up once it says so": {
    config: { ...SHORT, type: "notify" },
    given: [1000, START, READY],
    acts: [
      [
        spawned(),
        "phase={kind=starting awaiting=ready pid=7 sinceMs=1000 deadlineMs=3000}; lastPid=7; launchedMs=1000",
      ],
      [
        NOTIFIED,
        "phase={kind=up pid=7 attached=false sinceMs=1000}; info: a.service started (pid 7); debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
    ],
  },
  "a notify service with a probe needs both": {
    config: { ...READY_IN_TIME, type: "notify" },
    given: [1000, START, READY, spawned()],
    acts: [
      [PASSED, ""],
      [NOTIFIED, "phase={kind=starting awaiting=probe pid=7 sinceMs=1000 deadlineMs=2500}"],
      [NOTIFIED, ""],
      [
        PASSED,
        "phase={kind=up pid=7 attached=false sinceMs=1000}; info: a.service started (pid 7); debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
    ],
  },
  "a notify service with a probe that is silent for too long": {
    config: { ...READY_IN_TIME, type: "notify" },
    given: [1000, START, READY, spawned()],
    acts: [
      [2000, ""],
      [
        deadline(),
        "phase={kind=stopping pid=7 strays=[] steps=[15/8000 9] step=0 sinceMs=3000 then={kind=fail failure={text=a.service did not say READY=1 within 2 s (process_timeout) exitCode=1 ignored=false formerText=notify service 'a.service' did not receive ready notification after 2 second(s), terminating due to 'ignore_failures=False'}} requested=false reason={kind=fault why=it did not say READY=1 within 2 s (process_timeout)} deadlineMs=11000}; debug: a.service received exception during attempted start. Exception: notify service 'a.service' did not receive ready notification after 2 second(s), terminating due to 'ignore_failures=False'; debug: a.service notified waiters upon completion; start-failed {failure={text=a.service did not say READY=1 within 2 s (process_timeout) exitCode=1 ignored=false formerText=notify service 'a.service' did not receive ready notification after 2 second(s), terminating due to 'ignore_failures=False'}}; debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
    ],
  },
  "a notify service with a probe that ends in order is waited for": {
    config: { ...SHORT, type: "notify" },
    given: [1000, START, READY, spawned()],
    acts: [
      [
        exited(0),
        "phase={kind=starting awaiting=ready sinceMs=1000 deadlineMs=3000 ended={kind=exited code=0}}; lastStatus={kind=exited code=0}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'",
      ],
      [
        NOTIFIED,
        "phase={kind=up attached=false sinceMs=1000}; info: a.service started; debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
    ],
  },
  "a oneshot is done with its process": {
    config: { ...SHORT, type: "oneshot" },
    given: [1000, START, READY],
    acts: [
      [
        spawned(),
        "phase={kind=starting awaiting=exit pid=7 sinceMs=1000 deadlineMs=3000}; lastPid=7; launchedMs=1000",
      ],
      [500, ""],
      [
        exited(0),
        "phase={kind=done status={kind=exited code=0}}; lastStatus={kind=exited code=0}; ranMs=500; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'; info: a.service started (pid 7); debug: a.service successfully started; debug: a.service notified waiters upon completion; info: a.service has ended well (exited with code 0)",
      ],
    ],
  },
  "a oneshot with a probe is done when that passes": {
    config: { ...READY_IN_TIME, type: "oneshot" },
    given: [1000, START, READY, spawned()],
    acts: [
      [
        exited(0),
        "phase={kind=starting awaiting=probe ended={kind=exited code=0} sinceMs=1000 deadlineMs=2500}; lastStatus={kind=exited code=0}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'",
      ],
      [
        PASSED,
        "phase={kind=done status={kind=exited code=0}}; info: a.service started (pid 7); debug: a.service successfully started; debug: a.service notified waiters upon completion; info: a.service has ended well (exited with code 0)",
      ],
    ],
  },
  "a oneshot that does not end in time": {
    config: { ...SHORT, type: "oneshot" },
    given: [1000, START, READY, spawned()],
    acts: [
      [2000, ""],
      [
        deadline(),
        "phase={kind=stopping pid=7 strays=[] steps=[15/8000 9] step=0 sinceMs=3000 then={kind=fail failure={text=a.service did not end within 2 s (process_timeout) exitCode=1 ignored=false formerText=oneshot service 'a.service' did not exit after 2 second(s), terminating due to 'ignore_failures=False'}} requested=false reason={kind=fault why=it did not end within 2 s (process_timeout)} deadlineMs=11000}; debug: a.service received exception during attempted start. Exception: oneshot service 'a.service' did not exit after 2 second(s), terminating due to 'ignore_failures=False'; debug: a.service notified waiters upon completion; start-failed {failure={text=a.service did not end within 2 s (process_timeout) exitCode=1 ignored=false formerText=oneshot service 'a.service' did not exit after 2 second(s), terminating due to 'ignore_failures=False'}}; debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
    ],
  },
  "a forking service is up when its process has ended": {
    config: { ...SHORT, type: "forking" },
    given: [1000, START, READY],
    acts: [
      [
        spawned(),
        "phase={kind=starting awaiting=exit pid=7 sinceMs=1000 deadlineMs=3000}; lastPid=7; launchedMs=1000",
      ],
      [500, ""],
      [
        exited(0),
        "phase={kind=up attached=false sinceMs=1500}; lastStatus={kind=exited code=0}; ranMs=500; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'; info: a.service started; debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
    ],
  },
  "a program that cannot be executed and leaves others": {
    config: { type: "notify" },
    given: [1000, START, READY, launching()],
    acts: [
      [
        NOTIFIED,
        "phase={kind=up pid=7 attached=false sinceMs=1000}; info: a.service started (pid 7); debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
      [
        noLaunch(7, 20),
        "phase={kind=stopping strays=[20] steps=[15/1000 9] step=0 sinceMs=1000 then={kind=judge status={kind=exited code=127} upMs=0} requested=false deadlineMs=2000}; lastStatus={kind=exited code=127}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=127>'; signal {pid=20 signal=15}",
      ],
      [100, ""],
      [
        exited(0, 20),
        "phase={kind=failed failure={text=a.service exited with code 127 exitCode=127 ignored=false} status={kind=exited code=127}}; stopped {tookMs=100 killed=false}; debug: a.service terminated abnormally with <ProcStatus exit_status=127>; err: a.service exited with code 127",
      ],
    ],
  },
});
