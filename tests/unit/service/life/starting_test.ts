/** What a start that fails leads to, by type and by what the service says of failures. */
import { assertEquals } from "@std/assert";
import type { RestartPolicy, ServiceConfig, ServiceType } from "../../../../lib/config/model.ts";
import type { Event } from "../../../../lib/service/life/event.ts";
import { test } from "../../../test.ts";
import { Bench, EXIT_3 } from "../bench.ts";

const RESTART: RestartPolicy = {
  when: "on-failure",
  limit: 5,
  delayMs: 3000,
  windowMs: 60_000,
  noRetry: [],
  onGiveUp: "fail",
};

const FAILURES: Readonly<Record<string, Event>> = {
  "cannot be launched": { kind: "spawn-failed", text: "no such file", errno: 2 },
  "ends too soon": { kind: "exited", pid: 7, status: EXIT_3, strays: [] },
};

function fail(config: Partial<ServiceConfig>, event: Event): Bench {
  const bench = new Bench(config).on({ kind: "start" }).on({ kind: "prerequisites-ready" });
  if (event.kind !== "spawn-failed") bench.on({ kind: "spawned", pid: 7 });
  return bench.on(event);
}

/** By type: what a failed start leads to with `ignore_failures` and `restart`. */
const AGAIN: Readonly<
  Record<Extract<ServiceType, "simple" | "forking" | "notify" | "oneshot">, string>
> = {
  simple: "backoff",
  forking: "backoff",
  notify: "backoff",
  oneshot: "failed",
};

for (const [how, event] of Object.entries(FAILURES)) {
  for (const [type, phase] of Object.entries(AGAIN)) {
    const config = { type: type as ServiceType };
    test(`F-110: a ${type} service that ${how}`, () => {
      const plain = fail(config, event);
      assertEquals([plain.phase.kind, plain.effect("start-failed") !== undefined], [
        "failed",
        true,
      ]);
      const restarting = fail({ ...config, restart: RESTART }, event);
      assertEquals(restarting.phase.kind, "failed", "without ignore_failures the start is one try");
      const passedOver = fail({ ...config, ignoreFailures: true }, event);
      assertEquals(passedOver.phase.kind, "failed");
      assertEquals(passedOver.effect("start-failed"), undefined);
      const again = fail({ ...config, ignoreFailures: true, restart: RESTART }, event);
      assertEquals([again.phase.kind, again.effect("start-failed")], [phase, undefined]);
    });
  }
}

const NO_COMMAND = { name: "CONSOLE", argv: ["run", "-x"] };

for (
  const [errno, exitCode, reason] of [
    [2, 127, "command 'run' was not found"],
    [13, 126, "command 'run' cannot be executed: why"],
    [8, 126, "command 'run' cannot be executed: why"],
  ] as const
) {
  test(`F-031: a command that cannot be launched with errno ${errno} ends the container with ${exitCode}`, () => {
    for (const ignoreFailures of [true, false]) {
      const event: Event = { kind: "spawn-failed", text: "why", errno };
      const bench = fail({ ...NO_COMMAND, ignoreFailures }, event);
      assertEquals(bench.phase.kind, "failed");
      assertEquals(bench.effect("kill-system"), { kind: "kill-system", exitCode, reason, errno });
    }
  });
}

test("F-110: a prerequisite that has failed is not tried again", () => {
  const bench = new Bench({ ignoreFailures: true, restart: RESTART }).on({ kind: "start" }).on({
    kind: "prerequisite-failed",
    failure: { text: "db failed", exitCode: 1, ignored: true },
  });
  assertEquals(bench.phase.kind, "failed");
});
