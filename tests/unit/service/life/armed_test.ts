/** How jobs of a cron service, and what listens, come to run, event by event. */
import { CRON, INETD, QUEUE } from "../cron_services.ts";
import {
  ARMED,
  deadline,
  due,
  exited,
  idle,
  lastDue,
  launched,
  launching,
  noLaunch,
  noSpawn,
  READY,
  reset,
  spawned,
  START,
  stop,
  unmet,
} from "../events.ts";
import { testScenes } from "../transcript.ts";

testScenes({
  "cron: a job that ends well": {
    config: CRON,
    acts: [
      [START, "phase={kind=launching sinceMs=0}; arm"],
      [
        ARMED,
        "phase={kind=armed sinceMs=0}; debug: cron service a.service scheduled using interval spec '* * * * *'; info: a.service is scheduled: * * * * *; debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
      [60_000, ""],
      [due(), "phase={kind=armed sinceMs=0 job={kind=waiting}}"],
      [
        READY,
        "phase={kind=armed sinceMs=0 job={kind=launching}}; debug: cron service a.service running CMD ( run me ); info: a.service runs: run me; launch",
      ],
      [
        spawned(),
        "phase={kind=armed sinceMs=0 job={kind=running pid=7 sinceMs=60000}}; lastPid=7; launchedMs=60000",
      ],
      [2500, ""],
      [
        exited(0),
        "phase={kind=armed sinceMs=0}; lastStatus={kind=exited code=0}; ranMs=2500; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'",
      ],
    ],
  },
  "cron: a start of what is armed, events of other processes and deadlines of none mean nothing": {
    config: CRON,
    given: [START, ARMED],
    acts: [
      [START, "debug: service a.service already started.  further starts ignored."],
      [exited(3), ""],
      [deadline(20), ""],
      [READY, ""],
      [spawned(), ""],
      [launched(), ""],
      [due(), "phase={kind=armed sinceMs=0 job={kind=waiting}}"],
      [
        READY,
        "phase={kind=armed sinceMs=0 job={kind=launching}}; debug: cron service a.service running CMD ( run me ); info: a.service runs: run me; launch",
      ],
      [
        launching(),
        "phase={kind=armed sinceMs=0 job={kind=launching pid=7}}; lastPid=7; launchedMs=0",
      ],
      [launched(9), ""],
      [spawned(9), "phase={kind=armed sinceMs=0 job={kind=running pid=9 sinceMs=0}}; lastPid=9"],
      [noLaunch(9), ""],
      [launched(), ""],
      [READY, ""],
      [
        exited(0, 9),
        "phase={kind=armed sinceMs=0}; lastStatus={kind=exited code=0}; ranMs=0; debug: a.service exit status for pid=9 is '<ProcStatus exit_status=0>'",
      ],
      [exited(0), ""],
    ],
  },
  "cron: jitter puts a job off": {
    config: CRON,
    given: [START, ARMED],
    acts: [
      [100, ""],
      [due(500), "phase={kind=armed sinceMs=0 job={kind=delayed deadlineMs=600 isRetry=false}}"],
      [due(), "phase={kind=armed sinceMs=0 job={kind=waiting}}"],
      [deadline(), ""],
      [
        READY,
        "phase={kind=armed sinceMs=0 job={kind=launching}}; debug: cron service a.service running CMD ( run me ); info: a.service runs: run me; launch",
      ],
      [
        spawned(),
        "phase={kind=armed sinceMs=0 job={kind=running pid=7 sinceMs=100}}; lastPid=7; launchedMs=100",
      ],
      [
        exited(0),
        "phase={kind=armed sinceMs=0}; lastStatus={kind=exited code=0}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'",
      ],
    ],
  },
  "cron: a job waits until the container is idle": {
    config: CRON,
    given: [START, ARMED],
    acts: [
      [due(), "phase={kind=armed sinceMs=0 job={kind=waiting}}"],
      [100, ""],
      [idle(1000), "phase={kind=armed sinceMs=0 job={kind=delayed deadlineMs=1000 isRetry=false}}"],
      [900, ""],
      [deadline(), "phase={kind=armed sinceMs=0 job={kind=waiting}}"],
      [
        idle(1000),
        "phase={kind=armed sinceMs=0 job={kind=launching}}; debug: cron service a.service running CMD ( run me ); info: a.service runs: run me; launch",
      ],
      [
        spawned(),
        "phase={kind=armed sinceMs=0 job={kind=running pid=7 sinceMs=1000}}; lastPid=7; launchedMs=1000",
      ],
    ],
  },
  "cron: a prerequisite fails, once a job waits for it": {
    config: CRON,
    given: [START, ARMED],
    acts: [
      [unmet("db failed"), ""],
      [due(), "phase={kind=armed sinceMs=0 job={kind=waiting}}"],
      [
        unmet("db failed"),
        "phase={kind=armed sinceMs=0}; debug: cron service a.service failed to start: db failed; err: a.service was not started: db failed",
      ],
      [due(), "phase={kind=armed sinceMs=0 job={kind=waiting}}"],
      [
        READY,
        "phase={kind=armed sinceMs=0 job={kind=launching}}; debug: cron service a.service running CMD ( run me ); info: a.service runs: run me; launch",
      ],
      [unmet("db failed"), ""],
    ],
  },
  "cron: a job that cannot be launched": {
    config: CRON,
    given: [START, ARMED],
    acts: [
      [due(), "phase={kind=armed sinceMs=0 job={kind=waiting}}"],
      [
        READY,
        "phase={kind=armed sinceMs=0 job={kind=launching}}; debug: cron service a.service running CMD ( run me ); info: a.service runs: run me; launch",
      ],
      [
        noSpawn("no memory"),
        "phase={kind=armed sinceMs=0}; debug: cron service a.service failed to start: no memory; err: a.service was not started: no memory",
      ],
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
        noLaunch(7),
        "phase={kind=armed sinceMs=0}; debug: cron service a.service failed to start: not found; err: a.service was not started: not found",
      ],
    ],
  },
  "cron: a moment that comes while the job runs is passed over": {
    config: CRON,
    given: [START, ARMED, due(), READY, spawned()],
    acts: [
      [
        due(),
        "job-skipped; debug: cron service a.service is still running when next interval expired, will not run again; warn: a.service is due and skipped, since its last run goes on (overlap: skip)",
      ],
      [
        exited(0),
        "phase={kind=armed sinceMs=0}; lastStatus={kind=exited code=0}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'",
      ],
    ],
  },
  "cron: overlap: queue": {
    config: QUEUE,
    given: [START, ARMED, due(), READY, spawned()],
    acts: [
      [due(), "phase={kind=armed sinceMs=0 job={kind=running pid=7 sinceMs=0} isQueued=true}"],
      [
        due(),
        "job-skipped; debug: cron service a.service is still running when next interval expired, will not run again; warn: a.service is due and skipped, since its last run goes on (overlap: skip)",
      ],
      [
        exited(0),
        "phase={kind=armed sinceMs=0 job={kind=waiting}}; lastStatus={kind=exited code=0}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'",
      ],
      [
        READY,
        "phase={kind=armed sinceMs=0 job={kind=launching}}; ranMs=undefined; debug: cron service a.service running CMD ( run me ); info: a.service runs: run me; launch",
      ],
      [spawned(8), "phase={kind=armed sinceMs=0 job={kind=running pid=8 sinceMs=0}}; lastPid=8"],
      [
        exited(0, 8),
        "phase={kind=armed sinceMs=0}; ranMs=0; debug: a.service exit status for pid=8 is '<ProcStatus exit_status=0>'",
      ],
    ],
  },
  "cron: after its last moment it is done": {
    config: CRON,
    given: [START, ARMED],
    acts: [
      [lastDue(), "phase={kind=armed sinceMs=0 isLast=true job={kind=waiting}}"],
      [
        READY,
        "phase={kind=armed sinceMs=0 isLast=true job={kind=launching}}; debug: cron service a.service running CMD ( run me ); info: a.service runs: run me; launch",
      ],
      [
        spawned(),
        "phase={kind=armed sinceMs=0 isLast=true job={kind=running pid=7 sinceMs=0}}; lastPid=7; launchedMs=0",
      ],
      [
        exited(0),
        "phase={kind=done status={kind=exited code=0}}; lastStatus={kind=exited code=0}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'",
      ],
    ],
  },
  "cron: after its last moment it has failed": {
    config: CRON,
    given: [START, ARMED, due(), READY, spawned()],
    acts: [
      [
        lastDue(),
        "phase={kind=armed sinceMs=0 job={kind=running pid=7 sinceMs=0} isLast=true}; job-skipped; debug: cron service a.service is still running when next interval expired, will not run again; warn: a.service is due and skipped, since its last run goes on (overlap: skip)",
      ],
      [
        exited(3),
        "phase={kind=failed failure={text=a.service exited with code 3 exitCode=3 ignored=false} status={kind=exited code=3}}; lastStatus={kind=exited code=3}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; debug: a.service terminated abnormally with <ProcStatus exit_status=3>; err: a.service exited with code 3",
      ],
    ],
  },
  "cron: after its last moment, ignore_failures": {
    config: { ...CRON, ignoreFailures: true },
    given: [START, ARMED],
    acts: [
      [lastDue(), "phase={kind=armed sinceMs=0 isLast=true job={kind=waiting}}"],
      [
        READY,
        "phase={kind=armed sinceMs=0 isLast=true job={kind=launching}}; debug: cron service a.service running CMD ( run me ); info: a.service runs: run me; launch",
      ],
      [
        spawned(),
        "phase={kind=armed sinceMs=0 isLast=true job={kind=running pid=7 sinceMs=0}}; lastPid=7; launchedMs=0",
      ],
      [
        exited(3),
        "phase={kind=done status={kind=exited code=3}}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; debug: a.service abnormal process exit ignored due to ignore_failures=true",
      ],
    ],
  },
  "inetd: instances come and go": {
    config: INETD,
    acts: [
      [START, "phase={kind=waiting awaiting=prerequisites sinceMs=0}"],
      [
        READY,
        "phase={kind=launching sinceMs=0}; debug: service a.service prerequisites satisfied; arm",
      ],
      [
        ARMED,
        "phase={kind=armed sinceMs=0}; debug: inetd service a.service listening on port 80; info: a.service is listening on port 80; debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
      [exited(0, 9), "debug: a.service exit status for pid=9 is '<ProcStatus exit_status=0>'"],
      [
        exited(3, 9),
        "debug: a.service exit status for pid=9 is '<ProcStatus exit_status=3>'; err: a.service exited with code 3 (pid 9)",
      ],
      [due(), "phase={kind=armed sinceMs=0 job={kind=waiting}}"],
      [
        stop(20, 21),
        "phase={kind=stopping strays=[20 21] steps=[15/8000 9] step=0 sinceMs=0 then={kind=down} requested=true reason={kind=request} deadlineMs=8000}; warn: a.service terminating 2 processes on port 80 that are still running; signal {pid=20 signal=15}; signal {pid=21 signal=15}",
      ],
      [
        exited(0, 20, 21),
        "phase={kind=stopping strays=[21] steps=[15/8000 9] step=0 sinceMs=0 then={kind=down} requested=true reason={kind=request} deadlineMs=8000}",
      ],
      [
        exited(0, 21),
        "phase={kind=down}; stopped {tookMs=0 killed=false}; info: a.service stopped",
      ],
    ],
  },
  "inetd: stop without instances": {
    config: INETD,
    given: [START, READY, ARMED],
    acts: [
      [stop(), "phase={kind=down}"],
    ],
  },
  "inetd: reset stops it": {
    config: INETD,
    given: [START, READY, ARMED],
    acts: [
      [
        reset(20),
        "phase={kind=stopping strays=[20] steps=[15/8000 9] step=0 sinceMs=0 then={kind=down} requested=true reason={kind=request} deadlineMs=8000}; debug: a.service received reset; warn: a.service terminating 1 processes on port 80 that are still running; signal {pid=20 signal=15}",
      ],
      [
        exited(0, 20),
        "phase={kind=down}; stopped {tookMs=0 killed=false}; info: a.service stopped",
      ],
    ],
  },
  "inetd: listen in place of port": {
    config: { type: "inetd", listen: ["unix:/run/a", "tcp:81"] },
    acts: [
      [START, "phase={kind=waiting awaiting=prerequisites sinceMs=0}"],
      [
        READY,
        "phase={kind=launching sinceMs=0}; debug: service a.service prerequisites satisfied; arm",
      ],
      [
        ARMED,
        "phase={kind=armed sinceMs=0}; debug: inetd service a.service listening on unix:/run/a, tcp:81; info: a.service is listening on unix:/run/a, tcp:81; debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
      [{ kind: "reset" }, "phase={kind=down}; debug: a.service received reset"],
    ],
  },
  "on demand: the first connection starts it": {
    config: { onDemand: true, listen: ["tcp:80"] },
    acts: [
      [START, "phase={kind=waiting awaiting=prerequisites sinceMs=0}"],
      [
        READY,
        "phase={kind=launching sinceMs=0}; debug: service a.service prerequisites satisfied; arm",
      ],
      [
        ARMED,
        "phase={kind=armed sinceMs=0}; info: a.service is listening on tcp:80, starts with the first connection; debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
      [{ kind: "demanded" }, "phase={kind=launching sinceMs=0}; launch"],
      [
        spawned(),
        "phase={kind=starting awaiting=pause pid=7 sinceMs=0 deadlineMs=500}; lastPid=7; launchedMs=0",
      ],
      [500, ""],
      [
        deadline(),
        "phase={kind=up pid=7 attached=false sinceMs=500}; info: a.service started (pid 7); debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
      [
        exited(0),
        "phase={kind=launching sinceMs=500}; lastStatus={kind=exited code=0}; ranMs=500; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'; info: a.service has ended well (exited with code 0); arm",
      ],
      [
        ARMED,
        "phase={kind=armed sinceMs=500}; info: a.service is listening on tcp:80, starts with the first connection; debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
      [{ kind: "disable" }, "enabled=false"],
      [{ kind: "demanded" }, ""],
      [stop(), "phase={kind=down}"],
    ],
  },
  "on demand: stop with strays alone": {
    config: { onDemand: true, listen: ["tcp:80"] },
    given: [START, READY, ARMED],
    acts: [
      [
        stop(20),
        "phase={kind=stopping strays=[20] steps=[15/8000 9] step=0 sinceMs=0 then={kind=down} requested=true reason={kind=request} deadlineMs=8000}; signal {pid=20 signal=15}",
      ],
    ],
  },
});
