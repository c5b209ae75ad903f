/** Rolls of instances, event by event: who goes when, and what follows where one is not ready. */
import { assert, assertEquals } from "@std/assert";
import {
  beginRoll,
  describeRoll,
  planRoll,
  type Roll,
  type RollEvent,
  type RollPlan,
  type RollStep,
  stepRoll,
} from "../../../../lib/service/renewal/roll.ts";
import { test } from "../../../test.ts";

const THREE: RollPlan = { members: ["a", "b", "c"], spares: [], width: 1, canGoBack: false };
const CANARY = { canary: { count: 1, forMs: 5000 } };
const SURGE = { spares: ["s"] };

/** What is asked for, in short: `exchange a`. */
function asked({ effects }: RollStep): string {
  return effects.map((effect) =>
    effect.kind === "watch"
      ? `watch ${effect.names.join(" ")} ${effect.forMs}`
      : `${effect.kind} ${effect.name}`
  ).join(", ");
}

function eventOf(word: string): RollEvent {
  if (word === "stayed") return { kind: "stayed" };
  if (word === "left") return { kind: "left", text: "a has left" };
  return word.endsWith("!")
    ? { kind: "settled", name: word.slice(0, -1), failure: `${word.slice(0, -1)} is broken` }
    : { kind: "settled", name: word };
}

/** Plays events; returns what was asked for, beginning with the start, and how it ended. */
function play(plan: RollPlan, words: string): { asked: string[]; roll: Roll } {
  let step = beginRoll(plan);
  const told = [asked(step)];
  for (const word of words.split(" ").filter((each) => each !== "")) {
    step = stepRoll(step.roll, eventOf(word));
    told.push(asked(step));
  }
  return { asked: told, roll: step.roll };
}

type Scene = readonly [plan: Partial<RollPlan>, events: string, asked: string, failures: string];

const SCENES: Readonly<Record<string, Scene>> = {
  "one after another": [{}, "a b c", "exchange a; exchange b; exchange c; ", ""],
  "two at a time": [{ width: 2 }, "a b c", "exchange a, exchange b; exchange c; ; ", ""],
  "a failure stops it": [{}, "a b!", "exchange a; exchange b; ", "b is broken"],
  "a failure waits for those under way": [
    { width: 2 },
    "a! b",
    "exchange a, exchange b; ; ",
    "a is broken",
  ],
  "the canary stays": [
    CANARY,
    "a stayed b c",
    "exchange a; watch a 5000; exchange b; exchange c; ",
    "",
  ],
  "the canary leaves": [CANARY, "a left", "exchange a; watch a 5000; ", "a has left"],
  "the canary is never ready": [CANARY, "a!", "exchange a; ", "a is broken"],
  "a spare stands in": [
    { ...SURGE, members: ["a", "b"] },
    "s a b s",
    "raise s; exchange a; exchange b; lower s; ",
    "",
  ],
  "a spare that is not ready: nothing is touched": [
    SURGE,
    "s! s",
    "raise s; lower s; ",
    "s is broken",
  ],
  "back, and those that failed too": [
    { canGoBack: true },
    "a b! a b",
    "exchange a; exchange b; restore a; restore b; ",
    "b is broken",
  ],
  "back after the canary has left": [
    { ...CANARY, ...SURGE, canGoBack: true },
    "s a left a s",
    "raise s; exchange a; watch a 5000; restore a; lower s; ",
    "a has left",
  ],
  "what cannot go back does not stop the others": [
    { canGoBack: true },
    "a b! a! b",
    "exchange a; exchange b; restore a; restore b; ",
    "b is broken, a is broken",
  ],
  "nobody": [{ members: [] }, "", "", ""],
  "news of others is ignored": [
    {},
    "c stayed left a b c",
    "exchange a; ; ; ; exchange b; exchange c; ",
    "",
  ],
};

for (const [name, [plan, events, wanted, failures]] of Object.entries(SCENES)) {
  test(`roll: ${name}`, () => {
    const played = play({ ...THREE, ...plan }, events);
    assertEquals(played.asked.join("; "), wanted);
    assertEquals([played.roll.stage, played.roll.failures.join(", ")], ["over", failures]);
  });
}

test("roll: never more are away than may be, whatever fails, and it always ends", () => {
  let seed = 7;
  const random = () => (seed = (seed * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
  const stages = new Set<string>();
  for (let round = 0; round < 500; round++) {
    const members = Array.from({ length: 1 + Math.floor(random() * 5) }, (_, at) => `m${at}`);
    const plan: RollPlan = {
      members,
      spares: random() < 0.5 ? ["s"] : [],
      width: 1 + Math.floor(random() * 2),
      ...(random() < 0.5 ? CANARY : {}),
      canGoBack: random() < 0.5,
    };
    let step = beginRoll(plan);
    let events = 0;
    while (step.roll.stage !== "over") {
      const { roll } = step;
      stages.add(roll.stage);
      describeRoll(roll);
      assert(roll.busy.filter((name) => members.includes(name)).length <= plan.width);
      const name = roll.busy[Math.floor(random() * roll.busy.length)];
      const isBad = random() < 0.2;
      step = stepRoll(
        roll,
        name === undefined
          ? isBad ? { kind: "left", text: "left" } : { kind: "stayed" }
          : { kind: "settled", name, ...(isBad ? { failure: "bad" } : {}) },
      );
      assert(++events < 50);
    }
    const { done, failures } = step.roll;
    assert(failures.length > 0 || done.length === members.length);
  }
  assertEquals([...stages].sort(), [
    ...["back", "canary", "lowering", "raising", "rolling", "watching"],
  ]);
});

test("roll: plans by the rules of the service, and its spares", () => {
  const of = (name: string, more = {}) => ({ name, section: "w.service", ...more });
  const [one, two, spare] = [of("1"), of("2"), of("3", { isSpare: true as const })];
  const all = [one, two, spare, { name: "x", isSpare: true as const, section: "other" }];
  const widths = (members: Parameters<typeof planRoll>[0], known = all) => {
    const { spares, width } = planRoll(members, known);
    return [spares, width];
  };
  assertEquals(widths([one, two], [one, two]), [[], 1]);
  assertEquals(widths([one, two]), [["3"], 1]);
  assertEquals(widths([of("1", { maxUnavailable: 1 })]), [["3"], 2]);
  assertEquals(widths([]), [[], 1]);
  const canary = { count: 1, forMs: 1 };
  assertEquals(planRoll([of("1", { canary }), two], all).canary, canary);
  assertEquals(planRoll([of("1", { canary })], all).canary, undefined);
  assertEquals(planRoll([of("1", { canary }), two], all, { isWatched: false }).canary, undefined);
});
