/**
 * How the instances of one service are exchanged, as a pure function: few enough at a time, and no
 * further where one does not become ready.
 *
 *   raising ──▶ canary ──▶ watching ──▶ rolling ──▶ lowering ──▶ over
 *      │           │           │           │            ▲
 *      │           └───────────┴───────────┴──▶ back ───┤
 *      └────────────────────────────────────────────────┘
 *
 * `raising` starts spares, so that as many serve as before, and `lowering` stops them. `back` gives
 * those that were exchanged what they had, where that is known; without it a roll that fails stops.
 * Knows neither clock nor service: whoever carries out what it asks for tells how that went.
 */
import type { ServiceConfig } from "../../config/model.ts";
import type { CanaryRule } from "../../config/renewal_model.ts";

export interface RollPlan {
  /** Who is exchanged, in this order. */
  readonly members: readonly string[];
  /** Who stands in for them meanwhile. */
  readonly spares: readonly string[];
  /** How many are away at a time. */
  readonly width: number;
  readonly canary?: CanaryRule;
  /** Whether there is a former state to go back to. */
  readonly canGoBack: boolean;
}

export type RollStage =
  | "raising"
  | "canary"
  | "watching"
  | "rolling"
  | "back"
  | "lowering"
  | "over";

export interface Roll {
  readonly plan: RollPlan;
  readonly stage: RollStage;
  /** What of this stage has not begun. */
  readonly waiting: readonly string[];
  /** What has begun. */
  readonly busy: readonly string[];
  /** Members that have been exchanged, ready or not, in that order. */
  readonly done: readonly string[];
  /** Why it does not go on. */
  readonly failures: readonly string[];
}

export type RollEvent =
  /** What was asked for a service is done; `failure` says why it is not ready. */
  | { readonly kind: "settled"; readonly name: string; readonly failure?: string | undefined }
  /** The time of the canary is over. */
  | { readonly kind: "stayed" }
  /** A canary is not ready any more. */
  | { readonly kind: "left"; readonly text: string };

/** Each but `watch` is answered by `settled`, `watch` by `stayed` or `left`. */
export type RollEffect =
  | {
    readonly kind: "raise" | "exchange" | "restore" | "lower";
    readonly name: string;
  }
  | { readonly kind: "watch"; readonly names: readonly string[]; readonly forMs: number };

export interface RollStep {
  readonly roll: Roll;
  readonly effects: readonly RollEffect[];
}

/** What decides about a roll of a service. */
type Rolled = Pick<ServiceConfig, "name" | "section" | "isSpare" | "maxUnavailable" | "canary">;

/** Plans how some instances of one service are exchanged; `all` are the services there are. */
export function planRoll(
  members: readonly Rolled[],
  all: Iterable<Rolled>,
  { canGoBack = false, isWatched = true } = {},
): RollPlan {
  const [first] = members;
  const spares = [...all].filter(({ isSpare, section }) =>
    isSpare === true && section === first?.section
  );
  const standIns = spares.slice(0, members.length).map(({ name }) => name);
  const least = standIns.length > 0 ? 0 : 1;
  const away = first?.maxUnavailable ?? least;
  const canary = isWatched ? first?.canary : undefined;
  return {
    members: members.map(({ name }) => name),
    spares: standIns,
    width: Math.max(1, away + standIns.length),
    ...(canary === undefined || canary.count >= members.length ? {} : { canary }),
    canGoBack,
  };
}

/** Begins a roll. */
export function beginRoll(plan: RollPlan): RollStep {
  const stage = { plan, waiting: [], busy: [], done: [], failures: [] };
  return enter({ ...stage, stage: "raising" }, "raising");
}

/** Takes note of what has happened. */
export function stepRoll(roll: Roll, event: RollEvent): RollStep {
  switch (event.kind) {
    case "settled":
      return settled(roll, event.name, event.failure);
    case "stayed":
      return roll.stage === "watching" ? enter(roll, "rolling") : { roll, effects: [] };
    case "left":
      if (roll.stage !== "watching") return { roll, effects: [] };
      return fail({ ...roll, failures: [...roll.failures, event.text] });
    default:
      return event satisfies never;
  }
}

function settled(roll: Roll, name: string, failure: string | undefined): RollStep {
  if (!roll.busy.includes(name)) return { roll, effects: [] };
  const isMember = roll.stage === "canary" || roll.stage === "rolling";
  const next = {
    ...roll,
    busy: roll.busy.filter((other) => other !== name),
    done: isMember ? [...roll.done, name] : roll.done,
    failures: failure === undefined ? roll.failures : [...roll.failures, failure],
  };
  // On the way back and down each is given its chance.
  const isBegun = roll.stage === "back" || roll.stage === "lowering";
  if (next.failures.length > 0 && !isBegun) {
    return next.busy.length > 0 ? { roll: next, effects: [] } : fail(next);
  }
  return goOn(next);
}

function fail(roll: Roll): RollStep {
  const isChanged = roll.plan.canGoBack && roll.done.length > 0;
  return enter(roll, isChanged ? "back" : "lowering");
}

/** Enters a stage, or the first after it in which there is something to do. */
function enter(roll: Roll, stage: RollStage): RollStep {
  return goOn({ ...roll, stage, waiting: membersOf(roll, stage) });
}

function membersOf({ plan, done }: Roll, stage: RollStage): readonly string[] {
  switch (stage) {
    case "raising":
    case "lowering":
      return plan.spares;
    case "canary":
      return plan.members.slice(0, plan.canary?.count ?? 0);
    case "rolling":
      return plan.members.filter((name) => !done.includes(name));
    case "back":
      return done;
    default:
      return [];
  }
}

const KINDS = {
  raising: "raise",
  canary: "exchange",
  rolling: "exchange",
  back: "restore",
  lowering: "lower",
} as const;

/** Begins as many as may be away; where none is left, the next stage begins. */
function goOn(roll: Roll): RollStep {
  const { stage, waiting, busy, plan } = roll;
  if (stage === "over") return { roll, effects: [] };
  if (stage === "watching") {
    const { canary, members } = plan;
    if (canary === undefined) return enter(roll, "rolling");
    const names = members.slice(0, canary.count);
    return { roll, effects: [{ kind: "watch", names, forMs: canary.forMs }] };
  }
  if (waiting.length === 0 && busy.length === 0) return enter(roll, AFTER[stage]);
  // Spares are in nobody's way.
  const isOfMembers = stage !== "raising" && stage !== "lowering";
  const begun = waiting.slice(0, isOfMembers ? plan.width - busy.length : waiting.length);
  return {
    roll: { ...roll, waiting: waiting.slice(begun.length), busy: [...busy, ...begun] },
    effects: begun.map((name) => ({ kind: KINDS[stage], name })),
  };
}

const AFTER = {
  raising: "canary",
  canary: "watching",
  rolling: "lowering",
  back: "lowering",
  lowering: "over",
} as const;

/** Says how far a roll is, after `rolling: `. */
export function describeRoll({ plan, stage, busy, done }: Roll): string {
  const count = `${done.length} of ${plan.members.length} done`;
  switch (stage) {
    case "raising":
      return `${count}, starting ${busy.join(", ")} to stand in`;
    case "watching":
      return `${count}, watching whether ${done.join(", ")} stays ready`;
    case "back":
      return `going back: ${busy.join(", ")}`;
    case "lowering":
      return `${count}, stopping ${busy.join(", ")}, which stood in`;
    case "over":
      return count;
    default:
      return `${count}, ${busy.join(", ")} under way`;
  }
}
