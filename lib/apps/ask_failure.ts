/** What is said where chaperone could not be asked. */
import { UsageError } from "../base/errors.ts";
import { MayNotAsk, NobodyAnswers } from "./ask.ts";

/** What scripts can tell apart (D-41 of the decisions). */
export const EXIT = { done: 0, refused: 1, usage: 2, nobody: 3, forbidden: 4 } as const;

/** Said once the connection has ended without an answer. */
export const BROKEN_OFF = "chaperone ended or re-executed itself before it answered";

/** Lines and exit status for a failure of `askChaperone`; undefined where it is something else. */
export function describeAskFailure(
  error: unknown,
): { readonly lines: readonly string[]; readonly exitCode: number } | undefined {
  if (error instanceof MayNotAsk) {
    const lines = [
      "not permitted: chaperone runs, but this user may not ask it. Ask as root, or have the",
      "settings control_uid, control_gid or control_mode let this user in.",
      `(Error is: ${error.message})`,
    ];
    return { lines, exitCode: EXIT.forbidden };
  }
  if (error instanceof UsageError) return { lines: [error.message], exitCode: EXIT.usage };
  if (!(error instanceof NobodyAnswers)) return undefined;
  const lines = [
    "chaperone does not seem to be listening, is it running?",
    `(Error is: ${error.message})`,
  ];
  return { lines, exitCode: EXIT.nobody };
}
