/**
 * Tells all that each event leads to: the phase and what else is new in the state, then the effects
 * in their order.
 */
import { assertEquals } from "@std/assert";
import type { ServiceConfig, StopStep } from "../../../lib/config/model.ts";
import type { Effect, Event } from "../../../lib/service/life/event.ts";
import type { ServiceState } from "../../../lib/service/life/phase.ts";
import { test } from "../../test.ts";
import { Bench } from "./bench.ts";

/** Milliseconds that pass, or an event; and what comes of it. */
export type Act = readonly [number | Event, string];

export interface Scene {
  readonly config: Partial<ServiceConfig>;
  /** What comes before, and is told by other scenes. */
  readonly given?: readonly Act[0][];
  readonly acts: readonly Act[];
}

function isStep(value: unknown): value is StopStep {
  return typeof value === "object" && value !== null && "signal" in value && !("pid" in value);
}

/**
 * Returns for example `{kind=armed sinceMs=0 job={kind=waiting}}`; steps of a stop as `15/8000`.
 */
function tellFields(value: unknown): string {
  if (isStep(value) && !("kind" in value)) {
    return [value.signal, value.waitMs ?? []].flat().join("/");
  }
  if (Array.isArray(value)) return `[${value.map(tellFields).join(" ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  return `{${Object.entries(value).map(([key, each]) => `${key}=${tellFields(each)}`).join(" ")}}`;
}

function tellEffect({ kind, ...effect }: Effect): string {
  if ("level" in effect) return `${effect.level}: ${effect.text}`;
  return Object.keys(effect).length === 0 ? kind : `${kind} ${tellFields(effect)}`;
}

function tell(former: ServiceState, state: ServiceState, effects: readonly Effect[]): string {
  const before = former as unknown as Record<string, unknown>;
  const after = state as unknown as Record<string, unknown>;
  const keys = [...new Set([...Object.keys(after), ...Object.keys(before)])];
  const news = keys.flatMap((key) => {
    const [was, is] = [tellFields(before[key]), tellFields(after[key])];
    return was === is ? [] : [`${key}=${is}`];
  });
  return [...news, ...effects.map(tellEffect)].join("; ");
}

/** Returns what each act has led to. */
export function play({ config, given = [], acts }: Scene): Act[] {
  const bench = new Bench(config);
  for (const act of given) {
    if (typeof act === "number") bench.nowMs += act;
    else bench.on(act);
  }
  return acts.map(([act]) => {
    if (typeof act === "number") {
      bench.nowMs += act;
      return [act, ""];
    }
    const former = bench.state;
    bench.on(act);
    return [act, tell(former, bench.state, bench.effects)];
  });
}

/** Registers a test for each scene. */
export function testScenes(scenes: Readonly<Record<string, Scene>>): void {
  for (const [name, scene] of Object.entries(scenes)) {
    test(name, () => assertEquals(play(scene), scene.acts));
  }
}
