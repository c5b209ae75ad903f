import { assertEquals } from "@std/assert";
import { didYouMean, editDistance, suggest } from "../../../lib/base/suggest.ts";
import { test } from "../../test.ts";

test("editDistance counts a swap of neighbours as one change", () => {
  assertEquals(editDistance("", "abc"), 3);
  assertEquals(editDistance("command", "comand"), 1);
  assertEquals(editDistance("enabled", "enabeld"), 1);
  assertEquals(editDistance("kitten", "sitting"), 3);
});

test("suggest finds the nearest word and none that is far", () => {
  const names = ["command", "restart", "restart_limit", "uid", "gid", "stdout"];
  assertEquals(suggest("comand", names), "command");
  assertEquals(suggest("Restart-Limit", names), "restart_limit");
  assertEquals(suggest("uld", names), "uid");
  assertEquals(suggest("bin", names), undefined);
  assertEquals(suggest("frobnicate", names), undefined);
});

test("didYouMean is empty where there is nothing to suggest", () => {
  assertEquals(didYouMean("stdot", ["stdout"]), "; did you mean 'stdout'?");
  assertEquals(didYouMean("x".repeat(1000), ["stdout"]), "");
});
