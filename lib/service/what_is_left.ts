/** Whether a container without processes has anything left to do. */
import type { Phase } from "./life/phase.ts";

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
