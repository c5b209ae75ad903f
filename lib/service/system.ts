/** The life of the container as a whole. It only goes forward. */

const ORDER = ["booting", "running", "draining", "stopping", "killing", "gone"] as const;

export type SystemPhase = typeof ORDER[number];

/** Whether `phase` has reached `mark`. */
export function hasReached(phase: SystemPhase, mark: SystemPhase): boolean {
  return ORDER.indexOf(phase) >= ORDER.indexOf(mark);
}

/** Why the container ends. The first cause decides. */
export interface ShutdownCause {
  readonly exitCode: number;
  /** Completes `exit 1: …`. */
  readonly reason: string;
  /** Reported upstream as ERRNO=. */
  readonly errno?: number;
  /** SIGINT: told apart in the log, as 0.3.9 does. */
  readonly forced?: boolean;
}

/** Formats the last line that chaperone prints. */
export function formatExitLine(cause: ShutdownCause): string {
  return `exit ${cause.exitCode}: ${cause.reason}`;
}
