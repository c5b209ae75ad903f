/**
 * The state of a service in a word for people. Scripts read another one, that of chaperone 0.3.9
 * (service/service_status.ts), which knows no difference between stopped and ready.
 */
import { type Look, SGR } from "../../base/ansi.ts";
import type { ServiceType } from "../../config/model.ts";
import { isDraining, mainPid, type Phase, type ServiceState } from "../life/phase.ts";

export type StateWord =
  | "stopped"
  | "disabled"
  | "waiting"
  | "starting"
  | "running"
  | "started"
  | "scheduled"
  | "listening"
  | "reloading"
  | "unhealthy"
  | "restarting"
  | "draining"
  | "stopping"
  | "completed"
  | "ended"
  | "failed"
  | "given up";

/** Returns the word: `running`, `stopped`, `failed`. */
export function stateWord(type: ServiceType, state: ServiceState): StateWord {
  const { phase, enabled, health, announced, gaveUp } = state;
  switch (phase.kind) {
    case "down":
      return gaveUp !== undefined ? "given up" : enabled ? "stopped" : "disabled";
    case "up":
      if (health === "unhealthy") return health;
      return announced ?? (phase.pid === undefined ? "started" : "running");
    case "armed":
      return armedWord(type, phase);
    case "done":
      return type === "oneshot" ? "completed" : "ended";
    case "launching":
      return "starting";
    case "backoff":
      return "restarting";
    case "waiting":
    case "starting":
      return phase.kind;
    case "stopping":
      return isDraining(phase) ? "draining" : phase.kind;
    case "finishing":
      return "stopping";
    case "failed":
      return phase.failure.ignored && gaveUp !== undefined ? "given up" : "failed";
    default:
      return phase satisfies never;
  }
}

function armedWord(type: ServiceType, phase: Extract<Phase, { kind: "armed" }>): StateWord {
  if (mainPid(phase) !== undefined) return "running";
  return type === "cron" ? "scheduled" : "listening";
}

/** How a terminal shows the state; what is as it should be and does nothing has no colour. */
export function stateLook({ phase, enabled, health, gaveUp }: ServiceState): Look | undefined {
  if (health === "unhealthy" || gaveUp !== undefined) return SGR.red;
  switch (phase.kind) {
    case "failed":
    case "backoff":
      return SGR.red;
    case "down":
      return enabled ? SGR.yellow : SGR.faint;
    case "up":
    case "armed":
      return SGR.green;
    case "done":
      return undefined;
    default:
      return SGR.yellow;
  }
}
