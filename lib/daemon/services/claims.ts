/** What a service says of itself: which process may it name as its own one? */
import type { HeldProcess, Os, ProcessIdentity } from "../../door/os.ts";
import type { Membership } from "./membership.ts";
import type { Running } from "./running.ts";
import type { ServiceEntry } from "./service_entry.ts";

/** What is said of a process that has ended. */
export const NO_SUCH_PROCESS = "there is no such process";

/** Whether a service may do to any process whatever chaperone may. */
export function isTrusted({ uid }: Pick<Os, "uid">, entry: ServiceEntry | undefined): boolean {
  const own = entry?.config.identity?.uid ?? uid;
  return own === 0 || own === uid;
}

export interface ClaimsParts {
  readonly os: Os;
  readonly membership: Membership;
  readonly known: ReadonlyMap<number, Running>;
}

export class Claims {
  readonly #parts: ClaimsParts;
  /** The last process that was found to be one that its service may name. */
  #examined: { readonly pid: number; readonly held: HeldProcess } | undefined;

  constructor(parts: ClaimsParts) {
    this.#parts = parts;
  }

  /** Gives what holds a process that was just found to be its service's, to be closed there. */
  take(pid: number): HeldProcess | undefined {
    if (this.#examined?.pid !== pid) return undefined;
    const { held } = this.#examined;
    this.#examined = undefined;
    return held;
  }

  /**
   * Why a service may not name a process as its own one; undefined where it may. That process is
   * held from before it is looked at, so that it is the one that `take` gives.
   */
  problem(entry: ServiceEntry, pid: number): string | undefined {
    this.#examined?.held.close();
    this.#examined = undefined;
    const held = this.#parts.os.hold(pid);
    const problem = this.#problem(entry, pid);
    if (problem === undefined && held !== undefined) this.#examined = { pid, held };
    else held?.close();
    return problem;
  }

  #problem(entry: ServiceEntry, pid: number): string | undefined {
    const { os } = this.#parts;
    if (pid === os.pid) return "that is chaperone itself";
    const running = this.#parts.known.get(pid);
    if (running?.entry === entry && !running.ended) return undefined;
    const process = os.process(pid);
    if (process === undefined) return this.#unseen(entry, pid);
    const owner = os.processOwner(pid);
    // chaperone may signal everybody, an unprivileged service must not make use of that.
    if (!isTrusted(os, entry) && owner !== entry.config.identity?.uid) {
      return "it belongs to another user";
    }
    const member = this.#parts.membership.ownerOf(process);
    if (member === entry) return undefined;
    if (member !== undefined) return `it belongs to ${member.config.name}`;
    if (running !== undefined) return "it belongs to chaperone";
    if (!os.isInit && !this.#isBelow(process)) return "it was not started below chaperone";
    return this.#parts.membership.mayBeOf(entry, pid) ? undefined : "chaperone has not started it";
  }

  /** It has ended, or nothing can be seen of processes at all. */
  #unseen(entry: ServiceEntry, pid: number): string | undefined {
    const { os } = this.#parts;
    if (os.process(os.pid) !== undefined || !os.kill(pid, 0)) return NO_SUCH_PROCESS;
    return isTrusted(os, entry) ? undefined : "/proc does not show whose it is";
  }

  #isBelow(process: ProcessIdentity): boolean {
    const { os } = this.#parts;
    return os.descendants().some(({ pid }) => pid === process.pid);
  }
}
