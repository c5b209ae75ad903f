/** Events in few words, as tests send them. */
import type { Event } from "../../../lib/service/life/event.ts";

export const START: Event = { kind: "start" };
export const FORCE: Event = { kind: "start", force: true };
export const READY: Event = { kind: "prerequisites-ready" };
export const ARMED: Event = { kind: "armed" };

export const idle = (idleUntilMs: number): Event => ({ kind: "prerequisites-ready", idleUntilMs });
export const spawned = (pid = 7): Event => ({ kind: "spawned", pid });
export const launching = (pid = 7): Event => ({ kind: "spawned", pid, isLaunching: true });
export const launched = (pid = 7): Event => ({ kind: "launched", pid });
export const noSpawn = (text: string): Event => ({ kind: "spawn-failed", text });
export const deadline = (...strays: number[]): Event => ({ kind: "deadline", strays });
export const stop = (...strays: number[]): Event => ({
  kind: "stop",
  cause: "request",
  budgetMs: 8000,
  strays,
});
export const reset = (...strays: number[]): Event => ({ kind: "reset", strays });
export const due = (delayMs = 0): Event => ({ kind: "due", delayMs, isLast: false });
export const lastDue = (): Event => ({ kind: "due", delayMs: 0, isLast: true });
export const asked = (ticket: number): Event => ({ kind: "run-asked", ticket });
export const unmet = (text: string): Event => ({
  kind: "prerequisite-failed",
  failure: { text, exitCode: 1, ignored: false },
});
export const noLaunch = (pid: number, ...strays: number[]): Event => ({
  kind: "launch-failed",
  pid,
  text: "not found",
  errno: 2,
  strays,
});
export const exited = (code: number, pid = 7, ...strays: number[]): Event => ({
  kind: "exited",
  pid,
  status: { kind: "exited", code },
  strays,
});
export const killed = (signal: number, pid = 7, ...strays: number[]): Event => ({
  kind: "exited",
  pid,
  status: { kind: "signaled", signal, coreDumped: false },
  strays,
});
