import { assert, assertEquals, fail } from "@std/assert";
import {
  leavesRoomForMark,
  limitsOfMark,
  type ProcessMark,
  readMark,
  ServiceNumbers,
} from "../../../../lib/daemon/services/process_mark.ts";
import type { MarkLimits } from "../../../../lib/door/os.ts";
import { test } from "../../../test.ts";
import { markedAs } from "../fake_os.ts";

test("a mark is read as the number that it was made of, and survives as a double", () => {
  for (const number of [1, 2, 3, 500, 1_000_000, 2 ** 40]) {
    assertEquals(readMark(markedAs(number)), { kind: "whole", number });
    for (const { soft, hard } of limitsOfMark(number)) {
      assertEquals(Number(BigInt(hard)), hard);
      assertEquals(soft, hard);
    }
  }
});

test("no lowering of limits turns one mark into another, and what is left says which it can be", () => {
  const marks = [1, 2, 3, 7, 8, 100];
  for (const own of marks) {
    const { rttime, locks } = markedAs(own);
    for (const other of marks) {
      const forged: MarkLimits = {
        rttime: Math.min(rttime, markedAs(other).rttime),
        locks: Math.min(locks, markedAs(other).locks),
      };
      const mark = readMark(forged);
      if (own === other) assertEquals(mark, { kind: "whole", number: own });
      else assertLowered(mark, own);
    }
    assertLowered(readMark({ rttime: 0, locks: 0 }), own);
    assertLowered(readMark({ rttime: 200_000, locks }), own);
    assertLowered(readMark({ rttime, locks: 5 }), own);
  }
});

function assertLowered(mark: ProcessMark, own: number): void {
  if (mark.kind !== "lowered") return fail(mark.kind);
  assert(mark.from <= own && own <= mark.to, `${mark.from} to ${mark.to} without ${own}`);
}

test("a process without both limits carries no mark", () => {
  const { rttime, locks } = markedAs(5);
  assertEquals(readMark({ rttime: Infinity, locks: Infinity }), { kind: "none" });
  assertEquals(readMark({ rttime, locks: Infinity }), { kind: "none" });
  assertEquals(readMark({ rttime: Infinity, locks }), { kind: "none" });
  assertEquals(readMark({ rttime: 2 ** 62, locks: 2 ** 62 }), { kind: "none" });
});

test("a configuration that uses a limit of the mark leaves no room for it", () => {
  assert(leavesRoomForMark([{ resource: "nofile", soft: 1, hard: 1 }]));
  assert(!leavesRoomForMark([{ resource: "rttime", soft: 1, hard: 1 }]));
  assert(!leavesRoomForMark([{ resource: "locks", soft: 1, hard: 1 }]));
});

test("a number stays with its name, and goes over to the next incarnation", () => {
  const numbers = new ServiceNumbers();
  assertEquals([numbers.of("b"), numbers.of("a"), numbers.of("b")], [1, 2, 1]);
  const next = new ServiceNumbers();
  next.takeOver(numbers.handOver());
  assertEquals([next.of("c"), next.of("a"), next.nameOf(1)], [3, 2, "b"]);
});
