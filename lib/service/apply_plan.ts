/**
 * What has to happen so that another configuration is in force: which services stop, which begin,
 * and in which order. What is the same stays untouched, whatever it does at the moment.
 *
 * A changed service comes up again unless it was down, which is where `telchap stop` leaves it. One
 * that had ended or failed is started: the change may be what it lacked.
 */
import type { ConfigDiff, ServiceChange } from "../config/config_diff.ts";
import type { ServiceConfig } from "../config/model.ts";
import type { Family } from "./family.ts";
import type { ServiceState } from "./life/phase.ts";

/** What becomes of a service: `update` leaves its process alone, `none` has none to begin with. */
export type ApplyAction = "start" | "stop" | "restart" | "update" | "none";

export interface PlannedChange extends ServiceChange {
  readonly action: ApplyAction;
}

export interface ApplyPlan {
  readonly changes: readonly PlannedChange[];
  /** What has to be down first, in stages: dependents before what they need. */
  readonly stops: readonly (readonly string[])[];
  /** What is started then, prerequisites first. */
  readonly starts: readonly string[];
  /** Instances that are exchanged after that, a few at a time; each group is of one service. */
  readonly rolls: readonly (readonly string[])[];
  /** What of the new configuration begins anew at once, started or not. */
  readonly fresh: ReadonlySet<string>;
}

/** A configuration as planning sees it. */
export interface PlannedConfig {
  readonly services: readonly ServiceConfig[];
  readonly family: Family;
}

/** Plans the way from one configuration to the other; `stateOf` is about services of the first. */
export function planApply(
  diff: ConfigDiff,
  before: PlannedConfig,
  after: PlannedConfig,
  stateOf: (name: string) => ServiceState,
): ApplyPlan {
  const former = new Map(before.services.map((config) => [config.name, config]));
  const wanted = new Map(after.services.map((config) => [config.name, config]));
  const changes = diff.services.map((change): PlannedChange => {
    const { name } = change;
    const known = former.get(name);
    const state = known && stateOf(name);
    return { ...change, action: decide(change, state, known, wanted.get(name)) };
  });
  const rolls = planRolls(changes, former, after.services);
  const rolled = new Set(rolls.flat());
  const isFresh = ({ name, kind, action }: PlannedChange) =>
    kind !== "removed" && action !== "update" && !rolled.has(name);
  const fresh = new Set(changes.filter(isFresh).map(({ name }) => name));
  const leaves = changes.filter(({ name, kind, action }) =>
    kind !== "added" && action !== "update" && !rolled.has(name) &&
    stateOf(name).phase.kind !== "down"
  );
  const starting = new Set(
    changes.filter(({ name, action }) =>
      (action === "start" || action === "restart") && !rolled.has(name)
    ).map(({ name }) => name),
  );
  return {
    changes,
    stops: stopStages(leaves.map(({ name }) => name), before.family),
    starts: after.family.startOrder.filter((name) => starting.has(name)),
    rolls,
    fresh,
  };
}

/**
 * Groups the instances that can be exchanged one after another: those of a service with several, or
 * with spares, whose sockets stay the same.
 */
function planRolls(
  changes: readonly PlannedChange[],
  former: ReadonlyMap<string, ServiceConfig>,
  services: readonly ServiceConfig[],
): string[][] {
  const restarting = new Set(
    changes.filter(({ action }) => action === "restart").map(({ name }) => name),
  );
  const members = services.filter((config) => {
    const before = former.get(config.name);
    return before !== undefined && restarting.has(config.name) && config.instance !== undefined &&
      config.isSpare === before.isSpare && config.isSpare !== true &&
      config.section === before.section && config.type === before.type &&
      config.listen.join("\n") === before.listen.join("\n");
  });
  const groups = Map.groupBy(members, ({ section, name }) => section ?? name);
  return [...groups].filter(([key, group]) =>
    group.length > 1 || services.some(({ isSpare, section }) => isSpare && section === key)
  ).map(([, group]) => group.map(({ name }) => name));
}

function decide(
  change: ServiceChange,
  state: ServiceState | undefined,
  before: ServiceConfig | undefined,
  after: ServiceConfig | undefined,
): ApplyAction {
  if (state === undefined || before === undefined) return after?.enabled ? "start" : "none";
  const isThere = isActive(state);
  if (after === undefined || (!after.enabled && (before.enabled || change.needsRestart))) {
    return isThere ? "stop" : "none";
  }
  if (after.enabled && !before.enabled && !isThere) return "start";
  if (!change.needsRestart) return "update";
  if (isThere) return "restart";
  return state.phase.kind !== "down" || wasMissing(state, before) ? "start" : "none";
}

/** Whether a service runs, is scheduled, or is about to. */
export function isActive({ phase }: ServiceState): boolean {
  switch (phase.kind) {
    case "down":
    case "done":
    case "failed":
      return false;
    case "stopping":
    case "finishing":
      return phase.then.kind !== "down";
    default:
      return true;
  }
}

/** Its program was not there, and that was in order. */
function wasMissing(state: ServiceState, before: ServiceConfig): boolean {
  return !state.enabled && before.enabled && (before.optional || before.ignoreFailures);
}

/** Groups services so that those of one stage do not need one another; dependents come first. */
export function stopStages(names: readonly string[], family: Family): string[][] {
  const stages = Map.groupBy(names, (name) => family.depth(name));
  return [...stages].sort(([a], [b]) => b - a).map(([, stage]) => stage);
}
