/** Runs the command of a backtick. Knows no cache and no message. */
import { shellExitCode } from "../base/exit_status.ts";
import type { RunShell } from "../config/backticks.ts";
import type { Identity } from "../config/model.ts";
import { fromCommandStatus } from "./children.ts";
import { asIdentity } from "./credentials.ts";
import { toSystemError } from "./system_failure.ts";

/** Makes both streams one, before the command itself is even parsed. */
const JOIN_STREAMS = "exec 2>&1\n";

/**
 * Returns what runs commands with `/bin/sh -c` in `environment`, waiting for each without a limit
 * as chaperone 0.3.9 does.
 */
export function shellRunner(environment: Readonly<Record<string, string>>): RunShell {
  return (command: string, identity: Identity | undefined) => {
    try {
      const shell = new Deno.Command("/bin/sh", {
        args: ["-c", JOIN_STREAMS + command],
        env: { ...environment },
        clearEnv: true,
        stdin: "inherit",
      });
      const result = asIdentity(identity, () => shell.outputSync());
      if (result.success) return { ok: true, output: new TextDecoder().decode(result.stdout) };
      const code = shellExitCode(fromCommandStatus(result));
      return { ok: false, output: `Command '${command}' returned non-zero exit status ${code}` };
    } catch (error) {
      const failure = toSystemError(error, "execve", "/bin/sh");
      if (!(failure instanceof Error)) throw failure;
      return { ok: false, output: failure.message };
    }
  };
}
