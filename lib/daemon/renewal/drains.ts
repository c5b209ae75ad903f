/**
 * Watches who is connected to services that drain, and tells them when nobody is any more. Looks at
 * the kernel's tables of sockets, seldom and only meanwhile.
 */
import { isDraining, type Phase } from "../../service/life/phase.ts";
import type { Os } from "../../door/os.ts";
import type { Journal } from "../logging/journal.ts";
import type { Supervisor } from "../services/supervisor.ts";

export interface DrainsParts {
  readonly os: Pick<Os, "countConnections" | "setTimer">;
  readonly journal: Journal;
  readonly supervisor: Supervisor;
}

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1000;

interface Drain {
  /** Who was seen last. */
  count: number | undefined;
  cancel: () => void;
  isBlind: boolean;
}

export class Drains {
  readonly #parts: DrainsParts;
  readonly #drains = new Map<string, Drain>();

  constructor(parts: DrainsParts) {
    this.#parts = parts;
    parts.supervisor.observe((name, _before, after) => this.#changed(name, after));
  }

  /** Goes on with those of another incarnation; the supervisor has taken over before. */
  takeOver(): void {
    const { supervisor } = this.#parts;
    for (const name of supervisor.names()) this.#changed(name, supervisor.state(name).phase);
  }

  #changed(name: string, after: Phase): void {
    const known = this.#drains.get(name);
    if (isDraining(after)) {
      if (known !== undefined) return;
      const drain = { count: undefined, cancel: () => {}, isBlind: false };
      this.#drains.set(name, drain);
      return this.#pause(name, drain, FIRST_PAUSE_MS);
    }
    if (known === undefined) return;
    known.cancel();
    this.#drains.delete(name);
    const isCut = after.kind === "stopping" && (known.count ?? 0) > 0;
    if (isCut) this.#tell(name, `is stopped all the same: ${countText(known.count)}`);
  }

  #pause(name: string, drain: Drain, pauseMs: number): void {
    drain.cancel = this.#parts.os.setTimer(pauseMs, () => this.#look(name, drain, pauseMs));
  }

  #look(name: string, drain: Drain, pauseMs: number): void {
    const { os, supervisor } = this.#parts;
    const { identity } = supervisor.config(name);
    drain.count = os.countConnections({
      processes: () => supervisor.processes.processesOf(name),
      ...(identity === undefined ? {} : { identity }),
    });
    if (drain.count === 0) return supervisor.dispatch(name, { kind: "drained" });
    if (drain.count === undefined && !drain.isBlind) {
      drain.isBlind = true;
      this.#tell(name, "has all of its drain_timeout: /proc does not show who is connected to it");
    }
    this.#pause(name, drain, Math.min(2 * pauseMs, LONGEST_PAUSE_MS));
  }

  #tell(service: string, text: string): void {
    this.#parts.journal.write({ level: "warn", text: `${service} ${text}`, service });
  }
}

function countText(count = 0): string {
  return count === 1 ? "1 connection is open" : `${count} connections are open`;
}
