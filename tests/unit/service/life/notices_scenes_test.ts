/** What a service says of itself, event by event. */
import type { ServiceConfig } from "../../../../lib/config/model.ts";
import type { Event } from "../../../../lib/service/life/event.ts";
import { deadline, exited, killed, READY, spawned, START, stop } from "../events.ts";
import { RESTART } from "../service_config.ts";
import { testScenes } from "../transcript.ts";

const NOTIFY: Partial<ServiceConfig> = {
  type: "notify",
  processTimeoutMs: 2000,
  processTimeoutText: "2",
  stopTimeoutMs: 1000,
};
const PROBE = { kind: "http", url: "http://[::1]:80/ok" } as const;
const HEALTH = { probe: PROBE, intervalMs: 1000, timeoutMs: 100, retries: 3, startPeriodMs: 0 };
const SAYS_READY: Event = { kind: "ready" };
const ALIVE: Event = { kind: "alive" };
const more = (ms: number): Event => ({ kind: "extend-timeout", ms });
const every = (ms: number): Event => ({ kind: "set-watchdog", ms });
const mainPid = (pid: number): Event => ({ kind: "main-pid", pid });
const note = (text: string): Event => ({ kind: "note", text });
const reported = (code: number): Event => ({
  kind: "reported",
  status: { kind: "exited", code },
  errno: code,
  strays: [],
});
const BUS_ERROR: Event = { kind: "reported", status: { kind: "exited", code: 4 }, strays: [20] };
const unhealthy = (seen: string): Event => ({ kind: "unhealthy", seen, strays: [] });

testScenes({
  "notes are kept, and forgotten when they are empty": {
    config: NOTIFY,
    given: [1000, START, READY, spawned()],
    acts: [
      [note("loading"), "note=loading"],
      [note("loading"), ""],
      [note(""), "note=undefined"],
    ],
  },
  "a reload begins and ends": {
    config: NOTIFY,
    given: [1000, START, READY, spawned(), SAYS_READY],
    acts: [
      [
        { kind: "announced", what: "reloading" },
        "announced=reloading; debug: a.service says that it is reloading",
      ],
      [{ kind: "announced", what: "reloading" }, ""],
      [SAYS_READY, "announced=undefined"],
      [
        { kind: "announced", what: "stopping" },
        "announced=stopping; debug: a.service says that it is stopping",
      ],
      [SAYS_READY, ""],
    ],
  },
  "a service names its main process": {
    config: NOTIFY,
    given: [1000, START, READY, spawned()],
    acts: [
      [mainPid(7), ""],
      [
        mainPid(9),
        "phase={kind=starting awaiting=ready pid=9 sinceMs=1000 deadlineMs=3000 attached=true}; lastPid=9; debug: a.service changing PID to 9 (from 7); attach {pid=9}",
      ],
      [
        SAYS_READY,
        "phase={kind=up pid=9 attached=true sinceMs=1000}; info: a.service started (pid 9); debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
      [exited(0), ""],
      [
        exited(0, 9),
        "phase={kind=done status={kind=exited code=0}}; lastStatus={kind=exited code=0}; ranMs=0; debug: a.service exit status for pid=9 is '<ProcStatus exit_status=0>'; debug: a.service got explicit return code '<ProcStatus exit_status=0>'; info: a.service has ended well (exited with code 0)",
      ],
    ],
  },
  "a service names its main process while it is stopped": {
    config: NOTIFY,
    given: [1000, START, READY, spawned(), SAYS_READY, stop()],
    acts: [
      [mainPid(9), ""],
    ],
  },
  "a service whose process has ended names another one": {
    config: NOTIFY,
    given: [1000, START, READY, spawned(), exited(0)],
    acts: [
      [
        mainPid(9),
        "phase={kind=starting awaiting=ready sinceMs=1000 deadlineMs=3000 ended={kind=exited code=0} pid=9 attached=true}; lastPid=9; debug: a.service changing PID to 9 (from -); attach {pid=9}",
      ],
    ],
  },
  "a start gets more time, ten times its own at most": {
    config: NOTIFY,
    given: [1000, START, READY, spawned()],
    acts: [
      [more(500), ""],
      [more(3000), "phase={kind=starting awaiting=ready pid=7 sinceMs=1000 deadlineMs=4000}"],
      [more(1_000_000), "phase={kind=starting awaiting=ready pid=7 sinceMs=1000 deadlineMs=21000}"],
    ],
  },
  "a startup pause gets none": {
    config: {},
    given: [1000, START, READY, spawned()],
    acts: [
      [more(3000), ""],
    ],
  },
  "a pidfile gets more time": {
    config: { pidfile: "/run/a.pid", startupPauseMs: 0, processTimeoutMs: 2000 },
    given: [1000, START, READY, spawned()],
    acts: [
      [more(500), ""],
      [
        more(3000),
        "phase={kind=starting awaiting=pidfile pid=7 sinceMs=1000 deadlineMs=1020 giveUpMs=4000 pollMs=20}",
      ],
      [
        more(1_000_000),
        "phase={kind=starting awaiting=pidfile pid=7 sinceMs=1000 deadlineMs=1020 giveUpMs=21000 pollMs=20}",
      ],
    ],
  },
  "a probe gets ten times its own time at most": {
    config: {
      startupPauseMs: 0,
      processTimeoutMs: 2000,
      ready: { probe: PROBE, intervalMs: 100, timeoutMs: 300 },
    },
    given: [1000, START, READY, spawned()],
    acts: [
      [more(1_000_000), "phase={kind=starting awaiting=probe pid=7 sinceMs=1000 deadlineMs=4000}"],
    ],
  },
  "a probe without a time of its own gets ten times that of the service": {
    config: { startupPauseMs: 0, processTimeoutMs: 2000, ready: { probe: PROBE, intervalMs: 100 } },
    given: [1000, START, READY, spawned()],
    acts: [
      [more(1_000_000), "phase={kind=starting awaiting=probe pid=7 sinceMs=1000 deadlineMs=21000}"],
    ],
  },
  "a stop on request gets more time": {
    config: NOTIFY,
    given: [1000, START, READY, spawned(), SAYS_READY, stop()],
    acts: [
      [more(500), ""],
      [
        more(3000),
        "phase={kind=stopping pid=7 strays=[] steps=[15/1000 9] step=0 sinceMs=1000 then={kind=down} requested=true reason={kind=request} deadlineMs=4000}",
      ],
      [
        more(1_000_000),
        "phase={kind=stopping pid=7 strays=[] steps=[15/1000 9] step=0 sinceMs=1000 then={kind=down} requested=true reason={kind=request} deadlineMs=11000}",
      ],
    ],
  },
  "the end of the container gives none": {
    config: NOTIFY,
    given: [1000, START, READY, spawned(), SAYS_READY, {
      kind: "stop",
      cause: "shutdown",
      budgetMs: 1000,
      strays: [],
    }],
    acts: [
      [more(3000), ""],
    ],
  },
  "a watchdog, its interval changed, and its end": {
    config: { ...NOTIFY, watchdogMs: 5000 },
    given: [1000, START, READY, spawned()],
    acts: [
      [
        SAYS_READY,
        "phase={kind=up pid=7 attached=false sinceMs=1000 watchdogDueMs=6000}; info: a.service started (pid 7); debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
      [100, ""],
      [ALIVE, "phase={kind=up pid=7 attached=false sinceMs=1000 watchdogDueMs=6100}"],
      [
        every(2500),
        "phase={kind=up pid=7 attached=false sinceMs=1000 watchdogDueMs=3600}; watchdogMs=2500",
      ],
      [2500, ""],
      [
        deadline(20),
        "phase={kind=stopping pid=7 strays=[20] steps=[6/1000 9] step=0 sinceMs=3600 then={kind=judge status={kind=exited code=1} upMs=2600 why=a.service did not send WATCHDOG=1 for 2.5 s} requested=false reason={kind=fault why=it did not send WATCHDOG=1 for 2.5 s} deadlineMs=4600}; err: a.service did not send WATCHDOG=1 for 2.5 s; debug: using SIGABRT to terminate a.service; signal {pid=7 signal=6}",
      ],
      [
        killed(6, 7, 20),
        "phase={kind=stopping strays=[20] steps=[6/1000 9] step=0 sinceMs=3600 then={kind=judge status={kind=signaled signal=6 coreDumped=false} upMs=2600 why=a.service did not send WATCHDOG=1 for 2.5 s} requested=false reason={kind=fault why=it did not send WATCHDOG=1 for 2.5 s} deadlineMs=4600}; lastStatus={kind=signaled signal=6 coreDumped=false}; lastCause=it did not send WATCHDOG=1 for 2.5 s; ranMs=2600; debug: a.service exit status for pid=7 is '<ProcStatus signal=6>'; signal {pid=20 signal=15}",
      ],
    ],
  },
  "a watchdog that is switched off": {
    config: { ...NOTIFY, watchdogMs: 5000 },
    given: [1000, START, READY, spawned(), SAYS_READY],
    acts: [
      [every(0), "phase={kind=up pid=7 attached=false sinceMs=1000}; watchdogMs=0"],
      [ALIVE, ""],
    ],
  },
  "a watchdog that is triggered": {
    config: NOTIFY,
    given: [1000, START, READY, spawned(), SAYS_READY, 700],
    acts: [
      [
        { kind: "watchdog-trigger", strays: [20] },
        "phase={kind=stopping pid=7 strays=[20] steps=[6/1000 9] step=0 sinceMs=1700 then={kind=judge status={kind=exited code=1} upMs=700 why=a.service sent WATCHDOG=trigger} requested=false reason={kind=fault why=it sent WATCHDOG=trigger} deadlineMs=2700}; err: a.service sent WATCHDOG=trigger; debug: using SIGABRT to terminate a.service; signal {pid=7 signal=6}",
      ],
    ],
  },
  "an error before it is ready": {
    config: NOTIFY,
    given: [1000, START, READY, spawned()],
    acts: [
      [
        reported(3),
        "phase={kind=stopping pid=7 strays=[] steps=[15/1000 9] step=0 sinceMs=1000 then={kind=fail failure={text=a.service reported the error 3 (No such process) before it was ready exitCode=1 errno=3 ignored=false formerText=a.service failed with reported error <ProcStatus exit_status=3>}} requested=false reason={kind=fault why=its start has failed} deadlineMs=2000}; reportedErrno=3; debug: a.service received exception during attempted start. Exception: a.service failed with reported error <ProcStatus exit_status=3>; debug: a.service notified waiters upon completion; start-failed {failure={text=a.service reported the error 3 (No such process) before it was ready exitCode=1 errno=3 ignored=false formerText=a.service failed with reported error <ProcStatus exit_status=3>}}; debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
      [
        exited(3),
        "phase={kind=failed failure={text=a.service reported the error 3 (No such process) before it was ready exitCode=1 errno=3 ignored=false formerText=a.service failed with reported error <ProcStatus exit_status=3>}}; lastStatus={kind=exited code=3}; lastCause=its start has failed; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; stopped {tookMs=0 killed=false}",
      ],
    ],
  },
  "an error without number before it is ready": {
    config: NOTIFY,
    given: [1000, START, READY, spawned()],
    acts: [
      [
        BUS_ERROR,
        "phase={kind=stopping pid=7 strays=[20] steps=[15/1000 9] step=0 sinceMs=1000 then={kind=fail failure={text=a.service reported an error (exited with code 4) before it was ready exitCode=1 errno=8 ignored=false formerText=a.service failed with reported error <ProcStatus exit_status=4>}} requested=false reason={kind=fault why=its start has failed} deadlineMs=2000}; debug: a.service received exception during attempted start. Exception: a.service failed with reported error <ProcStatus exit_status=4>; debug: a.service notified waiters upon completion; start-failed {failure={text=a.service reported an error (exited with code 4) before it was ready exitCode=1 errno=8 ignored=false formerText=a.service failed with reported error <ProcStatus exit_status=4>}}; debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
    ],
  },
  "no error, said as one, before it is ready": {
    config: NOTIFY,
    given: [1000, START, READY, spawned()],
    acts: [
      [
        reported(0),
        "phase={kind=up pid=7 attached=false sinceMs=1000}; info: a.service started (pid 7); debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
    ],
  },
  "an error that is passed over": {
    config: { ...NOTIFY, ignoreFailures: true },
    given: [1000, START, READY, spawned()],
    acts: [
      [
        reported(3),
        "phase={kind=up pid=7 attached=false missed=reported the error 3 (No such process) before it was ready sinceMs=1000}; reportedErrno=3; debug: a.service (ignored) failure on start-up with result '<ProcStatus exit_status=3>'; warn: a.service reported the error 3 (No such process) before it was ready, which ignore_failures passes over; debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
    ],
  },
  "an error in the startup pause": {
    config: {},
    given: [1000, START, READY, spawned()],
    acts: [
      [reported(3), "reportedErrno=3"],
    ],
  },
  "an error while it is up": {
    config: { ...NOTIFY, restart: RESTART },
    given: [1000, START, READY, spawned(), SAYS_READY, 700],
    acts: [
      [
        BUS_ERROR,
        "phase={kind=stopping pid=7 strays=[20] steps=[15/1000 9] step=0 sinceMs=1700 then={kind=judge status={kind=exited code=4} upMs=700 why=a.service reported an error (exited with code 4) isReported=true} requested=false reason={kind=fault why=it reported an error (exited with code 4)} deadlineMs=2700}; err: a.service reported an error (exited with code 4); debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
      [
        exited(0, 7),
        "phase={kind=backoff deadlineMs=4700}; restartsUsed=1; lastStatus={kind=exited code=0}; lastCause=it reported an error (exited with code 4); ranMs=700; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'; stopped {tookMs=0 killed=false}; debug: a.service pausing between restart retries (4 left); info: a.service reported an error (exited with code 4); it is started again in 3 s (4 left)",
      ],
    ],
  },
  "no error while it is up": {
    config: NOTIFY,
    given: [1000, START, READY, spawned(), SAYS_READY],
    acts: [
      [reported(0), ""],
    ],
  },
  "exit_kills and an error": {
    config: { ...NOTIFY, exitKills: true },
    given: [1000, START, READY, spawned(), SAYS_READY],
    acts: [
      [
        reported(3),
        "reportedErrno=3; debug: a.service terminated with exit_kills enabled; warn: a.service has ended, and the container ends with it (exit_kills); kill-system {exitCode=3 reason=a.service exited with code 3}",
      ],
    ],
  },
  "an unhealthy service is ended and judged": {
    config: { health: { ...HEALTH, action: "restart" }, restart: RESTART, startupPauseMs: 0 },
    given: [1000, START, READY, spawned(), 700],
    acts: [
      [{ kind: "healthy" }, "health=healthy"],
      [
        unhealthy("status 500"),
        "phase={kind=stopping pid=7 strays=[] steps=[15/8000 9] step=0 sinceMs=1700 then={kind=judge status={kind=exited code=1} upMs=700 why=a.service was unhealthy (http http://[::1]:80/ok: status 500) wanted=true} requested=false reason={kind=fault why=it was unhealthy (http http://[::1]:80/ok: status 500)} deadlineMs=9700}; health=unhealthy; healthSeen=status 500; err: a.service is unhealthy: status 500; debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
      [
        exited(0),
        "phase={kind=backoff deadlineMs=4700}; restartsUsed=1; lastStatus={kind=exited code=0}; lastCause=it was unhealthy (http http://[::1]:80/ok: status 500); ranMs=700; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'; stopped {tookMs=0 killed=false}; debug: a.service pausing between restart retries (4 left); info: a.service was unhealthy (http http://[::1]:80/ok: status 500); it is started again in 3 s (4 left)",
      ],
    ],
  },
  "health that leads to nothing is told": {
    config: { health: { ...HEALTH, action: "none" }, startupPauseMs: 0 },
    given: [1000, START, READY, spawned()],
    acts: [
      [
        unhealthy("status 500"),
        "health=unhealthy; healthSeen=status 500; warn: a.service is unhealthy: status 500",
      ],
      [
        { kind: "healthy" },
        "health=healthy; healthSeen=undefined; info: a.service is healthy again",
      ],
      [
        { kind: "announced", what: "stopping" },
        "announced=stopping; debug: a.service says that it is stopping",
      ],
      [unhealthy("status 500"), ""],
    ],
  },
  "stop_timeout holds for the command and again for the signal, whoever ends a service": {
    config: { ...NOTIFY, stopCommand: ["quit"], health: { ...HEALTH, action: "restart" } },
    given: [1000, START, READY, spawned(), SAYS_READY],
    acts: [
      [
        unhealthy("status 500"),
        "phase={kind=stopping pid=7 strays=[] steps=[0/1000 15/1000 9] step=0 sinceMs=1000 then={kind=judge status={kind=exited code=1} upMs=0 why=a.service was unhealthy (http http://[::1]:80/ok: status 500) wanted=true} requested=false reason={kind=fault why=it was unhealthy (http http://[::1]:80/ok: status 500)} deadlineMs=2000}; health=unhealthy; healthSeen=status 500; err: a.service is unhealthy: status 500; run-stop-command",
      ],
      [1000, ""],
      [
        deadline(),
        "phase={kind=stopping pid=7 strays=[] steps=[0/1000 15/1000 9] step=1 sinceMs=1000 then={kind=judge status={kind=exited code=1} upMs=0 why=a.service was unhealthy (http http://[::1]:80/ok: status 500) wanted=true} requested=false reason={kind=fault why=it was unhealthy (http http://[::1]:80/ok: status 500)} deadlineMs=3000}; debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
      [1000, ""],
      [
        deadline(),
        "phase={kind=stopping pid=7 strays=[] steps=[0/1000 15/1000 9] step=2 sinceMs=1000 then={kind=judge status={kind=exited code=1} upMs=0 why=a.service was unhealthy (http http://[::1]:80/ok: status 500) wanted=true} requested=false reason={kind=fault why=it was unhealthy (http http://[::1]:80/ok: status 500)}}; debug: using SIGKILL to terminate a.service; signal {pid=7 signal=9}",
      ],
    ],
  },
  "an unhealthy service ends the container": {
    config: { health: { ...HEALTH, action: "shutdown" }, startupPauseMs: 0 },
    given: [1000, START, READY, spawned()],
    acts: [
      [
        unhealthy("status 500"),
        "health=unhealthy; healthSeen=status 500; err: a.service is unhealthy: status 500; kill-system {exitCode=1 reason=a.service was unhealthy: http http://[::1]:80/ok: status 500}",
      ],
    ],
  },
});
