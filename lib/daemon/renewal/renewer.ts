/** Renews services that nobody has asked to be renewed, and has it told by `telchap why`. */
import { describeExit, type ExitStatus } from "../../base/exit_status.ts";
import { isGone } from "../../service/life/phase.ts";
import { planRoll } from "../../service/renewal/roll.ts";
import { type OrderWord, signalOrder } from "../../service/service_order.ts";
import type { Journal } from "../logging/journal.ts";
import { reloadService } from "../services/reload_service.ts";
import type { ServiceHistory } from "../services/service_history.ts";
import type { Supervisor } from "../services/supervisor.ts";
import { describeOutcome, type Roller } from "./roller.ts";

export interface RenewerParts {
  readonly supervisor: Supervisor;
  readonly history: () => ServiceHistory;
  readonly journal: Journal;
  readonly roller: Roller;
  /** How long a stop may take of a service without `stop_timeout`. */
  readonly stopTimeoutMs: () => number;
}

/** Names in a variable of a command, of files that have changed. */
const PATHS_MAX = 100;

export class Renewer {
  readonly #parts: RenewerParts;
  /** Those whose restart waits for that of others. */
  readonly #waiting = new Set<string>();

  constructor(parts: RenewerParts) {
    this.#parts = parts;
  }

  /**
   * Stops it and starts it again, when other instances of it are back that are restarted; `why`
   * completes "ended by chaperone: …".
   */
  restart(name: string, why: string): void {
    if (this.#waiting.has(name)) return;
    this.#waiting.add(name);
    const { supervisor, roller } = this.#parts;
    const plan = () => {
      this.#waiting.delete(name);
      const all = [...supervisor.names()].map((other) => supervisor.config(other));
      // It may be gone by now, or have been stopped.
      const members = all.filter((config) =>
        config.name === name && !isGone(supervisor.state(name).phase)
      );
      return planRoll(members, all, { isWatched: false });
    };
    const exchange = () => {
      this.#restartNow(name, why);
      return roller.settle(name);
    };
    void roller.roll(supervisor.config(name), { plan, exchange }).then((outcome) => {
      const failure = describeOutcome(outcome);
      if (failure !== undefined) this.#tell(name, `restart of ${name} failed: ${failure}`);
    });
  }

  #restartNow(name: string, why: string): void {
    const { supervisor, stopTimeoutMs } = this.#parts;
    const budgetMs = supervisor.config(name).stopTimeoutMs ?? stopTimeoutMs();
    supervisor.stop(name, "renewal", budgetMs, { why });
    supervisor.dispatch(name, { kind: "start" });
    this.#note(name, "restart", why);
  }

  reload(name: string, why: string): void {
    this.#note(name, "reload", why);
    void reloadService(this.#parts.supervisor, name).then((failure) => {
      if (failure !== undefined) this.#tell(name, failure);
    });
  }

  signal(name: string, signal: number, why: string): void {
    this.#note(name, signalOrder(signal), why);
    if (this.#parts.supervisor.processes.signalMain(name, signal)) return;
    this.#tell(name, `${name} has no process that could be signalled`);
  }

  /** As the service's user, told by `_CHAP_CHANGED` of the files, one a line. */
  run(
    name: string,
    argv: readonly string[],
    { why, paths }: { readonly why: string; readonly paths: readonly string[] },
  ): void {
    const what = `run of ${name} for a change`;
    this.#note(name, "run", why);
    this.#parts.supervisor.processes.runFor(name, argv, {
      failed: (text) => this.#tell(name, `${what} cannot be started: ${text}`),
      exited: (status: ExitStatus) => {
        if (status.kind === "exited" && status.code === 0) return;
        this.#tell(name, `${what} ${describeExit(status)}`);
      },
    }, { variables: { _CHAP_CHANGED: paths.slice(0, PATHS_MAX).join("\n") } });
  }

  #note(name: string, what: OrderWord, why: string): void {
    this.#parts.history().order(name, what, `chaperone, since ${why}`);
  }

  #tell(service: string, text: string): void {
    this.#parts.journal.write({ level: "err", text, service });
  }
}
