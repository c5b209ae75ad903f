/** Runs one program in the foreground, for utilities that are no supervisor. */
import type { ExitStatus } from "../../base/exit_status.ts";
import { fromCommandStatus } from "./children.ts";
import { throwingSystemError } from "../libc/system_failure.ts";

export interface ForegroundRequest {
  readonly argv: readonly string[];
  /** The complete environment. */
  readonly env: Readonly<Record<string, string>>;
  /** In a session of its own it outlives its caller and the caller's terminal. */
  readonly ownSession: boolean;
}

/**
 * Starts a program with this one's streams; the result settles when it ends.
 * @throws {SystemError} where it cannot be started.
 */
export function startForeground(request: ForegroundRequest): Promise<ExitStatus> {
  const [program = "", ...args] = request.argv;
  const child = throwingSystemError("execve", program, () =>
    new Deno.Command(program, {
      args,
      env: { ...request.env },
      clearEnv: true,
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
      detached: request.ownSession,
    }).spawn());
  return child.status.then(fromCommandStatus);
}
