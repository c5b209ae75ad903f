/**
 * The life of a service as a pure function: state and event in, next state and effects out.
 *
 * Invariants, which tests/unit/service/life/walk_test.ts checks on random walks:
 * - a service never has two processes of its own: `launch` is only asked for where none lives;
 * - a signal goes only to the phase's own pid or to strays that the event named;
 * - an event about a pid that is not the phase's is ignored, except as news about strays;
 * - every stop ends: its last step is SIGKILL;
 * - every start ends: `starting` always has a deadline, and a launch ends by that of the system.
 *
 * The types differ only in what makes them started (starting.ts) and in what an exit means
 * (exits.ts).
 */
import { describeErrno } from "../../base/errors.ts";
import { COMMAND_NAME } from "../../base/service_name.ts";
import { commandCause } from "../ending/command_failure.ts";
import { armed, becomeArmed } from "./armed.ts";
import { runOnce } from "./asked_run.ts";
import { asExit, type Effect, type Event, type EventOf } from "./event.ts";
import { finishing } from "./finishing.ts";
import { exitedWhileStarting, exitedWhileUp, exitKills, judge } from "./exits.ts";
import {
  becomeHealthy,
  becomeUnhealthy,
  reportedWhileStarting,
  reportedWhileUp,
  rewindWatchdog,
  silenceText,
  takeNotice,
  watchdogExpired,
} from "./notices.ts";
import {
  type AfterStop,
  awaitsAbove,
  type Failure,
  isDraining,
  type Phase,
  type ServiceState,
} from "./phase.ts";
import {
  afterIdle,
  arm,
  awaitPrerequisites,
  awaitStart,
  deadlineWhileStarting,
  hasEndedWell,
  launch,
  ownConditionMet,
  pidfileRead,
  prerequisitesReady,
  probed,
  stayDown,
} from "./starting.ts";
import { failStart, failWithProcess } from "./start_failure.ts";
import {
  deadlineWhileStopping,
  exitedWhileStopping,
  goOnStopping,
  sleep,
  stopAgain,
  stopOnEvent,
} from "./stopping.ts";
import { type PhaseOf, type StepContext, Turn } from "./turn.ts";

export interface StepResult {
  readonly state: ServiceState;
  readonly effects: readonly Effect[];
}

/** Carries one event through one service. */
export function step(state: ServiceState, event: Event, context: StepContext): StepResult {
  const turn = new Turn(state, context);
  take(turn, event);
  while (turn.follow) {
    const follow = turn.follow;
    turn.follow = undefined;
    afterStop(turn, follow);
  }
  return { state: turn.state, effects: turn.effects };
}

function take(turn: Turn, event: Event): void {
  if (event.kind === "reset") turn.log("debug", `${turn.config.name} received reset`);
  if (event.kind === "enable" || event.kind === "disable") {
    const { disabledBecause: _former, ...rest } = turn.state;
    const because = event.kind === "disable" ? event.because : undefined;
    turn.state = {
      ...rest,
      enabled: event.kind === "enable",
      ...(because === undefined ? {} : { disabledBecause: because }),
    };
    return;
  }
  const phase: Phase = turn.state.phase;
  switch (phase.kind) {
    case "down":
    case "done":
    case "failed":
      return atRest(turn, phase, event);
    case "waiting":
      return waiting(turn, phase, event);
    case "launching":
      return launching(turn, phase, event);
    case "starting":
      return starting(turn, phase, event);
    case "up":
      return up(turn, phase, event);
    case "armed":
      return armed(turn, phase, event);
    case "stopping":
      return stopping(turn, phase, event);
    case "finishing":
      return finishing(turn, phase, event);
    case "backoff":
      return backoff(turn, event);
    default:
      return phase satisfies never;
  }
}

// One function a phase. Each lists the events it acts on; no other can matter in that phase.

function atRest(turn: Turn, phase: PhaseOf<"down" | "done" | "failed">, event: Event): void {
  switch (event.kind) {
    case "start":
      if (phase.kind === "down" || event.force) awaitPrerequisites(turn, { restarting: false });
      return;
    case "run-asked":
      if (turn.config.type === "cron") return runOnce(turn, event.ticket);
      if (turn.config.type === "oneshot") awaitPrerequisites(turn, { restarting: false });
      return;
    case "stop":
      turn.removePidfile();
      if (event.strays.length > 0) {
        return stopOnEvent(turn, undefined, event);
      }
      return turn.rest();
    case "reset": {
      const { gaveUp: _forgotten, ...rest } = turn.state;
      turn.state = rest;
      turn.removePidfile();
      return turn.rest();
    }
    default:
      return;
  }
}

function waiting(turn: Turn, phase: PhaseOf<"waiting">, event: Event): void {
  switch (event.kind) {
    case "prerequisites-ready":
      if (phase.awaiting !== "prerequisites") return;
      return prerequisitesReady(turn, event);
    case "prerequisite-failed":
      if (phase.awaiting !== "prerequisites") return;
      return failStart(turn, event.failure, true);
    case "requirement-missing":
      if (phase.awaiting === "prerequisites") stayDown(turn, event.text);
      return;
    case "deadline":
      if (phase.awaiting === "idle") return afterIdle(turn);
      return;
    case "external-ready":
      if (phase.awaiting === "external") launch(turn);
      return;
    case "external-failed":
      if (phase.awaiting !== "external") return;
      return failStart(turn, turn.failure(event.text, 1));
    case "stop":
    case "reset":
      if (phase.awaiting === "external") turn.effect({ kind: "unwatch-external" });
      return turn.rest(event.kind === "stop" ? event.because : undefined);
    default:
      return;
  }
}

function launching(turn: Turn, phase: PhaseOf<"launching">, event: Event): void {
  const { pid } = phase;
  switch (event.kind) {
    case "spawned":
      turn.state = { ...turn.state, lastPid: event.pid, launchedMs: turn.nowMs };
      if (event.isLaunching) return turn.phase({ ...phase, pid: event.pid });
      return awaitStart(turn, event.pid);
    case "launched":
      return event.pid === pid ? awaitStart(turn, pid) : undefined;
    case "launch-failed":
      return event.pid === pid ? failLaunch(turn, event) : undefined;
    case "spawn-failed":
    case "arm-failed":
      return failLaunch(turn, event);
    case "armed":
      return becomeArmed(turn);
    case "stop":
      return stopOnEvent(turn, pid, event);
    case "ready":
    case "main-pid":
    case "reported":
    case "note":
    case "announced":
    case "extend-timeout":
    case "set-watchdog":
    case "alive":
    case "probed":
      return spokenWhileLaunching(turn, pid, event);
    default:
      return;
  }
}

/**
 * Only a program that runs says such things: the news of it is still under way. One of an earlier
 * launch may have said it, so that the news may still be bad.
 */
function spokenWhileLaunching(turn: Turn, pid: number | undefined, event: Event): void {
  if (pid === undefined) return;
  awaitStart(turn, pid);
  take(turn, event);
}

/**
 * Whoever gave a command waits for its end: without it the container ends, as a shell would tell
 * it.
 */
function failLaunch(
  turn: Turn,
  event: EventOf<"launch-failed" | "spawn-failed" | "arm-failed">,
): void {
  const { name, argv } = turn.config;
  if (name !== COMMAND_NAME) return failStart(turn, launchFailure(turn, event));
  const cause = commandCause(argv[0] ?? "", event);
  const failure = turn.failure(cause.reason, cause.exitCode, event.errno);
  turn.phase({ kind: "failed", failure: { ...failure, ignored: false } });
  turn.effect({ kind: "kill-system", ...cause });
}

function launchFailure(
  turn: Turn,
  { text, errno }: EventOf<"launch-failed" | "spawn-failed" | "arm-failed">,
): Failure {
  const failure = turn.failure(text, 1, errno);
  if (errno === undefined || !text.startsWith(describeErrno(errno))) return failure;
  return { ...failure, formerText: `[Errno ${errno}] ${text}` };
}

function starting(turn: Turn, phase: PhaseOf<"starting">, event: Event): void {
  if (takeNotice(turn, event)) return;
  switch (event.kind) {
    case "exited":
      if (event.pid === phase.pid) exitedWhileStarting(turn, phase, event);
      return;
    case "launch-failed":
      if (event.pid !== phase.pid) return;
      return failWithProcess(turn, undefined, event.strays, launchFailure(turn, event));
    case "deadline":
      return deadlineWhileStarting(turn, phase, event);
    case "pidfile":
      if (phase.awaiting === "pidfile") pidfileRead(turn, phase, event);
      return;
    case "ready":
      if (phase.awaiting === "ready") ownConditionMet(turn, phase);
      return;
    case "probed":
      if (phase.awaiting === "probe") probed(turn, phase, event);
      return;
    case "reported":
      return reportedWhileStarting(turn, phase, event);
    case "stop":
      return stopOnEvent(turn, phase.pid, event);
    default:
      return;
  }
}

function up(turn: Turn, phase: PhaseOf<"up">, event: Event): void {
  if (takeNotice(turn, event)) return;
  switch (event.kind) {
    case "exited":
      if (event.pid === phase.pid) exitedWhileUp(turn, phase, event);
      return;
    case "launch-failed":
      if (event.pid === phase.pid) exitedWhileUp(turn, phase, asExit(event));
      return;
    case "stop":
      return stopOnEvent(turn, phase.pid, event);
    case "start":
      turn.log("debug", `service ${turn.config.name} already started.  further starts ignored.`);
      return;
    case "alive":
      return rewindWatchdog(turn);
    case "deadline":
      return watchdogExpired(turn, phase, event.strays, silenceText(turn));
    case "idle":
      return sleep(turn, phase.pid, event.strays);
    case "watchdog-trigger":
      return watchdogExpired(turn, phase, event.strays, "sent WATCHDOG=trigger");
    case "reported":
      return reportedWhileUp(turn, phase, event);
    case "healthy":
      return becomeHealthy(turn);
    case "unhealthy":
      // A service that is on its way down need not answer.
      if (turn.state.announced !== "stopping") becomeUnhealthy(turn, phase, event);
      return;
    default:
      return;
  }
}

function stopping(turn: Turn, phase: PhaseOf<"stopping">, event: Event): void {
  if (takeNotice(turn, event)) return;
  switch (event.kind) {
    case "exited":
      return exitedWhileStopping(turn, phase, event);
    case "launch-failed":
      return exitedWhileStopping(turn, phase, asExit(event));
    case "deadline":
      return deadlineWhileStopping(turn, phase, event);
    case "start":
      turn.phase({ ...phase, then: { kind: "start" } });
      return;
    case "stop":
      return stopAgain(turn, phase, event);
    case "above-gone":
      if (awaitsAbove(phase)) goOnStopping(turn, phase);
      return;
    case "drained":
      if (isDraining(phase)) goOnStopping(turn, phase);
      return;
    default:
      return;
  }
}

function backoff(turn: Turn, event: Event): void {
  switch (event.kind) {
    case "deadline":
      turn.state = { ...turn.state, restartsTotal: turn.state.restartsTotal + 1 };
      return awaitPrerequisites(turn, { restarting: true });
    case "start":
      return awaitPrerequisites(turn, { restarting: false });
    case "stop":
      return turn.rest(event.because);
    case "reset":
      return turn.rest();
    default:
      return;
  }
}

function afterStop(turn: Turn, then: AfterStop): void {
  switch (then.kind) {
    case "down":
      turn.removePidfile();
      return turn.rest(then.because);
    case "start":
      turn.removePidfile();
      turn.state = { ...turn.state, restartsUsed: 0 };
      return awaitPrerequisites(turn, { restarting: false });
    case "fail": {
      const { failure, status } = then;
      return turn.phase({ kind: "failed", failure, ...(status === undefined ? {} : { status }) });
    }
    case "sleep":
      turn.state = { ...turn.state, restartsUsed: 0 };
      return arm(turn);
    case "well":
      return hasEndedWell(turn, then.status);
    case "judge":
      if (turn.config.exitKills) return exitKills(turn, then.status, then.why);
      return judge(turn, then);
    default:
      return then satisfies never;
  }
}
