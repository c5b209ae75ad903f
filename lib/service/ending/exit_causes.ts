/** Why the container ends, as the last line tells it. The sentences are in base/exit_rows.ts. */
import { EXIT_ROWS, type ExitCause, type ExitRow, fillSentence } from "../../base/exit_rows.ts";

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

/**
 * The cause as the last line tells it. `exitCode` is that of a process where the row has none of
 * its own.
 */
export function exitCause(
  cause: ExitCause,
  words: Readonly<Record<string, string>> = {},
  exitCode = 1,
): ShutdownCause {
  const row: ExitRow = EXIT_ROWS[cause];
  return { exitCode: row.status ?? exitCode, reason: fillSentence(row.sentence, words) };
}
