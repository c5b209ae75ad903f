/** When a service is started again, event by event; the rules are in `restart_policy_test.ts`. */
import type { ServiceConfig } from "../../../../lib/config/model.ts";
import { deadline, exited, killed, noSpawn, READY, spawned, START, stop } from "../events.ts";
import { RESTART } from "../service_config.ts";
import { testScenes } from "../transcript.ts";

/** One restart, which comes back to who is up for a millisecond. */
const ONE = { ...RESTART, limit: 1, windowMs: 1 };
const ONCE: Partial<ServiceConfig> = { restart: ONE, ignoreFailures: true };
const PIDFILE: Partial<ServiceConfig> = { pidfile: "/run/a.pid", startupPauseMs: 0 };

testScenes({
  "a start that failed is no time of being up": {
    config: ONCE,
    given: [1000, START, READY, spawned()],
    acts: [
      [
        exited(3),
        "phase={kind=backoff deadlineMs=4000}; restartsUsed=1; lastStatus={kind=exited code=3}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; debug: a.service (ignored) failure on start-up with result '<ProcStatus exit_status=3>'; debug: a.service received exception during attempted start. Exception: a.service failed on start-up with result '<ProcStatus exit_status=3>'; debug: a.service notified waiters upon completion; debug: service a.service ignoring failures. Exception: a.service failed on start-up with result '<ProcStatus exit_status=3>'; warn: a.service could not be started, which ignore_failures passes over: a.service exited with code 3 before it had started; debug: a.service pausing between restart retries (0 left); info: a.service exited with code 3; it is started again in 3 s (0 left)",
      ],
      [3000, ""],
      [
        deadline(),
        "phase={kind=waiting awaiting=prerequisites sinceMs=4000}; restarting=true; restartsTotal=1",
      ],
      [
        READY,
        "phase={kind=launching sinceMs=4000}; ranMs=undefined; debug: service a.service prerequisites satisfied; launch",
      ],
      [
        spawned(8),
        "phase={kind=starting awaiting=pause pid=8 sinceMs=4000 deadlineMs=4500}; lastPid=8; launchedMs=4000",
      ],
      [
        exited(3, 8),
        "phase={kind=failed failure={text=a.service exited with code 3 and was given up: 1 restart did not help exitCode=3 ignored=true givenUp=1 restart did not help} status={kind=exited code=3}}; ranMs=0; gaveUp={reason=1 restart did not help used=1}; debug: a.service exit status for pid=8 is '<ProcStatus exit_status=3>'; debug: a.service restart failed: a.service failed on start-up with result '<ProcStatus exit_status=3>'; debug: a.service abnormal process exit ignored due to ignore_failures=true; gave-up {failure={text=a.service exited with code 3 and was given up: 1 restart did not help exitCode=3 ignored=true givenUp=1 restart did not help}}",
      ],
    ],
  },
  "nor is an end in the moment of being up": {
    config: { ...ONCE, type: "notify", processTimeoutMs: 1000 },
    given: [1000, START, READY, spawned()],
    acts: [
      [
        { kind: "reported", status: { kind: "exited", code: 3 }, strays: [] },
        "phase={kind=up pid=7 attached=false missed=reported an error (exited with code 3) before it was ready sinceMs=1000}; debug: a.service (ignored) failure on start-up with result '<ProcStatus exit_status=3>'; warn: a.service reported an error (exited with code 3) before it was ready, which ignore_failures passes over; debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
      [
        exited(3),
        "phase={kind=backoff deadlineMs=4000}; restartsUsed=1; lastStatus={kind=exited code=3}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; debug: a.service pausing between restart retries (0 left); info: a.service exited with code 3; it is started again in 3 s (0 left)",
      ],
    ],
  },
  "a normal end in the pause, always restarted, is no time of being up": {
    config: { restart: { ...RESTART, when: "always", limit: 1, windowMs: 1 } },
    given: [1000, START, READY, spawned()],
    acts: [
      [
        exited(0),
        "phase={kind=backoff deadlineMs=4000}; restartsUsed=1; lastStatus={kind=exited code=0}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'; debug: a.service pausing between restart retries (0 left); info: a.service exited with code 0; it is started again in 3 s (0 left)",
      ],
      [3000, ""],
      [
        deadline(),
        "phase={kind=waiting awaiting=prerequisites sinceMs=4000}; restarting=true; restartsTotal=1",
      ],
      [
        READY,
        "phase={kind=launching sinceMs=4000}; ranMs=undefined; debug: service a.service prerequisites satisfied; launch",
      ],
      [
        spawned(8),
        "phase={kind=starting awaiting=pause pid=8 sinceMs=4000 deadlineMs=4500}; lastPid=8; launchedMs=4000",
      ],
      [
        exited(0, 8),
        "phase={kind=failed failure={text=a.service exited with code 0 and was given up: 1 restart did not help exitCode=1 ignored=false givenUp=1 restart did not help} status={kind=exited code=0}}; ranMs=0; gaveUp={reason=1 restart did not help used=1}; debug: a.service exit status for pid=8 is '<ProcStatus exit_status=0>'; gave-up {failure={text=a.service exited with code 0 and was given up: 1 restart did not help exitCode=1 ignored=false givenUp=1 restart did not help}}",
      ],
    ],
  },
  "a launch that failed is no time of being up": {
    config: ONCE,
    given: [1000, START, READY],
    acts: [
      [
        noSpawn("too many processes"),
        "phase={kind=backoff deadlineMs=4000}; restartsUsed=1; debug: a.service received exception during attempted start. Exception: too many processes; debug: a.service notified waiters upon completion; debug: service a.service ignoring failures. Exception: too many processes; warn: a.service could not be started, which ignore_failures passes over: too many processes; debug: a.service pausing between restart retries (0 left); info: too many processes; it is started again in 3 s (0 left)",
      ],
      [3000, ""],
      [
        deadline(),
        "phase={kind=waiting awaiting=prerequisites sinceMs=4000}; restarting=true; restartsTotal=1",
      ],
      [
        READY,
        "phase={kind=launching sinceMs=4000}; debug: service a.service prerequisites satisfied; launch",
      ],
      [
        noSpawn("too many processes"),
        "phase={kind=failed failure={text=too many processes and was given up: 1 restart did not help exitCode=1 ignored=true givenUp=1 restart did not help} status={kind=exited code=1}}; gaveUp={reason=1 restart did not help used=1}; warn: a.service restart failed: too many processes; debug: a.service abnormal process exit ignored due to ignore_failures=true; gave-up {failure={text=too many processes and was given up: 1 restart did not help exitCode=1 ignored=true givenUp=1 restart did not help}}",
      ],
    ],
  },
  "a pidfile that does not come is no time of being up": {
    config: { ...ONCE, ...PIDFILE, processTimeoutMs: 1000 },
    given: [1000, START, READY, spawned(), 1000],
    acts: [
      [
        { kind: "pidfile", present: false, alive: false, strays: [] },
        "phase={kind=stopping pid=7 strays=[] steps=[15/8000 9] step=0 sinceMs=2000 then={kind=judge status={kind=exited code=1} upMs=0 why=a.service: its pid file '/run/a.pid' was not written within 30.0 s (process_timeout)} requested=false reason={kind=fault why=its start has failed} deadlineMs=10000}; debug: a.service received exception during attempted start. Exception: a.service did not find pid file '/run/a.pid' before 30.0sec process_timeout expired; debug: a.service notified waiters upon completion; debug: service a.service ignoring failures. Exception: a.service did not find pid file '/run/a.pid' before 30.0sec process_timeout expired; warn: a.service could not be started, which ignore_failures passes over: a.service: its pid file '/run/a.pid' was not written within 30.0 s (process_timeout); debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
      [
        killed(15),
        "phase={kind=backoff deadlineMs=5000}; restartsUsed=1; lastStatus={kind=signaled signal=15 coreDumped=false}; lastCause=its start has failed; ranMs=1000; debug: a.service exit status for pid=7 is '<ProcStatus signal=15>'; stopped {tookMs=0 killed=false}; debug: a.service pausing between restart retries (0 left); info: a.service: its pid file '/run/a.pid' was not written within 30.0 s (process_timeout); it is started again in 3 s (0 left)",
      ],
      [3000, ""],
      [
        deadline(),
        "phase={kind=waiting awaiting=prerequisites sinceMs=5000}; restarting=true; restartsTotal=1",
      ],
      [
        READY,
        "phase={kind=launching sinceMs=5000}; lastCause=undefined; ranMs=undefined; debug: service a.service prerequisites satisfied; launch",
      ],
      [
        spawned(8),
        "phase={kind=starting awaiting=pidfile pid=8 sinceMs=5000 deadlineMs=5020 giveUpMs=6000 pollMs=20}; lastPid=8; launchedMs=5000; debug: a.service waiting for PID file: /run/a.pid; read-pidfile {isLast=false}",
      ],
      [1000, ""],
      [
        { kind: "pidfile", present: false, alive: false, strays: [] },
        "phase={kind=stopping pid=8 strays=[] steps=[15/8000 9] step=0 sinceMs=6000 then={kind=judge status={kind=exited code=1} upMs=0 why=a.service: its pid file '/run/a.pid' was not written within 30.0 s (process_timeout)} requested=false reason={kind=fault why=its start has failed} deadlineMs=14000}; warn: a.service restart failed: a.service: its pid file '/run/a.pid' was not written within 30.0 s (process_timeout); debug: using SIGTERM to terminate a.service; signal {pid=8 signal=15}",
      ],
      [
        killed(15, 8),
        "phase={kind=failed failure={text=a.service: its pid file '/run/a.pid' was not written within 30.0 s (process_timeout) and was given up: 1 restart did not help exitCode=143 ignored=true givenUp=1 restart did not help} status={kind=signaled signal=15 coreDumped=false}}; lastCause=its start has failed; ranMs=1000; gaveUp={reason=1 restart did not help used=1}; debug: a.service exit status for pid=8 is '<ProcStatus signal=15>'; stopped {tookMs=0 killed=false}; debug: a.service abnormal process exit ignored due to ignore_failures=true; gave-up {failure={text=a.service: its pid file '/run/a.pid' was not written within 30.0 s (process_timeout) and was given up: 1 restart did not help exitCode=143 ignored=true givenUp=1 restart did not help}}",
      ],
    ],
  },
  "a service that was up for its window has all its restarts again": {
    config: { restart: ONE },
    given: [1000, START, READY, spawned(), 500, deadline()],
    acts: [
      [1, ""],
      [
        exited(3),
        "phase={kind=backoff deadlineMs=4501}; restartsUsed=1; lastStatus={kind=exited code=3}; ranMs=501; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; debug: a.service pausing between restart retries (0 left); info: a.service exited with code 3; it is started again in 3 s (0 left)",
      ],
      [3000, ""],
      [
        deadline(),
        "phase={kind=waiting awaiting=prerequisites sinceMs=4501}; restarting=true; restartsTotal=1",
      ],
      [
        READY,
        "phase={kind=launching sinceMs=4501}; ranMs=undefined; debug: service a.service prerequisites satisfied; launch",
      ],
      [
        spawned(8),
        "phase={kind=starting awaiting=pause pid=8 sinceMs=4501 deadlineMs=5001}; lastPid=8; launchedMs=4501",
      ],
      [500, ""],
      [
        deadline(),
        "phase={kind=up pid=8 attached=false sinceMs=5001}; restarting=false; info: a.service started (pid 8); debug: a.service successfully started; debug: a.service notified waiters upon completion; debug: a.service restart succeeded",
      ],
      [1, ""],
      [
        exited(3, 8),
        "phase={kind=backoff deadlineMs=8002}; ranMs=501; debug: a.service exit status for pid=8 is '<ProcStatus exit_status=3>'; debug: a.service pausing between restart retries (0 left); info: a.service exited with code 3; it is started again in 3 s (0 left)",
      ],
    ],
  },
  "a service that was up for less has not": {
    config: { restart: ONE },
    given: [1000, START, READY, spawned(), 500, deadline()],
    acts: [
      [
        exited(3),
        "phase={kind=backoff deadlineMs=4500}; restartsUsed=1; lastStatus={kind=exited code=3}; ranMs=500; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; debug: a.service pausing between restart retries (0 left); info: a.service exited with code 3; it is started again in 3 s (0 left)",
      ],
      [3000, ""],
      [
        deadline(),
        "phase={kind=waiting awaiting=prerequisites sinceMs=4500}; restarting=true; restartsTotal=1",
      ],
      [
        READY,
        "phase={kind=launching sinceMs=4500}; ranMs=undefined; debug: service a.service prerequisites satisfied; launch",
      ],
      [
        spawned(8),
        "phase={kind=starting awaiting=pause pid=8 sinceMs=4500 deadlineMs=5000}; lastPid=8; launchedMs=4500",
      ],
      [500, ""],
      [
        deadline(),
        "phase={kind=up pid=8 attached=false sinceMs=5000}; restarting=false; info: a.service started (pid 8); debug: a.service successfully started; debug: a.service notified waiters upon completion; debug: a.service restart succeeded",
      ],
      [
        exited(3, 8),
        "phase={kind=failed failure={text=a.service exited with code 3 and was given up: 1 restart did not help exitCode=3 ignored=false givenUp=1 restart did not help} status={kind=exited code=3}}; ranMs=500; gaveUp={reason=1 restart did not help used=1}; debug: a.service exit status for pid=8 is '<ProcStatus exit_status=3>'; debug: a.service terminated abnormally with <ProcStatus exit_status=3>; err: a.service exited with code 3; gave-up {failure={text=a.service exited with code 3 and was given up: 1 restart did not help exitCode=3 ignored=false givenUp=1 restart did not help}}",
      ],
    ],
  },
  "a disabled service is not restarted": {
    config: { restart: RESTART },
    given: [1000, START, READY, spawned(), 500, deadline(), { kind: "disable" }],
    acts: [
      [
        exited(3),
        "phase={kind=failed failure={text=a.service exited with code 3 exitCode=3 ignored=false} status={kind=exited code=3}}; lastStatus={kind=exited code=3}; ranMs=500; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'",
      ],
    ],
  },
  "a crash is restarted after its others are gone": {
    config: { restart: { ...RESTART, limit: 0 } },
    given: [1000, START, READY, spawned(), 500, deadline()],
    acts: [
      [2000, ""],
      [
        exited(3, 7, 20),
        "phase={kind=stopping strays=[20] steps=[15/1000 9] step=0 sinceMs=3500 then={kind=judge status={kind=exited code=3} upMs=2000} requested=false deadlineMs=4500}; lastStatus={kind=exited code=3}; ranMs=2500; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; signal {pid=20 signal=15}",
      ],
      [
        deadline(),
        "phase={kind=backoff deadlineMs=6500}; restartsUsed=1; stopped {tookMs=0 killed=false}; debug: a.service pausing between restart retries (no limit); info: a.service exited with code 3; it is started again in 3 s (no limit)",
      ],
      [exited(0, 20), ""],
      [3000, ""],
      [
        deadline(),
        "phase={kind=waiting awaiting=prerequisites sinceMs=6500}; restarting=true; restartsTotal=1",
      ],
    ],
  },
  "a start in place of the pause before a restart": {
    config: { restart: RESTART },
    given: [1000, START, READY, spawned(), 500, deadline(), exited(3)],
    acts: [
      [START, "phase={kind=waiting awaiting=prerequisites sinceMs=1500}"],
    ],
  },
  "a stop in place of it": {
    config: { restart: RESTART },
    given: [1000, START, READY, spawned(), 500, deadline(), exited(3)],
    acts: [
      [stop(), "phase={kind=down}; restartsUsed=0"],
      [START, "phase={kind=waiting awaiting=prerequisites sinceMs=1500}"],
    ],
  },
});
