import { assertEquals } from "@std/assert";
import { prerequisiteEvent } from "../../../lib/service/prerequisite_event.ts";
import { test } from "../../test.ts";

const FAILURE = { text: "db.service failed", exitCode: 3, ignored: false };

test("prerequisiteEvent() is none as long as something is pending, and asks for no time", () => {
  const idleUntilMs = () => {
    throw new Error("asked");
  };
  assertEquals(
    prerequisiteEvent({ kind: "pending" }, { ignoreFailures: false, idleUntilMs }),
    undefined,
  );
});

test("prerequisiteEvent() holds a service of IDLE back until its time", () => {
  const satisfied = { kind: "satisfied" } as const;
  assertEquals(
    prerequisiteEvent(satisfied, { ignoreFailures: false, idleUntilMs: () => undefined }),
    { kind: "prerequisites-ready" },
  );
  assertEquals(
    prerequisiteEvent(satisfied, { ignoreFailures: false, idleUntilMs: () => 5 }),
    { kind: "prerequisites-ready", idleUntilMs: 5 },
  );
});

test("prerequisiteEvent() says what a requirement lacks", () => {
  const context = { ignoreFailures: false, idleUntilMs: () => 5 };
  assertEquals(
    prerequisiteEvent({ kind: "missing", text: "it requires db" }, context),
    { kind: "requirement-missing", text: "it requires db" },
  );
});

test("prerequisiteEvent() ignores a failure where either side does", () => {
  for (const [ignoreFailures, ignored] of [[false, false], [true, false], [false, true]] as const) {
    const failure = { ...FAILURE, ignored };
    assertEquals(
      prerequisiteEvent({ kind: "failed", failure }, {
        ignoreFailures,
        idleUntilMs: () => undefined,
      }),
      {
        kind: "prerequisite-failed",
        failure: { ...FAILURE, ignored: ignoreFailures || ignored },
      },
    );
  }
});
