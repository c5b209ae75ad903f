/**
 * The commands that start and stop services. What is as asked already is not a failure: it is left
 * alone, and said. Where the texts of chaperone 0.3.9 fit they are kept. None of the commands
 * touches dependents, nor, without --force or --enable, prerequisites.
 */
import type { Prerequisite } from "../../service/family.ts";
import {
  isEnding,
  isGone,
  isSettled,
  isStarted,
  mainPid,
  type Phase,
} from "../../service/life/phase.ts";
import {
  CommandError,
  type ControlCall,
  type ControlContext,
  demandPermission,
  listNames,
  mayHandle,
  namedServices,
  PermissionError,
  refuseIfAny,
  waitForPhases,
} from "./context.ts";
import { foretellEnd } from "./container_end.ts";
import { type Idle, noteOrder, type OrderReply, replyOf, sayBeforehand } from "./orders.ts";

/** Starts services; returns the answer. */
export async function start(command: ControlCall<"start">): Promise<OrderReply> {
  const { context, call } = command;
  const { force, enable, wait } = call.options;
  const named = call.operands.length > 0
    ? namedServices(command)
    : startableByDefault(command, force === true);
  const { idle, targets, pending } = sortTargets(context, named);
  const wanted = force || enable
    ? withPrerequisites(context, targets, enable === true)
    : new Set(targets);
  demandPermission(command, wanted);
  if (!enable && !force) refuseDisabled(context, targets);
  if (!force) refuseUnready(context, targets.filter((name) => !isReady(context, name, wanted)));
  prepareAll(context, wanted, enable === true);
  for (const name of context.family.startOrder) {
    if (!wanted.has(name)) continue;
    noteOrder(command, name, "start");
    dispatchStart(context, name);
  }
  if (!wait) return replyOf("service start-up queued.", [...wanted], { idle });
  const awaited = [...wanted, ...pending];
  if (await waitForPhases(command, awaited, isSettled)) refuseFailed(context, awaited);
  return replyOf("services started.", awaited, { idle: pending.length > 0 ? [] : idle });
}

interface Targets {
  readonly idle: readonly Idle[];
  readonly targets: readonly string[];
  /** On their way already. */
  readonly pending: readonly string[];
}

/** Tells what is to be started from what runs, is about to, or was there to run once and has. */
function sortTargets({ supervisor }: ControlContext, names: readonly string[]): Targets {
  const kindOf = (name: string) => {
    const { phase } = supervisor.state(name);
    if (phase.kind === "done") return supervisor.config(name).type === "oneshot" ? "done" : "down";
    if (phase.kind === "down" || phase.kind === "failed") return "down";
    if (isEnding(phase)) return phase.then.kind === "start" ? "pending" : "down";
    if (phase.kind === "armed") {
      return supervisor.config(name).type === "cron" ? "scheduled" : "listening";
    }
    return isStarted(phase) ? "running" : "pending";
  };
  const groups = Map.groupBy(names, kindOf);
  const of = (kind: ReturnType<typeof kindOf>) => groups.get(kind) ?? [];
  return {
    targets: of("down"),
    pending: of("pending"),
    idle: [
      { text: "running already", names: of("running") },
      { text: "scheduled already, to be run now by telchap run", names: of("scheduled") },
      { text: "listening already", names: of("listening") },
      { text: "starting already", names: of("pending") },
      { text: "completed already, and to be run again by telchap run", names: of("done") },
    ],
  };
}

/** @throws {CommandError} */
function refuseDisabled(context: ControlContext, names: readonly string[]): void {
  const disabled = names.filter((name) => !context.supervisor.state(name).enabled);
  const text = "can only start services which have been enabled";
  refuseIfAny(disabled, text, "start --enable enables them, too");
}

/** @throws {CommandError} */
function refuseUnready(context: ControlContext, names: readonly string[]): void {
  if (names.length === 0) return;
  const hints = names.map((name) => `${listNames([name])} ${hindrance(context, name)}`);
  throw new CommandError(
    `services or their prerequisites are not ready: ${listNames(names)} (${hints.join("; ")}; ` +
      "--force starts them and what they need)",
  );
}

function hindrance({ supervisor, family }: ControlContext, name: string): string {
  const { phase } = supervisor.state(name);
  if (phase.kind === "failed" && !phase.inherited) return "has failed";
  const missing = family.prerequisites(name).filter(isNeeded).map((below) => below.name)
    .filter((below) => !isStarted(supervisor.state(below).phase));
  return `needs ${listNames(missing)}`;
}

function startableByDefault(command: ControlCall, withFailed: boolean): string[] {
  const { context, session: { caller } } = command;
  const own = context.family.startOrder.filter((name) => mayHandle(context, name, caller));
  if (own.length === 0 && !caller.mayControl) {
    throw new PermissionError("no service runs as your user");
  }
  return own.filter((name) => {
    const { enabled, phase } = context.supervisor.state(name);
    return enabled &&
      (phase.kind === "down" || (withFailed && phase.kind === "failed"));
  });
}

/** Adds what the targets need and what is not started, however far down. */
function withPrerequisites(
  context: ControlContext,
  targets: readonly string[],
  enable: boolean,
): Set<string> {
  const { supervisor, family } = context;
  const wanted = new Set(targets);
  for (const name of wanted) {
    for (const { name: below } of family.prerequisites(name).filter(isNeeded)) {
      const { phase, enabled } = supervisor.state(below);
      if (isStarted(phase) || !isGone(phase) || (!enabled && !enable)) continue;
      wanted.add(below);
    }
  }
  return wanted;
}

/**
 * Whether nothing but a start is missing, given that the services in `wanted` are started as well.
 */
function isReady(context: ControlContext, name: string, wanted: ReadonlySet<string>): boolean {
  const { supervisor, family } = context;
  const { phase } = supervisor.state(name);
  if (phase.kind === "failed" && !phase.failure.ignored && !phase.inherited) return false;
  return family.prerequisites(name).filter(isNeeded).every(({ name: below, kind }) => {
    if (wanted.has(below)) return true;
    const state = supervisor.state(below);
    if (isEnding(state.phase)) return state.phase.then.kind === "start";
    if (isStarted(state.phase) || !isGone(state.phase)) return true;
    return !state.enabled && kind !== "requires";
  });
}

/** Without what it wants and follows a service starts all the same. */
function isNeeded({ kind }: Prerequisite): boolean {
  return kind !== "wants" && kind !== "follows";
}

/** Enables where asked, and looks up executables that were not while the services were disabled. */
function prepareAll(context: ControlContext, wanted: ReadonlySet<string>, enable: boolean): void {
  for (const name of wanted) {
    const { enabled } = context.supervisor.state(name);
    if (enabled) continue;
    enableChecked(context, name);
    if (!enable) context.supervisor.dispatch(name, { kind: "disable" });
  }
}

/** @throws {CommandError} where its executable is missing; it stays disabled then. */
function enableChecked(context: ControlContext, name: string): void {
  const { supervisor, container } = context;
  supervisor.dispatch(name, { kind: "enable" });
  const failure = container.checkExecutable(name);
  if (failure !== undefined) {
    supervisor.dispatch(name, { kind: "disable" });
    throw new CommandError(failure.text);
  }
  if (!supervisor.state(name).enabled) {
    throw new CommandError(`executable '${supervisor.config(name).argv[0]}' not found`);
  }
}

/** Starts a service from wherever it is, except that what runs or is about to goes on. */
function dispatchStart(context: ControlContext, name: string): void {
  const { supervisor } = context;
  const { phase } = supervisor.state(name);
  const isAtRest = isGone(phase);
  if (isAtRest || isEnding(phase) || phase.kind === "backoff") {
    supervisor.dispatch(name, { kind: "start", force: isAtRest && phase.kind !== "down" });
  }
}

/** @throws {CommandError} with why services could not be started. */
function refuseFailed(context: ControlContext, names: readonly string[]): void {
  const texts = names.flatMap((name) => {
    const { phase } = context.supervisor.state(name);
    if (phase.kind === "failed" && !phase.failure.ignored) return [phase.failure.text];
    return phase.kind === "down" ? [`${name} was stopped`] : [];
  });
  if (texts.length > 0) throw new CommandError([...new Set(texts)].join("; "));
}

/** Stops services; returns the answer. */
export async function stop(command: ControlCall<"stop">): Promise<OrderReply> {
  const { context, call } = command;
  const { supervisor } = context;
  const named = namedServices(command).reverse();
  const isDown = (name: string) => {
    const { phase } = supervisor.state(name);
    return phase.kind === "down" || phase.kind === "failed";
  };
  // What is down may have left processes behind: --force ends those.
  const names = call.options.force ? named : named.filter((name) => !isDown(name));
  const idle = [{ text: "stopped already", names: named.filter((name) => !names.includes(name)) }];
  const above = names.flatMap((name) => supervisor.requirersOf(name))
    .filter((name) => !names.includes(name));
  const notes = [
    ...(above.length === 0
      ? []
      : [`stopped before, since they require what is stopped: ${listNames([...new Set(above)])}`]),
    ...foretellEnd(context, [...names, ...above]),
  ];
  sayBeforehand(command, notes);
  if (call.options.disable) {
    for (const name of named) supervisor.dispatch(name, { kind: "disable" });
  }
  for (const name of names) {
    noteOrder(command, name, "stop");
    stopOnRequest(context, name);
  }
  if (!call.options.wait) return replyOf("services stopping.", names, { idle, notes });
  await waitForPhases(command, names, isGone);
  return replyOf("services stopped.", names, { idle, notes });
}

function stopOnRequest({ supervisor, config }: ControlContext, name: string): void {
  const budgetMs = supervisor.config(name).stopTimeoutMs ?? config.settings.shutdownTimeoutMs;
  supervisor.stop(name, "request", budgetMs);
}

/** Makes services startable again; returns the answer. */
export async function reset(command: ControlCall<"reset">): Promise<OrderReply> {
  const { context, call } = command;
  const { supervisor } = context;
  const names = namedServices(command);
  const running = names.filter((name) => hasProcess(supervisor.state(name).phase));
  const daemons = running.filter((name) => isDaemon(context, name));
  if (!call.options.force) {
    const others = running.filter((name) => !daemons.includes(name));
    refuseIfAny(others, "can't reset services which are running", "--force stops them before");
  }
  // A reset ends the job of a cron service and keeps its schedule.
  const stopping = running.filter((name) => supervisor.state(name).phase.kind !== "armed");
  const notes = foretellEnd(context, stopping);
  sayBeforehand(command, notes);
  for (const name of names) {
    noteOrder(command, name, "reset");
    if (stopping.includes(name)) stopOnRequest(context, name);
    else supervisor.reset(name);
  }
  // A start may follow at once: it must not meet a daemon that is still on its way down.
  const awaited = call.options.wait ? running : daemons;
  if (awaited.length > 0) await waitForPhases(command, awaited, isWithoutProcess);
  return replyOf("services reset.", names, { notes });
}

/** What was launched has ended, and what it left is the service: to 0.3.9 that does not run. */
function isDaemon({ supervisor }: ControlContext, name: string): boolean {
  const { phase } = supervisor.state(name);
  if (phase.kind !== "up" || supervisor.config(name).type === "notify") return false;
  return phase.attached || phase.pid === undefined;
}

function isWithoutProcess(phase: Phase): boolean {
  return !hasProcess(phase);
}

function hasProcess(phase: Phase): boolean {
  switch (phase.kind) {
    case "armed":
      return mainPid(phase) !== undefined;
    case "launching":
    case "starting":
    case "up":
    case "stopping":
    case "finishing":
      return true;
    default:
      return false;
  }
}

/** Enables services; returns the answer. */
export function enable(command: ControlCall<"enable">): OrderReply {
  const { context } = command;
  const named = namedServices(command);
  const enabled = named.filter((name) => context.supervisor.state(name).enabled);
  const names = named.filter((name) => !enabled.includes(name));
  for (const name of names) enableChecked(context, name);
  return replyOf("services enabled.", names, {
    idle: [{ text: "enabled already", names: enabled }],
  });
}

/** Disables services; returns the answer. */
export function disable(command: ControlCall<"disable">): OrderReply {
  const { supervisor } = command.context;
  const named = namedServices(command);
  const names = named.filter((name) => supervisor.state(name).enabled);
  for (const name of names) supervisor.dispatch(name, { kind: "disable" });
  const disabled = named.filter((name) => !names.includes(name));
  return replyOf("services disabled.", names, {
    idle: [{ text: "disabled already", names: disabled }],
  });
}

/** Stops what runs and starts it again; resolves with why it did not start, if so. */
export async function restartOne(
  command: ControlCall<"restart">,
  name: string,
): Promise<string | undefined> {
  const { context } = command;
  const { supervisor } = context;
  noteOrder(command, name, "restart");
  if (isGone(supervisor.state(name).phase)) {
    dispatchStart(context, name);
  } else {
    stopOnRequest(context, name);
    const { phase } = supervisor.state(name);
    supervisor.dispatch(name, { kind: "start", force: isGone(phase) && phase.kind !== "down" });
  }
  // A rolling restart goes on although its client has left.
  await waitForPhases({ context }, [name], isSettled);
  try {
    refuseFailed(context, [name]);
    return undefined;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return `${listNames([name])}: ${error.message}`;
  }
}
