/** Which colour a service has, wherever it is drawn. */
import type { StateWord } from "../service/texts/state_word.ts";
import type { ServiceReport } from "./report.ts";

/** What a colour says; `off` is what is not meant to run. */
export type Tone = "good" | "busy" | "bad" | "off";

const BAD: ReadonlySet<StateWord> = new Set(["failed", "given up", "restarting", "unhealthy"]);

/** What the colour depends on. */
export interface Shown extends Pick<ServiceReport, "state" | "enabled" | "phase"> {
  readonly unready?: string | undefined;
}

/** Returns the colour of a service. */
export function toneOf({ state, enabled, phase, unready }: Shown): Tone {
  if (BAD.has(state)) return "bad";
  if (!enabled) return "off";
  if (unready === undefined) return phase === "done" ? "off" : "good";
  return phase === "down" ? "off" : "busy";
}
