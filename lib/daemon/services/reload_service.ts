/** Has a service read its configuration again: by `reload_command`, or by `reload_signal`. */
import { describeExit } from "../../base/exit_status.ts";
import type { Supervisor } from "./supervisor.ts";

/** Resolves with why that failed, if it did. */
export function reloadService(supervisor: Supervisor, name: string): Promise<string | undefined> {
  const { reloadCommand, reloadSignal } = supervisor.config(name);
  if (reloadCommand === undefined) {
    const isSent = reloadSignal !== undefined &&
      supervisor.processes.signalMain(name, reloadSignal);
    return Promise.resolve(isSent ? undefined : `${name} has no process that could be signalled`);
  }
  return new Promise((resolve) => {
    supervisor.processes.runFor(name, reloadCommand, {
      failed: (text) => resolve(`${name} reload_command cannot be started: ${text}`),
      exited: (status) => {
        const isFine = status.kind === "exited" && status.code === 0;
        resolve(isFine ? undefined : `${name} reload_command ${describeExit(status)}`);
      },
    });
  });
}
