/**
 * Runs of cron and oneshot services that somebody asks for, and how they end. What a run leads to
 * is decided in service/life/asked_run.ts; nothing is kept here between two calls.
 */
import { describeExit, shellExitCode } from "../../base/exit_status.ts";
import { hasAskedRun, judgeAskedRun, nextTicket } from "../../service/life/asked_run.ts";
import type { Phase, ServiceState } from "../../service/life/phase.ts";
import type { Supervisor } from "../services/supervisor.ts";

/** The service cannot run now; the message says why, in a sentence without a full stop. */
export class RunRefusedError extends Error {}

/** A run that has been asked for. */
export interface AskedRun {
  readonly name: string;
  /** Whether it only begins once the present run has ended. */
  readonly isQueued: boolean;
  /** Tells this run of a cron service from others. */
  readonly ticket: number;
}

/** How an asked run has ended. */
export interface AskedRunOutcome {
  readonly normal: boolean;
  /** As a shell has it; 1 where no process of the run has ended by itself. */
  readonly exitCode: number;
  /** What follows the name of the service in a sentence: `exited with code 3`, `was stopped`. */
  readonly text: string;
}

/**
 * Lets a service run now, once, whether or not it is enabled. Between events.
 * @throws {RunRefusedError} where its state or `overlap` does not allow it.
 */
export function askRun(supervisor: Supervisor, name: string, nowMs: number): AskedRun {
  const verdict = judgeAskedRun(supervisor.config(name), supervisor.state(name));
  if (verdict.kind === "refused") throw new RunRefusedError(verdict.text);
  const ticket = nextTicket(supervisor.state(name), nowMs);
  supervisor.dispatch(name, { kind: "run-asked", ticket });
  return { name, isQueued: verdict.kind !== "now", ticket };
}

/** Tells once how an asked run has ended, at once if it has; the result stops waiting for that. */
export function watchAskedRun(
  supervisor: Supervisor,
  run: AskedRun,
  ended: (outcome: AskedRunOutcome) => void,
): () => void {
  const outcome = () =>
    outcomeOf(run, supervisor.config(run.name).type, supervisor.state(run.name));
  const known = outcome();
  if (known !== undefined) {
    ended(known);
    return () => {};
  }
  const stop = supervisor.observe((name) => {
    if (name !== run.name) return;
    const found = outcome();
    if (found === undefined) return;
    stop();
    ended(found);
  });
  return stop;
}

const STOPPED: AskedRunOutcome = { normal: false, exitCode: 1, text: "was stopped" };

function outcomeOf(
  { ticket }: AskedRun,
  type: string,
  state: ServiceState,
): AskedRunOutcome | undefined {
  if (type !== "cron") return oneshotOutcome(state.phase);
  if (hasAskedRun(state.phase, ticket)) return undefined;
  const end = state.askedRun;
  if (end?.ticket !== ticket) return STOPPED;
  const { normal, status, text } = end;
  const exitCode = shellExitCode(status);
  return {
    normal,
    exitCode: normal ? 0 : exitCode === 0 ? 1 : exitCode,
    text: text ?? describeExit(status),
  };
}

function oneshotOutcome(phase: Phase): AskedRunOutcome | undefined {
  switch (phase.kind) {
    case "done":
      return { normal: true, exitCode: 0, text: describeExit(phase.status) };
    case "failed": {
      const { text, exitCode } = phase.failure;
      return { normal: false, exitCode, text: `failed: ${text}` };
    }
    case "down":
      return STOPPED;
    default:
      return undefined;
  }
}
