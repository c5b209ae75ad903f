/**
 * Ends a container whose services have all slept for `idle_exit`. One timer, set when the last of
 * them goes to sleep, and none as long as one is awake.
 */
import { formatHumanDuration } from "../../base/duration.ts";
import { exitCause, type ShutdownCause } from "../../service/ending/exit_causes.ts";
import type { Os } from "../../door/os.ts";

export interface IdleExitParts {
  readonly os: Pick<Os, "setTimer">;
  /** Absent: the container stays. */
  readonly timeoutMs: () => number | undefined;
  /** Whether nothing runs, and only a connection can change that. */
  readonly areAsleep: () => boolean;
  readonly end: (cause: ShutdownCause) => void;
}

export class IdleExit {
  readonly #parts: IdleExitParts;
  #cancel: (() => void) | undefined;

  constructor(parts: IdleExitParts) {
    this.#parts = parts;
  }

  /** Looks whether the container sleeps, after something has happened to a service. */
  check(): void {
    const { os, timeoutMs, areAsleep, end } = this.#parts;
    const ms = timeoutMs();
    if (ms === undefined || !areAsleep()) return this.#forget();
    this.#cancel ??= os.setTimer(ms, () => {
      this.#cancel = undefined;
      if (areAsleep()) end(exitCause("slept", { time: formatHumanDuration(ms) }));
    });
  }

  #forget(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
