/**
 * Everything by which services tell that they are ready and well: their notify sockets, their
 * watchdogs, their probes. Follows the phases of the supervisor and tells it what it hears.
 */
import type { ServiceConfig } from "../../config/model.ts";
import type { Identity } from "../../base/identity.ts";
import { isGone, type Phase } from "../../service/life/phase.ts";
import type { Reach } from "../services/external_watch.ts";
import type { Journal } from "../logging/journal.ts";
import { NotifySenders } from "./notify_senders.ts";
import { NotifyListener, type NotifyParts, type NotifySocketHandover } from "./notify_listener.ts";
import type { Child, Os } from "../../door/os.ts";
import type { OutputWatches } from "../logging/output_watches.ts";
import { ProbeRunner, type ProbesHandover } from "./probe_runner.ts";
import { ProbeTries } from "./probe_tries.ts";
import type { Supervisor } from "../services/supervisor.ts";

export interface ReadinessParts {
  readonly os: Os;
  readonly journal: Journal;
  /** The user chaperone runs as. */
  readonly ownUid: number;
  readonly reach: Reach["reach"];
  readonly watches: OutputWatches;
  /**
   * Returns undefined where one of the owner's processes listens on the port, else what was seen.
   */
  seekListener(
    port: number,
    owner: { processes(): Iterable<number>; readonly identity?: Identity },
  ): string | undefined;
  /** Makes the directory of notify sockets ready, before each is opened. @throws {SystemError} */
  readonly notifyDirectory: () => string;
  readonly listen: NotifyParts["listen"];
  readonly keeping: NotifyParts["keeping"];
}

/** Notify sockets and probes as another incarnation takes them over. */
export interface ReadinessHandover {
  readonly notify: readonly NotifySocketHandover[];
  readonly probes: ProbesHandover;
}

export class Readiness {
  readonly #parts: ReadinessParts;
  readonly #notify: NotifyListener;
  readonly #probes: ProbeRunner;
  #supervisor!: Supervisor;

  constructor(parts: ReadinessParts) {
    this.#parts = parts;
    const { os, journal, reach, watches, notifyDirectory, listen, keeping } = parts;
    const dispatch: Supervisor["dispatch"] = (name, event) =>
      this.#supervisor.dispatch(name, event);
    const strays = (name: string) => this.#supervisor.processes.straysOf(name);
    this.#notify = new NotifyListener({
      directory: notifyDirectory,
      listen,
      keeping,
      journal,
      dispatch,
      strays,
      senders: new NotifySenders({
        isMember: (name, pid) => this.#supervisor.processes.isMember(name, pid),
        usersOf: (name) => this.#usersOf(name),
        ownUid: parts.ownUid,
        nowMs: () => os.nowMs(),
      }),
      mainPidProblem: (name, pid) => this.#supervisor.processes.mainPidProblem(name, pid),
    });
    this.#probes = new ProbeRunner({
      tries: new ProbeTries({
        os,
        reach,
        watchOutput: (name, pattern, callback) => watches.of(name).add(pattern, callback),
        seekListener: (config, port) => this.#seekListener(config, port),
        runFor: (...args) => this.#supervisor.processes.runFor(...args),
      }),
      nowMs: () => os.nowMs(),
      setTimer: (delayMs, callback) => os.setTimer(delayMs, callback),
      random: () => os.random(),
      dispatch,
      strays,
    });
  }

  /** Begins to follow a supervisor, which in turn needs `launchVariables` at its birth. */
  use(supervisor: Supervisor): void {
    this.#supervisor = supervisor;
    supervisor.observe((name, before, after) => {
      const config = supervisor.config(name);
      this.#probes.changed(config, before, after);
      if (isGone(after) && after.kind !== "done") this.#notify.close(name);
    });
  }

  /** What a launch adds to the environment of a service. @throws {SystemError} */
  launchVariables(config: ServiceConfig): Record<string, string> {
    const { watchdogMs } = config;
    if (config.type !== "notify" && watchdogMs === undefined) return {};
    const variables: Record<string, string> = { NOTIFY_SOCKET: this.#notify.open(config) };
    // WATCHDOG_PID is set by whoever knows it, see `SpawnRequest`.
    if (watchdogMs !== undefined) {
      variables["WATCHDOG_USEC"] = String(Math.round(watchdogMs * 1000));
    }
    return variables;
  }

  /** Takes note of a launch, before anything of what the process says is read. */
  launched(config: ServiceConfig, child: Child): void {
    this.#probes.launched(config, child);
  }

  /** Looks whether the files of notify sockets are still there. */
  renew(): void {
    this.#notify.renew();
  }

  /** What another incarnation needs to go on. Ends the tries that are under way. */
  handOver(): ReadinessHandover {
    return { notify: this.#notify.handOver(), probes: this.#probes.handOver() };
  }

  /** Takes up again the tries that `handOver` has ended: nobody has taken over. */
  resume({ probes }: ReadinessHandover): void {
    this.#probes.takeOver(this.#services(), { ...probes, signs: [] });
  }

  /**
   * Goes on where another incarnation has stopped. The supervisor has taken over before.
   */
  takeOver({ notify, probes }: ReadinessHandover): void {
    for (const left of notify) this.#notify.takeOver(this.#supervisor.config(left.name), left);
    this.#probes.takeOver(this.#services(), probes);
  }

  *#services(): Iterable<readonly [ServiceConfig, Phase]> {
    const supervisor = this.#supervisor;
    for (const name of supervisor.names()) {
      yield [supervisor.config(name), supervisor.state(name).phase];
    }
  }

  /** Datagrams on notify sockets that were no message, for metrics. */
  get malformedNotifications(): number {
    return this.#notify.malformed;
  }

  /** Closes what is open. */
  close(): Promise<void> {
    return this.#notify.closeAll();
  }

  /** As far as /proc tells. */
  *#usersOf(name: string): Iterable<number> {
    for (const pid of this.#supervisor.processes.processesOf(name)) {
      const uid = this.#parts.os.processOwner(pid);
      if (uid !== undefined) yield uid;
    }
  }

  #seekListener(config: ServiceConfig, port: number): string | undefined {
    const { identity } = config;
    return this.#parts.seekListener(port, {
      processes: () => this.#supervisor.processes.processesOf(config.name),
      ...(identity === undefined ? {} : { identity }),
    });
  }
}
