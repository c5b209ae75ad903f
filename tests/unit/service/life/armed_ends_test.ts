/** How jobs of a cron service come to their end, event by event. */
import { CRON, LIMITED, ONCE_MORE, QUEUE, REPLACE, RETRY } from "../cron_services.ts";
import {
  ARMED,
  deadline,
  due,
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
import { testScenes } from "../transcript.ts";

testScenes({
  "cron: overlap: kill ends the job and its strays, then starts the next": {
    config: REPLACE,
    given: [START, ARMED, due(), READY, spawned()],
    acts: [
      [
        due(),
        "phase={kind=armed sinceMs=0 isQueued=true job={kind=ending pid=7 strays=[] steps=[15/2000 9] step=0 cause=overlap deadlineMs=2000}}; signal {pid=7 signal=15}",
      ],
      [2000, ""],
      [
        deadline(20, 21),
        "phase={kind=armed sinceMs=0 isQueued=true job={kind=ending pid=7 strays=[20 21] steps=[15/2000 9] step=1 cause=overlap}}; signal {pid=7 signal=9}; signal {pid=20 signal=9}; signal {pid=21 signal=9}",
      ],
      [
        killed(9, 7, 20),
        "phase={kind=armed sinceMs=0 isQueued=true job={kind=ending strays=[20] steps=[15/2000 9] step=1 cause=overlap status={kind=signaled signal=9 coreDumped=false} deadlineMs=2200}}; lastStatus={kind=signaled signal=9 coreDumped=false}; lastCause=the next run was due (overlap: kill); ranMs=2000; debug: a.service exit status for pid=7 is '<ProcStatus signal=9>'; signal {pid=20 signal=9}",
      ],
      [exited(0, 20), "phase={kind=armed sinceMs=0 job={kind=waiting}}; lastStatus=undefined"],
      [
        READY,
        "phase={kind=armed sinceMs=0 job={kind=launching}}; lastCause=undefined; ranMs=undefined; debug: cron service a.service running CMD ( run me ); info: a.service runs: run me; launch",
      ],
    ],
  },
  "cron: overlap: kill while the job is being ended already": {
    config: REPLACE,
    given: [START, ARMED],
    acts: [
      [due(), "phase={kind=armed sinceMs=0 job={kind=waiting}}"],
      [
        READY,
        "phase={kind=armed sinceMs=0 job={kind=launching}}; debug: cron service a.service running CMD ( run me ); info: a.service runs: run me; launch",
      ],
      [
        launching(),
        "phase={kind=armed sinceMs=0 job={kind=launching pid=7}}; lastPid=7; launchedMs=0",
      ],
      [
        due(),
        "phase={kind=armed sinceMs=0 isQueued=true job={kind=ending pid=7 strays=[] steps=[15/2000 9] step=0 cause=overlap deadlineMs=2000}}; signal {pid=7 signal=15}",
      ],
      [
        due(),
        "job-skipped; debug: cron service a.service is still running when next interval expired, will not run again; warn: a.service is due and skipped, since its last run goes on (overlap: skip)",
      ],
      [
        noLaunch(7),
        "phase={kind=armed sinceMs=0 job={kind=waiting}}; lastCause=the next run was due (overlap: kill); ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=127>'",
      ],
      [
        READY,
        "phase={kind=armed sinceMs=0 job={kind=launching}}; lastCause=undefined; ranMs=undefined; debug: cron service a.service running CMD ( run me ); info: a.service runs: run me; launch",
      ],
      [spawned(8), "phase={kind=armed sinceMs=0 job={kind=running pid=8 sinceMs=0}}; lastPid=8"],
      [
        exited(0, 8),
        "phase={kind=armed sinceMs=0}; lastStatus={kind=exited code=0}; ranMs=0; debug: a.service exit status for pid=8 is '<ProcStatus exit_status=0>'",
      ],
    ],
  },
  "cron: strays of a job that was ended are ended, and looked for": {
    config: REPLACE,
    given: [START, ARMED, due(), READY, spawned()],
    acts: [
      [
        due(),
        "phase={kind=armed sinceMs=0 isQueued=true job={kind=ending pid=7 strays=[] steps=[15/2000 9] step=0 cause=overlap deadlineMs=2000}}; signal {pid=7 signal=15}",
      ],
      [10, ""],
      [
        killed(15, 7, 20, 21),
        "phase={kind=armed sinceMs=0 isQueued=true job={kind=ending strays=[20 21] steps=[15/2000 9] step=0 cause=overlap deadlineMs=210 status={kind=signaled signal=15 coreDumped=false}}}; lastStatus={kind=signaled signal=15 coreDumped=false}; lastCause=the next run was due (overlap: kill); ranMs=10; debug: a.service exit status for pid=7 is '<ProcStatus signal=15>'; signal {pid=20 signal=15}; signal {pid=21 signal=15}",
      ],
      [
        exited(0, 20, 21),
        "phase={kind=armed sinceMs=0 isQueued=true job={kind=ending strays=[21] steps=[15/2000 9] step=0 cause=overlap deadlineMs=210 status={kind=signaled signal=15 coreDumped=false}}}",
      ],
      [200, ""],
      [
        deadline(21),
        "phase={kind=armed sinceMs=0 isQueued=true job={kind=ending strays=[21] steps=[15/2000 9] step=1 cause=overlap status={kind=signaled signal=15 coreDumped=false} deadlineMs=410}}; signal {pid=21 signal=9}",
      ],
      [2000, ""],
      [
        deadline(21),
        "phase={kind=armed sinceMs=0 isQueued=true job={kind=ending strays=[21] steps=[15/2000 9] step=1 cause=overlap status={kind=signaled signal=15 coreDumped=false} deadlineMs=2410}}; signal {pid=21 signal=9}",
      ],
      [200, ""],
      [deadline(), "phase={kind=armed sinceMs=0 job={kind=waiting}}; lastStatus=undefined"],
    ],
  },
  "cron: run_timeout": {
    config: LIMITED,
    given: [START, ARMED],
    acts: [
      [due(), "phase={kind=armed sinceMs=0 job={kind=waiting}}"],
      [
        READY,
        "phase={kind=armed sinceMs=0 job={kind=launching}}; debug: cron service a.service running CMD ( run me ); info: a.service runs: run me; launch",
      ],
      [10, ""],
      [
        spawned(),
        "phase={kind=armed sinceMs=0 job={kind=running pid=7 sinceMs=10 deadlineMs=5010}}; lastPid=7; launchedMs=10",
      ],
      [5000, ""],
      [
        deadline(20),
        "phase={kind=armed sinceMs=0 job={kind=ending pid=7 strays=[20] steps=[15/8000 9] step=0 cause=timeout deadlineMs=13010}}; warn: a.service is still running after 5 s, which run_timeout ends; signal {pid=7 signal=15}",
      ],
      [
        killed(15),
        "phase={kind=armed sinceMs=0}; lastStatus={kind=signaled signal=15 coreDumped=false}; lastCause=its run_timeout was over; ranMs=5000; debug: a.service exit status for pid=7 is '<ProcStatus signal=15>'; debug: a.service terminated abnormally with <ProcStatus signal=15>; err: a.service was ended by its run_timeout",
      ],
    ],
  },
  "cron: run_timeout of a job that ends well when told to": {
    config: LIMITED,
    given: [START, ARMED, due(), READY, spawned()],
    acts: [
      [5040, ""],
      [
        deadline(),
        "phase={kind=armed sinceMs=0 job={kind=ending pid=7 strays=[] steps=[15/8000 9] step=0 cause=timeout deadlineMs=13040}}; warn: a.service is still running after 5 s, which run_timeout ends; signal {pid=7 signal=15}",
      ],
      [
        exited(0),
        "phase={kind=armed sinceMs=0}; lastStatus={kind=exited code=0}; lastCause=its run_timeout was over; ranMs=5040; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'; debug: a.service terminated abnormally with <ProcStatus exit_status=0>; err: a.service was ended by its run_timeout",
      ],
    ],
  },
  "cron: a job that ends badly": {
    config: CRON,
    given: [START, ARMED, due(), READY, spawned()],
    acts: [
      [
        exited(3),
        "phase={kind=armed sinceMs=0}; lastStatus={kind=exited code=3}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; debug: a.service terminated abnormally with <ProcStatus exit_status=3>; err: a.service exited with code 3",
      ],
    ],
  },
  "cron: strays of a crash": {
    config: CRON,
    given: [START, ARMED, due(), READY, spawned()],
    acts: [
      [
        exited(3, 7, 20),
        "phase={kind=armed sinceMs=0 job={kind=ending strays=[20] steps=[15/1000 9] step=0 status={kind=exited code=3} deadlineMs=1000}}; lastStatus={kind=exited code=3}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; signal {pid=20 signal=15}",
      ],
      [1000, ""],
      [
        deadline(20),
        "phase={kind=armed sinceMs=0 job={kind=ending strays=[20] steps=[15/1000 9] step=1 status={kind=exited code=3} deadlineMs=1200}}; signal {pid=20 signal=9}",
      ],
      [200, ""],
      [
        deadline(),
        "phase={kind=armed sinceMs=0}; debug: a.service terminated abnormally with <ProcStatus exit_status=3>; err: a.service exited with code 3",
      ],
    ],
  },
  "cron: ignore_failures": {
    config: { ...CRON, ignoreFailures: true },
    given: [START, ARMED, due(), READY, spawned()],
    acts: [
      [
        exited(3),
        "phase={kind=armed sinceMs=0}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; debug: a.service abnormal process exit ignored due to ignore_failures=true",
      ],
    ],
  },
  "cron: exit_kills": {
    config: { ...CRON, exitKills: true },
    given: [START, ARMED, due(), READY, spawned()],
    acts: [
      [
        exited(3),
        "phase={kind=failed failure={text=a.service exited with code 3 exitCode=3 ignored=false} status={kind=exited code=3}}; lastStatus={kind=exited code=3}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; debug: a.service terminated abnormally with <ProcStatus exit_status=3>; warn: a.service exited with code 3; kill-system {exitCode=3 reason=a.service exited with code 3}",
      ],
    ],
  },
  "cron: exit_kills, well": {
    config: { ...CRON, exitKills: true },
    given: [START, ARMED, due(), READY, spawned()],
    acts: [
      [
        exited(0),
        "phase={kind=done status={kind=exited code=0}}; lastStatus={kind=exited code=0}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'; kill-system {exitCode=0 reason=a.service exited with code 0}",
      ],
    ],
  },
  "cron: exit_kills and run_timeout": {
    config: { ...LIMITED, exitKills: true },
    given: [START, ARMED, due(), READY, spawned()],
    acts: [
      [
        deadline(),
        "phase={kind=armed sinceMs=0 job={kind=ending pid=7 strays=[] steps=[15/8000 9] step=0 cause=timeout deadlineMs=8000}}; warn: a.service is still running after 0 s, which run_timeout ends; signal {pid=7 signal=15}",
      ],
      [
        killed(15),
        "phase={kind=failed failure={text=a.service was ended by its run_timeout exitCode=143 ignored=false} status={kind=signaled signal=15 coreDumped=false}}; lastStatus={kind=signaled signal=15 coreDumped=false}; lastCause=its run_timeout was over; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus signal=15>'; kill-system {exitCode=143 reason=a.service was ended by its run_timeout}",
      ],
    ],
  },
  "cron: a failed job is tried again, then given up": {
    config: RETRY,
    given: [START, ARMED, due(), READY, spawned()],
    acts: [
      [
        exited(3),
        "phase={kind=armed sinceMs=0 job={kind=delayed deadlineMs=3000 isRetry=true}}; restartsUsed=1; lastStatus={kind=exited code=3}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; debug: a.service pausing between restart retries (0 left); info: a.service exited with code 3; it is tried again in 3 s (0 left)",
      ],
      [3000, ""],
      [deadline(), "phase={kind=armed sinceMs=0 job={kind=waiting}}; restartsTotal=1"],
      [
        READY,
        "phase={kind=armed sinceMs=0 job={kind=launching}}; ranMs=undefined; debug: cron service a.service running CMD ( run me ); info: a.service runs: run me; launch",
      ],
      [
        spawned(8),
        "phase={kind=armed sinceMs=0 job={kind=running pid=8 sinceMs=3000}}; lastPid=8; launchedMs=3000",
      ],
      [
        exited(3, 8),
        "phase={kind=armed sinceMs=0}; ranMs=0; gaveUp={reason=1 restart did not help used=1}; debug: a.service exit status for pid=8 is '<ProcStatus exit_status=3>'; debug: a.service terminated abnormally with <ProcStatus exit_status=3>; err: a.service exited with code 3; gave-up {failure={text=a.service exited with code 3 and was given up: 1 restart did not help exitCode=3 ignored=false givenUp=1 restart did not help}}",
      ],
      [due(), "phase={kind=armed sinceMs=0 job={kind=waiting}}; restartsUsed=0"],
    ],
  },
  "cron: restart: always repeats no job that ended well": {
    config: RETRY,
    given: [START, ARMED, due(), READY, spawned(), exited(3), 3000, deadline(), READY, spawned(8)],
    acts: [
      [
        exited(0, 8),
        "phase={kind=armed sinceMs=0}; restartsUsed=0; lastStatus={kind=exited code=0}; ranMs=0; debug: a.service exit status for pid=8 is '<ProcStatus exit_status=0>'",
      ],
    ],
  },
  "cron: without a limit": {
    config: { ...CRON, restart: { ...ONCE_MORE, limit: 0 } },
    given: [START, ARMED, due(), READY, spawned()],
    acts: [
      [
        exited(3),
        "phase={kind=armed sinceMs=0 job={kind=delayed deadlineMs=3000 isRetry=true}}; restartsUsed=1; lastStatus={kind=exited code=3}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; debug: a.service pausing between restart retries (no limit); info: a.service exited with code 3; it is tried again in 3 s (no limit)",
      ],
    ],
  },
  "cron: a queued job comes before another try": {
    config: { ...RETRY, ...QUEUE },
    given: [START, ARMED, due(), READY, spawned()],
    acts: [
      [due(), "phase={kind=armed sinceMs=0 job={kind=running pid=7 sinceMs=0} isQueued=true}"],
      [
        exited(3),
        "phase={kind=armed sinceMs=0 job={kind=waiting}}; lastStatus={kind=exited code=3}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; debug: a.service terminated abnormally with <ProcStatus exit_status=3>; err: a.service exited with code 3",
      ],
      [
        READY,
        "phase={kind=armed sinceMs=0 job={kind=launching}}; ranMs=undefined; debug: cron service a.service running CMD ( run me ); info: a.service runs: run me; launch",
      ],
    ],
  },
  "cron: once disabled, nothing is due and nothing tried again": {
    config: RETRY,
    given: [START, ARMED, due(), READY, spawned()],
    acts: [
      [{ kind: "disable" }, "enabled=false"],
      [
        exited(3),
        "phase={kind=armed sinceMs=0}; lastStatus={kind=exited code=3}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; debug: a.service terminated abnormally with <ProcStatus exit_status=3>; err: a.service exited with code 3",
      ],
      [due(), ""],
    ],
  },
  "cron: reset ends the job and keeps the schedule": {
    config: CRON,
    given: [START, ARMED, due(), READY, spawned()],
    acts: [
      [
        exited(3),
        "phase={kind=armed sinceMs=0}; lastStatus={kind=exited code=3}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; debug: a.service terminated abnormally with <ProcStatus exit_status=3>; err: a.service exited with code 3",
      ],
      [reset(), "lastStatus=undefined; debug: a.service received reset"],
      [due(), "phase={kind=armed sinceMs=0 job={kind=waiting}}"],
      [
        READY,
        "phase={kind=armed sinceMs=0 job={kind=launching}}; ranMs=undefined; debug: cron service a.service running CMD ( run me ); info: a.service runs: run me; launch",
      ],
      [spawned(8), "phase={kind=armed sinceMs=0 job={kind=running pid=8 sinceMs=0}}; lastPid=8"],
      [
        reset(20),
        "phase={kind=armed sinceMs=0 job={kind=ending pid=8 strays=[20] steps=[15/8000 9] step=0 cause=stop deadlineMs=8000}}; debug: a.service received reset; signal {pid=8 signal=15}",
      ],
      [
        killed(15, 8),
        "phase={kind=armed sinceMs=0}; lastCause=it was asked to stop; ranMs=0; debug: a.service exit status for pid=8 is '<ProcStatus signal=15>'",
      ],
      [due(), "phase={kind=armed sinceMs=0 job={kind=waiting}}"],
      [reset(), "phase={kind=armed sinceMs=0}; debug: a.service received reset"],
    ],
  },
  "cron: reset drops what is queued": {
    config: QUEUE,
    given: [START, ARMED, due(), READY, spawned()],
    acts: [
      [due(), "phase={kind=armed sinceMs=0 job={kind=running pid=7 sinceMs=0} isQueued=true}"],
      [
        reset(),
        "phase={kind=armed sinceMs=0 job={kind=ending pid=7 strays=[] steps=[15/8000 9] step=0 cause=stop deadlineMs=8000}}; debug: a.service received reset; signal {pid=7 signal=15}",
      ],
      [
        killed(15),
        "phase={kind=armed sinceMs=0}; lastCause=it was asked to stop; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus signal=15>'",
      ],
    ],
  },
  "cron: reset while overlap: kill ends the job": {
    config: REPLACE,
    given: [START, ARMED, due(), READY, spawned()],
    acts: [
      [
        due(),
        "phase={kind=armed sinceMs=0 isQueued=true job={kind=ending pid=7 strays=[] steps=[15/2000 9] step=0 cause=overlap deadlineMs=2000}}; signal {pid=7 signal=15}",
      ],
      [
        reset(),
        "phase={kind=armed sinceMs=0 job={kind=ending pid=7 strays=[] steps=[15/2000 9] step=0 cause=stop deadlineMs=2000}}; debug: a.service received reset",
      ],
      [
        exited(0),
        "phase={kind=armed sinceMs=0}; lastCause=it was asked to stop; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'",
      ],
    ],
  },
  "cron: stop": {
    config: CRON,
    given: [START, ARMED, due(), READY, spawned()],
    acts: [
      [
        stop(),
        "phase={kind=stopping pid=7 strays=[] steps=[15/8000 9] step=0 sinceMs=0 then={kind=down} requested=true reason={kind=request} deadlineMs=8000}; debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
      [
        killed(15),
        "phase={kind=down}; lastStatus={kind=signaled signal=15 coreDumped=false}; lastCause=it was asked to stop; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus signal=15>'; debug: a.service terminated abnormally with <ProcStatus signal=15>; debug: a.service was killed by SIGTERM; stopped {tookMs=0 killed=false}; info: a.service stopped",
      ],
    ],
  },
  "cron: stop without a process": {
    config: CRON,
    given: [START, ARMED],
    acts: [
      [due(), "phase={kind=armed sinceMs=0 job={kind=waiting}}"],
      [stop(), "phase={kind=down}"],
    ],
  },
  "cron: stop with strays alone": {
    config: CRON,
    given: [START, ARMED],
    acts: [
      [
        stop(20),
        "phase={kind=stopping strays=[20] steps=[15/8000 9] step=0 sinceMs=0 then={kind=down} requested=true reason={kind=request} deadlineMs=8000}; signal {pid=20 signal=15}",
      ],
      [
        exited(0, 20),
        "phase={kind=down}; stopped {tookMs=0 killed=false}; info: a.service stopped",
      ],
    ],
  },
});
