/** What the commands of telchap act on. */
import type { ScheduleView } from "../services/triggers.ts";
import type { Config, ServiceConfig } from "../../config/model.ts";
import { isWriting } from "../../commands/telchap_call.ts";
import type { ControlCommandName, TelchapCall } from "../../commands/telchap_commands.ts";
import { parseDuration } from "../../base/duration.ts";
import type { Family } from "../../service/family.ts";
import { shortName } from "../../base/service_name.ts";
import type { Phase } from "../../service/life/phase.ts";
import { selectServices, UnknownServiceError } from "../../service/select_services.ts";
import type { Alerts } from "../alerts/alerts.ts";
import type { ConfigApplier } from "../container/config_applier.ts";
import type { Container } from "../container/container.ts";
import type { Caller } from "../../base/caller.ts";
import type { DelayedShutdown } from "./delayed_shutdown.ts";
import type { ControlSession } from "./control_server.ts";
import type { Journal } from "../logging/journal.ts";
import type { RecorderView } from "../recorder/recorder_view.ts";
import type { LogRing } from "../logging/log_ring.ts";
import type { ProcessUsage } from "../../door/process_record.ts";
import type { Os } from "../../door/os.ts";
import type { RightsReader } from "../../door/rights_reader.ts";
import type { SelfReplacement } from "../container/self_replacement.ts";
import type { Roller } from "../renewal/roller.ts";
import type { ServiceHistory } from "../services/service_history.ts";
import { waitForPhases as waitFor } from "../services/phase_wait.ts";
import type { Supervisor } from "../services/supervisor.ts";

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
  readonly delayedShutdown: DelayedShutdown;
  /** Absent where nothing starts by time or connection. */
  readonly schedules?: ScheduleView | undefined;
  /** What puts other configurations in force, loaded with the first; absent: nothing can. */
  readonly applier?: () => Promise<ConfigApplier>;
  /** Whether another configuration is being put in force. */
  readonly isApplying: () => boolean;
  /** Absent where chaperone cannot re-execute itself. */
  readonly replacement?: SelfReplacement;
  /** Absent where there is none. */
  readonly alerts?: Alerts | undefined;
  /** Absent where nothing is recorded beyond the end of the container. */
  readonly recorder?: RecorderView | undefined;
  /** What exchanges instances; loaded with the first. */
  readonly roller: () => Promise<Roller>;
  /** How far the roll is that a service is part of; undefined where it is of none. */
  readonly rollOf: (config: ServiceConfig) => string | undefined;
  /** How this incarnation came to be, where another one was there before. */
  readonly takenOver?: () => string | undefined;
  readonly version: string;
  /** Takes note that a command was refused to a caller who may not give it. */
  readonly refused: (caller: Caller, words: readonly string[]) => void;
  /** Looks at processes; those that have ended are left out. */
  readonly usage: (pids: readonly number[]) => ReadonlyMap<number, ProcessUsage>;
  /** Loads what looks at the rights of processes. */
  readonly rightsReader: () => Promise<RightsReader>;
}

/** One command under way. */
export interface ControlCall<Name extends ControlCommandName = ControlCommandName> {
  readonly context: ControlContext;
  readonly call: TelchapCall<Name>;
  readonly session: ControlSession;
}

/** What a command answers: a text, both forms, or an exit status without a word. */
export type Reply<Value = unknown> = string | JsonReply<Value> | { readonly code: number };

/** Lines for people, and with `--json` a value for programs. */
export interface JsonReply<Value = unknown> {
  readonly text: string;
  readonly value: Value;
  /** The client's exit status; absent: 0. */
  readonly exitCode?: number;
}

/** A command that cannot be carried out. The client sees `Command error: ` and the text. */
export class CommandError extends Error {}

/**
 * A command that the caller may not give. The client's exit status tells it from other failures.
 */
export class PermissionError extends CommandError {
  constructor(what: string) {
    super(`not permitted: ${what}`);
  }
}

/**
 * Whether a caller may do to a service what it likes: the service runs as the caller's own user.
 */
export function mayHandle(
  { supervisor }: Pick<ControlContext, "supervisor">,
  name: string,
  { mayControl, uid }: ControlSession["caller"],
): boolean {
  if (mayControl) return true;
  const owner = supervisor.config(name).identity?.uid;
  return owner !== undefined && owner === uid;
}

/** Whether telchap has launched a service, and no file declares it. */
export function isLaunched({ config }: Pick<ControlContext, "config">, name: string): boolean {
  return config.launched.some((service) => service.name === name);
}

/** Whether a caller may see that a service is there, and in which state. */
export function maySee(
  context: Pick<ControlContext, "supervisor">,
  name: string,
  caller: ControlSession["caller"],
): boolean {
  return caller.mayLook || mayHandle(context, name, caller);
}

/** Whether a service is launched again whenever the container starts. */
export function isKept({ config }: Pick<ControlContext, "config">, name: string): boolean {
  return config.launched.some((service) => service.name === name && service.kept !== undefined);
}

/** Returns all services that the caller may see. */
export function visibleServices({ context, session }: ControlCall): string[] {
  return [...context.supervisor.names()].filter((name) => maySee(context, name, session.caller));
}

/** @throws {PermissionError} where the caller may not do to all services what the call does. */
export function demandPermission(
  { context, call, session }: ControlCall,
  names: Iterable<string>,
): void {
  const may = isWriting(call) ? mayHandle : maySee;
  const others = [...names].filter((name) => !may(context, name, session.caller));
  if (others.length > 0) {
    throw new PermissionError(
      session.caller.uid === undefined
        ? `from a sandbox nothing can be asked of ${listNames(others)}`
        : `you do not run as the user of ${listNames(others)}`,
    );
  }
}

/**
 * Returns the services that the call, or these words of it, name, in start order.
 * @throws {PermissionError} where the caller has no business with one of them.
 * @throws {CommandError} where there is no such service.
 */
export function namedServices(
  command: ControlCall,
  words: readonly string[] = command.call.operands,
): string[] {
  const { supervisor, family } = command.context;
  try {
    const known = family.startOrder.map((name) => supervisor.config(name));
    const names = selectServices(words, known);
    demandPermission(command, names);
    return names;
  } catch (error) {
    if (!(error instanceof UnknownServiceError)) throw error;
    throw new CommandError(error.message);
  }
}

/**
 * Returns the one service that a command takes.
 * @throws {CommandError} where the words name none, or several.
 */
export function namedService(command: ControlCall, words: readonly string[]): string {
  const [name, ...more] = namedServices(command, words);
  if (name !== undefined && more.length === 0) return name;
  const named = listNames([name ?? "none", ...more]);
  throw new CommandError(`${command.call.command.name} takes one service, not ${named}`);
}

/**
 * @throws {PermissionError} where one of the services is not the caller's own: what is asked may
 * carry secrets.
 */
export function demandOwn({ context, session }: ControlCall, names: readonly string[]): void {
  if (names.every((name) => mayHandle(context, name, session.caller))) return;
  throw new PermissionError("only root, the owner of the control socket and its user may see this");
}

/** Reads how long to wait at most, in milliseconds. @throws {CommandError} */
export function readTimeLimit(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const limitMs = parseDuration(text);
  if (limitMs !== undefined && limitMs > 0) return limitMs;
  throw new CommandError(`not a time: '${text}'; write 30s, 2m or 1h30m`);
}

/** Formats names as messages list them. */
export function listNames(names: readonly string[]): string {
  return names.map(shortName).join(", ");
}

/** @throws {CommandError} with the text, the names and what would help, where there are any. */
export function refuseIfAny(names: readonly string[], text: string, remedy?: string): void {
  if (names.length === 0) return;
  const help = remedy === undefined ? "" : ` (${remedy})`;
  throw new CommandError(`${text}: ${listNames(names)}${help}`);
}

/**
 * See lib/daemon/services/phase_wait.ts; false where the client, if the wait is for one, went away
 * before.
 */
export function waitForPhases(
  { context: { supervisor }, session }: Pick<ControlCall, "context"> & Partial<ControlCall>,
  names: readonly string[],
  predicate: (phase: Phase) => boolean,
): Promise<boolean> {
  return waitFor(supervisor, names, predicate, session?.gone);
}
