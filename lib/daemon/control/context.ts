/** What the commands of telchap act on. */
import type { ScheduleView } from "../services/triggers.ts";
import type { Config } from "../../config/model.ts";
import type { TelchapCall } from "../../commands/telchap_commands.ts";
import type { Family } from "../../service/family.ts";
import { shortName } from "../../base/service_name.ts";
import type { Phase } from "../../service/life/phase.ts";
import { selectServices, UnknownServiceError } from "../../service/select_services.ts";
import type { ConfigApplier } from "../container/config_applier.ts";
import type { Container } from "../container/container.ts";
import type { ControlSession } from "./control_server.ts";
import type { Journal } from "../logging/journal.ts";
import type { LogRing } from "../logging/log_ring.ts";
import type { Os } from "../../door/os.ts";
import type { SelfReplacement } from "../container/self_replacement.ts";
import type { ServiceHistory } from "../services/service_history.ts";
import type { Supervisor } from "../services/supervisor.ts";

/** What a process uses at the moment. */
export interface ProcessUsage {
  readonly memoryBytes: number;
  readonly cpuMs: number;
  readonly command: string;
}

/** The level that all logging sections include. */
export interface ForcedLevel {
  /** The severity's number, undefined: none. */
  get(): number | undefined;
  set(severity: number): void;
}

export interface ControlContext {
  readonly config: Config;
  readonly family: Family;
  readonly supervisor: Supervisor;
  readonly container: Container;
  readonly os: Os;
  readonly journal: Journal;
  readonly ring: LogRing;
  readonly history: ServiceHistory;
  readonly forcedLevel: ForcedLevel;
  /** Absent where nothing starts by time or connection. */
  readonly schedules?: ScheduleView | undefined;
  /** Absent where the configuration cannot be loaded anew. */
  readonly applier?: ConfigApplier;
  /** Absent where chaperone cannot execute itself anew. */
  readonly replacement?: SelfReplacement;
  /** How this image of the program came to be, where another one was there before. */
  readonly takenOver?: () => string | undefined;
  readonly version: string;
  /** Looks at processes; those that have ended are left out. */
  readonly usage: (pids: readonly number[]) => ReadonlyMap<number, ProcessUsage>;
}

/** One command under way. */
export interface ControlCall {
  readonly context: ControlContext;
  readonly call: TelchapCall;
  readonly session: ControlSession;
}

/** A command that cannot be carried out. The client sees `Command error: ` and the text. */
export class CommandError extends Error {}

/** Returns the services that the call names, in start order. @throws {CommandError} */
export function namedServices({ context, call }: ControlCall): string[] {
  const { supervisor, family } = context;
  try {
    return selectServices(call.operands, family.startOrder.map((name) => supervisor.config(name)));
  } catch (error) {
    if (!(error instanceof UnknownServiceError)) throw error;
    throw new CommandError(error.message);
  }
}

/** Formats names as messages list them. */
export function listNames(names: readonly string[]): string {
  return names.map(shortName).join(", ");
}

/** @throws {CommandError} with the text and the names, where there are any. */
export function refuseIfAny(names: readonly string[], text: string): void {
  if (names.length > 0) throw new CommandError(`${text}: ${listNames(names)}`);
}

/**
 * Waits until the phase of each service satisfies the predicate, and resolves with whether all did:
 * false where the client, if the wait is for one, went away before.
 */
export function waitForPhases(
  { context: { supervisor }, session }: Pick<ControlCall, "context"> & Partial<ControlCall>,
  names: readonly string[],
  predicate: (phase: Phase) => boolean,
): Promise<boolean> {
  const left = new Set(names.filter((name) => !predicate(supervisor.state(name).phase)));
  if (left.size === 0) return Promise.resolve(true);
  return new Promise((resolve) => {
    const finish = (isDone: boolean) => {
      stop();
      resolve(isDone);
    };
    const stop = supervisor.observe((name, _before, after) => {
      if (!left.has(name) || !predicate(after)) return;
      left.delete(name);
      if (left.size === 0) finish(true);
    });
    void session?.gone.then(() => finish(false));
  });
}
