import { assertEquals } from "@std/assert";
import { test } from "../../test.ts";
import { runProgram } from "../run_program.ts";

test("who keeps a call of the C library has one trampoline for it, however often it is made", async () => {
  assertEquals(await runProgram("kept_call"), { opened: 1 });
});
