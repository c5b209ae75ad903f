import { assertEquals } from "@std/assert";
import { plainPath, shownPath, whyNoPath } from "../../../lib/base/path_text.ts";
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

test("whyNoPath says what is wrong with a path", () => {
  assertEquals(["/", "/a/..b"].map(whyNoPath), [undefined, undefined]);
  for (const path of ["", "a", "../a", "/a\0"]) {
    assertEquals(whyNoPath(path), `'${path}' is not an absolute path`);
  }
  assertEquals(whyNoPath("/a/../b"), "'/a/../b' holds '..'");
});

test("the name of a file begins no line of a message", () => {
  assertEquals(shownPath("/a\nb\x1b[2J\u009bc/ü"), "/a#012b#033[2J#233c/ü");
});
