/** A run that somebody asks for, event by event. */
import { CRON, LIMITED, QUEUE, REPLACE } from "../cron_services.ts";
import {
  ARMED,
  asked,
  deadline,
  due,
  exited,
  killed,
  lastDue,
  launched,
  launching,
  noSpawn,
  READY,
  reset,
  spawned,
  START,
  unmet,
} from "../events.ts";
import {
  hasAskedRun,
  jobOfProcess,
  judgeAskedRun,
  nextTicket,
} from "../../../../lib/service/life/asked_run.ts";
import type { Phase } from "../../../../lib/service/life/phase.ts";
import { initialState } from "../../../../lib/service/life/phase.ts";
import { serviceConfig } from "../service_config.ts";
import { assertEquals } from "@std/assert";
import { test } from "../../../test.ts";
import { testScenes } from "../transcript.ts";

testScenes({
  "run: a service at rest runs once and returns there": {
    config: CRON,
    acts: [
      [asked(41), "phase={kind=armed sinceMs=0 isOnce=down job={kind=waiting asked=41}}"],
      [
        READY,
        "phase={kind=armed sinceMs=0 isOnce=down job={kind=launching asked=41}}; debug: cron service a.service running CMD ( run me ); info: a.service runs: run me; launch",
      ],
      [
        spawned(),
        "phase={kind=armed sinceMs=0 isOnce=down job={kind=running pid=7 sinceMs=0 asked=41}}; lastPid=7; launchedMs=0",
      ],
      [1500, ""],
      [
        exited(0),
        "phase={kind=down}; lastStatus={kind=exited code=0}; ranMs=1500; askedRun={ticket=41 status={kind=exited code=0} normal=true}; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'",
      ],
    ],
  },
  "run: once more what is done": {
    config: CRON,
    given: [START, ARMED, lastDue(), READY, spawned(), exited(0)],
    acts: [
      [asked(41), "phase={kind=armed sinceMs=0 isOnce=done job={kind=waiting asked=41}}"],
      [
        READY,
        "phase={kind=armed sinceMs=0 isOnce=done job={kind=launching asked=41}}; ranMs=undefined; debug: cron service a.service running CMD ( run me ); info: a.service runs: run me; launch",
      ],
      [
        spawned(),
        "phase={kind=armed sinceMs=0 isOnce=done job={kind=running pid=7 sinceMs=0 asked=41}}",
      ],
      [
        exited(0),
        "phase={kind=done status={kind=exited code=0}}; ranMs=0; askedRun={ticket=41 status={kind=exited code=0} normal=true}; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'",
      ],
    ],
  },
  "run: once more what is done, badly": {
    config: CRON,
    given: [START, ARMED, lastDue(), READY, spawned(), exited(0)],
    acts: [
      [asked(41), "phase={kind=armed sinceMs=0 isOnce=done job={kind=waiting asked=41}}"],
      [
        READY,
        "phase={kind=armed sinceMs=0 isOnce=done job={kind=launching asked=41}}; ranMs=undefined; debug: cron service a.service running CMD ( run me ); info: a.service runs: run me; launch",
      ],
      [
        spawned(),
        "phase={kind=armed sinceMs=0 isOnce=done job={kind=running pid=7 sinceMs=0 asked=41}}",
      ],
      [
        exited(3),
        "phase={kind=failed failure={text=a.service exited with code 3 exitCode=3 ignored=false} status={kind=exited code=3}}; lastStatus={kind=exited code=3}; ranMs=0; askedRun={ticket=41 status={kind=exited code=3} normal=false}; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; debug: a.service terminated abnormally with <ProcStatus exit_status=3>; err: a.service exited with code 3",
      ],
    ],
  },
  "run: badly, with strays": {
    config: CRON,
    given: [asked(41), READY, spawned()],
    acts: [
      [
        exited(3, 7, 20),
        "phase={kind=armed sinceMs=0 isOnce=down job={kind=ending strays=[20] steps=[15/1000 9] step=0 status={kind=exited code=3} deadlineMs=1000 asked=41}}; lastStatus={kind=exited code=3}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=3>'; signal {pid=20 signal=15}",
      ],
      [1000, ""],
      [
        deadline(),
        "phase={kind=down}; askedRun={ticket=41 status={kind=exited code=3} normal=false}; debug: a.service terminated abnormally with <ProcStatus exit_status=3>; err: a.service exited with code 3",
      ],
    ],
  },
  "run: between two moments": {
    config: CRON,
    given: [START, ARMED],
    acts: [
      [asked(41), "phase={kind=armed sinceMs=0 job={kind=waiting asked=41}}"],
      [
        READY,
        "phase={kind=armed sinceMs=0 job={kind=launching asked=41}}; debug: cron service a.service running CMD ( run me ); info: a.service runs: run me; launch",
      ],
      [
        launching(),
        "phase={kind=armed sinceMs=0 job={kind=launching pid=7 asked=41}}; lastPid=7; launchedMs=0",
      ],
      [launched(), "phase={kind=armed sinceMs=0 job={kind=running pid=7 sinceMs=0 asked=41}}"],
      [
        exited(0),
        "phase={kind=armed sinceMs=0}; lastStatus={kind=exited code=0}; ranMs=0; askedRun={ticket=41 status={kind=exited code=0} normal=true}; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'",
      ],
    ],
  },
  "run: what cannot start": {
    config: CRON,
    given: [START, ARMED],
    acts: [
      [asked(41), "phase={kind=armed sinceMs=0 job={kind=waiting asked=41}}"],
      [
        READY,
        "phase={kind=armed sinceMs=0 job={kind=launching asked=41}}; debug: cron service a.service running CMD ( run me ); info: a.service runs: run me; launch",
      ],
      [
        noSpawn("no memory"),
        "phase={kind=armed sinceMs=0}; askedRun={ticket=41 status={kind=exited code=1} normal=false text=could not be started: no memory}; debug: cron service a.service failed to start: no memory; err: a.service was not started: no memory",
      ],
      [asked(42), "phase={kind=armed sinceMs=0 job={kind=waiting asked=42}}"],
      [
        unmet("db failed"),
        "phase={kind=armed sinceMs=0}; askedRun={ticket=42 status={kind=exited code=1} normal=false text=could not be started: db failed}; debug: cron service a.service failed to start: db failed; err: a.service was not started: db failed",
      ],
    ],
  },
  "run: in place of a job that jitter puts off": {
    config: CRON,
    given: [START, ARMED, due(500)],
    acts: [
      [asked(41), "phase={kind=armed sinceMs=0 job={kind=waiting asked=41}}"],
    ],
  },
  "run: one at a time": {
    config: CRON,
    given: [START, ARMED, due(), READY, spawned()],
    acts: [
      [asked(41), ""],
    ],
  },
  "run: the policy queues it": {
    config: QUEUE,
    given: [START, ARMED, due(), READY, spawned()],
    acts: [
      [
        asked(41),
        "phase={kind=armed sinceMs=0 job={kind=running pid=7 sinceMs=0} isQueued=true queuedAsked=41}",
      ],
      [asked(42), ""],
      [
        exited(0),
        "phase={kind=armed sinceMs=0 job={kind=waiting asked=41}}; lastStatus={kind=exited code=0}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'",
      ],
      [
        READY,
        "phase={kind=armed sinceMs=0 job={kind=launching asked=41}}; ranMs=undefined; debug: cron service a.service running CMD ( run me ); info: a.service runs: run me; launch",
      ],
      [
        spawned(8),
        "phase={kind=armed sinceMs=0 job={kind=running pid=8 sinceMs=0 asked=41}}; lastPid=8",
      ],
      [
        exited(0, 8),
        "phase={kind=armed sinceMs=0}; ranMs=0; askedRun={ticket=41 status={kind=exited code=0} normal=true}; debug: a.service exit status for pid=8 is '<ProcStatus exit_status=0>'",
      ],
    ],
  },
  "run: the policy ends the present job": {
    config: REPLACE,
    given: [START, ARMED, due(), READY, spawned()],
    acts: [
      [
        asked(41),
        "phase={kind=armed sinceMs=0 isQueued=true queuedAsked=41 job={kind=ending pid=7 strays=[] steps=[15/2000 9] step=0 cause=overlap deadlineMs=2000}}; signal {pid=7 signal=15}",
      ],
      [
        killed(15),
        "phase={kind=armed sinceMs=0 job={kind=waiting asked=41}}; lastCause=the next run was due (overlap: kill); ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus signal=15>'",
      ],
      [
        READY,
        "phase={kind=armed sinceMs=0 job={kind=launching asked=41}}; lastCause=undefined; ranMs=undefined; debug: cron service a.service running CMD ( run me ); info: a.service runs: run me; launch",
      ],
      [
        spawned(8),
        "phase={kind=armed sinceMs=0 job={kind=running pid=8 sinceMs=0 asked=41}}; lastPid=8",
      ],
      [
        due(),
        "phase={kind=armed sinceMs=0 isQueued=true job={kind=ending pid=8 strays=[] steps=[15/2000 9] step=0 cause=overlap deadlineMs=2000 asked=41}}; signal {pid=8 signal=15}",
      ],
      [
        killed(15, 8),
        "phase={kind=armed sinceMs=0 job={kind=waiting}}; lastCause=the next run was due (overlap: kill); ranMs=0; askedRun={ticket=41 status={kind=exited code=0} normal=false text=was ended to make room for the next run (overlap: kill)}; debug: a.service exit status for pid=8 is '<ProcStatus signal=15>'",
      ],
    ],
  },
  "run: ended by run_timeout": {
    config: LIMITED,
    given: [START, ARMED],
    acts: [
      [asked(41), "phase={kind=armed sinceMs=0 job={kind=waiting asked=41}}"],
      [
        READY,
        "phase={kind=armed sinceMs=0 job={kind=launching asked=41}}; debug: cron service a.service running CMD ( run me ); info: a.service runs: run me; launch",
      ],
      [
        spawned(),
        "phase={kind=armed sinceMs=0 job={kind=running pid=7 sinceMs=0 deadlineMs=5000 asked=41}}; lastPid=7; launchedMs=0",
      ],
      [5000, ""],
      [
        deadline(),
        "phase={kind=armed sinceMs=0 job={kind=ending pid=7 strays=[] steps=[15/8000 9] step=0 cause=timeout deadlineMs=13000 asked=41}}; warn: a.service is still running after 5 s, which run_timeout ends; signal {pid=7 signal=15}",
      ],
      [
        exited(0),
        "phase={kind=armed sinceMs=0}; lastStatus={kind=exited code=0}; lastCause=its run_timeout was over; ranMs=5000; askedRun={ticket=41 status={kind=exited code=0} normal=false text=was ended by run_timeout}; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'; debug: a.service terminated abnormally with <ProcStatus exit_status=0>; err: a.service was ended by its run_timeout",
      ],
    ],
  },
  "run: reset ends it": {
    config: CRON,
    given: [START, ARMED, asked(41), READY, spawned()],
    acts: [
      [
        reset(),
        "phase={kind=armed sinceMs=0 job={kind=ending pid=7 strays=[] steps=[15/8000 9] step=0 cause=stop deadlineMs=8000 asked=41}}; debug: a.service received reset; signal {pid=7 signal=15}",
      ],
      [
        killed(15),
        "phase={kind=armed sinceMs=0}; lastCause=it was asked to stop; ranMs=0; askedRun={ticket=41 status={kind=exited code=0} normal=false text=was stopped}; debug: a.service exit status for pid=7 is '<ProcStatus signal=15>'",
      ],
    ],
  },
  "run: a oneshot, again and again": {
    config: { type: "oneshot" },
    acts: [
      [asked(41), "phase={kind=waiting awaiting=prerequisites sinceMs=0}"],
      [
        READY,
        "phase={kind=launching sinceMs=0}; debug: service a.service prerequisites satisfied; launch",
      ],
      [
        spawned(),
        "phase={kind=starting awaiting=exit pid=7 sinceMs=0 deadlineMs=30000}; lastPid=7; launchedMs=0",
      ],
      [
        exited(0),
        "phase={kind=done status={kind=exited code=0}}; lastStatus={kind=exited code=0}; ranMs=0; debug: a.service exit status for pid=7 is '<ProcStatus exit_status=0>'; info: a.service started (pid 7); debug: a.service successfully started; debug: a.service notified waiters upon completion; info: a.service has ended well (exited with code 0)",
      ],
      [asked(42), "phase={kind=waiting awaiting=prerequisites sinceMs=0}"],
    ],
  },
  "run: nothing else": {
    config: {},
    acts: [
      [asked(41), ""],
    ],
  },
});

const STATUS = { kind: "exited", code: 0 } as const;
const armed = (rest: Partial<Extract<Phase, { kind: "armed" }>> = {}): Phase => ({
  kind: "armed",
  sinceMs: 0,
  ...rest,
});
const RUNNING = { kind: "running", pid: 7, sinceMs: 0 } as const;
const DELAYED = { kind: "delayed", deadlineMs: 9, isRetry: false } as const;
const UP: Phase = { kind: "up", pid: 7, attached: false, sinceMs: 0 };
const STOPPING: Phase = {
  kind: "stopping",
  strays: [],
  steps: [],
  step: 0,
  sinceMs: 0,
  then: { kind: "down" },
  requested: true,
};

test("what asking for a run leads to, by type, policy and phase", () => {
  const oneshot = { type: "oneshot" } as const;
  for (
    const [config, phase, verdict] of [
      [
        {},
        { kind: "down" },
        "a.service is of type simple; only cron and oneshot services can be run",
      ],
      [CRON, { kind: "down" }, "now"],
      [oneshot, { kind: "done", status: STATUS }, "now"],
      [CRON, armed(), "now"],
      [CRON, armed({ job: DELAYED }), "now"],
      [
        CRON,
        armed({ job: { ...DELAYED, asked: 5 } }),
        "a.service is still running, and its overlap is skip",
      ],
      [CRON, armed({ job: RUNNING }), "a.service is still running, and its overlap is skip"],
      [QUEUE, armed({ job: RUNNING }), "queued"],
      [
        QUEUE,
        armed({ job: RUNNING, isQueued: true }),
        "a.service is still running, and another run waits for its end already",
      ],
      [REPLACE, armed({ job: RUNNING }), "replacing"],
      [
        { type: "cron" },
        armed({ job: RUNNING }),
        "a.service is still running, and its overlap is skip",
      ],
      [oneshot, armed(), "a.service is running already"],
      [oneshot, UP, "a.service is running already (pid 7)"],
      [CRON, UP, "a.service is running already (pid 7)"],
      [CRON, STOPPING, "a.service is being stopped"],
      [
        oneshot,
        { kind: "waiting", awaiting: "idle", sinceMs: 0 },
        "a.service is about to start already",
      ],
      [oneshot, { kind: "backoff", deadlineMs: 9 }, "a.service is about to be tried again already"],
    ] as const
  ) {
    const found = judgeAskedRun(serviceConfig(config), { phase });
    assertEquals(found.kind === "refused" ? found.text : found.kind, verdict);
  }
});

test("no run gets a ticket that another one has, whatever the clock says", () => {
  const state = initialState(true);
  assertEquals(nextTicket(state, 17.9), 17);
  assertEquals(nextTicket(state, 0), 1);
  assertEquals(
    nextTicket({ ...state, askedRun: { ticket: 30, status: STATUS, normal: true } }, 5),
    31,
  );
  assertEquals(nextTicket({ ...state, phase: armed({ job: { ...RUNNING, asked: 40 } }) }, 5), 41);
  const queued = armed({ job: { ...RUNNING, asked: 40 }, queuedAsked: 50 });
  assertEquals(nextTicket({ ...state, phase: queued }, 5), 51);
  assertEquals(nextTicket({ ...state, phase: armed({ job: RUNNING }) }, 0), 1);
});

test("a run that was asked for is known by its ticket while it is queued or under way", () => {
  const phase = armed({ job: { ...RUNNING, asked: 40 }, queuedAsked: 50 });
  assertEquals([40, 50, 60].map((ticket) => hasAskedRun(phase, ticket)), [true, true, false]);
  assertEquals([hasAskedRun(UP, 40), hasAskedRun(armed(), 40)], [false, false]);
  const jobOf = (each: Phase) => jobOfProcess(each, 7)?.kind;
  assertEquals([phase, armed(), UP].map(jobOf), ["running", undefined, undefined]);
  assertEquals(jobOfProcess(armed({ job: { kind: "launching", asked: 40 } }), 7)?.asked, 40);
});
