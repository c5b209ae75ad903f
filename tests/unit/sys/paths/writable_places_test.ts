import { assertEquals } from "@std/assert";
import { isWritableFor } from "../../../../lib/sys/paths/writable_places.ts";
import { test } from "../../../test.ts";

test("a mode counts for the owner, the group or the others, and for nobody twice", () => {
  const who = { uid: 1000, groups: [1000, 5] };
  const may = (mode: number, uid: number, gid: number) => isWritableFor({ mode, uid, gid }, who);
  assertEquals(may(0o1777, 0, 0), true);
  assertEquals(may(0o755, 1000, 0), true);
  assertEquals(may(0o577, 1000, 0), false);
  assertEquals(may(0o770, 0, 5), true);
  assertEquals(may(0o707, 0, 5), false);
  assertEquals(may(0o755, 0, 0), false);
});
