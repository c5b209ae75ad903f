import { assertEquals } from "@std/assert";
import { plainPath } from "../../../lib/base/path_text.ts";
import { test } from "../../test.ts";

test("plainPath says one path in one way", () => {
  const cases = [
    ["/a/b", "/a/b"],
    ["//a/./b/", "/a/b"],
    ["/a/../b/c/..", "/b"],
    ["/../..", "/"],
    ["/a/..b/...", "/a/..b/..."],
  ] as const;
  for (const [path, plain] of cases) assertEquals(plainPath(path), plain, path);
});
