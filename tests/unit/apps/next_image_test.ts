import { assertEquals } from "@std/assert";
import {
  awaitNextImage,
  formatNoNextImage,
  NEXT_IMAGE_MS,
  type NextImageParts,
} from "../../../lib/apps/next_image.ts";
import { test } from "../../test.ts";

type Answer = Awaited<ReturnType<NextImageParts["ask"]>>;

/** Asks somebody who answers so one after another, and the last for ever. */
async function askedOf(...answers: Answer[]) {
  let [timeMs, asked] = [0, 0];
  const exitCode = await awaitNextImage({
    ask: () => Promise.resolve(answers[Math.min(asked++, answers.length - 1)] as Answer),
    nowMs: () => timeMs,
    pause: (delayMs) => {
      timeMs += delayMs;
      return Promise.resolve();
    },
  });
  return { exitCode, timeMs };
}

test("F-107: the next incarnation is asked until it answers", async () => {
  assertEquals((await askedOf("broken-off", "nobody", "nobody", 0)).exitCode, 0);
  assertEquals((await askedOf("nobody", 1)).exitCode, 1);
});

test("F-107: where none answers in time, that is said, and how to ask later", async () => {
  for (const answer of ["nobody", "broken-off"] as const) {
    const { exitCode, timeMs } = await askedOf(answer);
    assertEquals(exitCode, undefined);
    assertEquals(Math.round(timeMs / NEXT_IMAGE_MS), 1);
  }
  assertEquals(
    formatNoNextImage(),
    "chaperone has not answered within 15 s; it may still be taking over: " +
      "telchap reexec --last tells",
  );
});
