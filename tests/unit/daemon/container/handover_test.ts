/**
 * chaperone re-executes itself: what one image leaves, the next goes on with. Two containers meet
 * the same random events; one of them is replaced again and again, and nobody may be able to tell
 * which.
 */
import { assert, assertEquals } from "@std/assert";
import type { ServiceConfig } from "../../../../lib/config/model.ts";
import {
  describeTakeOver,
  descriptorsIn,
  HANDOVER_FORMAT,
  toHandover,
} from "../../../../lib/daemon/container/handover.ts";
import type { Handover } from "../../../../lib/daemon/container/handover.ts";
import { decodePlainData, encodePlainData } from "../../../../lib/wire/plain_data.ts";
import { test } from "../../../test.ts";
import { Dice } from "../../random_text.ts";
import { RESTART } from "../../service/service_config.ts";
import { Bench, EXIT_3, TERMED } from "../container_bench.ts";

const WALKS = 400;
const STEPS = 40;

const AFTER_A = { after: [{ name: "a.service" }] };

const CRON = {
  interval: "*/5 * * * * *",
  overlap: "queue",
  jitterMs: 0,
  runTimeoutMs: 7000,
} as const;

/** One of each kind, so that every sort of phase and trigger is on the way at some time. */
const SERVICES: Record<string, Partial<ServiceConfig>> = {
  a: { type: "oneshot" },
  simple: { ...AFTER_A, restart: { ...RESTART, when: "always", limit: 0, delayMs: 500 } },
  paused: { startupPauseMs: 700, restart: { ...RESTART, limit: 2, delayMs: 100 } },
  idle: { groups: ["IDLE"], idleDelayMs: 1000 },
  cron: { type: "cron", cron: CRON },
  served: { type: "inetd", port: 8123, maxInstances: 2 },
  demanded: { listen: ["tcp:127.0.0.1:9000"], onDemand: true },
  stubborn: { stopSequence: [{ signal: 15, waitMs: 300 }, { signal: 9 }] },
};

/** One thing that happens; the same dice make the same thing happen. */
function happen(bench: Bench, dice: Dice): void {
  const names = Object.keys(SERVICES);
  const name = dice.pick(names);
  switch (dice.below(6)) {
    case 0:
      return bench.os.advance(dice.pick([1, 90, 300, 1000, 5000]));
    case 1: {
      const [pid] = [...bench.os.living.keys()].slice(dice.below(4));
      const argv = pid === undefined ? undefined : bench.os.living.get(pid)?.argv[0];
      const status = dice.pick([undefined, EXIT_3, TERMED]);
      if (argv !== undefined) bench.os.end(argv.replace("/bin/", ""), status);
      return;
    }
    case 2:
      return bench.supervisor.dispatch(`${name}.service`, { kind: "start" });
    case 3:
      return bench.supervisor.stop(`${name}.service`, "request", 400);
    case 4:
      return void bench.os.sockets.get("tcp:*:8123")?.connect();
    default:
      return void bench.os.sockets.get("tcp:127.0.0.1:9000")?.connect();
  }
}

function look(bench: Bench) {
  return {
    calls: bench.os.calls,
    messages: bench.messages,
    states: [...bench.supervisor.names()].map((name) => bench.supervisor.state(name)),
    plans: bench.triggers.handOver().plans,
    runs: bench.triggers.history("cron.service"),
    phase: bench.container.phase,
    booted: bench.booted,
    finished: bench.finished,
    running: bench.supervisor.processes.runningCount,
  };
}

test("nobody can tell whether chaperone has been executed anew meanwhile", () => {
  for (let seed = 1; seed <= WALKS; seed++) {
    const plain = new Bench(SERVICES, { detectExit: false }).boot();
    let replaced = new Bench(SERVICES, { detectExit: false }).boot();
    const [one, other, moments] = [new Dice(seed), new Dice(seed), new Dice(seed + 1000)];
    for (let at = 0; at < STEPS; at++) {
      const isMoment = moments.below(3) === 0 && replaced.container.handOver() !== undefined;
      if (isMoment) replaced = replaced.replace();
      happen(plain, one);
      happen(replaced, other);
      assertEquals(look(replaced), look(plain), `seed ${seed}, step ${at}`);
    }
    plain.term();
    replaced.term();
    for (const bench of [plain, replaced]) bench.os.advance(60_000);
    assertEquals(look(replaced), look(plain), `seed ${seed}, the end`);
  }
});

test("a container that ends is not handed over", () => {
  const bench = new Bench({ a: {} }).boot();
  assert(bench.container.handOver() !== undefined);
  bench.term();
  assertEquals(bench.container.handOver(), undefined);
});

test("plain data comes back as it was, bytes and numbers without end included", () => {
  const data = {
    text: 'a "quoted" é\u2028 line',
    bytes: new Uint8Array([0, 255, 10]),
    numbers: [0, -1.5, Infinity, -Infinity],
    nested: [{ empty: {} }, [], null, true],
  };
  assertEquals(decodePlainData(encodePlainData(data)), data);
  assertEquals(decodePlainData(encodePlainData({ a: undefined, b: 1 })), { b: 1 });
});

test("every descriptor of a handover is found, wherever it stands", () => {
  const data = {
    descriptor: 3,
    list: [{ descriptor: 4, bytes: new Uint8Array([9]) }, { name: "descriptor" }],
    deep: { deeper: { descriptor: 5 } },
  };
  assertEquals(descriptorsIn(data), [3, 4, 5]);
});

test("only what was left for this very process, and in this format, is taken", () => {
  const left = { format: HANDOVER_FORMAT, pid: 1 };
  assert(toHandover(left, 1) !== undefined);
  for (const other of [null, {}, 7, { format: HANDOVER_FORMAT + 1, pid: 1 }]) {
    assertEquals(toHandover(other, 1), undefined);
  }
  assertEquals(toHandover(left, 2), undefined);
});

test("one line says what happened, why, and how long services were unsupervised", () => {
  const bench = new Bench({ a: {}, b: {} }).boot();
  const handover = {
    version: "1.0.0",
    cause: { kind: "request" },
    supervisor: bench.supervisor.handOver(),
  } as unknown as Handover;
  assertEquals(
    describeTakeOver(handover, "1.1.0", 84.6),
    "chaperone version 1.1.0 has taken over from version 1.0.0 as telchap asked: 2 processes go on, " +
      "services were unsupervised for 85 ms",
  );
  const cause = { kind: "memory", usedBytes: 96 << 20, limitBytes: 128 << 20 } as const;
  assertEquals(
    describeTakeOver({ ...handover, cause }, "1.0.0", 50),
    "chaperone version 1.0.0 has taken over from itself since its memory was nearly used up " +
      "(96 of 128 MiB): 2 processes go on, services were unsupervised for 50 ms",
  );
});
