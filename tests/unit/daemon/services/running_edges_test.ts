/** What edges mean, cell by cell of the tables of service/edges.ts, and on random graphs. */
import { assert, assertEquals } from "@std/assert";
import type { EdgeKind, ServiceConfig } from "../../../../lib/config/model.ts";
import {
  type AnyEdge,
  type Happening,
  holds,
  RUN_TABLE,
  type RunOutcome,
  type Seen,
  seenAs,
  START_TABLE,
} from "../../../../lib/service/edges.ts";
import {
  awaitsAbove,
  initialState,
  isEnding,
  mainPid,
  type Phase,
  type ServiceState,
} from "../../../../lib/service/life/phase.ts";
import {
  judgeEdge,
  judgePrerequisite,
  type PrerequisiteVerdict,
} from "../../../../lib/service/prerequisite_rule.ts";
import { test } from "../../../test.ts";
import { roundsOf, SEED } from "../../random_text.ts";
import { RESTART } from "../../service/service_config.ts";
import { Bench, EXIT_3, TERMED } from "../container_bench.ts";

const KINDS: readonly AnyEdge[] = ["after", "requires", "wants", "follows"];

// What keeps a service from starting.

const FAILURE = { text: "it failed", exitCode: 1, ignored: false };

const SEEN: Readonly<Record<Seen, ServiceState>> = {
  coming: state({ kind: "waiting", awaiting: "prerequisites", sinceMs: 0 }),
  there: state({ kind: "up", pid: 7, attached: false, sinceMs: 0 }),
  failed: state({ kind: "failed", failure: FAILURE }),
  retrying: state({ kind: "backoff", deadlineMs: 9 }),
  stopped: state({ kind: "down" }),
  disabled: { ...initialState(false), phase: { kind: "down" } },
};

function state(phase: Phase): ServiceState {
  return { ...initialState(true), phase };
}

const OUTCOMES: Readonly<Record<PrerequisiteVerdict["kind"], string>> = {
  pending: "waits",
  satisfied: "starts",
  failed: "fails with it",
  missing: "stays down",
};

for (const [seen, row] of Object.entries(START_TABLE)) {
  for (const kind of KINDS) {
    test(`a service that names in ${kind} one that is ${seen} ${row[kind]}`, () => {
      const other = SEEN[seen as Seen];
      assertEquals(seenAs(other, undefined), seen);
      const verdict = kind === "after"
        ? judgePrerequisite(other, undefined, false)
        : judgeEdge(other, { name: "x.service", kind });
      assertEquals(OUTCOMES[verdict.kind], row[kind]);
    });
  }
}

test("what is required must be ready, not only started, unless its edge says so", () => {
  const starting = state({
    kind: "starting",
    awaiting: "ready",
    pid: 7,
    sinceMs: 0,
    deadlineMs: 9,
  });
  const verdict = (condition?: "started" | "completed") =>
    judgeEdge(starting, { name: "x", kind: "requires", ...(condition && { condition }) }).kind;
  assertEquals([verdict(), verdict("started"), verdict("completed")], [
    "pending",
    "satisfied",
    "pending",
  ]);
  const late = state({ kind: "up", pid: 7, attached: false, sinceMs: 0, missed: "was late" });
  assertEquals(judgeEdge(late, { name: "x", kind: "requires" }), {
    kind: "missing",
    text: "it requires x, which was late",
  });
});

// What happens while both run.

function pair(kind: AnyEdge, x: Partial<ServiceConfig> = {}): Bench {
  const name = "x.service";
  const y = kind === "after" ? { after: [{ name }] } : { edges: [{ kind, name }] };
  return new Bench({ x: { restart: RESTART, ...x }, y, other: {} }).boot();
}

/** Signals that were sent, by program. */
function signals(bench: Bench, from = 0): string[] {
  return bench.os.calls.slice(from).flatMap((call) => {
    const [, pid, signal] = /^kill -?(\d+) (\d+)$/.exec(call) ?? [];
    const program = bench.os.living.get(Number(pid))?.argv[0];
    return program === undefined ? [] : [`${program.slice(5)} ${signal}`];
  });
}

const HAPPENINGS: Readonly<Record<Happening, (kind: AnyEdge) => RunOutcome>> = {
  stops: (kind) => {
    const bench = pair(kind);
    bench.supervisor.stop("x.service", "request", 8000);
    const sent = signals(bench);
    if (sent[0] === "x 15") return "goes on";
    assertEquals(sent, ["y 15"]);
    bench.os.end("y", TERMED);
    assertEquals(signals(bench), ["x 15"]);
    return "is stopped first";
  },
  lost: (kind) => {
    const bench = pair(kind, { restart: { ...RESTART, when: "never" } });
    bench.os.end("x", EXIT_3);
    if (signals(bench).length === 0) return "goes on";
    bench.os.end("y", TERMED);
    assertEquals(bench.supervisor.state("y.service").phase, {
      kind: "down",
      because: "it requires x.service, which has failed: x.service exited with code 3",
    });
    return "is stopped";
  },
  returns: (kind) => {
    const bench = pair(kind);
    bench.os.advance(100);
    bench.os.end("x", EXIT_3);
    bench.os.advance(RESTART.delayMs);
    assertEquals(bench.os.started.filter((name) => name === "x").length, 2);
    if (signals(bench).includes("y 15")) {
      bench.os.end("y", TERMED);
      assertEquals(bench.os.started.filter((name) => name === "y").length, 2);
      return "is restarted";
    }
    if (kind !== "requires") return "goes on";
    bench.supervisor.stop("x.service", "request", 8000);
    bench.os.end("y", TERMED);
    bench.os.end("x", TERMED);
    assertEquals(bench.supervisor.state("y.service").phase.kind, "down");
    bench.supervisor.dispatch("x.service", { kind: "start" });
    assertEquals(bench.os.started.filter((name) => name === "y").length, 2);
    return "starts if it stayed down";
  },
  ends: (kind) => {
    const bench = pair(kind);
    bench.term();
    assertEquals(signals(bench).toSorted(), ["other 15", "y 15"]);
    bench.os.end("y", TERMED);
    assertEquals(signals(bench), ["other 15", "x 15"]);
    return "is stopped first";
  },
};

for (const [happening, row] of Object.entries(RUN_TABLE)) {
  for (const kind of KINDS) {
    test(`where one ${happening}, a service that names it in ${kind} ${row[kind]}`, () => {
      assertEquals(HAPPENINGS[happening as Happening](kind), row[kind]);
    });
  }
}

test("a service that requires a disabled one leaves the container alone, and says why", () => {
  const bench = pair("requires", { enabled: false });
  assert(bench.booted);
  assertEquals(bench.finished, undefined);
  assertEquals(bench.supervisor.state("y.service").phase, {
    kind: "down",
    because: "it requires x.service, which is disabled",
  });
  bench.supervisor.dispatch("x.service", { kind: "enable" });
  bench.supervisor.dispatch("x.service", { kind: "start" });
  assertEquals(bench.os.started.includes("y"), true);
});

test("a new incarnation goes on with a stop that waits, and with what stays down", () => {
  let bench = pair("requires");
  bench.supervisor.stop("x.service", "request", 8000);
  bench = bench.replace();
  bench.os.end("y", TERMED);
  assertEquals(signals(bench).includes("x 15"), true);
  bench.os.end("x", TERMED);
  bench = bench.replace();
  bench.supervisor.dispatch("x.service", { kind: "start" });
  assertEquals(bench.os.started.filter((name) => name === "y").length, 2);
});

test("a stop by hand is one: what is required does not start it again", () => {
  const bench = pair("requires");
  bench.supervisor.stop("y.service", "request", 8000);
  bench.os.end("y", TERMED);
  bench.supervisor.stop("x.service", "request", 8000);
  bench.os.end("x", TERMED);
  bench.supervisor.dispatch("x.service", { kind: "start" });
  assertEquals(bench.supervisor.state("y.service").phase, { kind: "down" });
});

test("one that does not stop holds up what it requires for half of the time", () => {
  const bench = pair("requires");
  bench.supervisor.stop("x.service", "request", 8000);
  bench.os.advance(4000);
  assertEquals(signals(bench).includes("x 15"), true);
});

// Random graphs.

const NAMES = ["a", "b", "c", "d", "e", "f"];

function randomGraph(pick: (below: number) => number): Record<string, Partial<ServiceConfig>> {
  const kinds: readonly EdgeKind[] = ["requires", "wants", "follows"];
  return Object.fromEntries(NAMES.map((name, at) => {
    const edges = NAMES.slice(0, at).filter(() => pick(3) === 0).map((other) => ({
      kind: kinds[pick(3)] as EdgeKind,
      name: `${other}.service`,
    }));
    return [name, {
      ...(edges.length === 0 ? {} : { edges }),
      stopTimeoutMs: 1_000_000,
      ignoreFailures: true,
      restart: {
        ...RESTART,
        limit: 2,
        when: pick(2) === 0 ? "never" as const : "on-failure" as const,
      },
    }];
  }));
}

class GraphWalk {
  readonly #bench: Bench;
  readonly #edges: readonly { y: string; x: string; kind: EdgeKind }[];
  readonly #pick: (below: number) => number;
  #checked = 0;

  constructor(pick: (below: number) => number) {
    const services = randomGraph(pick);
    this.#pick = pick;
    this.#bench = new Bench({ ...services, stays: {} }).boot();
    this.#edges = Object.entries(services).flatMap(([name, { edges = [] }]) =>
      edges.map((edge) => ({ y: `${name}.service`, x: edge.name, kind: edge.kind }))
    );
  }

  act(): void {
    const { supervisor, os } = this.#bench;
    const name = NAMES[this.#pick(NAMES.length)] as string;
    const isAlive = mainPid(this.#phase(`${name}.service`)) !== undefined;
    os.advance(1);
    switch (this.#pick(5)) {
      case 0:
        supervisor.stop(`${name}.service`, "request", 1_000_000);
        break;
      case 1:
        supervisor.dispatch(`${name}.service`, { kind: "start", force: true });
        break;
      case 2:
        if (isAlive) os.end(name, EXIT_3);
        break;
      case 3:
        os.advance(RESTART.delayMs);
        break;
      default:
        this.#endTold();
    }
    this.#checkOrder();
    this.#checkRequirements();
  }

  #phase(name: string): Phase {
    return this.#bench.supervisor.state(name).phase;
  }

  /** Whoever was told to end does. */
  #endTold(): boolean {
    const told = NAMES.find((name) => {
      const phase = this.#phase(`${name}.service`);
      return phase.kind === "stopping" && !awaitsAbove(phase) && phase.pid !== undefined;
    });
    if (told !== undefined) this.#bench.os.end(told, TERMED);
    return told !== undefined;
  }

  /** Nobody is told to end while one that requires it lives. */
  #checkOrder(): void {
    for (const call of this.#bench.os.calls.slice(this.#checked)) {
      const [, pid] = /^kill -?(\d+) 15$/.exec(call) ?? [];
      const program = this.#bench.os.living.get(Number(pid))?.argv[0]?.slice(5);
      for (const { y, x, kind } of this.#edges) {
        if (kind !== "requires" || x !== `${program}.service` || this.#follows(x)) continue;
        const own = this.#phase(y);
        assert(mainPid(own) === undefined, `${x} is told to end, and ${y} is ${own.kind}`);
      }
    }
    this.#checked = this.#bench.os.calls.length;
  }

  /** What lives has all that it requires, or is on its way down. */
  #checkRequirements(): void {
    for (const { y, x, kind } of this.#edges) {
      const [own, other] = [this.#phase(y), this.#phase(x)];
      if (kind !== "requires" || isEnding(own) || mainPid(own) === undefined) continue;
      assert(other.kind !== "down" && other.kind !== "failed", `${y} lives, ${x} is ${other.kind}`);
    }
  }

  #follows(name: string): boolean {
    return this.#edges.some(({ y, kind }) => y === name && kind === "follows");
  }

  /** Once nothing more is to come, all is as the edges want it. */
  settle(): void {
    for (let i = 0; i < 200 && this.#endTold(); i++);
    for (let i = 0; i < 20; i++) {
      this.#bench.os.advance(RESTART.delayMs);
      while (this.#endTold());
    }
    for (const name of NAMES) {
      const phase = this.#phase(`${name}.service`);
      assert(
        !isEnding(phase),
        `${name} is ${JSON.stringify(phase)} ${JSON.stringify(this.#edges)} ${
          NAMES.map((n) => n + ":" + this.#phase(`${n}.service`).kind).join(" ")
        } ${this.#bench.os.calls.slice(-12).join(", ")}`,
      );
      if (phase.kind === "down" && phase.because !== undefined) {
        this.#checkBecause(`${name}.service`);
      }
    }
    for (const { y, x, kind } of this.#edges) {
      if (kind !== "follows") continue;
      const [own, other] = [this.#bench.supervisor.state(y), this.#bench.supervisor.state(x)];
      if (mainPid(own.phase) === undefined || !holds(other.phase, undefined)) continue;
      assert((own.launchedMs ?? 0) >= (other.launchedMs ?? 0), `${y} is older than ${x}`);
    }
  }

  #checkBecause(name: string): void {
    const lacking = this.#edges.filter(({ y, x, kind }) =>
      y === name && kind === "requires" && !holds(this.#phase(x), "ready")
    );
    assert(lacking.length > 0, `${name} stays down, and all that it requires is there`);
  }
}

test("a random walk over random graphs keeps to the tables", () => {
  for (let round = 0; round < Math.max(20, roundsOf(4000) / 50); round++) {
    const seed = SEED + round;
    let value = seed >>> 0;
    const pick = (below: number) => {
      value = (Math.imul(value, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((value / 2 ** 32) * below);
    };
    try {
      const walk = new GraphWalk(pick);
      for (let step = 0; step < 60; step++) walk.act();
      walk.settle();
    } catch (error) {
      throw new Error(`graph of FUZZ_SEED=${seed} failed`, { cause: error });
    }
  }
});
