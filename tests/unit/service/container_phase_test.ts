/** The life of the container as a whole. */
import { assertEquals } from "@std/assert";
import { type ContainerPhase, hasReached } from "../../../lib/service/container_phase.ts";
import { test } from "../../test.ts";

const ORDER: readonly ContainerPhase[] = [
  "booting",
  "running",
  "draining",
  "stopping",
  "killing",
  "gone",
];

test("a phase has reached itself and what comes before it, and nothing else", () => {
  for (const [at, phase] of ORDER.entries()) {
    const reached = ORDER.filter((mark) => hasReached(phase, mark));
    assertEquals(reached, ORDER.slice(0, at + 1));
  }
});
