import { assertEquals } from "@std/assert";
import { shortName } from "../../../lib/base/service_name.ts";
import { test } from "../../test.ts";

test("shortName drops the suffix of services only", () => {
  assertEquals(["a.service", "CONSOLE", "a.service.x"].map(shortName), [
    "a",
    "CONSOLE",
    "a.service.x",
  ]);
});
