/** Which directives have no effect on a service, whatever their values are. */
import type { ServiceConfig, ServiceType } from "./model.ts";

/** Directives that only some types look at. */
const TYPES_OF: Readonly<Record<string, readonly ServiceType[]>> = {
  interval: ["cron"],
  timezone: ["cron"],
  overlap: ["cron"],
  jitter: ["cron"],
  "run_timeout": ["cron"],
  "on_failure": ["cron"],
  pidfile: ["forking", "notify"],
};

/** Directives that say how a service is restarted. */
const OF_RESTART = [
  "restart_limit",
  "restart_delay",
  "restart_backoff",
  "restart_window",
  "no_retry_codes",
  "on_give_up",
];

/**
 * Says why a directive has no effect on the service: `for type simple`; undefined where it may have
 * one.
 */
export function whyDead(directive: string, service: ServiceConfig): string | undefined {
  const { type, restart, health } = service;
  const types = TYPES_OF[directive];
  if (types !== undefined && !types.includes(type)) return `for type ${type}`;
  const isIdle = restart.when === "never" && health === undefined;
  return isIdle && OF_RESTART.includes(directive) ? "without restart" : undefined;
}
