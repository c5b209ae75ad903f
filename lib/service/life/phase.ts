/**
 * Where a service is in its life. Each phase holds exactly what is true in it: a pid exists only
 * where a process does, a deadline only where something is awaited, so both vanish with the phase.
 *
 *   down ──start──▶ waiting ──prerequisites──▶ launching ──spawned──▶ starting ──started──▶ up ──exit──▶ done
 *                                                  │                     │                  │
 *                                                  └──────────▶ failed ◀─┴── stopping ◀─────┘──▶ backoff ──▶ waiting
 *
 * Before `done`, `failed`, `backoff` and the `down` of a stop, a service with `on_stop` is `finishing`.
 * What is scheduled or listens is `armed` instead: its processes come and go within that phase.
 *
 * Times are milliseconds of the monotonic clock.
 */
import type { ExitStatus } from "../../base/exit_status.ts";
import type { StopStep } from "../../config/model.ts";
import { type DueMoment, type Job, jobPids, jobsOf, nextDeadline } from "./job.ts";
import type { StopReason } from "./stop_reason.ts";

/** Why a service is not started, in the words of the message that reported it. */
export interface Failure {
  readonly text: string;
  /** What chaperone's exit status becomes where this ends the container. */
  readonly exitCode: number;
  /** Reported upstream as ERRNO= where it is known. */
  readonly errno?: number;
  /** `ignore_failures`: dependents that ask for no success go on as if it had started. */
  readonly ignored: boolean;
  /** The same in the words of 0.3.9, for debug messages. */
  readonly formerText?: string;
  /** The policy wanted restarts and has come to its end, for this reason. */
  readonly givenUp?: string;
}

/** What follows once the last process of a stopping service is gone. */
export type AfterStop =
  /** With `on_stop`, at the end of the container: until when that should be over. */
  | { readonly kind: "down"; readonly byMs?: number; readonly because?: string }
  | { readonly kind: "start" }
  | { readonly kind: "fail"; readonly failure: Failure; readonly status?: ExitStatus }
  /** It sleeps until somebody connects. */
  | { readonly kind: "sleep" }
  /** Its process had ended in order. */
  | { readonly kind: "well"; readonly status: ExitStatus }
  | {
    readonly kind: "judge";
    readonly status: ExitStatus;
    readonly upMs: number;
    /**
     * What was wrong while the process still ran; its own end, if abnormal, then gives the status.
     */
    readonly why?: string;
    /** The service has told its status itself, which its end does not change. */
    readonly isReported?: true;
    /** Restart even where the policy is never to: `health` asks for it by its action. */
    readonly wanted?: boolean;
  };

export type Phase =
  /** Not started, or stopped; `because`: what it requires is not there, and starts it once it is. */
  | { readonly kind: "down"; readonly because?: string }
  /** Wanted, and something it needs is not there yet. */
  | {
    readonly kind: "waiting";
    readonly awaiting: "prerequisites" | "idle" | "external";
    readonly sinceMs: number;
    readonly deadlineMs?: number;
  }
  /**
   * Its process is being started: without a pid, in this very turn; with one, it is not the program
   * yet.
   */
  | { readonly kind: "launching"; readonly sinceMs: number; readonly pid?: number }
  /** A process runs, or has ended in time, and is not yet what 'started' means for the type. */
  | {
    readonly kind: "starting";
    readonly awaiting: "pause" | "exit" | "pidfile" | "ready" | "probe";
    /**
     * Absent where the launched process has ended: a forking launcher, a daemon that left its pid
     * in a file.
     */
    readonly pid?: number;
    readonly sinceMs: number;
    readonly deadlineMs: number;
    /** Only with "pidfile": when the whole wait ends, and the pause before the next look. */
    readonly giveUpMs?: number;
    readonly pollMs?: number;
    /** The pid was named by the service itself. */
    readonly attached?: boolean;
    /** How the launched process ended, where that was in order. */
    readonly ended?: ExitStatus;
    /** Only with "probe": what its last try saw. */
    readonly seen?: string;
  }
  /** Started. Without a pid: a daemon that left no pidfile. */
  | {
    readonly kind: "up";
    readonly pid?: number;
    readonly attached: boolean;
    readonly sinceMs: number;
    /** With a watchdog: when the service must have spoken. */
    readonly watchdogDueMs?: number;
    /**
     * `ignore_failures` has let it pass although it was not what 'started' means: what was missing.
     */
    readonly missed?: string;
  }
  /** Scheduled or listening; what runs comes and goes without another phase. */
  | {
    readonly kind: "armed";
    readonly sinceMs: number;
    /** Only for cron services, where one is due or runs. */
    readonly job?: Job;
    /** With `overlap: parallel`: those beside it; `job` is the one that something happened to last. */
    readonly besides?: readonly Job[];
    /** Another job follows as soon as this one has ended. */
    readonly isQueued?: true;
    /** The ticket of that job, where somebody asked for it, or when it was due. */
    readonly queuedAsked?: number;
    readonly queuedDue?: DueMoment;
    /**
     * There is no schedule: somebody asked for this one job of a service that was at rest, and
     * there it returns.
     */
    readonly isOnce?: "done" | "down";
    /** Nothing is scheduled any more: the service is done with this job. */
    readonly isLast?: true;
  }
  /** Started, and its process has ended normally. */
  | { readonly kind: "done"; readonly status: ExitStatus }
  /** Told to end, or its leftovers are being ended. */
  | {
    readonly kind: "stopping";
    readonly pid?: number;
    /** The pid was named by the service itself. */
    readonly attached?: boolean;
    readonly strays: readonly number[];
    readonly steps: readonly StopStep[];
    /** Which step has been taken last. */
    readonly step: number;
    readonly sinceMs: number;
    /** Absent after the last step: only the end of the processes is awaited. */
    readonly deadlineMs?: number;
    /** Jobs that ran beside its own process, and are signalled with it. */
    readonly besides?: readonly number[];
    readonly then: AfterStop;
    /** Somebody asked for this very service to stop. */
    readonly requested: boolean;
    /** Why chaperone ends it; absent for what a process left behind. */
    readonly reason?: StopReason;
  }
  /** Nothing of it lives any more but `on_stop`, at whose end, or at the deadline, it goes on. */
  | {
    readonly kind: "finishing";
    readonly sinceMs: number;
    readonly deadlineMs: number;
    readonly hookPid?: number;
    readonly then: AfterStop;
  }
  /** A restart is due at the deadline. */
  | { readonly kind: "backoff"; readonly deadlineMs: number }
  | {
    readonly kind: "failed";
    readonly failure: Failure;
    readonly status?: ExitStatus;
    /** The failure is that of a prerequisite: the service itself was not even tried. */
    readonly inherited?: boolean;
  };

/** How a run ended that somebody asked for. */
export interface AskedRunEnd {
  readonly ticket: number;
  readonly status: ExitStatus;
  /** Whether it counts as a success. */
  readonly normal: boolean;
  /** Why it failed, where there is more to say than the status. */
  readonly text?: string;
}

export interface ServiceState {
  readonly phase: Phase;
  readonly enabled: boolean;
  /**
   * The start under way is a restart: its failure is one more abnormal exit, never a system
   * failure.
   */
  readonly restarting: boolean;
  readonly restartsUsed: number;
  /** Restarts since chaperone began, for `telchap status` and metrics. */
  readonly restartsTotal: number;
  /** The process last seen, kept after its end. */
  readonly lastPid?: number;
  readonly lastStatus?: ExitStatus;
  /** The last run that somebody asked for and that has come to its end. */
  readonly askedRun?: AskedRunEnd;
  /**
   * Why chaperone ended that process, if it did, in a few words: `unhealthy: tcp db:1: refused`.
   */
  readonly lastCause?: string;
  /** When that process was launched, and how long it ran once it has ended. */
  readonly launchedMs?: number;
  readonly ranMs?: number;

  /** Its program has run, and `on_stop` has not followed yet. */
  readonly toFinish?: true;

  /** Why it is disabled, where that was not asked for. */
  readonly disabledBecause?: string;

  // What the running process has said about itself; forgotten at the next launch.

  /** Free text (STATUS= of the notify protocol). */
  readonly note?: string;
  /** RELOADING=1 or STOPPING=1. */
  readonly announced?: "reloading" | "stopping";
  /** ERRNO=: what it could not go on for. */
  readonly reportedErrno?: number;
  /** WATCHDOG_USEC=: overrides the configured watchdog; 0 turns it off. */
  readonly watchdogMs?: number;
  /** What the `health` probe says; absent until it has passed or failed for good. */
  readonly health?: "healthy" | "unhealthy";
  /** What that probe saw when it failed. */
  readonly healthSeen?: string;
  /** Why its restarts came to an end, and how many there were. */
  readonly gaveUp?: { readonly reason: string; readonly used: number };
}

/** Returns a state without what a former process said about itself. */
export function forgetProcess(state: ServiceState): ServiceState {
  const { note: _n, announced: _a, watchdogMs: _w, health: _h, ranMs: _r, ...rest } = state;
  const { healthSeen: _s, gaveUp: _g, reportedErrno: _e, lastCause: _c, ...kept } = rest;
  return kept;
}

/** Returns the state of a service nothing has happened to. */
export function initialState(enabled: boolean): ServiceState {
  return {
    phase: { kind: "down" },
    enabled,
    restarting: false,
    restartsUsed: 0,
    restartsTotal: 0,
  };
}

/** Returns the service's own process, where one is known and lives. */
export function mainPid(phase: Phase): number | undefined {
  switch (phase.kind) {
    case "launching":
    case "starting":
    case "up":
    case "stopping":
      return phase.pid;
    case "armed":
      return jobPids(phase)[0];
    default:
      return undefined;
  }
}

/** Returns that process, or those of the jobs that run side by side. */
export function ownPids(phase: Phase): readonly number[] {
  if (phase.kind === "armed") return jobPids(phase);
  const pid = mainPid(phase);
  return pid === undefined ? [] : [pid];
}

/** Returns the processes whose end a stop awaits, the service's own one left out. */
export function awaitedStrays(phase: Phase): readonly number[] {
  if (phase.kind === "stopping") return phase.strays;
  if (phase.kind !== "armed") return [];
  return jobsOf(phase).flatMap((job) => job.kind === "ending" ? job.strays : []);
}

/** Whether what the service depends on decides what comes next. */
export function awaitsPrerequisites(phase: Phase): boolean {
  if (phase.kind === "armed") return jobsOf(phase).some(({ kind }) => kind === "waiting");
  return phase.kind === "waiting" && phase.awaiting === "prerequisites";
}

/** Returns when the phase wants a `deadline` event, if ever. */
export function deadlineOf(phase: Phase): number | undefined {
  switch (phase.kind) {
    case "waiting":
    case "stopping":
      return phase.deadlineMs;
    case "starting":
    case "finishing":
    case "backoff":
      return phase.deadlineMs;
    case "up":
      return phase.watchdogDueMs;
    case "armed":
      return nextDeadline(phase);
    default:
      return undefined;
  }
}

/** Whether dependents may go on, when they await no particular condition. */
export function isStarted(phase: Phase): boolean {
  switch (phase.kind) {
    case "up":
    case "armed":
    case "done":
      return true;
    case "failed":
      return phase.failure.ignored;
    default:
      return false;
  }
}

/** Whether the service is on its way down, be it only to begin anew. */
export function isEnding(
  phase: Phase,
): phase is Extract<Phase, { kind: "stopping" | "finishing" }> {
  return phase.kind === "stopping" || phase.kind === "finishing";
}

/** Whether a stop waits for the end of those that require the service. */
export function awaitsAbove(phase: Phase): boolean {
  return phase.kind === "stopping" && phase.steps[phase.step]?.signal === ABOVE_STEP;
}

/** In place of a signal: the step in which those that require the service are stopped. */
export const ABOVE_STEP = -1;

/** Whether a stop waits for the end of the connections to the service. */
export function isDraining(phase: Phase): boolean {
  return phase.kind === "stopping" && phase.steps[phase.step]?.signal === DRAIN_STEP;
}

/** In place of a signal: the step in which the service finishes what it has begun. */
export const DRAIN_STEP = -2;

/** Whether nothing of the service lives or is about to: what a shutdown waits for. */
export function isGone(phase: Phase): boolean {
  return phase.kind === "down" || phase.kind === "done" || phase.kind === "failed";
}

/** Whether a start attempt has come to an end, one way or the other. */
export function isSettled(phase: Phase): boolean {
  return isStarted(phase) || phase.kind === "failed" || phase.kind === "down";
}

/** Whether the service is about to start without having a process yet. */
export function isPending(phase: Phase): boolean {
  if (phase.kind === "armed" && phase.isOnce) return mainPid(phase) === undefined;
  return phase.kind === "waiting" || phase.kind === "backoff";
}

/** Whether the deadline of a phase may have processes ended: only then strays are looked for. */
export function deadlineEndsProcesses(phase: Phase): boolean {
  if (phase.kind === "waiting" || phase.kind === "backoff") return false;
  if (phase.kind === "finishing") return false;
  return phase.kind !== "starting" || (phase.awaiting !== "pause" && phase.awaiting !== "pidfile");
}
