/**
 * The end of a container by itself: whether any service may still do something, and which exit
 * status their ends have left.
 */
import { exitCause, type ShutdownCause } from "../../service/ending/exit_causes.ts";
import type { Phase } from "../../service/life/phase.ts";
import { whatIsLeft } from "../../service/what_is_left.ts";
import type { Journal } from "../logging/journal.ts";
import type { Supervisor } from "../services/supervisor.ts";

/** What another incarnation goes on with. */
export interface NothingLeftHandover {
  readonly failed: readonly (readonly [string, ShutdownCause])[];
  readonly toldScheduled: string;
}

export class NothingLeft {
  readonly #journal: Journal;
  /** Services that have failed, the latest last: it gives the exit status. */
  readonly #failed = new Map<string, ShutdownCause>();
  #toldScheduled = "";

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  handOver(): NothingLeftHandover {
    return { failed: [...this.#failed], toldScheduled: this.#toldScheduled };
  }

  takeOver({ failed, toldScheduled }: NothingLeftHandover): void {
    for (const [name, cause] of failed) this.#failed.set(name, cause);
    this.#toldScheduled = toldScheduled;
  }

  /** Takes note of a service's new phase. */
  note(name: string, after: Phase): void {
    this.#failed.delete(name);
    if (after.kind !== "failed" || after.failure.ignored) return;
    const { exitCode, text } = after.failure;
    this.#failed.set(name, exitCause("failed", { what: text }, exitCode));
  }

  /** Looks, where no process is left; the cause of the end, where none is to come either. */
  look(supervisor: Supervisor): ShutdownCause | undefined {
    const left = whatIsLeft(supervisor.names(), (name) => supervisor.state(name).phase);
    if (left === "something") return undefined;
    if (left.length > 0) {
      this.#tellScheduled(left);
      return undefined;
    }
    this.#journal.write({ level: "debug", text: "no child processes present" });
    return [...this.#failed.values()].at(-1) ?? exitCause("allEnded");
  }

  #tellScheduled(names: readonly string[]): void {
    const text = `system will remain active since there are scheduled services: ${
      names.join(", ")
    }`;
    this.#journal.write({ level: text === this.#toldScheduled ? "debug" : "warn", text });
    this.#toldScheduled = text;
  }
}
