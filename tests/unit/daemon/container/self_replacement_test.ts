/** When chaperone re-executes itself, and what keeps it from doing so. */
import { assertEquals, assertRejects } from "@std/assert";
import { SystemError } from "../../../../lib/base/errors.ts";
import type { Handover, HandoverCause } from "../../../../lib/daemon/container/handover.ts";
import {
  ReplacementRefusal,
  SelfReplacement,
  type SelfReplacementParts,
} from "../../../../lib/daemon/container/self_replacement.ts";
import { test } from "../../../test.ts";

const MINUTE_MS = 60_000;
const ERROR: HandoverCause = { kind: "error" };

/**
 * What it stands on, which writes down what is asked of it; executing fails, so that it returns.
 */
class Ground implements SelfReplacementParts {
  nowMs = 10 * MINUTE_MS;
  present: string | undefined;
  problem: string | undefined;
  holding = Promise.resolve();
  readonly done: string[] = [];
  readonly turns: (() => void)[] = [];
  readonly journal = { write: ({ text }: { readonly text: string }) => void this.done.push(text) };

  readonly wallMs = () => this.nowMs;
  readonly later = (callback: () => void) => void this.turns.push(callback);
  readonly obstacle = () => this.present;
  readonly tryOut = () => {
    this.done.push("try out");
    return Promise.resolve(this.problem);
  };
  readonly hold = () => {
    this.done.push("hold");
    return this.holding;
  };
  readonly release = () => void this.done.push("release");
  readonly resume = () => void this.done.push("resume");
  readonly gather = ({ kind }: HandoverCause, unaskedWallMs: readonly number[]) => {
    const minutes = unaskedWallMs.map((atMs) => atMs / MINUTE_MS);
    this.done.push(["gather", kind, ...minutes].join(" "));
    return {} as Handover;
  };
  readonly execute = () => {
    this.done.push("execute");
    return new SystemError("execve", 12);
  };

  /** Runs what was put off, and all that follows. */
  async settle(): Promise<void> {
    for (const turn of this.turns.splice(0)) turn();
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  }
}

const FAILED = [
  "resume",
  "chaperone cannot re-execute itself: Cannot allocate memory",
  "release",
];

// Minutes at which it was done before, the minute it is, and whether it is done once more.
const HISTORIES: readonly (readonly [before: readonly number[], now: number, done: boolean])[] = [
  [[], 10, true],
  [[9.1], 10, true],
  [[9.1, 9.5], 10, true],
  [[9.1, 9.5, 9.9], 10, false],
  [[9, 9.5, 9.9], 10, true],
  [[1, 2, 3, 4, 5], 10, true],
  // The clock was set back.
  [[10.1, 10.5, 10.9], 10, false],
  [[11, 10.5, 10.9], 10, true],
];

for (const [before, now, isDone] of HISTORIES) {
  test(`F-091: unasked, at minute ${now} after ${before.join(" ")}: ${isDone}`, async () => {
    const ground = new Ground();
    ground.nowMs = now * MINUTE_MS;
    const replacement = new SelfReplacement(ground, before.map((at) => at * MINUTE_MS));
    assertEquals(replacement.replaceUnasked(ERROR), isDone);
    await ground.settle();
    const recent = before.filter((at) => Math.abs(at - now) < 1);
    const expected = ["hold", ["gather", "error", ...recent, now].join(" "), "execute", ...FAILED];
    assertEquals(ground.done, isDone ? expected : []);
  });
}

test("F-091: what keeps failing is done three times a minute, and no more", async () => {
  const ground = new Ground();
  const replacement = new SelfReplacement(ground);
  const tried: boolean[] = [];
  for (let count = 0; count < 5; count++) {
    tried.push(replacement.replaceUnasked(ERROR));
    await ground.settle();
  }
  assertEquals(tried, [true, true, true, false, false]);
  ground.nowMs += MINUTE_MS;
  assertEquals(replacement.replaceUnasked(ERROR), true);
});

test("it is done once, however many ask meanwhile", async () => {
  const ground = new Ground();
  const held = Promise.withResolvers<void>();
  ground.holding = held.promise;
  const replacement = new SelfReplacement(ground);
  assertEquals(replacement.replaceUnasked(ERROR), true);
  await ground.settle();
  assertEquals(replacement.replaceUnasked(ERROR), true, "it is under way");
  await assertRejects(() => replacement.prepare(), ReplacementRefusal, "it is being done already");
  held.resolve();
  await ground.settle();
  assertEquals(ground.done, ["hold", "gather error 10", "execute", ...FAILED]);
});

test("it is not done at the end of the container, nor where that comes meanwhile", async () => {
  const ground = new Ground();
  const replacement = new SelfReplacement(ground);
  ground.present = "the container ends";
  assertEquals(replacement.replaceUnasked(ERROR), false);
  await assertRejects(() => replacement.prepare(), ReplacementRefusal, "the container ends");
  ground.present = undefined;
  assertEquals(replacement.replaceUnasked(ERROR), true);
  ground.present = "the container ends";
  await ground.settle();
  assertEquals(ground.done, ["hold", "release"]);
});

test("asked, it tries the binary out first, and goes on as before in the meantime", async () => {
  const ground = new Ground();
  const replacement = new SelfReplacement(ground);
  const replace = await replacement.prepare();
  assertEquals(ground.done.splice(0), ["gather request", "resume", "try out"]);
  await replace();
  assertEquals(ground.done, ["hold", "gather request", "execute", ...FAILED]);
});

test("a binary that could not take over is refused with its reason", async () => {
  const ground = new Ground();
  ground.problem = "it is of another machine";
  const replacement = new SelfReplacement(ground);
  await assertRejects(() => replacement.prepare(), ReplacementRefusal, "it is of another machine");
});
