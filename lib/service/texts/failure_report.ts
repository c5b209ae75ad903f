/** The block that says why a service failed: everything that is known of it in one place. */
import { formatHumanDuration } from "../../base/duration.ts";
import { describeExit, type ExitStatus } from "../../base/exit_status.ts";
import { SIGNAL } from "../../base/signals.ts";

/** What is known of a failed service. */
export interface FailureFacts {
  readonly service: string;
  /** The message of the failure itself; absent where it has been told. */
  readonly text?: string;
  /** How its last process ended, if it had one. */
  readonly status?: ExitStatus;
  readonly pid?: number;
  /** How long that process ran. */
  readonly ranMs?: number;
  /** Restarts that were tried before. */
  readonly restarts: number;
  /** The last lines of its output, oldest first. */
  readonly lines: readonly string[];
  /** Services that come after it. */
  readonly dependents: readonly string[];
}

/** Exit codes that sh(1) gives a meaning. */
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

/** Formats the block, one element a line; none where there is nothing more to tell. */
export function formatFailureReport(facts: FailureFacts): string[] {
  const { service, status, dependents, lines } = facts;
  const hint = status && hintFor(status);
  const details = [
    ...(status === undefined ? [] : [`  its process${pidText(facts)} ${endText(facts, status)}`]),
    ...(hint === undefined ? [] : [`  ${hint}`]),
    ...(dependents.length === 0 ? [] : [`  what depends on it: ${dependents.join(", ")}`]),
    ...(status === undefined ? [] : outputLines(lines)),
  ];
  const head = headOf(facts);
  return head === undefined && details.length === 0
    ? []
    : [head ?? `more about the failure of ${service}:`, ...details];
}

/** What the line of the process says anyway needs no words before. */
function headOf({ service, text, status }: FailureFacts): string | undefined {
  if (text === undefined) return undefined;
  if (status !== undefined && text === `${service} ${describeExit(status)}`) {
    return `why ${service} failed:`;
  }
  return `why ${service} failed: ${text}`;
}

function outputLines(lines: readonly string[]): string[] {
  if (lines.length === 0) return ["  it has written nothing"];
  return ["  the last it wrote:", ...lines.map((line) => `  | ${line}`)];
}

function pidText(facts: FailureFacts): string {
  return facts.pid === undefined ? "" : ` ${facts.pid}`;
}

function endText(facts: FailureFacts, status: ExitStatus): string {
  const { ranMs, restarts } = facts;
  const after = ranMs === undefined ? "" : ` after ${formatHumanDuration(ranMs)}`;
  const tries = restarts === 0 ? "" : `, having been restarted ${times(restarts)}`;
  return `${describeExit(status)}${after}${tries}`;
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

/** What an end usually means, where that is not plain from its name. */
function hintFor(status: ExitStatus): string | undefined {
  if (status.kind === "signaled") {
    if (status.outOfMemory) return "the memory limit of the container had been reached";
    if (status.signal !== SIGNAL.SIGKILL) return undefined;
    return "chaperone did not send that signal: somebody else did, or the host was out of memory";
  }
  if (status.code === NOT_FOUND) return "code 127 usually means that a program was not found";
  if (status.code !== NOT_EXECUTABLE) return undefined;
  return "code 126 usually means that a program could not be executed";
}
