/** What is asked of a phase, for one of each kind. */
import { assertEquals } from "@std/assert";
import {
  ABOVE_STEP,
  awaitedStrays,
  awaitsAbove,
  awaitsPrerequisites,
  deadlineEndsProcesses,
  deadlineOf,
  initialState,
  isEnding,
  isGone,
  isPending,
  isSettled,
  isStarted,
  mainPid,
  type Phase,
} from "../../../../lib/service/life/phase.ts";
import { jobEndCause } from "../../../../lib/service/life/job_end.ts";
import { describeProbe, describeSilence } from "../../../../lib/service/life/probe_text.ts";
import type { Probe } from "../../../../lib/config/model.ts";
import { test } from "../../../test.ts";

const STATUS = { kind: "exited", code: 3 } as const;
const FAILURE = { text: "no", exitCode: 1, ignored: false };
const ENDING = { strays: [20], steps: [], step: 0, deadlineMs: 6 };

/**
 * Pid, deadline, strays that are awaited; `P` awaits prerequisites, `S` started, `G` gone, `E`
 * settled; cause.
 */
const PHASES: readonly (readonly [Phase, string])[] = [
  [{ kind: "down" }, "- - [] GE -"],
  [{ kind: "waiting", awaiting: "prerequisites", sinceMs: 0 }, "- - [] P -"],
  [{ kind: "waiting", awaiting: "idle", sinceMs: 0, deadlineMs: 1 }, "- 1 []  -"],
  [{ kind: "waiting", awaiting: "external", sinceMs: 0 }, "- - []  -"],
  [{ kind: "launching", sinceMs: 0, pid: 7 }, "7 - []  -"],
  [{ kind: "starting", awaiting: "pause", pid: 7, sinceMs: 0, deadlineMs: 2 }, "7 2 []  -"],
  [{ kind: "up", pid: 7, attached: false, sinceMs: 0, watchdogDueMs: 3 }, "7 3 [] SE -"],
  [{ kind: "up", attached: false, sinceMs: 0 }, "- - [] SE -"],
  [{ kind: "armed", sinceMs: 0 }, "- - [] SE -"],
  [{ kind: "armed", sinceMs: 0, job: { kind: "waiting" } }, "- - [] PSE -"],
  [
    { kind: "armed", sinceMs: 0, job: { kind: "delayed", deadlineMs: 4, isRetry: false } },
    "- 4 [] SE -",
  ],
  [
    { kind: "armed", sinceMs: 0, job: { kind: "running", pid: 8, sinceMs: 0, deadlineMs: 5 } },
    "8 5 [] SE -",
  ],
  [
    { kind: "armed", sinceMs: 0, job: { kind: "ending", pid: 8, ...ENDING, cause: "timeout" } },
    "8 6 [20] SE timeout",
  ],
  [{ kind: "armed", sinceMs: 0, job: { kind: "ending", ...ENDING } }, "- 6 [20] SE -"],
  [{ kind: "done", status: STATUS }, "- - [] SGE -"],
  [
    { kind: "stopping", pid: 7, ...ENDING, sinceMs: 0, then: { kind: "down" }, requested: true },
    "7 6 [20]  stop",
  ],
  [{ kind: "backoff", deadlineMs: 7 }, "- 7 []  -"],
  [{ kind: "failed", failure: FAILURE }, "- - [] GE -"],
  [{ kind: "failed", failure: { ...FAILURE, ignored: true } }, "- - [] SGE -"],
];

test("what is asked of each kind of phase", () => {
  for (const [phase, expected] of PHASES) {
    const flags = [
      awaitsPrerequisites(phase) ? "P" : "",
      isStarted(phase) ? "S" : "",
      isGone(phase) ? "G" : "",
      isSettled(phase) ? "E" : "",
    ];
    const told = [
      mainPid(phase) ?? "-",
      deadlineOf(phase) ?? "-",
      JSON.stringify(awaitedStrays(phase)),
      flags.join(""),
      jobEndCause(phase, mainPid(phase) ?? 7) ?? "-",
    ];
    assertEquals(told.join(" "), expected, JSON.stringify(phase));
  }
});

test("nothing has happened to a service at first", () => {
  assertEquals(initialState(true), {
    phase: { kind: "down" },
    enabled: true,
    restarting: false,
    restartsUsed: 0,
    restartsTotal: 0,
  });
});

const PROBES: readonly (readonly [Probe, string, string])[] = [
  [{ kind: "exec", argv: ["pg_isready", "-q"] }, "exec pg_isready -q", "no answer"],
  [{ kind: "tcp", host: "db", port: 5432 }, "tcp db:5432", "no answer"],
  [{ kind: "listen", port: 80 }, "listen 80", "no answer"],
  [{ kind: "file", path: "/run/up" }, "file /run/up", "no answer"],
  [{ kind: "log", pattern: "^ready" }, "log ^ready", "no such line"],
  [{ kind: "fd", fd: 3 }, "fd 3", "no newline"],
];

test("a probe is named as the configuration spells it, and what its silence means", () => {
  for (const [probe, text, silence] of PROBES) {
    assertEquals([describeProbe(probe), describeSilence(probe)], [text, silence]);
  }
});

const [SINCE, DOWN] = [{ sinceMs: 0 }, { kind: "down" }] as const;
const STEPS = [{ signal: ABOVE_STEP, waitMs: 1 }, { signal: 15, waitMs: 1 }];
const ASKED = { then: DOWN, requested: true } as const;
const STOPPING = { kind: "stopping", strays: [], steps: STEPS, ...SINCE, ...ASKED } as const;
const STARTING = { kind: "starting", ...SINCE, deadlineMs: 1 } as const;

/**
 * `E` on its way down, `A` waits for those that require it, `P` about to start without a process,
 * `D` its deadline may end processes.
 */
const TURNS: readonly (readonly [Phase, string])[] = [
  [{ kind: "waiting", awaiting: "idle", ...SINCE, deadlineMs: 1 }, "P"],
  [{ kind: "backoff", deadlineMs: 1 }, "P"],
  [{ kind: "launching", ...SINCE }, "D"],
  [{ ...STARTING, awaiting: "pause" }, ""],
  [{ ...STARTING, awaiting: "pidfile" }, ""],
  [{ ...STARTING, awaiting: "ready" }, "D"],
  [{ ...STARTING, awaiting: "exit" }, "D"],
  [{ ...STARTING, awaiting: "probe" }, "D"],
  [{ kind: "up", attached: false, ...SINCE, watchdogDueMs: 1 }, "D"],
  [{ kind: "armed", ...SINCE }, "D"],
  [{ kind: "armed", ...SINCE, isOnce: "down", job: { kind: "waiting" } }, "PD"],
  [{ kind: "armed", ...SINCE, isOnce: "down", job: { kind: "launching", pid: 7 } }, "D"],
  [{ ...STOPPING, step: 0 }, "EAD"],
  [{ ...STOPPING, step: 1 }, "ED"],
  [{ ...STOPPING, step: 2 }, "ED"],
  [{ kind: "finishing", ...SINCE, deadlineMs: 1, then: DOWN }, "E"],
];

test("what a phase waits for, and whether its deadline may end processes", () => {
  for (const [phase, expected] of TURNS) {
    const flags = [
      isEnding(phase) ? "E" : "",
      awaitsAbove(phase) ? "A" : "",
      isPending(phase) ? "P" : "",
      deadlineEndsProcesses(phase) ? "D" : "",
    ];
    assertEquals(flags.join(""), expected, JSON.stringify(phase));
  }
});
