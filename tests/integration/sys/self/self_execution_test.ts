import { assertEquals } from "@std/assert";
import { test } from "../../../test.ts";
import { runProgram } from "../run_program.ts";

for (const signal of ["SIGTERM", "SIGINT"]) {
  test(`${signal} in the last instant before an exec is known after it; the child stays`, async () => {
    assertEquals(await runProgram("self_execution", { asInit: true, args: [signal] }), {
      pid: 1,
      before: [],
      held: signal,
      isChildLeft: true,
      isOtherClosed: true,
    });
  });
}

test("where an exec fails, everything is as it was before", async () => {
  assertEquals(await runProgram("self_execution", { asInit: true, args: ["fails"] }), {
    error: "execve 2",
    signal: "SIGTERM",
    told: ["SIGHUP"],
    flags: 1,
  });
});
