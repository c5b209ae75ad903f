/** What services wait for: whether it can ever come. */
import { COMMAND_NAME } from "../../base/service_name.ts";
import type { Report } from "./report.ts";
import type { AfterReference, ServiceConfig } from "../model.ts";
import { hintOfMisspelt, SYSTEM_NAMES } from "../references.ts";

/** Checks `after` and `before` of `services` against all services, copies included. */
export function lintOrder(
  services: readonly ServiceConfig[],
  all: readonly ServiceConfig[],
  report: Report,
): void {
  const configured = all.filter(({ name }) => name !== COMMAND_NAME);
  if (configured.length > 0 && configured.every(isOff)) {
    report("nothing-starts", "warning", undefined, "every service is disabled");
  }
  const byName = new Map(all.map((service) => [service.name, service]));
  const groups = new Set(all.flatMap((service) => service.groups));
  const known = { services: new Set(byName.keys()), groups };
  for (const service of services) {
    const references = [
      ...service.after.map((reference) => ({ directive: "after", ...reference })),
      ...service.before.map((name) => ({ directive: "before", name })),
      ...(service.edges ?? []).map(({ kind, name }) => ({ directive: kind, name })),
    ];
    for (const { directive, name } of references) {
      if (byName.has(name) || groups.has(name) || SYSTEM_NAMES.has(name)) continue;
      // Loading has told it then, with the name that must be meant.
      if (hintOfMisspelt(name, service.name, known) !== "") continue;
      const message =
        `${service.name}: ${directive} names '${name}', which no service or group is called`;
      report("unknown-reference", "note", service, message);
    }
    if (!service.enabled) continue;
    const required = (service.edges ?? []).filter(({ kind }) => kind === "requires");
    for (const reference of [...service.after, ...required]) {
      const targets = groups.has(reference.name)
        ? all.filter((other) => other.groups.includes(reference.name))
        : [byName.get(reference.name)].filter((other) => other !== undefined);
      for (const target of targets) lintWait(service, reference, target, report);
    }
  }
}

/** Whether a service never starts, whatever profile is active. */
function isOff({ enabled, withoutProfile }: ServiceConfig): boolean {
  return !enabled && withoutProfile === undefined;
}

function lintWait(
  service: ServiceConfig,
  { name, condition }: AfterReference,
  target: ServiceConfig,
  report: Report,
): void {
  if (target.name === service.name) return;
  if (!target.enabled) {
    // Some members of a group usually are.
    if (name !== target.name) return;
    const message =
      `${service.name}: waits for ${target.name}, which is disabled, and so for nothing`;
    report("unreachable-service", "note", service, message);
    return;
  }
  if (condition !== "completed") return;
  const why = neverCompletes(target);
  if (why === undefined) return;
  const message = `${service.name}: never starts, since ${target.name} never completes: ${why}`;
  report("unreachable-service", "error", service, message);
}

/** Says why a service cannot come to a normal end. */
function neverCompletes({ type, restart }: ServiceConfig): string | undefined {
  if (type === "cron" || type === "inetd") return `it is of type ${type}`;
  return restart.when === "always" && type !== "oneshot" ? "it is always restarted" : undefined;
}
