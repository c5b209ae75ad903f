/** Whether a container without processes has anything left to do. */
import type { ServiceType } from "../config/model.ts";
import { isGone, type Phase } from "./life/phase.ts";

/** At the end of `on_stop` it may be restarted. */
const IS_TO_START: ReadonlySet<Phase["kind"]> = new Set([
  ...["waiting", "launching", "finishing", "backoff"] as const,
]);

/**
 * Returns the services that are scheduled or listen, where no other one is to start; "something"
 * where one is.
 */
export function whatIsLeft(
  names: Iterable<string>,
  phaseOf: (name: string) => Phase,
): "something" | readonly string[] {
  const scheduled: string[] = [];
  for (const name of names) {
    const { kind } = phaseOf(name);
    if (IS_TO_START.has(kind)) return "something";
    if (kind === "armed") scheduled.push(name);
  }
  return scheduled;
}

/** Whether one or more services wait for a connection, and no other one for anything. */
export function areAsleep(
  services: readonly { readonly type: ServiceType; readonly phase: Phase }[],
): boolean {
  const others = services.filter(({ phase }) => !isGone(phase));
  return others.length > 0 &&
    others.every(({ type, phase }) => phase.kind === "armed" && type !== "cron");
}
