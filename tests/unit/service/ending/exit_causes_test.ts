import { assertEquals } from "@std/assert";
import { EXIT_ROWS, type ExitCause, type ExitRow } from "../../../../lib/base/exit_rows.ts";
import { commandCause } from "../../../../lib/service/ending/command_failure.ts";
import { exitCause } from "../../../../lib/service/ending/exit_causes.ts";
import { test } from "../../../test.ts";

test("a cause without a status of its own ends with that of the process, or 1", () => {
  for (const [cause, row] of Object.entries(EXIT_ROWS) as [ExitCause, ExitRow][]) {
    assertEquals(exitCause(cause).exitCode, row.status ?? 1, cause);
    assertEquals(exitCause(cause, {}, 42).exitCode, row.status ?? 42, cause);
  }
});

const COMMANDS:
  readonly (readonly [errno: number | undefined, exitCode: number, reason: string])[] = [
    [2, 127, "command 'run' was not found"],
    [13, 126, "command 'run' cannot be executed: why"],
    [undefined, 126, "command 'run' cannot be executed: why"],
  ];

for (const [errno, exitCode, reason] of COMMANDS) {
  test(`a command that fails with errno ${errno} ends the container as a shell would`, () => {
    const failure = errno === undefined ? { text: "why" } : { text: "why", errno };
    const told = errno === undefined ? {} : { errno };
    assertEquals(commandCause("run", failure), { exitCode, reason, ...told });
  });
}
