/**
 * What starts a service by time or by connection, as far as it can be judged at load: then it is
 * told with its place, and nothing has been started. Of a service that is disabled, or whose
 * failures are ignored, it is a warning, since the container comes up without it; so is an interval
 * that is never due, by which some say that a job only runs when it is asked for.
 */
import type { CheckInterval } from "./interval_check.ts";
import type { ServiceConfig } from "./model.ts";
import type { Problems } from "./source/problems.ts";
import type { ServiceSection } from "./directives.ts";

export interface TriggerContext {
  readonly problems: Problems;
  readonly checkInterval?: CheckInterval | undefined;
}

/** Reports an interval that is missing or cannot be meant, and a port that is missing. */
export function checkTriggers(
  service: ServiceConfig,
  section: ServiceSection,
  { problems, checkInterval }: TriggerContext,
): void {
  const { name, type, cron, port, listen } = service;
  const tell = (directive: "interval" | "port", message: string) => {
    if (service.enabled && !service.ignoreFailures) section.fail(directive, message);
    else problems.warn(`${name}: ${message}`, section.placeOf(directive));
  };
  // The texts of 0.3.9, which found all of this when it started the service.
  if (type === "cron" && section.word("type") === "cron") {
    if (cron === undefined) {
      tell("interval", `interval= property missing, required for cron service '${name}'`);
      return;
    }
    const fault = checkInterval?.(cron.interval, cron.timezone);
    if (fault?.isNever) problems.warn(`${name}: ${fault.text}`, section.placeOf("interval"));
    else if (fault !== undefined) tell("interval", fault.text);
  }
  if (type === "inetd" && port === undefined && listen.length === 0 && !section.has("port")) {
    tell("port", `inetd-type service ${name} requires 'port=' parameter`);
  }
}
