/**
 * The end of a container by itself: whether any service may still do something, and which exit
 * status their ends have left.
 */
import { exitCause, type ShutdownCause } from "../../service/ending/exit_causes.ts";
import { type Failure, isGone, type Phase } from "../../service/life/phase.ts";
import { whatIsLeft } from "../../service/what_is_left.ts";
import type { Journal } from "../logging/journal.ts";
import type { Supervisor } from "../services/supervisor.ts";

/** What another incarnation goes on with. */
export interface NothingLeftHandover {
  readonly failed: readonly (readonly [string, ShutdownCause])[];
  readonly lastPassedOver?: readonly [string, ShutdownCause];
  readonly toldScheduled: string;
}

/** A service's change of phase. */
interface Change {
  readonly before: Phase;
  readonly after: Phase;
  /** Its failures count in no case: `ignore_failures`. */
  readonly isExcused: boolean;
}

export class NothingLeft {
  readonly #journal: Journal;
  /** Services that have failed, the latest last: it gives the exit status. */
  readonly #failed = new Map<string, ShutdownCause>();
  /** The service that has ended last, if it was given up and `on_give_up` passes over that. */
  #lastPassedOver: readonly [string, ShutdownCause] | undefined;
  #toldScheduled = "";
  /** No service was started. */
  #hasNone = false;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  handOver(): NothingLeftHandover {
    return {
      failed: [...this.#failed],
      ...(this.#lastPassedOver === undefined ? {} : { lastPassedOver: this.#lastPassedOver }),
      toldScheduled: this.#toldScheduled,
    };
  }

  takeOver({ failed, lastPassedOver, toldScheduled }: NothingLeftHandover): void {
    for (const [name, cause] of failed) this.#failed.set(name, cause);
    this.#lastPassedOver = lastPassedOver;
    this.#toldScheduled = toldScheduled;
  }

  /** Takes note that all services are disabled. */
  noteNone(): void {
    this.#hasNone = true;
  }

  /** Takes note of a service's new phase. */
  note(name: string, change: Change): void {
    const { after } = change;
    this.#hasNone = false;
    this.#failed.delete(name);
    this.#notePassedOver(name, change);
    if (after.kind !== "failed" || after.failure.ignored) return;
    this.#failed.set(name, causeOf(after.failure));
  }

  /** A give-up that is passed over counts where nothing outlives it: then it has ended all. */
  #notePassedOver(name: string, { before, after, isExcused }: Change): void {
    if (!isGone(after) || (isGone(before) && this.#lastPassedOver?.[0] !== name)) return;
    this.#lastPassedOver = undefined;
    if (after.kind !== "failed" || after.failure.givenUp === undefined) return;
    if (after.failure.ignored && !isExcused) this.#lastPassedOver = [name, causeOf(after.failure)];
  }

  /** Looks, where no process is left; the cause of the end, where none is to come either. */
  look(supervisor: Supervisor): ShutdownCause | undefined {
    const left = whatIsLeft(supervisor.names(), (name) => supervisor.state(name).phase);
    if (left === "something") return undefined;
    if (left.length > 0) {
      this.#tellScheduled(left);
      return undefined;
    }
    if (this.#hasNone) return this.#noneStarted();
    this.#journal.write({ level: "debug", text: "no child processes present" });
    const cause = [...this.#failed.values()].at(-1) ?? this.#lastPassedOver?.[1];
    return cause ?? exitCause("allEnded");
  }

  #noneStarted(): ShutdownCause {
    const former =
      "No service startups attempted (all disabled?) - exiting due to 'detect_exit=true'";
    this.#journal.write({ level: "debug", text: former });
    const text = "no service was started: all are disabled, and detect_exit is on";
    this.#journal.write({ level: "warn", text });
    return exitCause("noneEnabled");
  }

  #tellScheduled(names: readonly string[]): void {
    const list = names.join(", ");
    const former = `system will remain active since there are scheduled services: ${list}`;
    this.#journal.write({ level: "debug", text: former });
    if (list === this.#toldScheduled) return;
    const text =
      `nothing runs now; the container stays up for what is scheduled or listens: ${list}`;
    this.#journal.write({ level: "info", text });
    this.#toldScheduled = list;
  }
}

function causeOf({ exitCode, text }: Failure): ShutdownCause {
  return exitCause("failed", { what: text }, exitCode);
}
