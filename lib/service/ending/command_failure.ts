/** What it leads to that the command of the command line cannot be run: the statuses of shells. */
import { ERRNO } from "../../base/errors.ts";
import { exitCause, type ShutdownCause } from "./exit_causes.ts";

/** Returns how the container ends: 127 where nothing is found, 126 where it cannot be executed. */
export function commandCause(
  command: string,
  { text, errno }: { readonly text: string; readonly errno?: number },
): ShutdownCause {
  const cause = errno === ERRNO.ENOENT
    ? exitCause("commandMissing", { command })
    : exitCause("commandUnusable", { command, what: text });
  return errno === undefined ? cause : { ...cause, errno };
}
