/**
 * The way down: the steps of a stop plan are taken one after another until the process and all that
 * it left behind are gone. What then follows is left to step.ts.
 */
import { describeExit, type ExitStatus } from "../../base/exit_status.ts";
import { formatHumanDuration } from "../../base/duration.ts";
import { SIGNAL, signalName } from "../../base/signals.ts";
import type { StopStep } from "../../config/model.ts";
import type { EventOf } from "./event.ts";
import { settle } from "./finishing.ts";
import { ABOVE_STEP, type AfterStop, DRAIN_STEP, isDraining, type Phase } from "./phase.ts";
import { planStop, STOP_COMMAND_STEP } from "./stop_plan.ts";
import { describeStopReason, type StopReason } from "./stop_reason.ts";
import type { PhaseOf, Turn } from "./turn.ts";

/** Killed processes that another one must reap are looked for again after this long. */
export const STRAY_RECHECK_MS = 200;

export interface StopOrder {
  readonly pid: number | undefined;
  readonly strays: readonly number[];
  readonly steps: readonly StopStep[];
  readonly then: AfterStop;
  readonly requested?: boolean;
  /** Absent for what a process left behind. */
  readonly reason?: StopReason;
  /** Those of the strays that are jobs, and are signalled with the process. */
  readonly besides?: readonly number[];
}

/** Begins to end a process and what else is named. With neither, what follows comes at once. */
export function stop(turn: Turn, order: StopOrder): void {
  const { pid, strays } = order;
  if (pid === undefined && strays.length === 0) {
    return finishStop(turn, order.then, turn.nowMs, false);
  }
  const { phase } = turn.state;
  const attached = (phase.kind === "up" || phase.kind === "starting") && phase.attached;
  takeStep(turn, {
    kind: "stopping",
    ...(pid === undefined ? {} : { pid }),
    ...(attached && pid !== undefined ? { attached } : {}),
    strays,
    steps: order.steps,
    step: 0,
    sinceMs: turn.nowMs,
    then: order.then,
    requested: order.requested ?? false,
    ...(order.besides === undefined || order.besides.length === 0
      ? {}
      : { besides: order.besides }),
    ...(order.reason === undefined ? {} : { reason: order.reason }),
  });
}

/** Begins to put a service to sleep to which nobody is connected. */
export function sleep(
  turn: Turn,
  pid: number | undefined,
  strays: readonly number[],
): void {
  const { name, idleTimeoutMs = 0 } = turn.config;
  const why = `nobody was connected for ${formatHumanDuration(idleTimeoutMs)}`;
  turn.log("info", `${name} is put to sleep: ${why}`);
  const steps = planStop(turn.config, turn.stopBudgetMs());
  stop(turn, { pid, strays, steps, then: { kind: "sleep" }, reason: { kind: "idle", why } });
}

/** Begins a stop that somebody asked for, or that the end of the container brings. */
export function stopOnEvent(
  turn: Turn,
  pid: number | undefined,
  event: EventOf<"stop">,
  besides: readonly number[] = [],
): void {
  const { cause, why } = event;
  stop(turn, {
    pid,
    strays: [...event.strays, ...besides],
    besides,
    steps: planStop(turn.config, event.budgetMs, {
      isAwaited: event.isAwaited ?? false,
      drain: turn.state.phase.kind !== "up" || pid === undefined ? "none" : drainAt(event),
    }),
    then: thenDown(turn, event),
    requested: cause === "request",
    reason: why === undefined ? { kind: cause } : { kind: cause, why },
  });
}

function drainAt({ cause }: EventOf<"stop">): "beside" | "within" {
  return cause === "shutdown" ? "within" : "beside";
}

/** At the end of the container one budget is for all, `on_stop` included. */
function thenDown(
  { config, nowMs }: Turn,
  { cause, budgetMs, because }: EventOf<"stop">,
): AfterStop {
  if (because !== undefined) return { kind: "down", because };
  const isBounded = cause === "shutdown" && config.hooks?.onStop !== undefined;
  return isBounded ? { kind: "down", byMs: nowMs + budgetMs } : { kind: "down" };
}

/** Sends the signal of the phase's step and sets the deadline that leads to the next. */
function takeStep(turn: Turn, phase: PhaseOf<"stopping">): void {
  const { deadlineMs: _past, ...rest } = phase;
  const action = phase.steps[phase.step] as StopStep;
  const waitMs = action.waitMs ?? (phase.pid === undefined ? STRAY_RECHECK_MS : undefined);
  turn.phase(waitMs === undefined ? rest : { ...rest, deadlineMs: turn.nowMs + waitMs });
  if (action.signal === ABOVE_STEP) return;
  if (action.signal === DRAIN_STEP) return beginDrain(turn, phase);
  if (action.signal === STOP_COMMAND_STEP) return turn.effect({ kind: "run-stop-command" });
  if (phase.pid !== undefined) {
    turn.log("debug", `using ${signalName(action.signal)} to terminate ${turn.config.name}`);
    return signalAll(turn, [phase.pid, ...phase.besides ?? []], action.signal);
  }
  signalAll(turn, phase.strays, action.signal);
}

/** Nobody new is sent to it, since it is not ready any more; who is connected is waited for. */
function beginDrain(turn: Turn, { pid }: PhaseOf<"stopping">): void {
  const { name, drainSignal } = turn.config;
  turn.log("info", `${name} drains: it is stopped once nobody is connected to it`);
  if (drainSignal === undefined || pid === undefined) return;
  turn.effect({ kind: "signal", pid, signal: drainSignal });
}

function signalAll(turn: Turn, pids: readonly number[], signal: number): void {
  for (const pid of pids) turn.effect({ kind: "signal", pid, signal });
}

/** Takes note of the end of the process itself, or of one of its leftovers. */
export function exitedWhileStopping(
  turn: Turn,
  phase: PhaseOf<"stopping">,
  event: EventOf<"exited">,
): void {
  const strays = event.strays;
  if (event.pid === phase.pid) {
    endedOnRequest(turn, phase, event);
    const then = judgedBy(turn, phase.then, event.status);
    if (strays.length === 0) return finishStop(turn, then, phase.sinceMs, wasKilled(phase));
    const { pid: _ended, ...rest } = phase;
    return endStrays(turn, { ...rest, strays, then });
  }
  if (phase.pid !== undefined) {
    if (phase.besides === undefined) return;
    return turn.phase({ ...phase, besides: phase.besides.filter((pid) => pid !== event.pid) });
  }
  if (strays.length === 0) return finishStop(turn, phase.then, phase.sinceMs, wasKilled(phase));
  turn.phase({ ...phase, strays });
  if (!wasKilled(phase)) return;
  // Found since: at this step there may be no deadline that would end them.
  const found = strays.filter((pid) => !phase.strays.includes(pid));
  signalAll(turn, found, SIGNAL.SIGKILL);
}

/**
 * A process that was ended because it did not do its work is judged by its end, unless that was in
 * order.
 */
function judgedBy(turn: Turn, then: AfterStop, status: ExitStatus): AfterStop {
  if (then.kind !== "judge" || then.why === undefined || then.isReported) return then;
  if (turn.isNormal(status)) return then;
  return { ...then, status };
}

function endedOnRequest(turn: Turn, phase: PhaseOf<"stopping">, event: EventOf<"exited">): void {
  const { name, exitKills } = turn.config;
  const seconds = Number(((turn.nowMs - phase.sinceMs) / 1000).toFixed(1));
  const late = wasKilled(phase) ? `it had not stopped after ${seconds} s` : undefined;
  const reason = phase.reason && describeStopReason(phase.reason);
  const cause = [reason, late].filter((text) => text !== undefined).join("; ");
  turn.noteExit(event.pid, event.status, cause === "" ? undefined : cause);
  if (phase.attached) turn.noteReturnCode(event.status);
  if (!phase.requested) return;
  if (!turn.isNormal(event.status)) turn.tellAbnormal(exitKills ? "warn" : "debug", event.status);
  // A stop that a start follows is a restart, and that does not end the container.
  if (!exitKills || phase.then.kind === "start") return;
  const what = `${name} ${describeExit(event.status)}`;
  turn.killSystem(event.status, late === undefined ? what : `${what}, since ${late}`);
}

/**
 * The process is gone and has left others: they get SIGTERM for what is left of the step's time.
 */
function endStrays(turn: Turn, phase: PhaseOf<"stopping">): void {
  const last = phase.step === phase.steps.length - 1;
  turn.phase(phase);
  if (last) return signalAll(turn, phase.strays, SIGNAL.SIGKILL);
  signalAll(turn, untold(phase, phase.strays), SIGNAL.SIGTERM);
}

/** Those of the strays that have not got the signal of the step with the process. */
function untold({ besides = [] }: PhaseOf<"stopping">, strays: readonly number[]): number[] {
  return strays.filter((pid) => !besides.includes(pid));
}

/** Whether strays that the deadline or the end of the main process names are killed at once. */
export function killsStrays(phase: Phase, at: "deadline" | "exited"): boolean {
  if (phase.kind !== "stopping") return false;
  return wasKilled(at === "deadline" ? { ...phase, step: nextStep(phase) } : phase);
}

/** The last step is taken again and again. */
function nextStep({ step, steps }: PhaseOf<"stopping">): number {
  return Math.min(step + 1, steps.length - 1);
}

/** Goes on to the next step of the plan. */
export function deadlineWhileStopping(
  turn: Turn,
  phase: PhaseOf<"stopping">,
  event: EventOf<"deadline">,
): void {
  if (phase.pid === undefined && event.strays.length === 0) {
    return finishStop(turn, phase.then, phase.sinceMs, wasKilled(phase));
  }
  const next = { ...phase, strays: event.strays, step: nextStep(phase) };
  takeStep(turn, next);
  if (!wasKilled(next) || phase.pid === undefined) return;
  signalAll(turn, untold(phase, event.strays), SIGNAL.SIGKILL);
}

/** Those that require the service, or those that were connected to it, are gone. */
export function goOnStopping(turn: Turn, phase: PhaseOf<"stopping">): void {
  takeStep(turn, { ...phase, step: phase.step + 1 });
}

/** A second stop gives up what was to follow the first, and may shorten its time. */
export function stopAgain(
  turn: Turn,
  phase: PhaseOf<"stopping">,
  event: EventOf<"stop">,
): void {
  const isCut = isDraining(phase) && event.cause === "shutdown";
  const latestMs = turn.nowMs + (isCut ? event.budgetMs / 2 : event.budgetMs);
  const isLast = phase.deadlineMs === undefined;
  const next: Phase = {
    ...phase,
    ...(isCut ? { steps: cutAfter(phase, planStop(turn.config, event.budgetMs / 2)) } : {}),
    then: phase.then.kind === "fail" ? phase.then : thenDown(turn, event),
    ...(isLast ? {} : { deadlineMs: Math.min(phase.deadlineMs, latestMs) }),
  };
  turn.phase(next);
}

/** Replaces what has not been done. */
function cutAfter({ steps, step }: PhaseOf<"stopping">, rest: readonly StopStep[]): StopStep[] {
  return [...steps.slice(0, step + 1), ...rest];
}

function finishStop(turn: Turn, then: AfterStop, sinceMs: number, killed: boolean): void {
  turn.effect({ kind: "stopped", tookMs: turn.nowMs - sinceMs, killed });
  if (then.kind === "down" || then.kind === "start") {
    turn.log("info", `${turn.config.name} stopped`);
  }
  settle(turn, then);
}

/**
 * Says how a stop has just gone beyond its time, so that SIGKILL had to end it; undefined where it
 * has not. What a crashed service left behind is no stop of its own.
 */
export function describeOverdue(before: Phase, after: Phase, nowMs: number): string | undefined {
  if (after.kind !== "stopping" || !after.reason || !wasKilled(after)) return undefined;
  if (before.kind === "stopping" && wasKilled(before)) return undefined;
  const hadTime = after.steps.slice(0, after.step).some(({ signal }) => signal !== ABOVE_STEP);
  if (!hadTime) return undefined;
  const took = formatHumanDuration(nowMs - after.sinceMs);
  return `had not stopped after ${took} and was killed; ${describeStopReason(after.reason)}`;
}

function wasKilled(phase: PhaseOf<"stopping">): boolean {
  return phase.steps[phase.step]?.signal === SIGNAL.SIGKILL;
}
