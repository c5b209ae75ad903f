import { assertEquals } from "@std/assert";
import { DEFAULT_CONFIG } from "../../../../lib/config/source/default_config.ts";
import { test } from "../../../test.ts";

test("DEFAULT_CONFIG is config/default.conf", () => {
  const url = new URL("../../../../config/default.conf", import.meta.url);
  assertEquals(DEFAULT_CONFIG.text, Deno.readTextFileSync(url));
});
