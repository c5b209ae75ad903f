/** What is foretold of commands that stop services with which the container ends. */
import { hasReached } from "../../service/container_phase.ts";
import { isGone, mainPid } from "../../service/life/phase.ts";
import { type ControlContext, listNames } from "./context.ts";

/** Says that the container ends once these services are stopped, and why, if it does. */
export function foretellEnd(
  { supervisor, config, container }: ControlContext,
  names: readonly string[],
): readonly string[] {
  if (names.length === 0 || hasReached(container.phase, "draining")) return [];
  const deadly = names.filter((name) =>
    supervisor.config(name).exitKills && mainPid(supervisor.state(name).phase) !== undefined
  );
  if (deadly.length > 0) return [`the container ends with ${listNames(deadly)} (exit_kills)`];
  const isLast = [...supervisor.names()].every((name) =>
    names.includes(name) || isGone(supervisor.state(name).phase)
  );
  return isLast && config.settings.detectExit ? [LAST_ONES] : [];
}

const LAST_ONES = "nothing else runs: the container ends once they are stopped (detect_exit)";
