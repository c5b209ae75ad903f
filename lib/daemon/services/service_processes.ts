/**
 * The processes of services, by the name of the service: whose they are, signals to them, and
 * commands that run beside them. It changes no service; what becomes of one is the supervisor's.
 */
import { mainPid } from "../../service/life/phase.ts";
import type { ProcessIdentity } from "../../door/os.ts";
import type { CommandOptions, GuestCommand, Launcher } from "./launcher.ts";
import type { ProcessTable } from "./process_table.ts";
import type { CommandListener } from "./running.ts";
import type { ServiceEntry } from "./service_entry.ts";

interface ServiceProcessesParts {
  readonly processes: ProcessTable;
  readonly launcher: Launcher;
  /** @throws {RangeError} where there is no such service. */
  readonly entryOf: (name: string) => ServiceEntry;
}

export class ServiceProcesses {
  readonly #parts: ServiceProcessesParts;

  constructor(parts: ServiceProcessesParts) {
    this.#parts = parts;
  }

  /** How many processes that chaperone started or follows have not been dealt with to their end. */
  get runningCount(): number {
    return this.#parts.processes.size;
  }

  /** The words that a launch of the service runs. */
  argv(name: string): readonly string[] {
    const { launcher, entryOf } = this.#parts;
    return launcher.argv(entryOf(name));
  }

  /**
   * Runs a command for a service, with its user and environment, its output captured as the
   * service's unless the options say otherwise. Returns its process, where there is one.
   */
  runFor(
    name: string,
    argv: readonly string[],
    listener: CommandListener,
    options: CommandOptions = {},
  ): number | undefined {
    const { launcher, entryOf } = this.#parts;
    return launcher.runFor(entryOf(name), argv, listener, options);
  }

  /**
   * Starts one more process of a service that listens, with a descriptor for all its streams.
   * Returns it, where there is one.
   */
  launchOn(
    name: string,
    descriptor: number,
    variables: Readonly<Record<string, string>>,
    listener: CommandListener,
  ): number | undefined {
    const { launcher, entryOf } = this.#parts;
    return launcher.launchOn(entryOf(name), descriptor, variables, listener);
  }

  /** Runs a command as a service would run it, see `Launcher.runGuest`. */
  runGuest(name: string, command: GuestCommand, listener: CommandListener): number {
    const { launcher, entryOf } = this.#parts;
    return launcher.runGuest(entryOf(name), command, listener);
  }

  /** Signals a process of a service, with its group where it leads one; false: there is none. */
  signalProcess(name: string, pid: number, signal: number): boolean {
    const { processes, entryOf } = this.#parts;
    return processes.signal(entryOf(name), pid, signal);
  }

  /** Signals the service's own process alone; false where it has none. */
  signalMain(name: string, signal: number): boolean {
    const { processes, entryOf } = this.#parts;
    const entry = entryOf(name);
    const pid = mainPid(entry.state.phase);
    return pid !== undefined && processes.signal(entry, pid, signal, { alone: true });
  }

  /** Processes of a service other than its own one. */
  straysOf(name: string): readonly number[] {
    const { processes, entryOf } = this.#parts;
    return processes.straysOf(entryOf(name));
  }

  /**
   * All living processes of a service: its own, then, at the cost of a look at all processes, what
   * these started, its sessions, its marker.
   */
  processesOf(name: string): Iterable<number> {
    const { processes, entryOf } = this.#parts;
    return processes.processesOf(entryOf(name));
  }

  /** Whether a process is one of the service's; undefined where it has ended: nobody can say. */
  isMember(name: string, pid: number): boolean | undefined {
    const { processes, entryOf } = this.#parts;
    return processes.isMember(entryOf(name), pid);
  }

  /** Whether a process is, or can be, of a service that has a sandbox. */
  mayBeSandboxed(pid: number): boolean {
    return this.#parts.processes.membership.mayBeSandboxed(pid);
  }

  /**
   * Returns the services of processes, by number, without those of no service. Parents come
   * first.
   */
  ownersOf(processes: readonly ProcessIdentity[]): Map<number, string> {
    const owners = this.#parts.processes.membership.ownersOf(processes);
    return new Map([...owners].map(([pid, { config }]) => [pid, config.name]));
  }

  /** Why a service may not name a process as its own one; undefined where it may. */
  mainPidProblem(name: string, pid: number): string | undefined {
    const { processes, entryOf } = this.#parts;
    return processes.claims.problem(entryOf(name), pid);
  }
}
