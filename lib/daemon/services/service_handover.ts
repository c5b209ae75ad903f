/** Services and their processes as they go from one image of the program to the next. */
import type { ServiceState } from "../../service/life/phase.ts";
import type { OutputHandover } from "./capture.ts";
import type { Child, Os } from "../../door/os.ts";
import type { OutlivingHandover } from "./outliving_outputs.ts";
import type { ProcessHandover } from "./process_table.ts";
import type { ServiceEntry } from "./service_entry.ts";

/** What is known of a service at run time. */
export interface EntryHandover {
  readonly name: string;
  readonly state: ServiceState;
  readonly executable: string;
  readonly prerequisitesMet: number;
  readonly wasLaunched: boolean;
  readonly isMarked: boolean;
  readonly formerPidfile?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface SupervisorHandover {
  readonly services: readonly EntryHandover[];
  readonly processes: readonly ProcessHandover[];
  readonly outliving: readonly OutlivingHandover[];
  readonly launches: number;
  /** Names of services in the order of their numbers. An image that marked nothing leaves none. */
  readonly numbered?: readonly string[];
  readonly errors: number;
}

/** Returns what the next image needs of a service. */
export function leaveEntry(
  { config, env, formerPidfile, ...known }: ServiceEntry,
): EntryHandover {
  return {
    name: config.name,
    ...known,
    ...(env ? { env } : {}),
    ...(formerPidfile ? { formerPidfile } : {}),
  };
}

/** Returns a process that was started by another image, with those of its streams that are open. */
export function takeStreams(os: Os, pid: number, left: OutputHandover = {}): Child {
  const { stdout, stderr } = left;
  return {
    pid,
    ...(stdout === undefined ? {} : { stdout: os.takePipe(stdout.descriptor) }),
    ...(stderr === undefined ? {} : { stderr: os.takePipe(stderr.descriptor) }),
  };
}
