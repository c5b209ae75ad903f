/** The system side of logging in one piece, for lib/apps to pass on. */
import type { LogOs } from "../../door/log_os.ts";
import { nowMs, preciseWallMs, setTimer } from "../libc/clock.ts";
import { consoleStderr, consoleStdout } from "./console_output.ts";
import { logFiles } from "./log_files.ts";
import { logNetwork } from "./remote_log.ts";

/** What log sinks need of this system. */
export const logOs: LogOs = {
  time: { nowMs, wallMs: preciseWallMs, setTimer },
  files: logFiles,
  network: logNetwork,
  stdout: consoleStdout,
  stderr: consoleStderr,
};
