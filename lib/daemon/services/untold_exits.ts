/** Ends of services' processes, each once: for those who tell of them. */
import type { ExitStatus } from "../../base/exit_status.ts";
import type { Supervisor } from "./supervisor.ts";

/** What one teller has not told yet. Each end of a process gives its service another status. */
export class UntoldExits {
  readonly #services: Pick<Supervisor, "names" | "state">;
  readonly #told = new Map<string, ExitStatus>();

  constructor(services: Pick<Supervisor, "names" | "state">) {
    this.#services = services;
  }

  /** Returns how the service's last process ended, undefined where none has since the last call. */
  take(name: string): ExitStatus | undefined {
    const { lastStatus } = this.#services.state(name);
    if (lastStatus === undefined || this.#told.get(name) === lastStatus) return undefined;
    this.#told.set(name, lastStatus);
    return lastStatus;
  }

  /** Leaves out what has ended so far: another incarnation has told it. */
  skip(): void {
    for (const name of this.#services.names()) this.take(name);
  }
}
