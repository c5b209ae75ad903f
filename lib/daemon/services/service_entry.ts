/** What the supervisor knows of one service at run time. It alone replaces `state`. */
import type { ServiceConfig } from "../../config/model.ts";
import { initialState, isGone, type ServiceState } from "../../service/life/phase.ts";

export interface ServiceEntry {
  /** Replaced where another configuration leaves the running process as it is. */
  config: ServiceConfig;
  state: ServiceState;
  /** What was launched, or the word that was looked up. */
  executable: string;
  /** The index of the first prerequisite that is not known to be satisfied. */
  prerequisitesMet: number;
  wasLaunched: boolean;
  /** Its last launch was marked, see process_mark.ts. */
  isMarked: boolean;
  /**
   * What the pidfile was before the last launch, see `Os.fileStamp`: as long as it is the same, it
   * is of before.
   */
  formerPidfile: string | undefined;
  /** What its process was given at the last launch; kept only for probes that are run with it. */
  env: Readonly<Record<string, string>> | undefined;
}

/** Makes what is known of a service that has not been launched. */
export function createEntry(config: ServiceConfig, state: ServiceState): ServiceEntry {
  return {
    config,
    state,
    executable: config.argv[0] ?? "",
    prerequisitesMet: 0,
    wasLaunched: false,
    isMarked: false,
    formerPidfile: undefined,
    env: undefined,
  };
}

/** Messages about these types have the facility that 0.3.9 gives them, all others local5. */
const FACILITY_OF_TYPE: Partial<Record<ServiceConfig["type"], "cron" | "daemon">> = {
  cron: "cron",
  inetd: "daemon",
};

/** Returns the facility of messages about a service. */
export function facilityOf(config: ServiceConfig): "local5" | "cron" | "daemon" {
  return FACILITY_OF_TYPE[config.type] ?? "local5";
}

/**
 * Returns the entries of other services. Those in `fresh` begin in the state given there; all
 * others are the former ones, and go on with the configuration given here.
 * @throws {Error} and changes nothing, where a service that goes or begins anew still lives.
 */
export function adoptEntries(
  former: ReadonlyMap<string, ServiceEntry>,
  services: readonly ServiceConfig[],
  fresh: ReadonlyMap<string, ServiceState>,
): ReadonlyMap<string, ServiceEntry> {
  const adopted = new Map<string, ServiceEntry>();
  for (const config of services) {
    const { name } = config;
    const state = fresh.get(name);
    const kept = state === undefined ? former.get(name) : undefined;
    adopted.set(name, kept ?? createEntry(config, state ?? initialState(config.enabled)));
  }
  for (const [name, entry] of former) {
    if (adopted.get(name) === entry || isGone(entry.state.phase)) continue;
    throw new Error(`cannot replace ${name} while it is ${entry.state.phase.kind}`);
  }
  for (const config of services) {
    const entry = adopted.get(config.name);
    if (entry !== undefined) entry.config = config;
  }
  return adopted;
}
