/** Stops, and what comes in between, event by event. */
import type { ServiceConfig } from "../../../../lib/config/model.ts";
import type { Event } from "../../../../lib/service/life/event.ts";
import {
  deadline,
  exited,
  killed,
  launching,
  noLaunch,
  READY,
  reset,
  spawned,
  START,
  stop,
} from "../events.ts";
import { RESTART } from "../service_config.ts";
import { testScenes } from "../transcript.ts";

const PIDFILE: Partial<ServiceConfig> = { pidfile: "/run/a.pid", startupPauseMs: 0 };
const DRAINS: Partial<ServiceConfig> = { drainTimeoutMs: 3000, drainSignal: 10, startupPauseMs: 0 };
const HAS_COMMAND: Partial<ServiceConfig> = { stopCommand: ["quit"], stopTimeoutMs: 1000 };
const stopIn = (budgetMs: number): Event => ({
  kind: "stop",
  cause: "shutdown",
  budgetMs,
  strays: [],
});

testScenes({
  "who is connected is waited for, and nobody new comes": {
    config: DRAINS,
    given: [1000, START, READY, spawned()],
    acts: [
      [
        stop(),
        "phase={kind=stopping pid=7 strays=[] steps=[-2/3000 15/8000 9] step=0 sinceMs=1000 then={kind=down} requested=true reason={kind=request} deadlineMs=4000}; info: a.service drains: it is stopped once nobody is connected to it; signal {pid=7 signal=10}",
      ],
      [1000, ""],
      [
        { kind: "drained" },
        "phase={kind=stopping pid=7 strays=[] steps=[-2/3000 15/8000 9] step=1 sinceMs=1000 then={kind=down} requested=true reason={kind=request} deadlineMs=10000}; debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
      [{ kind: "drained" }, ""],
      [
        exited(0),
        "phase={kind=down}; lastStatus={kind=exited code=0}; lastCause=it was asked to stop; ranMs=1000; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'; stopped {tookMs=1000 killed=false}; info: a.service stopped",
      ],
    ],
  },
  "who stays connected is waited for no longer than drain_timeout": {
    config: DRAINS,
    given: [1000, START, READY, spawned()],
    acts: [
      [
        stop(),
        "phase={kind=stopping pid=7 strays=[] steps=[-2/3000 15/8000 9] step=0 sinceMs=1000 then={kind=down} requested=true reason={kind=request} deadlineMs=4000}; info: a.service drains: it is stopped once nobody is connected to it; signal {pid=7 signal=10}",
      ],
      [3000, ""],
      [
        deadline(),
        "phase={kind=stopping pid=7 strays=[] steps=[-2/3000 15/8000 9] step=1 sinceMs=1000 then={kind=down} requested=true reason={kind=request} deadlineMs=12000}; debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
    ],
  },
  "the end of the container cuts the wait short": {
    config: DRAINS,
    given: [1000, START, READY, spawned(), stop()],
    acts: [
      [
        stopIn(1000),
        "phase={kind=stopping pid=7 strays=[] steps=[-2/3000 15/500 9] step=0 sinceMs=1000 then={kind=down} requested=true reason={kind=request} deadlineMs=1500}",
      ],
      [500, ""],
      [
        deadline(),
        "phase={kind=stopping pid=7 strays=[] steps=[-2/3000 15/500 9] step=1 sinceMs=1000 then={kind=down} requested=true reason={kind=request} deadlineMs=2000}; debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
    ],
  },
  "one that ends by itself while it drains is stopped": {
    config: DRAINS,
    given: [1000, START, READY, spawned(), stop()],
    acts: [
      [
        exited(0),
        "phase={kind=down}; lastStatus={kind=exited code=0}; lastCause=it was asked to stop; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'; stopped {tookMs=0 killed=false}; info: a.service stopped",
      ],
    ],
  },
  "what has not started has nobody to wait for": {
    config: { ...DRAINS, startupPauseMs: 500 },
    given: [1000, START, READY, spawned()],
    acts: [
      [
        stop(),
        "phase={kind=stopping pid=7 strays=[] steps=[15/8000 9] step=0 sinceMs=1000 then={kind=down} requested=true reason={kind=request} deadlineMs=9000}; debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
    ],
  },
  "a stop, step by step": {
    config: {},
    given: [1000, START, READY, spawned(), 500, deadline()],
    acts: [
      [2000, ""],
      [
        stop(),
        "phase={kind=stopping pid=7 strays=[] steps=[15/8000 9] step=0 sinceMs=3500 then={kind=down} requested=true reason={kind=request} deadlineMs=11500}; debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
      [8000, ""],
      [
        deadline(),
        "phase={kind=stopping pid=7 strays=[] steps=[15/8000 9] step=1 sinceMs=3500 then={kind=down} requested=true reason={kind=request}}; debug: using SIGKILL to terminate a.service; signal {pid=7 signal=9}",
      ],
      [50, ""],
      [
        killed(9),
        "phase={kind=down}; lastStatus={kind=signaled signal=9 coreDumped=false}; lastCause=it was asked to stop; it had not stopped after 8.1 s; ranMs=10550; debug: a.service exit status for pid=7 is '<ProcStatus signal=9>'; debug: a.service terminated abnormally with <ProcStatus signal=9>; debug: a.service was killed by SIGKILL; stopped {tookMs=8050 killed=true}; info: a.service stopped",
      ],
    ],
  },
  "a stop command has its time, then the kill signal has as much": {
    config: HAS_COMMAND,
    given: [1000, START, READY, spawned(), 500, deadline()],
    acts: [
      [
        stop(),
        "phase={kind=stopping pid=7 strays=[] steps=[0/1000 15/1000 9] step=0 sinceMs=1500 then={kind=down} requested=true reason={kind=request} deadlineMs=2500}; run-stop-command",
      ],
      [1000, ""],
      [
        deadline(20),
        "phase={kind=stopping pid=7 strays=[20] steps=[0/1000 15/1000 9] step=1 sinceMs=1500 then={kind=down} requested=true reason={kind=request} deadlineMs=3500}; debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
      [1000, ""],
      [
        deadline(20),
        "phase={kind=stopping pid=7 strays=[20] steps=[0/1000 15/1000 9] step=2 sinceMs=1500 then={kind=down} requested=true reason={kind=request}}; debug: using SIGKILL to terminate a.service; signal {pid=7 signal=9}; signal {pid=20 signal=9}",
      ],
      [
        killed(9, 7, 20),
        "phase={kind=stopping strays=[20] steps=[0/1000 15/1000 9] step=2 sinceMs=1500 then={kind=down} requested=true reason={kind=request}}; lastStatus={kind=signaled signal=9 coreDumped=false}; lastCause=it was asked to stop; it had not stopped after 2 s; ranMs=2500; debug: a.service exit status for pid=7 is '<ProcStatus signal=9>'; debug: a.service terminated abnormally with <ProcStatus signal=9>; debug: a.service was killed by SIGKILL; signal {pid=20 signal=9}",
      ],
    ],
  },
  "a second stop shortens the first": {
    config: {},
    given: [1000, START, READY, spawned(), 500, deadline(), stop(), 100],
    acts: [
      [
        stopIn(3000),
        "phase={kind=stopping pid=7 strays=[] steps=[15/8000 9] step=0 sinceMs=1500 then={kind=down} requested=true reason={kind=request} deadlineMs=4600}",
      ],
      [stopIn(9000), ""],
      [3000, ""],
      [
        deadline(),
        "phase={kind=stopping pid=7 strays=[] steps=[15/8000 9] step=1 sinceMs=1500 then={kind=down} requested=true reason={kind=request}}; debug: using SIGKILL to terminate a.service; signal {pid=7 signal=9}",
      ],
      [stopIn(1), ""],
    ],
  },
  "a start during a stop comes after it": {
    config: PIDFILE,
    given: [
      1000,
      START,
      READY,
      spawned(),
      { kind: "pidfile", present: true, pid: 7, alive: true },
      stop(),
    ],
    acts: [
      [
        START,
        "phase={kind=stopping pid=7 strays=[] steps=[15/8000 9] step=0 sinceMs=1000 then={kind=start} requested=true reason={kind=request} deadlineMs=9000}",
      ],
      [
        exited(0),
        "phase={kind=waiting awaiting=prerequisites sinceMs=1000}; lastStatus={kind=exited code=0}; lastCause=it was asked to stop; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'; stopped {tookMs=0 killed=false}; info: a.service stopped; remove-pidfile",
      ],
    ],
  },
  "a stop after that start is the last word": {
    config: {},
    given: [1000, START, READY, spawned(), 500, deadline(), stop(), START],
    acts: [
      [
        stop(),
        "phase={kind=stopping pid=7 strays=[] steps=[15/8000 9] step=0 sinceMs=1500 then={kind=down} requested=true reason={kind=request} deadlineMs=9500}",
      ],
      [
        exited(0),
        "phase={kind=down}; lastStatus={kind=exited code=0}; lastCause=it was asked to stop; ranMs=500; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'; stopped {tookMs=0 killed=false}; info: a.service stopped",
      ],
    ],
  },
  "a stop does not forget that a start has failed": {
    config: { type: "notify" },
    given: [1000, START, READY, spawned(), 30_000, deadline()],
    acts: [
      [stop(), ""],
      [
        killed(15),
        "phase={kind=failed failure={text=a.service did not say READY=1 within 30.0 s (process_timeout) exitCode=1 ignored=false formerText=notify service 'a.service' did not receive ready notification after 30.0 second(s), terminating due to 'ignore_failures=False'}}; lastStatus={kind=signaled signal=15 coreDumped=false}; lastCause=it did not say READY=1 within 30.0 s (process_timeout); ranMs=30000; debug: a.service exit status for pid=7 is '<ProcStatus signal=15>'; stopped {tookMs=0 killed=false}",
      ],
    ],
  },
  "a restart is given up by a stop": {
    config: { restart: RESTART },
    given: [1000, START, READY, spawned(), 500, deadline(), exited(3, 7, 20)],
    acts: [
      [
        stop(),
        "phase={kind=stopping strays=[20] steps=[15/1000 9] step=0 sinceMs=1500 then={kind=down} requested=false deadlineMs=2500}",
      ],
      [
        exited(0, 20),
        "phase={kind=down}; stopped {tookMs=0 killed=false}; info: a.service stopped",
      ],
    ],
  },
  "a stop of what is down": {
    config: {},
    given: [1000],
    acts: [
      [stop(), ""],
      [
        stop(20),
        "phase={kind=stopping strays=[20] steps=[15/8000 9] step=0 sinceMs=1000 then={kind=down} requested=true reason={kind=request} deadlineMs=9000}; signal {pid=20 signal=15}",
      ],
      [100, ""],
      [
        exited(0, 20),
        "phase={kind=down}; stopped {tookMs=100 killed=false}; info: a.service stopped",
      ],
    ],
  },
  "a stop of what is down and had a pidfile": {
    config: PIDFILE,
    given: [1000],
    acts: [
      [stop(), "remove-pidfile"],
    ],
  },
  "a reset of what has failed": {
    config: PIDFILE,
    given: [1000, START, READY, spawned(), exited(3)],
    acts: [
      [START, ""],
      [reset(), "phase={kind=down}; debug: a.service received reset; remove-pidfile"],
    ],
  },
  "a reset of what was given up": {
    config: { restart: { ...RESTART, noRetry: [{ kind: "code", code: 3 }] } },
    given: [1000, START, READY, spawned(), 500, deadline(), exited(3)],
    acts: [
      [reset(), "phase={kind=down}; gaveUp=undefined; debug: a.service received reset"],
    ],
  },
  "a reset of what runs means nothing": {
    config: {},
    given: [1000, START, READY, spawned(), 500, deadline()],
    acts: [
      [reset(), "debug: a.service received reset"],
      [START, "debug: service a.service already started.  further starts ignored."],
    ],
  },
  "a reset of what waits, and of what pauses": {
    config: { restart: RESTART },
    given: [1000, START],
    acts: [
      [reset(), "phase={kind=down}; debug: a.service received reset"],
      [START, "phase={kind=waiting awaiting=prerequisites sinceMs=1000}"],
      [
        READY,
        "phase={kind=launching sinceMs=1000}; debug: service a.service prerequisites satisfied; launch",
      ],
      [
        spawned(),
        "phase={kind=starting awaiting=pause pid=7 sinceMs=1000 deadlineMs=1500}; lastPid=7; launchedMs=1000",
      ],
      [500, ""],
      [
        deadline(),
        "phase={kind=up pid=7 attached=false sinceMs=1500}; info: a.service started (pid 7); debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
      [
        exited(3),
        "phase={kind=backoff deadlineMs=4500}; restartsUsed=1; lastStatus={kind=exited code=3}; ranMs=500; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; debug: a.service pausing between restart retries (4 left); info: a.service exited with code 3; it is started again in 3 s (4 left)",
      ],
      [reset(), "phase={kind=down}; restartsUsed=0; debug: a.service received reset"],
    ],
  },
  "enabling and disabling change nothing else": {
    config: {},
    given: [1000, START, READY, spawned(), 500, deadline()],
    acts: [
      [
        { kind: "disable", because: "its program is not there" },
        "enabled=false; disabledBecause=its program is not there",
      ],
      [{ kind: "enable" }, "enabled=true; disabledBecause=undefined"],
      [{ kind: "disable" }, "enabled=false"],
    ],
  },
  "a stop of what is being launched": {
    config: {},
    given: [1000, START, READY, launching()],
    acts: [
      [
        stop(20),
        "phase={kind=stopping pid=7 strays=[20] steps=[15/8000 9] step=0 sinceMs=1000 then={kind=down} requested=true reason={kind=request} deadlineMs=9000}; debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
      [
        noLaunch(7),
        "phase={kind=down}; lastStatus={kind=exited code=127}; lastCause=it was asked to stop; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=127>'; debug: a.service terminated abnormally with <ProcStatus exit_status=127>; debug: a.service exited with code 127; stopped {tookMs=0 killed=false}; info: a.service stopped",
      ],
    ],
  },
  "a stop of what was not launched yet": {
    config: {},
    given: [1000, START, READY],
    acts: [
      [stop(), "phase={kind=down}; stopped {tookMs=0 killed=false}; info: a.service stopped"],
    ],
  },
  "leftovers that come and go": {
    config: {},
    given: [1000, START, READY, spawned(), 500, deadline(), stop(20)],
    acts: [
      [
        exited(0, 7, 20),
        "phase={kind=stopping strays=[20] steps=[15/8000 9] step=0 sinceMs=1500 then={kind=down} requested=true reason={kind=request} deadlineMs=9500}; lastStatus={kind=exited code=0}; lastCause=it was asked to stop; ranMs=500; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'; signal {pid=20 signal=15}",
      ],
      [
        exited(0, 99),
        "phase={kind=down}; stopped {tookMs=0 killed=false}; info: a.service stopped",
      ],
      [exited(0, 20, 21), ""],
      [exited(0, 20), ""],
    ],
  },
  "leftovers are killed at the end of the last step, too": {
    config: {},
    given: [1000, START, READY, spawned(), 500, deadline(), stop(20), 8000],
    acts: [
      [
        deadline(20),
        "phase={kind=stopping pid=7 strays=[20] steps=[15/8000 9] step=1 sinceMs=1500 then={kind=down} requested=true reason={kind=request}}; debug: using SIGKILL to terminate a.service; signal {pid=7 signal=9}; signal {pid=20 signal=9}",
      ],
      [
        killed(9, 7, 20),
        "phase={kind=stopping strays=[20] steps=[15/8000 9] step=1 sinceMs=1500 then={kind=down} requested=true reason={kind=request}}; lastStatus={kind=signaled signal=9 coreDumped=false}; lastCause=it was asked to stop; it had not stopped after 8 s; ranMs=8500; debug: a.service exit status for pid=7 is '<ProcStatus signal=9>'; debug: a.service terminated abnormally with <ProcStatus signal=9>; debug: a.service was killed by SIGKILL; signal {pid=20 signal=9}",
      ],
      [200, ""],
      [
        deadline(20),
        "phase={kind=stopping strays=[20] steps=[15/8000 9] step=1 sinceMs=1500 then={kind=down} requested=true reason={kind=request} deadlineMs=9900}; signal {pid=20 signal=9}",
      ],
      [200, ""],
      [deadline(), "phase={kind=down}; stopped {tookMs=8400 killed=true}; info: a.service stopped"],
    ],
  },
  "exit_kills, stopped on request": {
    config: { exitKills: true },
    given: [1000, START, READY, spawned(), 500, deadline()],
    acts: [
      [
        stop(),
        "phase={kind=stopping pid=7 strays=[] steps=[15/8000 9] step=0 sinceMs=1500 then={kind=down} requested=true reason={kind=request} deadlineMs=9500}; debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
      [
        exited(3),
        "phase={kind=down}; lastStatus={kind=exited code=3}; lastCause=it was asked to stop; ranMs=500; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; debug: a.service terminated abnormally with <ProcStatus exit_status=3>; warn: a.service exited with code 3; kill-system {exitCode=3 reason=a.service exited with code 3}; stopped {tookMs=0 killed=false}; info: a.service stopped",
      ],
    ],
  },
  "exit_kills, stopped by the end of the container": {
    config: { exitKills: true },
    given: [1000, START, READY, spawned(), 500, deadline()],
    acts: [
      [
        stopIn(1000),
        "phase={kind=stopping pid=7 strays=[] steps=[15/1000 9] step=0 sinceMs=1500 then={kind=down} requested=false reason={kind=shutdown} deadlineMs=2500}; debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
      [
        exited(0),
        "phase={kind=down}; lastStatus={kind=exited code=0}; lastCause=the container ends; ranMs=500; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'; stopped {tookMs=0 killed=false}; info: a.service stopped",
      ],
    ],
  },
  "exit_kills, asked to stop and killed": {
    config: { exitKills: true },
    given: [1000, START, READY, spawned(), 500, deadline(), stop(), 8000, deadline()],
    acts: [
      [1500, ""],
      [
        killed(9),
        "phase={kind=down}; lastStatus={kind=signaled signal=9 coreDumped=false}; lastCause=it was asked to stop; it had not stopped after 9.5 s; ranMs=10000; debug: a.service exit status for pid=7 is '<ProcStatus signal=9>'; debug: a.service terminated abnormally with <ProcStatus signal=9>; warn: a.service was killed by SIGKILL; kill-system {exitCode=137 reason=a.service was killed by SIGKILL, since it had not stopped after 9.5 s}; stopped {tookMs=9500 killed=true}; info: a.service stopped",
      ],
    ],
  },
  "exit_kills of what is ended for want of readiness": {
    config: {
      exitKills: true,
      type: "notify",
      processTimeoutMs: 1000,
      ignoreFailures: true,
      restart: RESTART,
    },
    given: [1000, START, READY, spawned()],
    acts: [
      [
        { kind: "reported", status: { kind: "exited", code: 3 }, errno: 3, strays: [] },
        "phase={kind=up pid=7 attached=false missed=reported the error 3 (No such process) before it was ready sinceMs=1000}; reportedErrno=3; debug: a.service (ignored) failure on start-up with result '<ProcStatus exit_status=3>'; warn: a.service reported the error 3 (No such process) before it was ready, which ignore_failures passes over; debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
      [
        exited(3),
        "phase={kind=failed failure={text=a.service exited with code 3 exitCode=3 ignored=true} status={kind=exited code=3}}; lastStatus={kind=exited code=3}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; debug: a.service terminated abnormally with <ProcStatus exit_status=3>; warn: a.service exited with code 3; kill-system {exitCode=3 reason=a.service exited with code 3}",
      ],
    ],
  },
});
