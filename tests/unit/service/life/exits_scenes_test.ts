/** What the end of a process leads to, event by event. */
import type { ServiceConfig } from "../../../../lib/config/model.ts";
import type { Event } from "../../../../lib/service/life/event.ts";
import { ARMED, deadline, exited, killed, READY, spawned, START } from "../events.ts";
import { RESTART } from "../service_config.ts";
import { testScenes } from "../transcript.ts";

const PIDFILE: Partial<ServiceConfig> = { pidfile: "/run/a.pid", startupPauseMs: 0 };
const file = (pid: number): Event => ({ kind: "pidfile", present: true, pid, alive: true });
/** The process has ended, and its pidfile names 9. */
const SUCCEEDED: Event = { ...exited(0), successor: 9 } as Event;

testScenes({
  "another process takes the place of one that is up": {
    config: PIDFILE,
    given: [1000, START, READY, spawned(), file(7), 500],
    acts: [
      [
        SUCCEEDED,
        "phase={kind=up pid=9 attached=true sinceMs=1000}; lastPid=9; info: a.service: process 7 exited with code 0, and process 9, which '/run/a.pid' names, goes on; debug: a.service changing PID to 9 (from 7); attach {pid=9}",
      ],
      [exited(0, 7), ""],
      [
        exited(0, 9),
        "phase={kind=done status={kind=exited code=0}}; lastStatus={kind=exited code=0}; ranMs=500; debug: a.service exit status for pid=9 is '<ProcStatus exit_status=0>'; debug: a.service got explicit return code '<ProcStatus exit_status=0>'; info: a.service has ended well (exited with code 0)",
      ],
    ],
  },
  "another process takes the place of one whose probe is awaited": {
    config: { ...PIDFILE, ready: { probe: { kind: "fd", fd: 3 }, intervalMs: 500 } },
    given: [1000, START, READY, spawned(), file(7)],
    acts: [
      [
        SUCCEEDED,
        "phase={kind=starting awaiting=probe pid=9 sinceMs=1000 deadlineMs=31000 attached=true}; lastPid=9; info: a.service: process 7 exited with code 0, and process 9, which '/run/a.pid' names, goes on; debug: a.service changing PID to 9 (from 7); attach {pid=9}",
      ],
      [
        { kind: "probed" },
        "phase={kind=up pid=9 attached=true sinceMs=1000}; info: a.service started (pid 9); debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
    ],
  },
  "before that it has ended": {
    config: { ...PIDFILE, startupPauseMs: 500 },
    given: [1000, START, READY, spawned()],
    acts: [
      [
        SUCCEEDED,
        "phase={kind=starting awaiting=pidfile sinceMs=1000 deadlineMs=1020 giveUpMs=31000 pollMs=20}; lastStatus={kind=exited code=0}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'; debug: a.service waiting for PID file: /run/a.pid; read-pidfile {isLast=false}",
      ],
    ],
  },
  "the kill signal is a normal end of a process that was attached to": {
    config: PIDFILE,
    given: [1000, START, READY, spawned(), file(9)],
    acts: [
      [
        killed(15, 9),
        "phase={kind=done status={kind=signaled signal=15 coreDumped=false}}; lastStatus={kind=signaled signal=15 coreDumped=false}; ranMs=0; debug: a.service exit status for pid=9 is '<ProcStatus signal=15>'; debug: a.service got explicit return code '<ProcStatus signal=15>'; info: a.service has ended well (was killed by SIGTERM)",
      ],
    ],
  },
  "the kill signal is no normal end of another one": {
    config: PIDFILE,
    given: [1000, START, READY, spawned(), file(7)],
    acts: [
      [
        killed(15),
        "phase={kind=failed failure={text=a.service was killed by SIGTERM exitCode=143 ignored=false} status={kind=signaled signal=15 coreDumped=false}}; lastStatus={kind=signaled signal=15 coreDumped=false}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus signal=15>'; debug: a.service terminated abnormally with <ProcStatus signal=15>; err: a.service was killed by SIGTERM",
      ],
    ],
  },
  "exit_kills of a process that was attached to": {
    config: { ...PIDFILE, exitKills: true },
    given: [1000, START, READY, spawned(), file(9)],
    acts: [
      [
        exited(3, 9),
        "phase={kind=failed failure={text=a.service exited with code 3 exitCode=3 ignored=false} status={kind=exited code=3}}; lastStatus={kind=exited code=3}; ranMs=0; debug: a.service exit status for pid=9 is '<ProcStatus exit_status=3>'; debug: a.service got explicit return code '<ProcStatus exit_status=3>'; debug: a.service terminated with exit_kills enabled; warn: a.service has ended, and the container ends with it (exit_kills); kill-system {exitCode=3 reason=a.service exited with code 3}",
      ],
    ],
  },
  "exit_kills in the startup pause": {
    config: { exitKills: true },
    given: [1000, START, READY, spawned()],
    acts: [
      [
        exited(3),
        "phase={kind=failed failure={text=a.service exited with code 3 exitCode=3 ignored=false} status={kind=exited code=3}}; lastStatus={kind=exited code=3}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; kill-system {exitCode=3 reason=a.service exited with code 3}",
      ],
    ],
  },
  "exit_kills of a forking service, whose process is to end": {
    config: { exitKills: true, type: "forking" },
    given: [1000, START, READY, spawned()],
    acts: [
      [
        exited(0),
        "phase={kind=up attached=false sinceMs=1000}; lastStatus={kind=exited code=0}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'; info: a.service started; debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
    ],
  },
  "a start that failed leaves others": {
    config: {},
    given: [1000, START, READY, spawned()],
    acts: [
      [
        exited(3, 7, 20),
        "phase={kind=stopping strays=[20] steps=[15/1000 9] step=0 sinceMs=1000 then={kind=fail failure={text=a.service exited with code 3 before it had started exitCode=3 errno=8 ignored=false formerText=a.service failed on start-up with result '<ProcStatus exit_status=3>'}} requested=false deadlineMs=2000}; lastStatus={kind=exited code=3}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; debug: a.service received exception during attempted start. Exception: a.service failed on start-up with result '<ProcStatus exit_status=3>'; debug: a.service notified waiters upon completion; start-failed {failure={text=a.service exited with code 3 before it had started exitCode=3 errno=8 ignored=false formerText=a.service failed on start-up with result '<ProcStatus exit_status=3>'}}; signal {pid=20 signal=15}",
      ],
      [100, ""],
      [
        exited(0, 20),
        "phase={kind=failed failure={text=a.service exited with code 3 before it had started exitCode=3 errno=8 ignored=false formerText=a.service failed on start-up with result '<ProcStatus exit_status=3>'}}; stopped {tookMs=100 killed=false}",
      ],
    ],
  },
  "a start that failed and may, and leaves others": {
    config: { ignoreFailures: true },
    given: [1000, START, READY, spawned()],
    acts: [
      [
        exited(3, 7, 20),
        "phase={kind=stopping strays=[20] steps=[15/1000 9] step=0 sinceMs=1000 then={kind=fail failure={text=a.service exited with code 3 before it had started exitCode=3 errno=8 ignored=true formerText=a.service failed on start-up with result '<ProcStatus exit_status=3>'}} requested=false deadlineMs=2000}; lastStatus={kind=exited code=3}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; debug: a.service (ignored) failure on start-up with result '<ProcStatus exit_status=3>'; debug: a.service received exception during attempted start. Exception: a.service failed on start-up with result '<ProcStatus exit_status=3>'; debug: a.service notified waiters upon completion; debug: service a.service ignoring failures. Exception: a.service failed on start-up with result '<ProcStatus exit_status=3>'; warn: a.service could not be started, which ignore_failures passes over: a.service exited with code 3 before it had started; signal {pid=20 signal=15}",
      ],
      [
        exited(0, 20),
        "phase={kind=failed failure={text=a.service exited with code 3 before it had started exitCode=3 errno=8 ignored=true formerText=a.service failed on start-up with result '<ProcStatus exit_status=3>'}}; stopped {tookMs=0 killed=false}",
      ],
    ],
  },
  "a oneshot that is restarted always ends well once": {
    config: { type: "oneshot", restart: { ...RESTART, when: "always" } },
    given: [1000, START, READY, spawned()],
    acts: [
      [
        exited(0),
        "phase={kind=done status={kind=exited code=0}}; lastStatus={kind=exited code=0}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'; info: a.service started (pid 7); debug: a.service successfully started; debug: a.service notified waiters upon completion; info: a.service has ended well (exited with code 0)",
      ],
    ],
  },
  "one that starts on demand and ends well waits for the next connection": {
    config: { onDemand: true, listen: ["tcp:80"] },
    given: [1000, START, READY, ARMED, { kind: "demanded" }, READY, spawned(), 500, deadline()],
    acts: [
      [
        exited(0),
        "phase={kind=launching sinceMs=1500}; lastStatus={kind=exited code=0}; ranMs=500; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'; info: a.service has ended well (exited with code 0); arm",
      ],
      [
        ARMED,
        "phase={kind=armed sinceMs=1500}; info: a.service is listening on tcp:80, starts with the first connection; debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
    ],
  },
  "what was to ignore failures goes down": {
    config: { ignoreFailures: true },
    given: [1000, START, READY, spawned(), 500, deadline()],
    acts: [
      [
        exited(3),
        "phase={kind=down}; lastStatus={kind=exited code=3}; ranMs=500; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; debug: a.service abnormal process exit ignored due to ignore_failures=true; info: a.service exited with code 3, which ignore_failures passes over",
      ],
    ],
  },
  "a death for want of memory is told at once": {
    config: {},
    given: [1000, START, READY, spawned(), 500, deadline()],
    acts: [
      [
        {
          kind: "exited",
          pid: 7,
          status: { kind: "signaled", signal: 9, coreDumped: false, outOfMemory: true },
          strays: [],
        },
        "phase={kind=failed failure={text=a.service was killed by the kernel (out of memory) exitCode=137 ignored=false} status={kind=signaled signal=9 coreDumped=false outOfMemory=true}}; lastStatus={kind=signaled signal=9 coreDumped=false outOfMemory=true}; ranMs=500; debug: a.service exit status for pid=7 is '<ProcStatus signal=9>'; warn: a.service was killed by the kernel (out of memory); debug: a.service terminated abnormally with <ProcStatus signal=9>; err: a.service was killed by the kernel (out of memory)",
      ],
    ],
  },
});
