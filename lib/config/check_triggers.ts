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

/** Says what a service of its type lacks: it knows neither a time nor a place to wait at. */
export function describeMissingTrigger(name: string, type: ServiceConfig["type"]): string {
  return type === "cron"
    ? `'interval' of ${name} is missing; for example interval: "0 4 * * *"`
    : `'port' of ${name} is missing, and so is 'listen'; for example port: 8080`;
}

/** Reports an interval that is missing or cannot be meant, and a port that is missing. */
export function checkTriggers(
  service: ServiceConfig,
  section: ServiceSection,
  { problems, checkInterval }: TriggerContext,
): void {
  const { name } = section;
  const { type, cron, port, listen } = service;
  const tell = (directive: "interval" | "port", message: string) => {
    if (service.enabled && !service.ignoreFailures) section.fail(directive, message);
    else problems.warn(`${name}: ${message}`, section.placeOf(directive));
  };
  if (type === "cron" && section.word("type") === "cron") {
    if (cron === undefined) {
      tell("interval", describeMissingTrigger(name, type));
      return;
    }
    const { interval, timezone } = cron;
    const fault = interval === undefined ? undefined : checkInterval?.(interval, timezone);
    if (fault?.isNever) problems.warn(`${name}: ${fault.text}`, section.placeOf("interval"));
    else if (fault !== undefined) tell("interval", fault.text);
  }
  if (type === "inetd" && port === undefined && listen.length === 0 && !section.has("port")) {
    tell("port", describeMissingTrigger(name, type));
  }
}
