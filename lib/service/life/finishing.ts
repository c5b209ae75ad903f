/**
 * After the last process of a service: `on_stop` runs, where there is one, and what the end leads
 * to follows once it is over.
 */
import { SIGNAL } from "../../base/signals.ts";
import type { Event, EventOf } from "./event.ts";
import type { AfterStop } from "./phase.ts";
import type { PhaseOf, Turn } from "./turn.ts";

/** What `on_stop` has, at the end of the container, where the stop itself took all of its time. */
const LEAST_MS = 500;

/** Nothing of the service lives any more: `then` comes once `on_stop` has run. */
export function settle(turn: Turn, then: AfterStop): void {
  const { toFinish, ...rest } = turn.state;
  if (!toFinish || turn.config.hooks?.onStop === undefined) {
    turn.follow = then;
    return;
  }
  turn.state = rest;
  const { nowMs } = turn;
  const byMs = then.kind === "down" ? then.byMs ?? Infinity : Infinity;
  const longestMs = Math.max(byMs - nowMs, LEAST_MS);
  const deadlineMs = nowMs + Math.min(turn.config.hookTimeoutMs, longestMs);
  turn.phase({ kind: "finishing", sinceMs: nowMs, deadlineMs, then });
  turn.effect({ kind: "run-hook", hook: "on_stop" });
}

/** Carries an event through a service whose `on_stop` runs. */
export function finishing(turn: Turn, phase: PhaseOf<"finishing">, event: Event): void {
  switch (event.kind) {
    case "hook-started":
      return turn.phase({ ...phase, hookPid: event.pid });
    case "hook-ended":
      if (event.pid === phase.hookPid) turn.follow = phase.then;
      return;
    case "deadline":
      return deadlineWhileFinishing(turn, phase);
    case "start":
      return turn.phase({ ...phase, then: { kind: "start" } });
    case "stop":
      return stopWhileFinishing(turn, phase, event);
    default:
      return;
  }
}

function deadlineWhileFinishing(turn: Turn, phase: PhaseOf<"finishing">): void {
  const seconds = Number(((turn.nowMs - phase.sinceMs) / 1000).toFixed(1));
  turn.log("warn", `on_stop of ${turn.config.name} is still running after ${seconds} s: killed`);
  if (phase.hookPid !== undefined) {
    turn.effect({ kind: "signal-hook", pid: phase.hookPid, signal: SIGNAL.SIGKILL });
  }
  turn.follow = phase.then;
}

/** What has failed, or ends the container, still does; nothing is started again. */
function stopWhileFinishing(
  turn: Turn,
  phase: PhaseOf<"finishing">,
  { budgetMs, because }: EventOf<"stop">,
): void {
  const stays = phase.then.kind === "fail" || turn.config.exitKills;
  turn.phase({
    ...phase,
    then: stays ? phase.then : { kind: "down", ...(because === undefined ? {} : { because }) },
    deadlineMs: Math.min(phase.deadlineMs, turn.nowMs + budgetMs),
  });
}
