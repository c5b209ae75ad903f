/**
 * The way up: prerequisites, idle delay, the world outside, the launch, and then what makes a
 * service of its type count as started. Texts in messages are those of chaperone 0.3.9.
 */
import { describeExit, type ExitStatus } from "../../base/exit_status.ts";
import { ERRNO } from "../../base/errors.ts";
import { describeMissingTrigger } from "../../config/check_triggers.ts";
import type { EventOf } from "./event.ts";
import { settle } from "./finishing.ts";
import { forgetProcess } from "./phase.ts";
import { describeProbe, describeSilence } from "./probe_text.ts";
import { failStart, failWithProcess, noteStartOver } from "./start_failure.ts";
import type { PhaseOf, Turn } from "./turn.ts";

/** First pause between two looks at a pidfile, and the longest, as 0.3.9 has them. */
const PIDFILE_FIRST_POLL_MS = 20;
const PIDFILE_LONGEST_POLL_MS = 3000;

export function awaitPrerequisites(turn: Turn, how: { restarting: boolean }): void {
  turn.state = { ...turn.state, restarting: how.restarting };
  // Scheduling needs nothing; each job of a cron service waits for what it needs.
  if (turn.config.type === "cron") {
    return turn.config.own === undefined ? arm(turn) : awaitExternal(turn);
  }
  if (turn.config.lacks !== undefined) return stayDown(turn, turn.config.lacks);
  turn.phase({ kind: "waiting", awaiting: "prerequisites", sinceMs: turn.nowMs });
}

/** What it requires is not to be had, which starts it once it is. */
export function stayDown(turn: Turn, text: string): void {
  turn.log("info", `${turn.config.name} stays down: ${text}`);
  turn.rest(text);
}

export function prerequisitesReady(turn: Turn, event: EventOf<"prerequisites-ready">): void {
  turn.log("debug", `service ${turn.config.name} prerequisites satisfied`);
  if (event.idleUntilMs === undefined || event.idleUntilMs <= turn.nowMs) {
    return afterIdle(turn);
  }
  turn.phase({
    kind: "waiting",
    awaiting: "idle",
    sinceMs: turn.nowMs,
    deadlineMs: event.idleUntilMs,
  });
}

export function afterIdle(turn: Turn): void {
  const { waitFor, own } = turn.config;
  if (waitFor.length === 0 && own === undefined) return launch(turn);
  awaitExternal(turn);
}

/** Waits for what `wait_for` names, and then for what is to be given to its owner. */
function awaitExternal(turn: Turn): void {
  turn.phase({ kind: "waiting", awaiting: "external", sinceMs: turn.nowMs });
  turn.effect({ kind: "watch-external" });
}

export function launch(turn: Turn): void {
  const { type, onDemand, listen } = turn.config;
  const isDemanded = onDemand && listen.length > 0 && !turn.state.restarting;
  if (type === "inetd" || type === "cron" || isDemanded) return arm(turn);
  launchProcess(turn);
}

/** Asks for the schedule or the sockets, without which an armed service is nothing. */
export function arm(turn: Turn): void {
  const missing = missingTrigger(turn);
  if (missing !== undefined) return failStart(turn, turn.failure(missing, 1, ERRNO.EINVAL));
  turn.phase({ kind: "launching", sinceMs: turn.nowMs });
  turn.effect({ kind: "arm" });
}

function missingTrigger(turn: Turn): string | undefined {
  const { name, type, cron, port, listen } = turn.config;
  const isMissing = type === "cron"
    ? cron === undefined
    : type === "inetd" && port === undefined && listen.length === 0;
  return isMissing ? describeMissingTrigger(name, type) : undefined;
}

/** Starts the process of the service. */
export function launchProcess(turn: Turn): void {
  if (turn.config.exitKills) turn.tellExitKills("ahead");
  turn.state = forgetProcess(turn.state);
  turn.phase({ kind: "launching", sinceMs: turn.nowMs });
  turn.effect({ kind: "launch" });
}

/** The process runs: what is awaited before the service counts as started depends on its type. */
export function awaitStart(turn: Turn, pid: number): void {
  const config = turn.config;
  if (config.hooks?.onStop !== undefined) turn.state = { ...turn.state, toFinish: true };
  if (config.hooks?.onStart !== undefined) turn.effect({ kind: "run-hook", hook: "on_start" });
  switch (config.type) {
    case "simple":
      // A probe says more than the pause, and sooner.
      if (config.startupPauseMs <= 0 || config.ready) return afterOwnStart(turn, pid);
      return startingPhase(turn, "pause", pid, config.startupPauseMs);
    case "oneshot":
    case "forking":
      return startingPhase(turn, "exit", pid, config.processTimeoutMs);
    case "notify":
      return startingPhase(turn, "ready", pid, config.processTimeoutMs);
    case "cron":
    case "inetd":
      // Their processes belong to the phase `armed`.
      return;
    default:
      return config.type satisfies never;
  }
}

export function startingPhase(
  turn: Turn,
  awaiting: PhaseOf<"starting">["awaiting"],
  pid: number,
  timeoutMs: number,
): void {
  turn.phase({
    kind: "starting",
    awaiting,
    pid,
    sinceMs: turn.nowMs,
    deadlineMs: turn.nowMs + timeoutMs,
  });
}

/** The type's own condition is met; a pidfile is awaited next where one is configured. */
export function afterOwnStart(turn: Turn, pid: number | undefined, status?: ExitStatus): void {
  if (turn.config.pidfile === undefined) {
    return ownConditionMet(turn, { pid, ended: status });
  }
  turn.log("debug", `${turn.config.name} waiting for PID file: ${turn.config.pidfile}`);
  turn.phase({
    kind: "starting",
    awaiting: "pidfile",
    ...(pid === undefined ? {} : { pid }),
    sinceMs: turn.nowMs,
    deadlineMs: turn.nowMs + PIDFILE_FIRST_POLL_MS,
    giveUpMs: turn.nowMs + turn.config.processTimeoutMs,
    pollMs: PIDFILE_FIRST_POLL_MS,
  });
  turn.effect({ kind: "read-pidfile", isLast: false });
}

/** What an own condition has found out about the process. */
interface Found {
  readonly pid?: number | undefined;
  readonly attached?: boolean | undefined;
  readonly ended?: ExitStatus | undefined;
}

/** All that the type asks for is there; the `ready` probe must pass where one is configured. */
export function ownConditionMet(turn: Turn, found: Found): void {
  const { ready, processTimeoutMs } = turn.config;
  if (ready === undefined) return reached(turn, found);
  const { pid, attached, ended } = found;
  turn.phase({
    kind: "starting",
    awaiting: "probe",
    ...(pid === undefined ? {} : { pid }),
    ...(attached === undefined ? {} : { attached }),
    ...(ended === undefined ? {} : { ended }),
    sinceMs: turn.nowMs,
    deadlineMs: turn.nowMs + (ready.timeoutMs ?? processTimeoutMs),
  });
}

/** The service counts as started: up, or done where its process has ended meanwhile. */
function reached(turn: Turn, found: Found): void {
  const { pid, attached, ended } = found;
  const isDone = pid === undefined && ended !== undefined && turn.config.type !== "forking";
  if (isDone && turn.config.type !== "notify") return becomeDone(turn, ended);
  becomeUp(turn, { pid, attached });
}

/** A try of the `ready` probe is over. */
export function probed(turn: Turn, phase: PhaseOf<"starting">, event: EventOf<"probed">): void {
  if (event.seen === undefined) return reached(turn, phase);
  if (event.seen !== phase.seen) turn.phase({ ...phase, seen: event.seen });
}

export function deadlineWhileStarting(
  turn: Turn,
  phase: PhaseOf<"starting">,
  event: EventOf<"deadline">,
): void {
  switch (phase.awaiting) {
    case "pause":
      return afterOwnStart(turn, phase.pid);
    case "pidfile":
      return turn.effect({ kind: "read-pidfile", isLast: isOver(turn, phase) });
    case "exit":
    case "ready":
    case "probe":
      return timedOut(turn, phase, event.strays);
    default:
      return phase.awaiting satisfies never;
  }
}

export function timedOut(turn: Turn, phase: PhaseOf<"starting">, strays: readonly number[]): void {
  const { name, type, ignoreFailures, ready } = turn.config;
  const { what, formerWhat = what } = missing(turn, phase);
  const former = `${type} service '${name}' ${formerWhat}`;
  const isOwn = phase.awaiting === "probe" && ready?.timeoutMs !== undefined;
  const missed = `${what} (${isOwn ? "timeout of ready" : "process_timeout"})`;
  if (ignoreFailures) {
    turn.log("debug", `${former}, proceeding due to 'ignore_failures=True'`);
    turn.log("warn", `${name} ${missed}, which ignore_failures passes over`);
    return becomeUp(turn, { pid: phase.pid, attached: phase.attached, missed });
  }
  const formerText = `${former}, terminating due to 'ignore_failures=False'`;
  const failure = { ...turn.failure(`${name} ${missed}`, 1), formerText };
  failWithProcess(turn, phase.pid, strays, failure, `it ${missed}`);
}

/** Says what has not come in time, and in which words 0.3.9 does. */
function missing(
  turn: Turn,
  phase: PhaseOf<"starting">,
): { readonly what: string; readonly formerWhat?: string } {
  const { ready, processTimeoutText } = turn.config;
  if (phase.awaiting === "exit") {
    return {
      what: `did not end within ${processTimeoutText} s`,
      formerWhat: `did not exit after ${processTimeoutText} second(s)`,
    };
  }
  if (phase.awaiting === "ready" || ready === undefined) {
    return {
      what: `did not say READY=1 within ${processTimeoutText} s`,
      formerWhat: `did not receive ready notification after ${processTimeoutText} second(s)`,
    };
  }
  const seconds = (turn.nowMs - phase.sinceMs) / 1000;
  const ended = phase.pid === undefined ? "; its process has ended" : "";
  const seen = `${phase.seen ?? describeSilence(ready.probe)}${ended}`;
  const what = `was not ready within ${Number(seconds.toFixed(1))} s`;
  return { what: `${what} (${describeProbe(ready.probe)}: ${seen})` };
}

/**
 * A file that names no living process of this service is as good as none, as long as it may come.
 */
export function pidfileRead(
  turn: Turn,
  phase: PhaseOf<"starting">,
  event: EventOf<"pidfile">,
): void {
  const isUsable = event.pid !== undefined && event.alive && event.problem === undefined;
  if (isUsable) return attach(turn, phase, event.pid);
  if (isOver(turn, phase) && event.strays !== undefined) {
    const { text, formerText } = pidfileProblem(turn, event);
    const failure = { ...turn.failure(text, 1, ERRNO.ENOENT), formerText };
    return failWithProcess(turn, phase.pid, event.strays, failure);
  }
  const pollMs = Math.min((phase.pollMs ?? PIDFILE_FIRST_POLL_MS) * 2, PIDFILE_LONGEST_POLL_MS);
  turn.phase({
    ...phase,
    pollMs,
    deadlineMs: Math.min(turn.nowMs + pollMs, phase.giveUpMs ?? turn.nowMs),
  });
}

function isOver(turn: Turn, phase: PhaseOf<"starting">): boolean {
  return turn.nowMs >= (phase.giveUpMs ?? turn.nowMs);
}

/** Says what is wrong with the file after all its time, and in which words 0.3.9 does. */
function pidfileProblem(
  turn: Turn,
  { present, pid, alive, problem }: EventOf<"pidfile">,
): { readonly text: string; readonly formerText: string } {
  const { name, pidfile, processTimeoutText } = turn.config;
  const file = `${name}: its pid file '${pidfile}'`;
  if (pid !== undefined && !alive) {
    return {
      text: `${file} names process ${pid}, which does not exist`,
      formerText:
        `${name} attempted to attach the process with PID=${pid} but there is no such process`,
    };
  }
  if (problem !== undefined) {
    const named = pid === undefined ? "" : ` names process ${pid}, which`;
    const text = `${file}${named} cannot be used: ${problem}`;
    return { text, formerText: text };
  }
  if (present) {
    return {
      text: `${file} holds no number`,
      formerText: `${name} found pid file '${pidfile}' but contents did not contain an integer`,
    };
  }
  return {
    text: `${file} was not written within ${processTimeoutText} s (process_timeout)`,
    formerText:
      `${name} did not find pid file '${pidfile}' before ${processTimeoutText}sec process_timeout expired`,
  };
}

function attach(turn: Turn, phase: PhaseOf<"starting">, pid: number): void {
  if (pid === phase.pid) return ownConditionMet(turn, { pid });
  follow(turn, pid);
  ownConditionMet(turn, { pid, attached: true });
}

/** Follows another process of the service from here on. */
export function follow(turn: Turn, pid: number): void {
  const { state, config } = turn;
  turn.log("debug", `${config.name} changing PID to ${pid} (from ${state.lastPid ?? "-"})`);
  turn.effect({ kind: "attach", pid });
  turn.state = { ...state, lastPid: pid };
}

/** What is up, and what it lacks where `ignore_failures` has let that pass. */
interface Risen {
  readonly pid?: number | undefined;
  readonly attached?: boolean | undefined;
  readonly missed?: string;
}

export function becomeUp(turn: Turn, { pid, attached, missed }: Risen): void {
  if (missed === undefined) tellStarted(turn, pid);
  started(turn);
  if (missed === undefined) runOnReady(turn);
  const watchdogMs = turn.watchdogMs();
  turn.phase({
    kind: "up",
    ...(pid === undefined ? {} : { pid }),
    attached: attached ?? false,
    ...(missed === undefined ? {} : { missed }),
    sinceMs: turn.nowMs,
    ...(watchdogMs === undefined ? {} : { watchdogDueMs: turn.nowMs + watchdogMs }),
  });
}

function becomeDone(turn: Turn, status: ExitStatus): void {
  tellStarted(turn, turn.state.lastPid);
  started(turn);
  runOnReady(turn);
  endWell(turn, status);
}

function runOnReady(turn: Turn): void {
  if (turn.config.hooks?.onReady !== undefined) {
    turn.effect({ kind: "run-hook", hook: "on_ready" });
  }
}

/** The process has ended in order. */
export function endWell(turn: Turn, status: ExitStatus): void {
  turn.log("info", `${turn.config.name} has ended well (${describeExit(status)})`);
  settle(turn, { kind: "well", status });
}

/** All is over; one that starts on demand waits for the next connection. */
export function hasEndedWell(turn: Turn, status: ExitStatus): void {
  const { onDemand, listen } = turn.config;
  if (!onDemand || listen.length === 0) return turn.phase({ kind: "done", status });
  turn.state = { ...turn.state, restartsUsed: 0 };
  arm(turn);
}

function tellStarted(turn: Turn, pid: number | undefined): void {
  const process = pid === undefined ? "" : ` (pid ${pid})`;
  turn.log("info", `${turn.config.name} started${process}`);
}

export function started(turn: Turn): void {
  turn.log("debug", `${turn.config.name} successfully started`);
  noteStartOver(turn);
  if (turn.state.restarting) turn.log("debug", `${turn.config.name} restart succeeded`);
  turn.state = { ...turn.state, restarting: false };
}
