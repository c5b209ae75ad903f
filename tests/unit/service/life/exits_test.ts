/** What the end of a process means, by what the service says of ends. */
import { assertEquals } from "@std/assert";
import type { ExitStatus } from "../../../../lib/base/exit_status.ts";
import type { RestartPolicy, ServiceConfig } from "../../../../lib/config/model.ts";
import { test } from "../../../test.ts";
import { Bench } from "../bench.ts";

const exit = (code: number): ExitStatus => ({ kind: "exited", code });
const SEGV: ExitStatus = { kind: "signaled", signal: 11, coreDumped: false };
const SUCCESS = [{ kind: "code", code: 0 }, { kind: "code", code: 143 }] as const;

const RESTART: RestartPolicy = {
  when: "on-failure",
  limit: 1,
  delayMs: 3000,
  windowMs: 60_000,
  noRetry: [{ kind: "code", code: 78 }],
  onGiveUp: "fail",
};

interface Row {
  readonly config?: Partial<ServiceConfig>;
  readonly status: ExitStatus;
  /** Phase; then the code and the text of a failure, or of the end of the container. */
  readonly outcome: string;
}

const WHILE_UP: Readonly<Record<string, Row>> = {
  "a normal end": { status: exit(0), outcome: "done" },
  "an abnormal end": { status: exit(3), outcome: "failed 3: a.service exited with code 3" },
  "a death by signal": { status: SEGV, outcome: "failed 139: a.service was killed by SIGSEGV" },
  "a code that success_codes lists": {
    config: { success: SUCCESS },
    status: exit(143),
    outcome: "done",
  },
  "ignore_failures": { config: { ignoreFailures: true }, status: exit(3), outcome: "down" },
  "a restart": { config: { restart: RESTART }, status: exit(3), outcome: "backoff" },
  "no_retry_codes": {
    config: { restart: RESTART },
    status: exit(78),
    outcome: "failed 78: a.service exited with code 78 and was given up: " +
      "it exited with code 78, which no_retry_codes lists",
  },
  "F-032: a give-up after a normal end": {
    config: { restart: { ...RESTART, when: "always", noRetry: [{ kind: "code", code: 0 }] } },
    status: exit(0),
    outcome: "failed 1: a.service exited with code 0 and was given up: " +
      "it exited with code 0, which no_retry_codes lists",
  },
  "exit_kills": {
    config: { exitKills: true },
    status: exit(3),
    outcome: "failed 3: a.service exited with code 3; ends the container with 3: " +
      "a.service exited with code 3",
  },
  "exit_kills, well": {
    config: { exitKills: true },
    status: exit(0),
    outcome: "done; ends the container with 0: a.service exited with code 0",
  },
  "F-037: exit_kills with success_codes": {
    config: { exitKills: true, success: SUCCESS },
    status: exit(143),
    outcome: "done; ends the container with 0: " +
      "a.service exited with code 143, which success_codes lists",
  },
};

function outcome(bench: Bench): string {
  const { phase } = bench;
  const failed = phase.kind === "failed" ? ` ${phase.failure.exitCode}: ${phase.failure.text}` : "";
  const end = bench.effect("kill-system");
  const ends = end === undefined ? "" : `; ends the container with ${end.exitCode}: ${end.reason}`;
  return phase.kind + failed + ends;
}

for (const [name, { config, status, outcome: expected }] of Object.entries(WHILE_UP)) {
  test(`F-091: an end while up, ${name}`, () => {
    const bench = new Bench(config).up();
    assertEquals(outcome(bench.on({ kind: "exited", pid: 7, status, strays: [] })), expected);
  });
}

test("F-028: a oneshot that was let pass and then fails is not done", () => {
  const bench = new Bench({ type: "oneshot", ignoreFailures: true, processTimeoutMs: 100 })
    .launched().after(100);
  assertEquals(bench.phase.kind, "up");
  bench.on({ kind: "exited", pid: 7, status: exit(3), strays: [] });
  assertEquals(outcome(bench), "failed 3: a.service exited with code 3");
});

test("F-067: with ignore_failures a service that is given up keeps its count and its reason", () => {
  const bench = new Bench({ restart: { ...RESTART, limit: 1 }, ignoreFailures: true }).up();
  bench.on({ kind: "exited", pid: 7, status: exit(3), strays: [] }).after(3000)
    .on({ kind: "prerequisites-ready" }).on({ kind: "spawned", pid: 8 }).after(500)
    .on({ kind: "exited", pid: 8, status: exit(3), strays: [] });
  assertEquals(bench.phase.kind === "failed" && bench.phase.failure.ignored, true);
  assertEquals(bench.state.restartsUsed, 1);
  assertEquals(bench.effect("gave-up")?.failure.givenUp, "1 restart did not help");
});

for (const onGiveUp of ["fail", "shutdown", "ignore"] as const) {
  test(`on_give_up: ${onGiveUp} says whether a service that is given up counts`, () => {
    const bench = new Bench({ restart: { ...RESTART, onGiveUp } }).up();
    bench.on({ kind: "exited", pid: 7, status: exit(78), strays: [] });
    const ignored = bench.phase.kind === "failed" && bench.phase.failure.ignored;
    assertEquals(ignored, onGiveUp === "ignore");
  });
}

test("F-032: restart: always holds for an end in the startup pause, too", () => {
  const bench = new Bench({ restart: { ...RESTART, when: "always" } }).launched();
  bench.on({ kind: "exited", pid: 7, status: exit(0), strays: [] });
  assertEquals(bench.phase.kind, "backoff");
});

test("an end of a process that is not the service's own means nothing", () => {
  const bench = new Bench().up().on({ kind: "exited", pid: 99, status: exit(3), strays: [] });
  assertEquals([bench.phase.kind, bench.effects], ["up", []]);
});
