/** The earliest of many deadlines. */
import { assertEquals } from "@std/assert";
import { Deadlines } from "../../../../lib/daemon/services/deadlines.ts";
import { test } from "../../../test.ts";

interface Owner {
  atMs: number | undefined;
}

function bench(count: number): { owners: Owner[]; deadlines: Deadlines<Owner> } {
  const owners = Array.from({ length: count }, () => ({ atMs: undefined }));
  return { owners, deadlines: new Deadlines(({ atMs }) => atMs) };
}

test("Deadlines has none at first, and none once the only one is withdrawn", () => {
  const { owners, deadlines } = bench(1);
  const owner = owners[0] as Owner;
  assertEquals(deadlines.earliestMs(), undefined);
  owner.atMs = 5;
  deadlines.note(owner);
  assertEquals(deadlines.earliestMs(), 5);
  owner.atMs = undefined;
  deadlines.note(owner);
  assertEquals(deadlines.earliestMs(), undefined);
});

test("Deadlines finds a deadline again that was withdrawn and set anew", () => {
  const { owners, deadlines } = bench(1);
  const owner = owners[0] as Owner;
  for (const atMs of [5, undefined, 5, 9, 5]) {
    owner.atMs = atMs;
    deadlines.note(owner);
    assertEquals(deadlines.earliestMs(), atMs);
  }
});

test("Deadlines agrees with a look at all owners, whatever they do", () => {
  const { owners, deadlines } = bench(50);
  let state = 1;
  const draw = (limit: number) => (state = state * 48_271 % 0x7fff_ffff) % limit;
  for (let round = 0; round < 5000; round++) {
    const owner = owners[draw(owners.length)] as Owner;
    owner.atMs = draw(3) === 0 ? undefined : round + draw(100);
    deadlines.note(owner);
    if (draw(4) > 0) continue;
    const earliest = Math.min(...owners.map(({ atMs }) => atMs ?? Infinity));
    assertEquals(deadlines.earliestMs(), earliest === Infinity ? undefined : earliest);
  }
});
