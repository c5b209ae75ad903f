/**
 * The commands that start and stop services. Texts and refusals are those of chaperone 0.3.9. None
 * of them touches dependents, nor, without --force or --enable, prerequisites.
 */
import { isGone, isSettled, isStarted, mainPid, type Phase } from "../../service/life/phase.ts";
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

/** Starts services; returns the answer. */
export async function start(command: ControlCall): Promise<string> {
  const { context, call } = command;
  const { force, enable, wait } = call.options;
  const targets = call.operands.length > 0
    ? namedServices(command)
    : startableByDefault(command, force === true);
  const { supervisor } = context;
  const wanted = force || enable
    ? withPrerequisites(context, targets, enable === true)
    : new Set(targets);
  demandPermission(command, wanted);
  if (!enable && !force) {
    const disabled = targets.filter((name) => !supervisor.state(name).enabled);
    refuseIfAny(disabled, "can only start services which have been enabled");
  }
  if (!force) {
    const started = targets.filter((name) => isTaken(supervisor.state(name).phase));
    refuseIfAny(started, "can't restart services without stop/reset");
    const unready = targets.filter((name) => !isReady(context, name, wanted));
    refuseIfAny(unready, "services or their prerequisites are not ready");
  }
  prepareAll(context, wanted, enable === true);
  for (const name of context.family.startOrder) {
    if (wanted.has(name)) dispatchStart(context, name);
  }
  if (!wait) return "service start-up queued.";
  if (await waitForPhases(command, [...wanted], isSettled)) refuseFailed(context, [...wanted]);
  return "services started.";
}

/** Whether a start has been made and not taken back. */
function isTaken(phase: Phase): boolean {
  return phase.kind !== "down" && phase.kind !== "failed";
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
    for (const { name: below } of family.prerequisites(name)) {
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
  return family.prerequisites(name).every(({ name: below }) => {
    if (wanted.has(below)) return true;
    const state = supervisor.state(below);
    if (state.phase.kind === "stopping") return state.phase.then.kind === "start";
    if (isStarted(state.phase) || !isGone(state.phase)) return true;
    return !state.enabled;
  });
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
  if (isAtRest || phase.kind === "stopping" || phase.kind === "backoff") {
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
export async function stop(command: ControlCall): Promise<string> {
  const { context, call } = command;
  const { supervisor } = context;
  const names = namedServices(command).reverse();
  if (!call.options["force"]) {
    const { supervisor } = context;
    const down = names.filter((name) => {
      const { phase } = supervisor.state(name);
      return phase.kind === "down" || phase.kind === "failed";
    });
    refuseIfAny(down, "can't stop services which aren't started");
  }
  for (const name of names) {
    if (call.options["disable"]) supervisor.dispatch(name, { kind: "disable" });
    stopOnRequest(context, name);
  }
  if (!call.options["wait"]) return "services stopping.";
  await waitForPhases(command, names, isGone);
  return "services stopped.";
}

function stopOnRequest({ supervisor, config }: ControlContext, name: string): void {
  const budgetMs = supervisor.config(name).stopTimeoutMs ?? config.settings.shutdownTimeoutMs;
  supervisor.stop(name, "request", budgetMs);
}

/** Makes services startable again; returns the answer. */
export async function reset(command: ControlCall): Promise<string> {
  const { context, call } = command;
  const { supervisor } = context;
  const names = namedServices(command);
  const running = names.filter((name) => hasProcess(supervisor.state(name).phase));
  if (!call.options["force"]) refuseIfAny(running, "can't reset services which are running");
  for (const name of names) {
    const isArmed = supervisor.state(name).phase.kind === "armed";
    // A reset ends the job of a cron service and keeps its schedule.
    if (running.includes(name) && !isArmed) stopOnRequest(context, name);
    else supervisor.reset(name);
  }
  if (call.options["wait"]) await waitForPhases(command, running, isWithoutProcess);
  return "services reset.";
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
      return true;
    default:
      return false;
  }
}

/** Enables services; returns the answer. */
export function enable(command: ControlCall): string {
  const { context } = command;
  for (const name of namedServices(command)) {
    if (!context.supervisor.state(name).enabled) enableChecked(context, name);
  }
  return "services enabled.";
}

/** Disables services; returns the answer. */
export function disable(command: ControlCall): string {
  for (const name of namedServices(command)) {
    command.context.supervisor.dispatch(name, { kind: "disable" });
  }
  return "services disabled.";
}

/** Stops what runs and starts it again; resolves with why it did not start, if so. */
export async function restartOne(
  command: ControlCall,
  name: string,
): Promise<string | undefined> {
  const { context } = command;
  const { supervisor } = context;
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
