/** Services and their processes as they go from one incarnation to the next. */
import type { ServiceState } from "../../service/life/phase.ts";
import type { OutputCapture, OutputHandover } from "./capture.ts";
import type { Child, Os } from "../../door/os.ts";
import type { OutlivingHandover } from "./outliving_outputs.ts";
import type { ProcessTable } from "./process_table.ts";
import type { CommandListener, ProcessHandover } from "./running.ts";
import type { ServiceEntry } from "./service_entry.ts";
import type { Triggers } from "./triggers.ts";

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
  /**
   * Names of services in the order of their numbers. An incarnation that marked nothing leaves
   * none.
   */
  readonly numbered?: readonly string[];
  readonly errors: number;
}

/** Returns what the next incarnation needs of a service. */
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

/** Where what was taken over belongs. */
export interface TakingServices {
  readonly os: Os;
  readonly capture: OutputCapture;
  readonly processes: ProcessTable;
  readonly triggers?: () => Triggers | undefined;
  entryOf(name: string): ServiceEntry | undefined;
}

/**
 * Goes on with what another incarnation has left: states, processes, and outputs that outlive
 * theirs.
 */
export function takeServices(left: SupervisorHandover, parts: TakingServices): void {
  for (const { name, ...known } of left.services) {
    const entry = parts.entryOf(name);
    if (entry !== undefined) Object.assign(entry, known);
  }
  for (const process of left.processes) takeProcess(process, parts);
  for (const { pid, service, output: rest } of left.outliving) {
    const entry = parts.entryOf(service);
    const output = entry &&
      parts.capture.attach(entry.config, takeStreams(parts.os, pid, rest), rest);
    if (entry && output) parts.processes.outliving.keep({ pid, entry, output });
  }
}

function takeProcess(process: ProcessHandover, parts: TakingServices): void {
  const { pid, service, isHelper, isGuest = false, attached, startedTicks, serial } = process;
  const { descriptor, output: left } = process;
  const { os, capture, triggers } = parts;
  const owner = service === undefined ? undefined : parts.entryOf(service);
  const child = takeStreams(os, pid, left);
  const isConnection = owner?.config.type === "inetd" && !isHelper && !isGuest;
  parts.processes.add(pid, {
    entry: isHelper ? undefined : owner,
    ...(isHelper && owner ? { helps: owner } : {}),
    ...(isGuest ? { isGuest } : {}),
    output: owner && capture.attach(owner.config, child, left),
    attached,
    startedTicks,
    held: descriptor === undefined ? undefined : os.takeHeld(pid, descriptor),
    ...(serial === undefined ? {} : { serial }),
    ...(isConnection ? { listener: connectionListener(owner.config.name, triggers) } : {}),
  });
}

/** Follows a process that serves a connection. */
function connectionListener(
  name: string,
  triggers: TakingServices["triggers"],
): CommandListener {
  const ended = () => triggers?.()?.connectionEnded(name);
  return { failed: ended, exited: ended };
}

/**
 * Returns a process that was started by another incarnation, with those of its streams that are
 * open.
 */
function takeStreams(os: Os, pid: number, left: OutputHandover = {}): Child {
  const { stdout, stderr } = left;
  return {
    pid,
    ...(stdout === undefined ? {} : { stdout: os.takePipe(stdout.descriptor) }),
    ...(stderr === undefined ? {} : { stderr: os.takePipe(stderr.descriptor) }),
  };
}
