import { assertEquals } from "@std/assert";
import { VERSION } from "../../../lib/base/version.ts";
import manifest from "../../../deno.json" with { type: "json" };
import { test } from "../../test.ts";

test("VERSION is the version of deno.json", () => {
  assertEquals(VERSION, manifest.version);
});
