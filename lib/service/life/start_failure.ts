/**
 * A start that cannot succeed: who is told, what becomes of processes that are there already, and
 * whether it is tried again. Texts in messages are those of chaperone 0.3.9.
 */
import type { ExitStatus } from "../../base/exit_status.ts";
import type { Failure } from "./phase.ts";
import { planStop } from "./stop_plan.ts";
import { stop } from "./stopping.ts";
import type { Turn } from "./turn.ts";

/** Tells at debug, in the words of 0.3.9, that a start has succeeded or failed. */
export function noteStartOver(turn: Turn): void {
  turn.log("debug", `${turn.config.name} notified waiters upon completion`);
}

/** A start cannot succeed, and its processes, if they live, must not stay. */
export function failWithProcess(
  turn: Turn,
  pid: number | undefined,
  strays: readonly number[],
  failure: Failure,
  why = "its start has failed",
): void {
  const isOver = pid === undefined && strays.length === 0 && !turn.state.toFinish;
  if (isOver) return failStart(turn, failure);
  const { restarting } = turn.state;
  if (restarting) turn.log("warn", `${turn.config.name} restart failed: ${failure.text}`);
  else announceFailure(turn, failure);
  const isJudged = restarting || isTriedAgain(turn);
  const status: ExitStatus = { kind: "exited", code: failure.exitCode };
  stop(turn, {
    pid,
    strays,
    steps: planStop(turn.config, turn.stopBudgetMs()),
    reason: { kind: "fault", why },
    then: isJudged
      ? { kind: "judge", status, upMs: 0, why: failure.text }
      : { kind: "fail", failure },
  });
}

/**
 * A start cannot succeed. Nothing of the service lives. `inherited`: it is a prerequisite's
 * failure.
 */
export function failStart(turn: Turn, failure: Failure, inherited = false): void {
  if (turn.state.restarting) {
    turn.log("warn", `${turn.config.name} restart failed: ${failure.text}`);
    const status = turn.state.lastStatus ?? { kind: "exited", code: failure.exitCode };
    turn.follow = { kind: "judge", status, upMs: 0, why: failure.text };
    return;
  }
  announceFailure(turn, failure);
  if (!inherited && isTriedAgain(turn)) {
    const status: ExitStatus = { kind: "exited", code: failure.exitCode };
    turn.follow = { kind: "judge", status, upMs: 0, why: failure.text };
    return;
  }
  turn.phase({ kind: "failed", failure, ...(inherited ? { inherited } : {}) });
}

/**
 * `ignore_failures` passes over a failed start, and `restart` then holds for it as for any other
 * end.
 */
export function isTriedAgain({ config }: Turn): boolean {
  if (!config.ignoreFailures || config.restart.when === "never") return false;
  return config.type === "simple" || config.type === "forking" || config.type === "notify";
}

export function announceFailure(turn: Turn, failure: Failure): void {
  const { name } = turn.config;
  const former = failure.formerText ?? failure.text;
  turn.log("debug", `${name} received exception during attempted start. Exception: ${former}`);
  noteStartOver(turn);
  if (failure.ignored) {
    turn.log("debug", `service ${name} ignoring failures. Exception: ${former}`);
    const what = turn.config.ignoreFailures
      ? "could not be started, which ignore_failures passes over"
      : "is not started, since what it comes after has failed";
    turn.log("warn", `${name} ${what}: ${failure.text}`);
    return;
  }
  turn.effect({ kind: "start-failed", failure });
}
