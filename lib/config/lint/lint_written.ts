/**
 * Directives that stand where they have no effect, and texts that do not mean what they look like.
 */
import { whyDead } from "../dead_directives.ts";
import { DIRECTIVES } from "../directives.ts";
import type { Config, ServiceConfig } from "../model.ts";
import type { WrittenValue } from "../source/written.ts";
import { DURATION_MAX_MS, formatHumanDuration } from "../../base/duration.ts";
import type { Report } from "./report.ts";

/** Checks what stands in the section of a service. */
export function lintWritten(service: ServiceConfig, config: Config, report: Report): void {
  const { name, section = name } = service;
  const written = config.written.get(section);
  if (written === undefined) return;
  const dead = (directive: string, { position }: WrittenValue, why: string) => {
    // What configurations have carried along for years does no harm.
    const isOld = DIRECTIVES.service.get(directive)?.since === "0.3.9";
    const message = `${section}: ${directive} has no effect ${why}`;
    report("dead-directive", isOld ? "note" : "warning", { name, origin: position }, message);
  };
  for (const [directive, value] of written) {
    // What all services take over need not mean something for each.
    const why = value.isDefault ? undefined : whyDead(directive, service);
    if (why !== undefined) dead(directive, value, why);
  }
  lintDollars(name, written.get("command"), report);
  lintStopBudget(service, config, { written, report });
}

function lintDollars(name: string, command: WrittenValue | undefined, report: Report): void {
  const doubled = /\$\$([({])/.exec(command?.text ?? "");
  if (doubled === null) return;
  report(
    "doubled-dollar",
    "warning",
    { name, origin: command?.position },
    `${name}: $$${doubled[1]} is a dollar sign and an expansion; ` +
      `to keep $${doubled[1]} as it stands, write \\$${doubled[1]}`,
  );
}

function lintStopBudget(
  { name, stopTimeoutMs = 0, stopSequence }: ServiceConfig,
  { settings }: Config,
  { written, report }: {
    readonly written: ReadonlyMap<string, WrittenValue>;
    readonly report: Report;
  },
): void {
  const directive = stopSequence === undefined ? "stop_timeout" : "stop_sequence";
  const ms = stopSequence === undefined
    ? stopTimeoutMs
    : stopSequence.reduce((sum, { waitMs = 0 }) => sum + waitMs, 0);
  const isUnlimited = ms >= DURATION_MAX_MS;
  if (isUnlimited || ms <= settings.shutdownTimeoutMs) return;
  report(
    "stop-budget",
    "warning",
    { name, origin: written.get(directive)?.position },
    `${name}: ${directive} is ${formatHumanDuration(ms)}, and the container stops ` +
      `within ${formatHumanDuration(settings.shutdownTimeoutMs)} (shutdown_timeout of settings)`,
  );
}
