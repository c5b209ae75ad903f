/** What is in force for a service, directive by directive, and where each value comes from. */
import type { SourcePosition } from "../base/errors.ts";
import { whyDead } from "./dead_directives.ts";
import type { ListedDirective } from "./directive.ts";
import { DIRECTIVES, listDirectives } from "./directives.ts";
import type { Config, ServiceConfig } from "./model.ts";
import type { WrittenValue } from "./source/written.ts";

/**
 * Where a value comes from: its section or `defaults.service`, the settings, the table of
 * directives, or how chaperone was called.
 */
export type ValueOrigin = "service" | "defaults" | "settings" | "default" | "command line";

export interface EffectiveDirective {
  readonly name: string;
  /** As it was written; values of variables that hold secrets by their names are hidden. */
  readonly value: string;
  readonly from: ValueOrigin;
  /** Absent where no file says it. */
  readonly position?: SourcePosition;
}

type Written = ReadonlyMap<string, WrittenValue>;

const NOTHING: Written = new Map();

/** Services take these from the settings where they do not say otherwise themselves. */
const INHERITED: ReadonlySet<string> = new Set(
  [...DIRECTIVES.service.keys()].filter((name) => DIRECTIVES.settings.has(name)),
);

/** Lists the directives that have a value, in the order of the manual. */
export function listEffective(config: Config, service: ServiceConfig): EffectiveDirective[] {
  const { written } = config;
  const section = written.get(service.section ?? service.name) ?? NOTHING;
  const settings = written.get("settings") ?? NOTHING;
  return listDirectives("service").flatMap((directive) =>
    fromFiles(directive, section, settings) ?? fromElsewhere(directive, service)
  );
}

function fromFiles(
  { name, kind }: ListedDirective,
  section: Written,
  settings: Written,
): EffectiveDirective[] | undefined {
  const own = section.get(name);
  const general = INHERITED.has(name) ? settings.get(name) : undefined;
  const rows = (found: WrittenValue, from: ValueOrigin): EffectiveDirective[] =>
    (found.layers ?? [found]).map(({ shown, position, isDefault }) => ({
      name,
      value: shown,
      from: isDefault ? "defaults" : from,
      position,
    }));
  // Variables of both count.
  if (own !== undefined && general !== undefined && kind === "string-map") {
    return [...rows(general, "settings"), ...rows(own, "service")];
  }
  if (own !== undefined) return rows(own, "service");
  return general === undefined ? undefined : rows(general, "settings");
}

function fromElsewhere(directive: ListedDirective, service: ServiceConfig): EffectiveDirective[] {
  const { name } = directive;
  const called = calledValue(name, service);
  if (called !== undefined) return [{ name, value: called, from: "command line" }];
  if (directive.default === undefined || isIdle(name, service)) return [];
  // The default of this one depends on the type.
  const value = name === "process_timeout" ? service.processTimeoutText : directive.default;
  return [{ name, value, from: "default" }];
}

/** Whether the default of a directive means nothing for a service. */
function isIdle(name: string, service: ServiceConfig): boolean {
  switch (name) {
    case "user_column":
      return true; // A section of type crontab becomes services of type cron.
    case "on_demand":
      return service.listen.length === 0;
    case "hook_timeout":
      return service.hooks === undefined;
    case "wait_timeout":
      return service.waitFor.length === 0;
    default:
      return whyDead(name, service) !== undefined;
  }
}

/** What options of chaperone's command line decide where no file does. */
function calledValue(name: string, service: ServiceConfig): string | undefined {
  switch (name) {
    case "command":
      return service.command;
    case "uid":
      return service.identity && String(service.identity.uid);
    case "gid":
      return service.identity && String(service.identity.gid);
    case "ignore_failures":
      return service.ignoreFailures ? "true" : undefined;
    case "enabled":
      return service.enabled ? undefined : "false";
    case "exit_kills":
      return service.exitKills ? "true" : undefined;
    default:
      return undefined;
  }
}
