/** Whether a container without processes has anything left to do. */
import type { Phase } from "./life/phase.ts";

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
    if (kind === "waiting" || kind === "launching" || kind === "backoff") return "something";
    if (kind === "armed") scheduled.push(name);
  }
  return scheduled;
}
