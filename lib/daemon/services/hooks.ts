/**
 * Runs what services ask for when something happens to them: `on_start` and `on_ready` beside the
 * service, and not for longer than `hook_timeout`; `on_stop` within its phase, whose deadline is
 * that of service/life/finishing.ts.
 */
import { describeExit, type ExitStatus } from "../../base/exit_status.ts";
import { SIGNAL } from "../../base/signals.ts";
import type { Event, HookName } from "../../service/life/event.ts";
import { hookVariables } from "../../service/life/hook_variables.ts";
import type { Os } from "../../door/os.ts";
import type { JournalLevel } from "../logging/journal.ts";
import type { Launcher } from "./launcher.ts";
import type { ProcessTable } from "./process_table.ts";
import type { ServiceEntry } from "./service_entry.ts";

export interface HooksParts {
  readonly os: Pick<Os, "setTimer">;
  readonly launcher: Pick<Launcher, "runFor">;
  readonly processes: Pick<ProcessTable, "signalHelper">;
  log(entry: ServiceEntry, level: JournalLevel, text: string): void;
  dispatch(name: string, event: Event): void;
}

export class Hooks {
  readonly #parts: HooksParts;

  constructor(parts: HooksParts) {
    this.#parts = parts;
  }

  /** Starts a hook; the event that is returned is the answer for the service that waits for it. */
  run(entry: ServiceEntry, hook: HookName): Event | undefined {
    const { launcher, log, dispatch } = this.#parts;
    const { config, state } = entry;
    const argv = commandOf(entry, hook);
    const isAwaited = hook === "on_stop";
    if (argv === undefined) return isAwaited ? { kind: "hook-ended" } : undefined;
    let cancel = () => {};
    // What cannot be started may be told before the call returns.
    const child: { pid?: number | undefined } = {};
    const listener = {
      failed: (problem: string) => {
        log(entry, "warn", `${hook} of ${config.name} cannot be started: ${problem}`);
        const { pid } = child;
        if (isAwaited && pid !== undefined) dispatch(config.name, { kind: "hook-ended", pid });
      },
      exited: (status: ExitStatus) => {
        cancel();
        if (status.kind === "exited" && status.code === 0) return;
        log(entry, "warn", `${hook} of ${config.name} ${describeExit(status)}`);
      },
    };
    const variables = hookVariables(hook, config.name, state);
    const pid = launcher.runFor(entry, argv, listener, { variables });
    child.pid = pid;
    if (isAwaited) {
      return pid === undefined ? { kind: "hook-ended" } : { kind: "hook-started", pid };
    }
    if (pid !== undefined) cancel = this.#limit(entry, hook, pid);
    return undefined;
  }

  #limit(entry: ServiceEntry, hook: HookName, pid: number): () => void {
    const { os, log, processes } = this.#parts;
    const { name, hookTimeoutMs } = entry.config;
    return os.setTimer(hookTimeoutMs, () => {
      const seconds = Number((hookTimeoutMs / 1000).toFixed(1));
      log(entry, "warn", `${hook} of ${name} is still running after ${seconds} s: killed`);
      processes.signalHelper(entry, pid, SIGNAL.SIGKILL);
    });
  }
}

function commandOf({ config }: ServiceEntry, hook: HookName): readonly string[] | undefined {
  switch (hook) {
    case "on_start":
      return config.hooks?.onStart;
    case "on_ready":
      return config.hooks?.onReady;
    case "on_stop":
      return config.hooks?.onStop;
  }
}
