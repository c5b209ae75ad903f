/**
 * What the end of a process means for its service. Texts in messages are those of chaperone 0.3.9.
 */
import {
  describeExit,
  type ExitStatus,
  formatProcStatus,
  shellExitCode,
} from "../../base/exit_status.ts";
import { formatHumanDuration } from "../../base/duration.ts";
import { ERRNO } from "../../base/errors.ts";
import type { EventOf } from "./event.ts";
import { settle } from "./finishing.ts";
import type { AfterStop, Failure, ServiceState } from "./phase.ts";
import { decideRestart, matchesExit } from "./restart_policy.ts";
import { exitCause } from "../ending/exit_causes.ts";
import { announceFailure, isTriedAgain } from "./start_failure.ts";
import { afterOwnStart, endWell, follow } from "./starting.ts";
import { STRAY_STEPS } from "./stop_plan.ts";
import { stop } from "./stopping.ts";
import type { PhaseOf, Turn } from "./turn.ts";

type EndOf<K extends AfterStop["kind"]> = Extract<AfterStop, { kind: K }>;

export function exitedWhileStarting(
  turn: Turn,
  phase: PhaseOf<"starting">,
  event: EventOf<"exited">,
): void {
  const { status } = event;
  if (phase.awaiting === "probe" && event.successor !== undefined) {
    return followSuccessor(turn, phase, { ...event, successor: event.successor });
  }
  turn.noteExit(event.pid, status);
  if (turn.config.exitKills && turn.config.type !== "forking") {
    return settle(turn, { kind: "judge", status, upMs: 0 });
  }
  if (!turn.isNormal(status)) return failedAtStart(turn, event);
  switch (phase.awaiting) {
    case "pause":
      // A service that is always to run has not come to its end, however soon that was.
      if (turn.config.restart.when === "always") return clearStrays(turn, event, 0);
      return afterOwnStart(turn, undefined, status);
    case "exit":
      return afterOwnStart(turn, undefined, status);
    case "pidfile":
    case "ready":
    case "probe": {
      // The daemon proper may still write its pidfile, say READY=1, or begin to listen.
      const { pid: _gone, ...rest } = phase;
      turn.phase({ ...rest, ended: status });
      return;
    }
    default:
      return phase.awaiting satisfies never;
  }
}

export function failedAtStart(turn: Turn, event: EventOf<"exited">): void {
  const { name } = turn.config;
  const { status } = event;
  const result = `with result '${formatProcStatus(status)}'`;
  const text = `${name} ${describeExit(status)} before it had started`;
  const formerText = `${name} failed on start-up ${result}`;
  if (turn.state.restarting) {
    turn.log("debug", `${name} restart failed: ${formerText}`);
    return clearStrays(turn, event, 0);
  }
  // 0.3.9 reports EINTR for a death by signal and ENOEXEC for an exit code.
  const errno = status.kind === "signaled" ? ERRNO.EINTR : ERRNO.ENOEXEC;
  const failure = { ...turn.failure(text, shellExitCode(status), errno), formerText };
  if (failure.ignored) turn.log("debug", `${name} (ignored) failure on start-up ${result}`);
  announceFailure(turn, failure);
  if (isTriedAgain(turn)) return clearStrays(turn, event, 0);
  if (event.strays.length === 0) return settle(turn, { kind: "fail", failure, status });
  stop(turn, {
    pid: undefined,
    strays: event.strays,
    steps: STRAY_STEPS,
    then: { kind: "fail", failure },
  });
}

/**
 * The main process has ended, and its pidfile names another one of the service, which has taken its
 * place: so daemons replace their own program.
 */
function followSuccessor(
  turn: Turn,
  phase: PhaseOf<"starting" | "up">,
  { pid, status, successor }: EventOf<"exited"> & { readonly successor: number },
): void {
  const { name, pidfile } = turn.config;
  turn.log(
    "info",
    `${name}: process ${pid} ${
      describeExit(status)
    }, and process ${successor}, which '${pidfile}' names, goes on`,
  );
  follow(turn, successor);
  turn.phase({ ...phase, pid: successor, attached: true });
}

export function exitedWhileUp(turn: Turn, phase: PhaseOf<"up">, event: EventOf<"exited">): void {
  const { type } = turn.config;
  const { status } = event;
  if (event.successor !== undefined) {
    return followSuccessor(turn, phase, { ...event, successor: event.successor });
  }
  const normal = turn.isNormal(status) ||
    (phase.attached && matchesExit(status, [{ kind: "signal", signal: turn.config.killSignal }]));
  turn.noteExit(event.pid, status);
  if (phase.attached) turn.noteReturnCode(status);
  if (turn.config.exitKills) {
    if (phase.attached) turn.tellExitKills("now");
    else if (!normal) turn.tellAbnormal("warn", status);
    return settle(turn, { kind: "judge", status, upMs: 0 });
  }
  const upMs = turn.nowMs - phase.sinceMs;
  if (normal && (turn.config.restart.when !== "always" || type === "oneshot")) {
    return endWell(turn, status);
  }
  if (type === "oneshot") {
    turn.tellAbnormal("err", status);
    return settle(turn, { kind: "fail", failure: turn.ended(status), status });
  }
  clearStrays(turn, event, upMs);
}

/** Ends what a crashed process left behind before its restart rules are applied. */
export function clearStrays(turn: Turn, event: EventOf<"exited">, upMs: number): void {
  const { status } = event;
  if (event.strays.length === 0) return settle(turn, { kind: "judge", status, upMs });
  stop(turn, {
    pid: undefined,
    strays: event.strays,
    steps: STRAY_STEPS,
    then: { kind: "judge", status, upMs },
  });
}

/** Applies the restart rules to an exit. */
export function judge(turn: Turn, verdict: EndOf<"judge">): void {
  const { status, upMs, why, wanted } = verdict;
  const { config } = turn;
  const normal = turn.isNormal(status);
  if (!turn.state.enabled) {
    return turn.phase({ kind: "failed", failure: turn.ended(status, why), status });
  }
  const what = why ?? `${config.name} ${describeExit(status)}`;
  const when = wanted && config.restart.when === "never" ? "on-failure" : config.restart.when;
  const decision = decideRestart({ ...config.restart, when }, {
    status,
    normal,
    upMs,
    used: turn.state.restartsUsed,
  }, turn.random);
  switch (decision.kind) {
    case "retry": {
      turn.state = { ...turn.state, restartsUsed: decision.used };
      const left = decision.left === Infinity ? "no limit" : `${decision.left} left`;
      turn.log("debug", `${config.name} pausing between restart retries (${left})`);
      const pause = formatHumanDuration(decision.delayMs);
      turn.log("info", `${what}; it is started again in ${pause} (${left})`);
      return turn.phase({ kind: "backoff", deadlineMs: turn.nowMs + decision.delayMs });
    }
    case "give-up":
      return endAttempts(turn, verdict, decision.reason);
    case "none":
      return fail(turn, status, why);
    default:
      return decision satisfies never;
  }
}

/** Returns the state of a service whose restarts have come to their end. */
export function giveUp(state: ServiceState, reason: string): ServiceState {
  return { ...state, gaveUp: { reason, used: state.restartsUsed } };
}

/**
 * What it means that a service was given up: its last end counts, and never as success.
 * `on_give_up: ignore` lets the container and what comes after go on.
 */
export function givenUp(
  turn: Turn,
  last: { readonly what: string; readonly status: ExitStatus; readonly limit: string },
): Failure {
  const { what, limit } = last;
  const { ignoreFailures, restart } = turn.config;
  const ignored = ignoreFailures || restart.onGiveUp === "ignore";
  const { exitCode, reason } = exitCause("gaveUp", { what, limit }, shellExitCode(last.status));
  return { ...turn.failure(reason, exitCode), ignored, givenUp: limit };
}

/** What is given up stays so, for `telchap why`. */
function endAttempts(turn: Turn, { status, why }: EndOf<"judge">, limit: string): void {
  const { name, ignoreFailures } = turn.config;
  const what = why ?? `${name} ${describeExit(status)}`;
  turn.state = giveUp(turn.state, limit);
  const failure = givenUp(turn, { what, status, limit });
  if (ignoreFailures) {
    turn.log("debug", `${name} abnormal process exit ignored due to ignore_failures=true`);
  } else if (!turn.isNormal(status)) turn.tellAbnormal("err", status, why);
  turn.phase({ kind: "failed", failure, status });
  turn.effect({ kind: "gave-up", failure });
}

export function fail(turn: Turn, status: ExitStatus, why?: string): void {
  const { name, ignoreFailures } = turn.config;
  if (ignoreFailures) {
    turn.log("debug", `${name} abnormal process exit ignored due to ignore_failures=true`);
    turn.log(
      "info",
      `${why ?? `${name} ${describeExit(status)}`}, which ignore_failures passes over`,
    );
    return turn.rest();
  }
  turn.tellAbnormal(why === undefined ? "err" : "debug", status);
  turn.phase({ kind: "failed", failure: turn.ended(status, why), status });
}

/** The container ends with it; `why` names what chaperone ended it for. */
export function exitKills(turn: Turn, status: ExitStatus, why?: string): void {
  if (turn.isNormal(status)) turn.phase({ kind: "done", status });
  else turn.phase({ kind: "failed", failure: turn.ended(status, why), status });
  turn.killSystem(status, why);
}
