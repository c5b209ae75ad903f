/** Which directives have no effect on a service, whatever their values are. */
import { HOOK_ROWS } from "./directives_hooks.ts";
import { RESTART_ROWS } from "./directives_restart.ts";
import { CRON_ROWS } from "./directives_triggers.ts";
import { RENEWAL_ROWS, WATCH_ROWS } from "./directives_renewal.ts";
import type { ServiceConfig, ServiceType } from "./model.ts";

/** What has one process of its own that stands for it. */
const OWN_PROCESS: readonly ServiceType[] = ["simple", "oneshot", "forking", "notify"];
/** What runs on, and can be renewed. */
const LASTING: readonly ServiceType[] = ["simple", "forking", "notify"];
const WITH_PIDFILE: readonly ServiceType[] = ["forking", "notify"];

/** What each line of a crontab says for itself, or cannot have. */
const SAID_BY_LINES: readonly string[] = [
  ...["command", "interval", "once_at"],
  ...["for_each", "instances", "max_unavailable", "max_surge", "canary"],
];

/** Whether a directive says how a service is restarted, and is nothing without `restart`. */
export function isOfRestart(directive: string): boolean {
  return directive !== "restart" && Object.hasOwn(RESTART_ROWS, directive);
}

/** Whether only cron services look at a directive. */
export function isOfCron(directive: string): boolean {
  return Object.hasOwn(CRON_ROWS, directive);
}

/**
 * Says why a directive has no effect on the service: `for type simple`; undefined where it may have
 * one.
 */
export function whyDead(directive: string, service: ServiceConfig): string | undefined {
  const { type, restart, health } = service;
  if (service.cron?.days === "crontab" && SAID_BY_LINES.includes(directive)) {
    return "for type crontab";
  }
  // Services of for_each are told apart by their words, and there is none to spare.
  const isOfForEach = service.section !== undefined && service.instance === undefined;
  if (directive === "max_surge" && isOfForEach) return "without instances";
  if (Object.hasOwn(HOOK_ROWS, directive) && !OWN_PROCESS.includes(type)) return `for type ${type}`;
  if (Object.hasOwn(RENEWAL_ROWS, directive)) {
    return LASTING.includes(type) ? undefined : `for type ${type}`;
  }
  if (Object.hasOwn(WATCH_ROWS, directive)) {
    if (!LASTING.includes(type)) return `for type ${type}`;
    return service.watch === undefined ? "without watch" : undefined;
  }
  const isOfOthers = (isOfCron(directive) && type !== "cron") ||
    (directive === "pidfile" && !WITH_PIDFILE.includes(type));
  if (isOfOthers) return `for type ${type}`;
  const isIdle = restart.when === "never" && health === undefined;
  return isIdle && isOfRestart(directive) ? "without restart" : undefined;
}
