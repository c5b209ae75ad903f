/**
 * What a running service, or a probe of it, tells about itself: its notify messages, its watchdog,
 * its health. None of this is an exit; what amounts to one ends the process first and is judged
 * after that.
 */
import { describeExit, type ExitStatus, formatProcStatus } from "../../base/exit_status.ts";
import { describeErrno, ERRNO } from "../../base/errors.ts";
import { SIGNAL } from "../../base/signals.ts";
import type { StopStep } from "../../config/model.ts";
import { exitCause } from "../ending/exit_causes.ts";
import type { Event, EventOf } from "./event.ts";
import { describeProbe } from "./probe_text.ts";
import { failWithProcess } from "./start_failure.ts";
import { becomeUp, ownConditionMet } from "./starting.ts";
import { planStop } from "./stop_plan.ts";
import { stop } from "./stopping.ts";
import type { PhaseOf, Turn } from "./turn.ts";

/**
 * Takes what matters in every phase that has a process; false where the event is something else.
 */
export function takeNotice(turn: Turn, event: Event): boolean {
  switch (event.kind) {
    case "note": {
      const { note: _former, ...rest } = turn.state;
      turn.state = event.text === "" ? rest : { ...rest, note: event.text };
      return true;
    }
    case "announced":
      if (turn.state.announced === event.what) return true;
      turn.state = { ...turn.state, announced: event.what };
      turn.log("debug", `${turn.config.name} says that it is ${event.what}`);
      return true;
    case "ready":
      endReload(turn);
      return false;
    case "reported":
      if (event.errno !== undefined && event.errno !== 0) {
        turn.state = { ...turn.state, reportedErrno: event.errno };
      }
      return false;
    case "main-pid":
      takeMainPid(turn, event);
      return true;
    case "extend-timeout":
      extendTimeout(turn, event.ms);
      return true;
    case "set-watchdog":
      turn.state = { ...turn.state, watchdogMs: event.ms };
      rewindWatchdog(turn);
      return true;
    default:
      return false;
  }
}

/** Follows another process of the service from here on, as 0.3.9 does for MAINPID=. */
function takeMainPid(turn: Turn, event: EventOf<"main-pid">): void {
  const { phase } = turn.state;
  if (phase.kind !== "starting" && phase.kind !== "up") return;
  if (event.pid === phase.pid) return;
  const { name } = turn.config;
  turn.log("debug", `${name} changing PID to ${event.pid} (from ${phase.pid ?? "-"})`);
  turn.effect({ kind: "attach", pid: event.pid });
  turn.state = { ...turn.state, lastPid: event.pid };
  turn.phase({ ...phase, pid: event.pid, attached: true });
}

/**
 * However often a service asks for more time, it gets this many times what the configuration gives.
 */
export const EXTENSION_FACTOR = 10;

/**
 * A stop that ends the container keeps to its budget; a stop on request may take longer if it says
 * so. Neither lasts for ever: who never comes to an end is killed at last.
 */
function extendTimeout(turn: Turn, ms: number): void {
  const { phase } = turn.state;
  if (phase.kind !== "starting" && phase.kind !== "stopping") return;
  const limitMs = phase.kind === "starting" ? startLimitMs(turn, phase) : stopLimitMs(phase);
  const latestMs = phase.sinceMs + EXTENSION_FACTOR * limitMs;
  const atLeastMs = Math.min(turn.nowMs + ms, latestMs);
  if (phase.kind === "starting") {
    if (phase.awaiting === "pidfile") {
      turn.phase({ ...phase, giveUpMs: Math.max(phase.giveUpMs ?? 0, atLeastMs) });
    } else if (phase.awaiting !== "pause") {
      turn.phase({ ...phase, deadlineMs: Math.max(phase.deadlineMs, atLeastMs) });
    }
  } else if (phase.requested && phase.deadlineMs !== undefined) {
    turn.phase({ ...phase, deadlineMs: Math.max(phase.deadlineMs, atLeastMs) });
  }
}

function startLimitMs({ config }: Turn, { awaiting }: PhaseOf<"starting">): number {
  const { ready, processTimeoutMs } = config;
  return awaiting === "probe" ? ready?.timeoutMs ?? processTimeoutMs : processTimeoutMs;
}

function stopLimitMs({ steps }: PhaseOf<"stopping">): number {
  return steps.reduce((sum, { waitMs = 0 }) => sum + waitMs, 0);
}

/** READY=1 ends a reload, that of a service which is starting as well; see sd_notify(3). */
function endReload(turn: Turn): void {
  if (turn.state.announced !== "reloading") return;
  const { announced: _over, ...rest } = turn.state;
  turn.state = rest;
}

/** WATCHDOG=1 was heard, or its interval has changed. */
export function rewindWatchdog(turn: Turn): void {
  const { phase } = turn.state;
  if (phase.kind !== "up") return;
  const { watchdogDueMs: _past, ...rest } = phase;
  const intervalMs = turn.watchdogMs();
  turn.phase(
    intervalMs === undefined ? rest : { ...rest, watchdogDueMs: turn.nowMs + intervalMs },
  );
}

/** The service has been silent for too long, or has asked for this itself. */
export function watchdogExpired(
  turn: Turn,
  phase: PhaseOf<"up">,
  strays: readonly number[],
  why: string,
): void {
  const steps: StopStep[] = [
    { signal: SIGNAL.SIGABRT, waitMs: turn.stopBudgetMs(1) },
    { signal: SIGNAL.SIGKILL },
  ];
  endAndJudge(turn, phase, {
    why: `${turn.config.name} ${why}`,
    fault: `it ${why}`,
    strays,
    steps,
  });
}

/** How the text of an expired watchdog names its interval. */
export function silenceText(turn: Turn): string {
  return `did not send WATCHDOG=1 for ${(turn.watchdogMs() ?? 0) / 1000} s`;
}

/** ERRNO= or BUSERROR= before the service was ready: its start has failed, or with 0 has not. */
export function reportedWhileStarting(
  turn: Turn,
  phase: PhaseOf<"starting">,
  event: EventOf<"reported">,
): void {
  if (phase.awaiting !== "ready") return;
  const { name, ignoreFailures } = turn.config;
  if (turn.isNormal(event.status)) return ownConditionMet(turn, phase);
  const st = formatProcStatus(event.status);
  if (ignoreFailures) {
    turn.log("debug", `${name} (ignored) failure on start-up with result '${st}'`);
    const missed = `${reported(event)} before it was ready`;
    turn.log("warn", `${name} ${missed}, which ignore_failures passes over`);
    return becomeUp(turn, { pid: phase.pid, attached: phase.attached, missed });
  }
  const errno = event.errno ?? ERRNO.ENOEXEC;
  const text = `${name} ${reported(event)} before it was ready`;
  const formerText = `${name} failed with reported error ${st}`;
  failWithProcess(turn, phase.pid, event.strays, { ...turn.failure(text, 1, errno), formerText });
}

/** Completes a sentence that begins with the service. */
function reported({ errno, status }: EventOf<"reported">): string {
  if (errno !== undefined) return `reported the error ${errno} (${describeErrno(errno)})`;
  return `reported an error (${describeExit(status)})`;
}

/** ERRNO= or BUSERROR= of a service that is up counts as its exit (0.3.9). */
export function reportedWhileUp(
  turn: Turn,
  phase: PhaseOf<"up">,
  event: EventOf<"reported">,
): void {
  const { config } = turn;
  const normal = turn.isNormal(event.status);
  if (config.exitKills) {
    turn.tellExitKills("now");
    return turn.killSystem(event.status);
  }
  if (normal) return;
  turn.log("err", `${config.name} ${reported(event)}`);
  stop(turn, {
    pid: phase.pid,
    strays: event.strays,
    steps: planStop(config, turn.stopBudgetMs()),
    reason: { kind: "fault", why: `it ${reported(event)}` },
    then: {
      kind: "judge",
      status: event.status,
      upMs: turn.nowMs - phase.sinceMs,
      why: `${config.name} ${reported(event)}`,
      isReported: true,
    },
  });
}

/** The `health` probe passes. */
export function becomeHealthy(turn: Turn): void {
  if (turn.state.health === "unhealthy") turn.log("info", `${turn.config.name} is healthy again`);
  const { healthSeen: _over, ...rest } = turn.state;
  turn.state = { ...rest, health: "healthy" };
}

/** The `health` probe has failed as often in a row as it may. */
export function becomeUnhealthy(
  turn: Turn,
  phase: PhaseOf<"up">,
  event: EventOf<"unhealthy">,
): void {
  const { name, health } = turn.config;
  const what = health === undefined ? event.seen : `${describeProbe(health.probe)}: ${event.seen}`;
  const now = `${name} is unhealthy: ${event.seen}`;
  turn.state = { ...turn.state, health: "unhealthy", healthSeen: event.seen };
  switch (health?.action) {
    case "restart":
      return endAndJudge(turn, phase, {
        now,
        why: `${name} was unhealthy (${what})`,
        fault: `it was unhealthy (${what})`,
        strays: event.strays,
        steps: planStop(turn.config, turn.stopBudgetMs()),
        wanted: true,
      });
    case "shutdown": {
      turn.log("err", now);
      const { exitCode, reason } = exitCause("unhealthy", { service: name, what });
      return turn.effect({ kind: "kill-system", exitCode, reason });
    }
    default:
      return turn.log("warn", now);
  }
}

interface Ending {
  /** What is said at once; absent: `why`. */
  readonly now?: string;
  /** What has led to it, as a sentence of the past. */
  readonly why: string;
  /** The same, said of `it`. */
  readonly fault: string;
  readonly strays: readonly number[];
  readonly steps: readonly StopStep[];
  readonly wanted?: boolean;
}

/** Ends a process that does not do its work; the restart rules come after that. */
function endAndJudge(turn: Turn, phase: PhaseOf<"up">, ending: Ending): void {
  turn.log("err", ending.now ?? ending.why);
  const status: ExitStatus = { kind: "exited", code: 1 };
  stop(turn, {
    pid: phase.pid,
    strays: ending.strays,
    steps: ending.steps,
    reason: { kind: "fault", why: ending.fault },
    then: {
      kind: "judge",
      status,
      upMs: turn.nowMs - phase.sinceMs,
      why: ending.why,
      ...(ending.wanted === undefined ? {} : { wanted: ending.wanted }),
    },
  });
}
