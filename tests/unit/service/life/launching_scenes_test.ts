/** From the wish to start to a program that runs, event by event. */
import type { ServiceConfig } from "../../../../lib/config/model.ts";
import type { Event } from "../../../../lib/service/life/event.ts";
import {
  ARMED,
  deadline,
  FORCE,
  idle,
  launching,
  noLaunch,
  READY,
  START,
  stop,
  unmet,
} from "../events.ts";
import { testScenes } from "../transcript.ts";

const NOTIFY: Partial<ServiceConfig> = {
  type: "notify",
  processTimeoutMs: 2000,
  stopTimeoutMs: 1000,
};
const DATABASE = { kind: "tcp", host: "db", port: 5432, text: "tcp:db:5432" } as const;
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

testScenes({
  "prerequisites are there when the idle delay has just passed": {
    config: {},
    given: [1000, START],
    acts: [
      [
        idle(1000),
        "phase={kind=launching sinceMs=1000}; debug: service a.service prerequisites satisfied; launch",
      ],
    ],
  },
  "prerequisites are there before the idle delay has passed": {
    config: {},
    given: [1000, START],
    acts: [
      [
        idle(1001),
        "phase={kind=waiting awaiting=idle sinceMs=1000 deadlineMs=1001}; debug: service a.service prerequisites satisfied",
      ],
      [READY, ""],
      [1, ""],
      [deadline(), "phase={kind=launching sinceMs=1001}; launch"],
    ],
  },
  "what waits for the outside watches it, and no longer once it is stopped": {
    config: { waitFor: [DATABASE] },
    given: [1000, START],
    acts: [
      [
        READY,
        "phase={kind=waiting awaiting=external sinceMs=1000}; debug: service a.service prerequisites satisfied; watch-external",
      ],
      [
        { kind: "external-failed", text: "db:5432 did not answer" },
        "phase={kind=failed failure={text=db:5432 did not answer exitCode=1 ignored=false}}; debug: a.service received exception during attempted start. Exception: db:5432 did not answer; debug: a.service notified waiters upon completion; start-failed {failure={text=db:5432 did not answer exitCode=1 ignored=false}}",
      ],
    ],
  },
  "a stop ends the watch": {
    config: { waitFor: [DATABASE] },
    given: [1000, START, READY],
    acts: [
      [deadline(), ""],
      [READY, ""],
      [unmet("late"), ""],
      [stop(), "phase={kind=down}; unwatch-external"],
    ],
  },
  "the outside answers": {
    config: { waitFor: [DATABASE] },
    given: [1000, START],
    acts: [
      [{ kind: "external-ready" }, ""],
      [{ kind: "external-failed", text: "early" }, ""],
      [
        READY,
        "phase={kind=waiting awaiting=external sinceMs=1000}; debug: service a.service prerequisites satisfied; watch-external",
      ],
      [{ kind: "external-ready" }, "phase={kind=launching sinceMs=1000}; launch"],
    ],
  },
  "listen alone does not make a service wait for a connection": {
    config: { listen: ["tcp:80"] },
    given: [1000, START],
    acts: [
      [
        READY,
        "phase={kind=launching sinceMs=1000}; debug: service a.service prerequisites satisfied; launch",
      ],
    ],
  },
  "on_demand without listen does not either": {
    config: { onDemand: true },
    given: [1000, START],
    acts: [
      [
        READY,
        "phase={kind=launching sinceMs=1000}; debug: service a.service prerequisites satisfied; launch",
      ],
    ],
  },
  "with both it is armed in place of launched": {
    config: { onDemand: true, listen: ["tcp:80"] },
    given: [1000, START],
    acts: [
      [
        READY,
        "phase={kind=launching sinceMs=1000}; debug: service a.service prerequisites satisfied; arm",
      ],
      [
        ARMED,
        "phase={kind=armed sinceMs=1000}; info: a.service is listening on tcp:80, starts with the first connection; debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
    ],
  },
  "a cron service without interval": {
    config: { type: "cron" },
    given: [1000],
    acts: [
      [
        START,
        "phase={kind=failed failure={text='interval' of a.service is missing; for example interval: \"0 4 * * *\" exitCode=1 errno=22 ignored=false}}; debug: a.service received exception during attempted start. Exception: 'interval' of a.service is missing; for example interval: \"0 4 * * *\"; debug: a.service notified waiters upon completion; start-failed {failure={text='interval' of a.service is missing; for example interval: \"0 4 * * *\" exitCode=1 errno=22 ignored=false}}",
      ],
    ],
  },
  "an inetd service without port": {
    config: { type: "inetd" },
    given: [1000, START],
    acts: [
      [
        READY,
        "phase={kind=failed failure={text='port' of a.service is missing, and so is 'listen'; for example port: 8080 exitCode=1 errno=22 ignored=false}}; debug: service a.service prerequisites satisfied; debug: a.service received exception during attempted start. Exception: 'port' of a.service is missing, and so is 'listen'; for example port: 8080; debug: a.service notified waiters upon completion; start-failed {failure={text='port' of a.service is missing, and so is 'listen'; for example port: 8080 exitCode=1 errno=22 ignored=false}}",
      ],
    ],
  },
  "an inetd service without port that may fail": {
    config: { type: "inetd", ignoreFailures: true },
    given: [1000, START],
    acts: [
      [
        READY,
        "phase={kind=failed failure={text='port' of a.service is missing, and so is 'listen'; for example port: 8080 exitCode=1 errno=22 ignored=true}}; debug: service a.service prerequisites satisfied; debug: a.service received exception during attempted start. Exception: 'port' of a.service is missing, and so is 'listen'; for example port: 8080; debug: a.service notified waiters upon completion; debug: service a.service ignoring failures. Exception: 'port' of a.service is missing, and so is 'listen'; for example port: 8080; warn: a.service could not be started, which ignore_failures passes over: 'port' of a.service is missing, and so is 'listen'; for example port: 8080",
      ],
    ],
  },
  "exit_kills is announced before the launch": {
    config: { exitKills: true },
    given: [1000, START],
    acts: [
      [
        READY,
        "phase={kind=launching sinceMs=1000}; debug: service a.service prerequisites satisfied; debug: system will be killed when '/bin/run' exits; warn: the container ends when '/bin/run' exits (exit_kills); launch",
      ],
    ],
  },
  "a program that cannot be executed": {
    config: {},
    given: [1000, START, READY],
    acts: [
      [launching(), "phase={kind=launching sinceMs=1000 pid=7}; lastPid=7; launchedMs=1000"],
      [
        noLaunch(7),
        "phase={kind=failed failure={text=not found exitCode=1 errno=2 ignored=false}}; debug: a.service received exception during attempted start. Exception: not found; debug: a.service notified waiters upon completion; start-failed {failure={text=not found exitCode=1 errno=2 ignored=false}}",
      ],
    ],
  },
  "a prerequisite has failed": {
    config: {},
    given: [1000, START],
    acts: [
      [
        unmet("db has failed"),
        "phase={kind=failed failure={text=db has failed exitCode=1 ignored=false} inherited=true}; debug: a.service received exception during attempted start. Exception: db has failed; debug: a.service notified waiters upon completion; start-failed {failure={text=db has failed exitCode=1 ignored=false}}",
      ],
      [READY, ""],
      [FORCE, "phase={kind=waiting awaiting=prerequisites sinceMs=1000}"],
    ],
  },
  "what a program says before the news that it runs": {
    config: NOTIFY,
    given: [1000, START, READY],
    acts: [
      [SAYS_READY, ""],
      [launching(), "phase={kind=launching sinceMs=1000 pid=7}; lastPid=7; launchedMs=1000"],
      [
        mainPid(9),
        "phase={kind=starting awaiting=ready pid=9 sinceMs=1000 deadlineMs=3000 attached=true}; lastPid=9; debug: a.service changing PID to 9 (from 7); attach {pid=9}",
      ],
    ],
  },
  "other news before that": {
    config: NOTIFY,
    given: [1000, START, READY, launching()],
    acts: [
      [deadline(), ""],
      [
        reported(3),
        "phase={kind=stopping pid=7 strays=[] steps=[15/1000 9] step=0 sinceMs=1000 then={kind=fail failure={text=a.service reported the error 3 (No such process) before it was ready exitCode=1 errno=3 ignored=false formerText=a.service failed with reported error <ProcStatus exit_status=3>}} requested=false reason={kind=fault why=its start has failed} deadlineMs=2000}; reportedErrno=3; debug: a.service received exception during attempted start. Exception: a.service failed with reported error <ProcStatus exit_status=3>; debug: a.service notified waiters upon completion; start-failed {failure={text=a.service reported the error 3 (No such process) before it was ready exitCode=1 errno=3 ignored=false formerText=a.service failed with reported error <ProcStatus exit_status=3>}}; debug: using SIGTERM to terminate a.service; signal {pid=7 signal=15}",
      ],
    ],
  },
  "a note before that": {
    config: NOTIFY,
    given: [1000, START, READY, launching()],
    acts: [
      [
        note("loading"),
        "phase={kind=starting awaiting=ready pid=7 sinceMs=1000 deadlineMs=3000}; note=loading",
      ],
    ],
  },
  "an announcement before that": {
    config: NOTIFY,
    given: [1000, START, READY, launching()],
    acts: [
      [
        { kind: "announced", what: "stopping" },
        "phase={kind=starting awaiting=ready pid=7 sinceMs=1000 deadlineMs=3000}; announced=stopping; debug: a.service says that it is stopping",
      ],
    ],
  },
  "a wish for time before that": {
    config: NOTIFY,
    given: [1000, START, READY, launching()],
    acts: [
      [more(3000), "phase={kind=starting awaiting=ready pid=7 sinceMs=1000 deadlineMs=4000}"],
    ],
  },
  "a watchdog before that": {
    config: NOTIFY,
    given: [1000, START, READY, launching()],
    acts: [
      [
        every(3000),
        "phase={kind=starting awaiting=ready pid=7 sinceMs=1000 deadlineMs=3000}; watchdogMs=3000",
      ],
      [
        SAYS_READY,
        "phase={kind=up pid=7 attached=false sinceMs=1000 watchdogDueMs=4000}; info: a.service started (pid 7); debug: a.service successfully started; debug: a.service notified waiters upon completion",
      ],
    ],
  },
  "a sign of life before that": {
    config: NOTIFY,
    given: [1000, START, READY, launching()],
    acts: [
      [ALIVE, "phase={kind=starting awaiting=ready pid=7 sinceMs=1000 deadlineMs=3000}"],
    ],
  },
});
