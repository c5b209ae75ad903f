/** The life of the container as a whole. It only goes forward. */
import type { ShutdownCause } from "./ending/exit_causes.ts";

const ORDER = ["booting", "running", "draining", "stopping", "killing", "gone"] as const;

export type ContainerPhase = typeof ORDER[number];

/** Whether `phase` has reached `mark`. */
export function hasReached(phase: ContainerPhase, mark: ContainerPhase): boolean {
  return ORDER.indexOf(phase) >= ORDER.indexOf(mark);
}

/** Formats the last line that chaperone prints. */
export function formatExitLine(cause: ShutdownCause): string {
  return `exit ${cause.exitCode}: ${cause.reason}`;
}
