/** How a service is found by its pidfile, event by event. */
import type { ServiceConfig } from "../../../../lib/config/model.ts";
import type { Event, EventOf } from "../../../../lib/service/life/event.ts";
import { deadline, exited, killed, READY, spawned, START } from "../events.ts";
import { RESTART } from "../service_config.ts";
import { testScenes } from "../transcript.ts";

/** Two seconds for what a start waits for. */
const SHORT = { processTimeoutMs: 2000, processTimeoutText: "2" };
const PIDFILE: Partial<ServiceConfig> = { ...SHORT, pidfile: "/run/a.pid", startupPauseMs: 0 };
const PROBE = { kind: "tcp", host: "::1", port: 80 } as const;
const READY_IN_TIME: Partial<ServiceConfig> = {
  ready: { probe: PROBE, intervalMs: 500, timeoutMs: 1500 },
  ...SHORT,
};

const noFile: EventOf<"pidfile"> = { kind: "pidfile", present: false, alive: false };
const file = (pid: number): EventOf<"pidfile"> => ({
  kind: "pidfile",
  present: true,
  pid,
  alive: true,
});
const PASSED: Event = { kind: "probed" };

testScenes({
  "a pidfile is looked for again and again, ever less often, until its time is up": {
    config: { ...PIDFILE, processTimeoutMs: 15_000 },
    given: [1000, START, READY],
    acts: [
      [
        spawned(),
        "phase={kind=starting awaiting=pidfile pid=7 sinceMs=1000 deadlineMs=1020 giveUpMs=16000 pollMs=20}; lastPid=7; launchedMs=1000; debug: a.service waiting for PID file: /run/a.pid; read-pidfile {isLast=false}",
      ],
      [20, ""],
      [deadline(), "read-pidfile {isLast=false}"],
      [
        noFile,
        "phase={kind=starting awaiting=pidfile pid=7 sinceMs=1000 deadlineMs=1060 giveUpMs=16000 pollMs=40}",
      ],
      [40, ""],
      [deadline(), "read-pidfile {isLast=false}"],
      [
        noFile,
        "phase={kind=starting awaiting=pidfile pid=7 sinceMs=1000 deadlineMs=1140 giveUpMs=16000 pollMs=80}",
      ],
      [80, ""],
      [
        noFile,
        "phase={kind=starting awaiting=pidfile pid=7 sinceMs=1000 deadlineMs=1300 giveUpMs=16000 pollMs=160}",
      ],
      [160, ""],
      [
        noFile,
        "phase={kind=starting awaiting=pidfile pid=7 sinceMs=1000 deadlineMs=1620 giveUpMs=16000 pollMs=320}",
      ],
      [320, ""],
      [
        noFile,
        "phase={kind=starting awaiting=pidfile pid=7 sinceMs=1000 deadlineMs=2260 giveUpMs=16000 pollMs=640}",
      ],
      [640, ""],
      [
        noFile,
        "phase={kind=starting awaiting=pidfile pid=7 sinceMs=1000 deadlineMs=3540 giveUpMs=16000 pollMs=1280}",
      ],
      [1280, ""],
      [
        noFile,
        "phase={kind=starting awaiting=pidfile pid=7 sinceMs=1000 deadlineMs=6100 giveUpMs=16000 pollMs=2560}",
      ],
      [2560, ""],
      [
        noFile,
        "phase={kind=starting awaiting=pidfile pid=7 sinceMs=1000 deadlineMs=9100 giveUpMs=16000 pollMs=3000}",
      ],
      [3000, ""],
      [
        noFile,
        "phase={kind=starting awaiting=pidfile pid=7 sinceMs=1000 deadlineMs=12100 giveUpMs=16000 pollMs=3000}",
      ],
      [3000, ""],
      [
        noFile,
        "phase={kind=starting awaiting=pidfile pid=7 sinceMs=1000 deadlineMs=15100 giveUpMs=16000 pollMs=3000}",
      ],
      [3000, ""],
      [
        noFile,
        "phase={kind=starting awaiting=pidfile pid=7 sinceMs=1000 deadlineMs=16000 giveUpMs=16000 pollMs=3000}",
      ],
      [900, ""],
      [deadline(), "read-pidfile {isLast=true}"],
      [
        { ...noFile, strays: [20] },
        "phase={kind=stopping pid=7 strays=[20] steps=[15/8000 9] step=0 sinceMs=16000 then={kind=fail failure={text=a.service: its pid file '/run/a.pid' was not written within 2 s (process_timeout) exitCode=1 errno=2 ignored=false formerText=a.service did not find pid file '/run/a.pid' before 2sec process_timeout expired}} requested=false reason={kind=fault why=its start has failed} deadlineMs=24000}; debug: a.service received exception during attempted start. Exception: a.service did not find pid file '/run/a.pid' before 2sec process_timeout expired; debug: a.service notified waiters upon completion; start-failed {failure={text=a.service: its pid file '/run/a.pid' was not written within 2 s (process_timeout) exitCode=1 errno=2 ignored=false formerText=a.service did not find pid file '/run/a.pid' before 2sec process_timeout expired}}; debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
      [
        killed(15),
        "phase={kind=failed failure={text=a.service: its pid file '/run/a.pid' was not written within 2 s (process_timeout) exitCode=1 errno=2 ignored=false formerText=a.service did not find pid file '/run/a.pid' before 2sec process_timeout expired}}; lastStatus={kind=signaled signal=15 coreDumped=false}; lastCause=its start has failed; ranMs=15000; debug: a.service exit status for pid=7 is '<ProcStatus signal=15>'; stopped {tookMs=0 killed=false}",
      ],
    ],
  },
  "the last look at a pidfile that does not say who is left": {
    config: PIDFILE,
    given: [1000, START, READY, spawned()],
    acts: [
      [2000, ""],
      [
        noFile,
        "phase={kind=starting awaiting=pidfile pid=7 sinceMs=1000 deadlineMs=3000 giveUpMs=3000 pollMs=40}",
      ],
      [
        { ...noFile, strays: [] },
        "phase={kind=stopping pid=7 strays=[] steps=[15/8000 9] step=0 sinceMs=3000 then={kind=fail failure={text=a.service: its pid file '/run/a.pid' was not written within 2 s (process_timeout) exitCode=1 errno=2 ignored=false formerText=a.service did not find pid file '/run/a.pid' before 2sec process_timeout expired}} requested=false reason={kind=fault why=its start has failed} deadlineMs=11000}; debug: a.service received exception during attempted start. Exception: a.service did not find pid file '/run/a.pid' before 2sec process_timeout expired; debug: a.service notified waiters upon completion; start-failed {failure={text=a.service: its pid file '/run/a.pid' was not written within 2 s (process_timeout) exitCode=1 errno=2 ignored=false formerText=a.service did not find pid file '/run/a.pid' before 2sec process_timeout expired}}; debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
    ],
  },
  "a pidfile that names the process itself": {
    config: PIDFILE,
    given: [1000, START, READY, spawned()],
    acts: [
      [
        file(7),
        "phase={kind=up pid=7 attached=false sinceMs=1000}; info: a.service started (pid 7); debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
    ],
  },
  "a pidfile that names another process of the service": {
    config: PIDFILE,
    given: [1000, START, READY, spawned()],
    acts: [
      [
        file(9),
        "phase={kind=up pid=9 attached=true sinceMs=1000}; lastPid=9; debug: a.service changing PID to 9 (from 7); attach {pid=9}; info: a.service started (pid 9); debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
    ],
  },
  "a pidfile of a daemon": {
    config: { ...PIDFILE, type: "forking" },
    given: [1000, START, READY, spawned()],
    acts: [
      [
        exited(0),
        "phase={kind=starting awaiting=pidfile sinceMs=1000 deadlineMs=1020 giveUpMs=3000 pollMs=20}; lastStatus={kind=exited code=0}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'; debug: a.service waiting for PID file: /run/a.pid; read-pidfile {isLast=false}",
      ],
      [
        file(9),
        "phase={kind=up pid=9 attached=true sinceMs=1000}; lastPid=9; debug: a.service changing PID to 9 (from 7); attach {pid=9}; info: a.service started (pid 9); debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
    ],
  },
  "a pidfile, then a probe": {
    config: { ...PIDFILE, ...READY_IN_TIME },
    given: [1000, START, READY, spawned()],
    acts: [
      [
        file(9),
        "phase={kind=starting awaiting=probe pid=9 attached=true sinceMs=1000 deadlineMs=2500}; lastPid=9; debug: a.service changing PID to 9 (from 7); attach {pid=9}",
      ],
      [
        PASSED,
        "phase={kind=up pid=9 attached=true sinceMs=1000}; info: a.service started (pid 9); debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
    ],
  },
  "a pidfile of a process that is gone is as good as none": {
    config: PIDFILE,
    given: [1000, START, READY, spawned()],
    acts: [
      [
        { ...file(9), alive: false },
        "phase={kind=starting awaiting=pidfile pid=7 sinceMs=1000 deadlineMs=1040 giveUpMs=3000 pollMs=40}",
      ],
      [2000, ""],
      [
        { ...file(9), alive: false, strays: [] },
        "phase={kind=stopping pid=7 strays=[] steps=[15/8000 9] step=0 sinceMs=3000 then={kind=fail failure={text=a.service: its pid file '/run/a.pid' names process 9, which does not exist exitCode=1 errno=2 ignored=false formerText=a.service attempted to attach the process with PID=9 but there is no such process}} requested=false reason={kind=fault why=its start has failed} deadlineMs=11000}; debug: a.service received exception during attempted start. Exception: a.service attempted to attach the process with PID=9 but there is no such process; debug: a.service notified waiters upon completion; start-failed {failure={text=a.service: its pid file '/run/a.pid' names process 9, which does not exist exitCode=1 errno=2 ignored=false formerText=a.service attempted to attach the process with PID=9 but there is no such process}}; debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
      [
        exited(0),
        "phase={kind=failed failure={text=a.service: its pid file '/run/a.pid' names process 9, which does not exist exitCode=1 errno=2 ignored=false formerText=a.service attempted to attach the process with PID=9 but there is no such process}}; lastStatus={kind=exited code=0}; lastCause=its start has failed; ranMs=2000; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'; stopped {tookMs=0 killed=false}",
      ],
    ],
  },
  "a pidfile of a process of somebody else": {
    config: PIDFILE,
    given: [1000, START, READY, spawned()],
    acts: [
      [
        { ...file(9), problem: "it belongs to another service" },
        "phase={kind=starting awaiting=pidfile pid=7 sinceMs=1000 deadlineMs=1040 giveUpMs=3000 pollMs=40}",
      ],
      [2000, ""],
      [
        { ...file(9), problem: "it belongs to another service", strays: [] },
        "phase={kind=stopping pid=7 strays=[] steps=[15/8000 9] step=0 sinceMs=3000 then={kind=fail failure={text=a.service: its pid file '/run/a.pid' names process 9, which cannot be used: it belongs to another service exitCode=1 errno=2 ignored=false formerText=a.service: its pid file '/run/a.pid' names process 9, which cannot be used: it belongs to another service}} requested=false reason={kind=fault why=its start has failed} deadlineMs=11000}; debug: a.service received exception during attempted start. Exception: a.service: its pid file '/run/a.pid' names process 9, which cannot be used: it belongs to another service; debug: a.service notified waiters upon completion; start-failed {failure={text=a.service: its pid file '/run/a.pid' names process 9, which cannot be used: it belongs to another service exitCode=1 errno=2 ignored=false formerText=a.service: its pid file '/run/a.pid' names process 9, which cannot be used: it belongs to another service}}; debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
    ],
  },
  "a pidfile that cannot be read": {
    config: PIDFILE,
    given: [1000, START, READY, spawned(), 2000],
    acts: [
      [
        { kind: "pidfile", present: true, alive: false, problem: "it is a directory", strays: [] },
        "phase={kind=stopping pid=7 strays=[] steps=[15/8000 9] step=0 sinceMs=3000 then={kind=fail failure={text=a.service: its pid file '/run/a.pid' cannot be used: it is a directory exitCode=1 errno=2 ignored=false formerText=a.service: its pid file '/run/a.pid' cannot be used: it is a directory}} requested=false reason={kind=fault why=its start has failed} deadlineMs=11000}; debug: a.service received exception during attempted start. Exception: a.service: its pid file '/run/a.pid' cannot be used: it is a directory; debug: a.service notified waiters upon completion; start-failed {failure={text=a.service: its pid file '/run/a.pid' cannot be used: it is a directory exitCode=1 errno=2 ignored=false formerText=a.service: its pid file '/run/a.pid' cannot be used: it is a directory}}; debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
    ],
  },
  "a pidfile without a number": {
    config: PIDFILE,
    given: [1000, START, READY, spawned(), 2000],
    acts: [
      [
        { kind: "pidfile", present: true, alive: false, strays: [] },
        "phase={kind=stopping pid=7 strays=[] steps=[15/8000 9] step=0 sinceMs=3000 then={kind=fail failure={text=a.service: its pid file '/run/a.pid' holds no number exitCode=1 errno=2 ignored=false formerText=a.service found pid file '/run/a.pid' but contents did not contain an integer}} requested=false reason={kind=fault why=its start has failed} deadlineMs=11000}; debug: a.service received exception during attempted start. Exception: a.service found pid file '/run/a.pid' but contents did not contain an integer; debug: a.service notified waiters upon completion; start-failed {failure={text=a.service: its pid file '/run/a.pid' holds no number exitCode=1 errno=2 ignored=false formerText=a.service found pid file '/run/a.pid' but contents did not contain an integer}}; debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
    ],
  },
  "with ignore_failures and restart a start without pidfile is tried again": {
    config: { ...PIDFILE, ignoreFailures: true, restart: RESTART },
    given: [1000, START, READY, spawned(), 2000],
    acts: [
      [
        { ...noFile, strays: [] },
        "phase={kind=stopping pid=7 strays=[] steps=[15/8000 9] step=0 sinceMs=3000 then={kind=judge status={kind=exited code=1} upMs=0 why=a.service: its pid file '/run/a.pid' was not written within 2 s (process_timeout)} requested=false reason={kind=fault why=its start has failed} deadlineMs=11000}; debug: a.service received exception during attempted start. Exception: a.service did not find pid file '/run/a.pid' before 2sec process_timeout expired; debug: a.service notified waiters upon completion; debug: service a.service ignoring failures. Exception: a.service did not find pid file '/run/a.pid' before 2sec process_timeout expired; warn: a.service could not be started, which ignore_failures passes over: a.service: its pid file '/run/a.pid' was not written within 2 s (process_timeout); debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
      [
        killed(15),
        "phase={kind=backoff deadlineMs=6000}; restartsUsed=1; lastStatus={kind=signaled signal=15 coreDumped=false}; lastCause=its start has failed; ranMs=2000; debug: a.service exit status for pid=7 is '<ProcStatus signal=15>'; stopped {tookMs=0 killed=false}; debug: a.service pausing between restart retries (4 left); info: a.service: its pid file '/run/a.pid' was not written within 2 s (process_timeout); it is started again in 3 s (4 left)",
      ],
    ],
  },
});
