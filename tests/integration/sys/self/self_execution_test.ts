import { assertEquals } from "@std/assert";
import { test } from "../../test.ts";
import { runProgram } from "../run_program.ts";

for (const signal of ["SIGTERM", "SIGINT"]) {
  test(`${signal} in the last instant before an exec is known after it; the child stays`, async () => {
    assertEquals(await runProgram("self_execution", { asInit: true, args: [signal] }), {
      pid: 1,
      before: [],
      told: [signal],
      isChildLeft: true,
      isOtherClosed: true,
    });
  });
}

test("F-106: SIGINT before an exec is known after it, however long the next incarnation takes", async () => {
  for (const asInit of [true, false]) {
    const found = await runProgram("self_execution", { asInit, args: ["slow"] });
    assertEquals((found as { told: unknown }).told, ["SIGINT"]);
  }
});

test("where an exec fails, everything is as it was before", async () => {
  assertEquals(await runProgram("self_execution", { asInit: true, args: ["fails"] }), {
    error: "execve 2",
    told: ["SIGTERM", "SIGHUP"],
    flags: 1,
  });
});
