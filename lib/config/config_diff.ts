/**
 * What is different between two configurations, in the words of the directives. Says of each
 * difference whether a running service can take it over; knows nothing of what runs.
 */
import type { ListedDirective } from "./directive.ts";
import { listDirectives } from "./directives.ts";
import type { Config, ServiceConfig } from "./model.ts";

/** A section that is not as it was. */
export interface SectionChange {
  readonly name: string;
  readonly kind: "added" | "removed" | "changed";
  /** Which directives differ, in the order of the manual; empty unless changed. */
  readonly directives: readonly string[];
}

export interface ServiceChange extends SectionChange {
  /** Which variables of its environment are defined differently. */
  readonly variables: readonly string[];
  /** Whether only a new process takes the change over. */
  readonly needsRestart: boolean;
}

export interface SettingChange {
  readonly directive: string;
  /** False: only a new start of chaperone takes it over. */
  readonly isLive: boolean;
}

export interface ConfigDiff {
  readonly services: readonly ServiceChange[];
  /** How many services are the same in both. */
  readonly unchangedCount: number;
  readonly loggings: readonly SectionChange[];
  readonly alerts: readonly SectionChange[];
  readonly settings: readonly SettingChange[];
}

/** Decides fields of a model under a name. */
type Deciding = Pick<ListedDirective, "name" | "decides" | "applies">;

/** Compares two configurations. Sections are listed in their order, those that are gone last. */
export function diffConfigs(before: Config, after: Config): ConfigDiff {
  const settings = listDirectives("settings");
  // Settings decide fields of services that have no directive for them.
  const ofServices: readonly Deciding[] = [
    ...listDirectives("service"),
    ...settings.map(({ decidesOfServices = [], ...rest }) => ({
      ...rest,
      decides: decidesOfServices,
    })),
  ];
  const services = diffSections(before.services, after.services, (a, b) => {
    return changeOfService(ofServices, a, b);
  });
  const compareBy = (directives: readonly Deciding[]) => (a: object, b: object) => {
    const changed = differing(directives, a, b).map(({ directive }) => directive);
    return changed.length === 0 ? undefined : { directives: changed };
  };
  const kept = services.filter(({ kind }) => kind !== "removed").length;
  return {
    services: services.map((change) => ({ variables: [], needsRestart: true, ...change })),
    unchangedCount: after.services.length - kept,
    loggings: diffSections(before.loggings, after.loggings, compareBy(listDirectives("logging"))),
    alerts: diffSections(before.alerts, after.alerts, compareBy(listDirectives("alert"))),
    settings: differing(settings, before.settings, after.settings),
  };
}

type Difference = Pick<SectionChange, "directives"> & Partial<ServiceChange>;

function diffSections<T extends { readonly name: string }>(
  before: readonly T[],
  after: readonly T[],
  compare: (before: T, after: T) => Difference | undefined,
): (SectionChange & Partial<ServiceChange>)[] {
  const former = new Map(before.map((section) => [section.name, section]));
  const changes: (SectionChange & Partial<ServiceChange>)[] = [];
  for (const section of after) {
    const { name } = section;
    const known = former.get(name);
    former.delete(name);
    if (known === undefined) {
      changes.push({ name, kind: "added", directives: [] });
      continue;
    }
    const difference = compare(known, section);
    if (difference !== undefined) changes.push({ name, kind: "changed", ...difference });
  }
  const removed = [...former.keys()];
  return [
    ...changes,
    ...removed.map((name) => ({ name, kind: "removed", directives: [] } as const)),
  ];
}

function changeOfService(
  directives: readonly Deciding[],
  before: ServiceConfig,
  after: ServiceConfig,
): Difference | undefined {
  const changes = differing(directives, before, after);
  const variables = before.environment.differences(after.environment);
  if (changes.length + variables.length === 0) return undefined;
  return {
    directives: changes.map(({ directive }) => directive),
    variables,
    needsRestart: variables.length > 0 || changes.some(({ isLive }) => !isLive),
  };
}

/** Returns the directives that decide a field in which the two differ. */
function differing(directives: readonly Deciding[], before: object, after: object) {
  return directives.flatMap(({ name, decides, applies }): SettingChange[] => {
    const isChanged = decides.some((path) => !isSame(fieldAt(before, path), fieldAt(after, path)));
    return isChanged ? [{ directive: name, isLive: applies === "live" }] : [];
  });
}

/** Returns the value at `restart.limit`, for example. */
function fieldAt(model: object, path: string): unknown {
  let value: unknown = model;
  for (const name of path.split(".")) {
    value = (value as Record<string, unknown> | undefined)?.[name];
  }
  return value;
}

/** Compares values of the model: plain data and regular expressions. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof RegExp || b instanceof RegExp) return String(a) === String(b);
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Array.isArray(a) === Array.isArray(b) &&
    [...keys].every((key) =>
      isSame((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])
    );
}
