/** Waits for what becomes of services. */
import type { Phase } from "../../service/life/phase.ts";
import type { Supervisor } from "./supervisor.ts";

/**
 * Waits until the phase of each service satisfies the predicate, and resolves with whether all did:
 * false where `gone` came before.
 */
export function waitForPhases(
  supervisor: Pick<Supervisor, "state" | "observe">,
  names: readonly string[],
  predicate: (phase: Phase) => boolean,
  gone?: Promise<void>,
): Promise<boolean> {
  const left = new Set(names.filter((name) => !predicate(supervisor.state(name).phase)));
  if (left.size === 0) return Promise.resolve(true);
  return new Promise((resolve) => {
    const finish = (isDone: boolean) => {
      stop();
      resolve(isDone);
    };
    const stop = supervisor.observe((name, _before, after) => {
      if (!left.has(name) || !predicate(after)) return;
      left.delete(name);
      if (left.size === 0) finish(true);
    });
    void gone?.then(() => finish(false));
  });
}
