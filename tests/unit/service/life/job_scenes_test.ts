/** Jobs of cron services that are ended or end badly, event by event; see `armed_ends_test.ts` for the rest. */
import type { ServiceConfig } from "../../../../lib/config/model.ts";
import { ARMED, deadline, due, exited, killed, READY, spawned, START, stop } from "../events.ts";
import { RESTART } from "../service_config.ts";
import { testScenes } from "../transcript.ts";

const CRON = { interval: "* * * * *", overlap: "skip", jitterMs: 0, runTimeoutMs: 5000 } as const;
const JOB: Partial<ServiceConfig> = {
  type: "cron",
  cron: CRON,
  stopCommand: ["quit"],
  stopTimeoutMs: 1000,
};
/** One more try, which comes back to who is up for a millisecond: no job ever is. */
const TRIED_AGAIN: Partial<ServiceConfig> = {
  type: "cron",
  cron: CRON,
  restart: { ...RESTART, limit: 1, windowMs: 1 },
};

testScenes({
  "run_timeout tells how long the job has run, and takes step after step": {
    config: JOB,
    given: [1000, START, ARMED, 500, due(), READY, spawned()],
    acts: [
      [5000, ""],
      [
        deadline(20),
        "phase={kind=armed sinceMs=1000 job={kind=ending pid=7 strays=[20] steps=[0/1000 15/1000 9] step=0 cause=timeout deadlineMs=7500}}; warn: a.service is still running after 5 s, which run_timeout ends; run-stop-command",
      ],
      [1000, ""],
      [
        deadline(20),
        "phase={kind=armed sinceMs=1000 job={kind=ending pid=7 strays=[20] steps=[0/1000 15/1000 9] step=1 cause=timeout deadlineMs=8500}}; signal {pid=7 signal=15}",
      ],
      [1000, ""],
      [
        deadline(20),
        "phase={kind=armed sinceMs=1000 job={kind=ending pid=7 strays=[20] steps=[0/1000 15/1000 9] step=2 cause=timeout}}; signal {pid=7 signal=9}; signal {pid=20 signal=9}",
      ],
      [
        killed(9, 7, 20),
        "phase={kind=armed sinceMs=1000 job={kind=ending strays=[20] steps=[0/1000 15/1000 9] step=2 cause=timeout status={kind=signaled signal=9 coreDumped=false} deadlineMs=8700}}; lastStatus={kind=signaled signal=9 coreDumped=false}; lastCause=its run_timeout was over; ranMs=7000; debug: a.service exit status for pid=7 is '<ProcStatus signal=9>'; signal {pid=20 signal=9}",
      ],
      [200, ""],
      [
        deadline(20),
        "phase={kind=armed sinceMs=1000 job={kind=ending strays=[20] steps=[0/1000 15/1000 9] step=2 cause=timeout status={kind=signaled signal=9 coreDumped=false} deadlineMs=8900}}; signal {pid=20 signal=9}",
      ],
      [200, ""],
      [
        deadline(),
        "phase={kind=armed sinceMs=1000}; debug: a.service terminated abnormally with <ProcStatus signal=9>; err: a.service was ended by its run_timeout",
      ],
    ],
  },
  "a stop of a job begins with its command, too": {
    config: JOB,
    given: [1000, START, ARMED, 500, due(), READY, spawned()],
    acts: [
      [
        stop(),
        "phase={kind=stopping pid=7 strays=[] steps=[0/1000 15/1000 9] step=0 sinceMs=1500 then={kind=down} requested=true reason={kind=request} deadlineMs=2500}; run-stop-command",
      ],
      [
        exited(0),
        "phase={kind=down}; lastStatus={kind=exited code=0}; lastCause=it was asked to stop; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'; stopped {tookMs=0 killed=false}; info: a.service stopped",
      ],
    ],
  },
  "a job that fails is tried again, and given up when it fails once more": {
    config: TRIED_AGAIN,
    given: [1000, START, ARMED, 500, due(), READY, spawned()],
    acts: [
      [
        exited(3),
        "phase={kind=armed sinceMs=1000 job={kind=delayed deadlineMs=4500 isRetry=true}}; restartsUsed=1; lastStatus={kind=exited code=3}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; debug: a.service pausing between restart retries (0 left); info: a.service exited with code 3; it is tried again in 3 s (0 left)",
      ],
      [3000, ""],
      [deadline(), "phase={kind=armed sinceMs=1000 job={kind=waiting}}; restartsTotal=1"],
      [
        READY,
        "phase={kind=armed sinceMs=1000 job={kind=launching}}; ranMs=undefined; debug: cron service a.service running CMD ( run me ); info: a.service runs: run me; launch",
      ],
      [
        spawned(8),
        "phase={kind=armed sinceMs=1000 job={kind=running pid=8 sinceMs=4500 deadlineMs=9500}}; lastPid=8; launchedMs=4500",
      ],
      [
        exited(3, 8),
        "phase={kind=armed sinceMs=1000}; ranMs=0; gaveUp={reason=1 restart did not help used=1}; debug: a.service exit status for pid=8 is '<ProcStatus exit_status=3>'; debug: a.service terminated abnormally with <ProcStatus exit_status=3>; err: a.service exited with code 3; gave-up {failure={text=a.service exited with code 3 and was given up: 1 restart did not help exitCode=3 ignored=false givenUp=1 restart did not help}}",
      ],
    ],
  },
  "a retry counts as a restart, a job that was put off does not": {
    config: TRIED_AGAIN,
    given: [1000, START, ARMED],
    acts: [
      [
        due(700),
        "phase={kind=armed sinceMs=1000 job={kind=delayed deadlineMs=1700 isRetry=false}}",
      ],
      [700, ""],
      [deadline(), "phase={kind=armed sinceMs=1000 job={kind=waiting}}"],
    ],
  },
  "leftovers of a job that ended badly are ended before it is judged": {
    config: TRIED_AGAIN,
    given: [1000, START, ARMED, 500, due(), READY, spawned()],
    acts: [
      [
        exited(3, 7, 20),
        "phase={kind=armed sinceMs=1000 job={kind=ending strays=[20] steps=[15/1000 9] step=0 status={kind=exited code=3} deadlineMs=2500}}; lastStatus={kind=exited code=3}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; signal {pid=20 signal=15}",
      ],
      [
        deadline(20),
        "phase={kind=armed sinceMs=1000 job={kind=ending strays=[20] steps=[15/1000 9] step=1 status={kind=exited code=3} deadlineMs=1700}}; signal {pid=20 signal=9}",
      ],
      [
        exited(0, 20),
        "phase={kind=armed sinceMs=1000 job={kind=delayed deadlineMs=4500 isRetry=true}}; restartsUsed=1; debug: a.service pausing between restart retries (0 left); info: a.service exited with code 3; it is tried again in 3 s (0 left)",
      ],
    ],
  },
});
