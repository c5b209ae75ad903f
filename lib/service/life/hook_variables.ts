/** What a hook finds in its environment about what has happened. */
import { describeExit, type ExitStatus, shellExitCode } from "../../base/exit_status.ts";
import { signalName } from "../../base/signals.ts";
import type { HookName } from "./event.ts";
import type { ServiceState } from "./phase.ts";

/**
 * Returns the variables of a hook; those without an underscore are what systemd.exec(5) and
 * systemd.service(5) promise to ExecStopPost= and ExecStartPost=.
 */
export function hookVariables(
  hook: HookName,
  service: string,
  { lastPid, lastStatus, lastCause }: ServiceState,
): Record<string, string> {
  const variables: Record<string, string> = { _CHAP_HOOK: hook, _CHAP_HOOK_SERVICE: service };
  if (lastPid !== undefined) {
    variables["_CHAP_HOOK_PID"] = String(lastPid);
    variables["MAINPID"] = String(lastPid);
  }
  if (hook !== "on_stop" || lastStatus === undefined) return variables;
  const cause = lastCause === undefined ? "" : `; ended by chaperone: ${lastCause}`;
  return {
    ...variables,
    _CHAP_HOOK_CODE: String(shellExitCode(lastStatus)),
    _CHAP_HOOK_REASON: describeExit(lastStatus) + cause,
    ...(lastStatus.kind === "signaled" ? { _CHAP_HOOK_SIGNAL: signalName(lastStatus.signal) } : {}),
    ...ofSystemd(lastStatus),
  };
}

function ofSystemd(status: ExitStatus): Record<string, string> {
  if (status.kind === "exited") {
    return {
      EXIT_CODE: "exited",
      EXIT_STATUS: String(status.code),
      SERVICE_RESULT: status.code === 0 ? "success" : "exit-code",
    };
  }
  return {
    EXIT_CODE: "killed",
    EXIT_STATUS: signalName(status.signal).replace(/^SIG/, ""),
    SERVICE_RESULT: status.outOfMemory ? "oom-kill" : "signal",
  };
}
