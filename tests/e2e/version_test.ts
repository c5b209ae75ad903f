/** `--version` works without being PID 1, and image scripts read its sentence: chaperone 0.3.9. */
import { assertEquals, assertMatch } from "@std/assert";
import { VERSION } from "../../lib/base/version.ts";
import { test } from "../test.ts";
import { DIST } from "./harness/namespace.ts";
import { runCommand } from "./harness/running.ts";

test("chaperone --version prints the sentence that scripts parse, and the licence", async () => {
  const { code, stdout, stderr } = await runCommand([`${DIST}/chaperone`, "--version"]);
  assertEquals(code, 0, stderr);
  const lines = stdout.split("\n");
  assertEquals(lines.slice(0, 3), ["", `This is 'chaperone' version ${VERSION}.`, ""]);
  assertMatch(lines[3] ?? "", /\S/);
  assertEquals(lines.slice(4), ["Licensed under the Apache License, Version 2.0.", "", ""]);
});
