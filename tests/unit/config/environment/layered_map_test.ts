import { assertEquals } from "@std/assert";
import { LayeredMap } from "../../../../lib/config/environment/layered_map.ts";
import { test } from "../../../test.ts";

test("LayeredMap reads as a map to which the upper entries were added", () => {
  const lower = new LayeredMap(new Map([["a", 1], ["b", 2]]));
  const upper = new LayeredMap(new Map([["c", 3], ["a", 4]]), lower);
  assertEquals([...upper], [["a", 4], ["b", 2], ["c", 3]]);
  assertEquals(["a", "b", "c", "d"].map((key) => upper.get(key)), [4, 2, 3, undefined]);
  assertEquals(["a", "b", "c", "d"].map((key) => upper.has(key)), [true, true, true, false]);
  assertEquals([...lower], [["a", 1], ["b", 2]]);
});
