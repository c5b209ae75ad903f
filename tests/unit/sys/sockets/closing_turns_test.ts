import { assertEquals } from "@std/assert";
import { ClosingTurns } from "../../../../lib/sys/sockets/closing_turns.ts";
import { test } from "../../../test.ts";

test("descriptors that close for ever leave those of others a thread", async () => {
  const begun: number[] = [];
  const ends = new Map<number, () => void>();
  const turns = new ClosingTurns((fd) => {
    begun.push(fd);
    const { promise, resolve } = Promise.withResolvers<void>();
    ends.set(fd, resolve);
    return promise;
  });
  const [first] = [10, 11, 12, 13, 14, 15].map((fd) => turns.close(fd, 1001));
  assertEquals(begun, [10, 11], "one user");
  turns.close(20, 1002);
  turns.close(30, "somebody");
  assertEquals(begun, [10, 11, 20, 30], "others");
  for (const fd of [21, 22, 31, 32]) turns.close(fd, fd < 30 ? 1002 : "somebody");
  turns.close(40, 1003);
  // All threads for others are taken, and chaperone's own are not.
  turns.close(50, "chaperone");
  assertEquals(begun, [10, 11, 20, 30, 21, 31, 50]);
  ends.get(10)?.();
  await first;
  assertEquals(begun.at(-1), 12, "the next one of whoever has waited longest");
});
