/**
 * How a process ended, and the texts and numbers that are derived from it.
 * Knows nothing of services.
 */
import { signalName } from "./signals.ts";

/** How a process ended, as waitpid(2) tells it. */
export type ExitStatus =
  | { readonly kind: "exited"; readonly code: number }
  | {
    readonly kind: "signaled";
    readonly signal: number;
    readonly coreDumped: boolean;
    /** The kernel ended it because its control group had used up its memory. */
    readonly outOfMemory?: boolean;
  };

/** Decodes the status word of waitpid(2). */
export function decodeWaitStatus(word: number): ExitStatus {
  const signal = word & 0x7f;
  if (signal === 0) return { kind: "exited", code: (word >> 8) & 0xff };
  return { kind: "signaled", signal, coreDumped: (word & 0x80) !== 0 };
}

/** Encodes a status as the word of waitpid(2), for messages that print it raw. */
export function encodeWaitStatus(status: ExitStatus): number {
  if (status.kind === "exited") return status.code << 8;
  return status.signal | (status.coreDumped ? 0x80 : 0);
}

/** Formats a status as chaperone 0.3.9 does: `<ProcStatus exit_status=3>`. */
export function formatProcStatus(status: ExitStatus): string {
  return status.kind === "exited"
    ? `<ProcStatus exit_status=${status.code}>`
    : `<ProcStatus signal=${status.signal}>`;
}

/** Returns the status a shell would report: the code, or 128 plus the signal. */
export function shellExitCode(status: ExitStatus): number {
  return status.kind === "exited" ? status.code : 128 + status.signal;
}

/**
 * Says in words how a process ended: `exited with code 3`, `was killed by SIGSEGV (core dumped)`.
 */
export function describeExit(status: ExitStatus): string {
  if (status.kind === "exited") return `exited with code ${status.code}`;
  if (status.outOfMemory) return "was killed by the kernel (out of memory)";
  return `was killed by ${signalName(status.signal)}${status.coreDumped ? " (core dumped)" : ""}`;
}
