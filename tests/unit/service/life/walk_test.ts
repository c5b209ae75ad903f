/**
 * Random walks through the life of a service, checked against the invariants that step.ts states.
 */
import { assert, assertEquals } from "@std/assert";
import { SIGNAL } from "../../../../lib/base/signals.ts";
import type { ServiceConfig } from "../../../../lib/config/model.ts";
import type { Effect, Event, HookName } from "../../../../lib/service/life/event.ts";
import {
  awaitsPrerequisites,
  deadlineOf,
  initialState,
  isGone,
  mainPid,
  ownPids,
  type Phase,
  type ServiceState,
} from "../../../../lib/service/life/phase.ts";
import { mostJobs } from "../../../../lib/service/life/job_slots.ts";
import { step } from "../../../../lib/service/life/step.ts";
import { test } from "../../../test.ts";
import { roundsOf, SEED } from "../../random_text.ts";
import { RESTART, serviceConfig } from "../service_config.ts";
import { IMPLEMENTATION } from "../../implementation_words.ts";

const STEPS = roundsOf(20_000);

/** mulberry32: small, and the same on every machine. */
function randomFrom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A service with the processes that exist in its world. */
class World {
  state;
  nowMs = 0;
  readonly living = new Set<number>();
  readonly strays = new Set<number>();
  readonly seen = new Set<Phase["kind"]>();
  readonly config: ServiceConfig;
  readonly #random: () => number;
  #nextPid = 100;

  constructor(config: ServiceConfig, random: () => number) {
    this.config = config;
    this.state = initialState(true);
    this.#random = random;
  }

  take(event: Event): void {
    const result = step(this.state, event, {
      config: this.config,
      nowMs: this.nowMs,
      random: this.#random(),
      executable: "/bin/run",
    });
    const before = this.state;
    this.state = result.state;
    this.seen.add(this.state.phase.kind);
    this.#checkRestarts(before, event);
    for (const effect of result.effects) this.#perform(effect);
    this.#check();
  }

  #perform(effect: Effect): void {
    if (effect.kind === "launch") return this.#launch();
    if (effect.kind === "read-pidfile") return this.#readPidfile(effect.isLast);
    if (effect.kind === "arm") return this.#arm();
    if (effect.kind === "run-hook") return this.#runHook(effect.hook);
    if (effect.kind === "attach") return this.#attach(effect.pid);
    if (effect.kind === "log" && effect.level !== "debug") {
      assert(!IMPLEMENTATION.test(effect.text), effect.text);
    }
    if (effect.kind !== "signal") return;
    assert(
      this.living.has(effect.pid) || this.strays.has(effect.pid),
      `signal ${effect.signal} to foreign pid ${effect.pid}`,
    );
    if (effect.signal === SIGNAL.SIGKILL || this.#random() < 0.5) this.#dying.add(effect.pid);
  }

  #hook = 0;
  readonly #dying = new Set<number>();
  /** The process that is not its program yet: none other ends before that is told. */
  #launching: number | undefined;

  #launch(): void {
    assert(this.living.size < mostJobs(this.config), "a launch while a process lives");
    if (this.#random() < 0.1) {
      return this.take({ kind: "spawn-failed", text: "no", errno: 2 });
    }
    const pid = this.#nextPid++;
    this.living.add(pid);
    if (this.#random() < 0.3) this.strays.add(this.#nextPid++);
    const isOther = this.#launching !== undefined;
    if (isOther || this.#random() < 0.5) return this.take({ kind: "spawned", pid });
    this.#launching = pid;
    this.take({ kind: "spawned", pid, isLaunching: true });
  }

  #runHook(hook: HookName): void {
    if (hook !== "on_stop") return;
    assertEquals(this.living.size, 0, "on_stop while a process lives");
    if (this.#random() < 0.1) return this.take({ kind: "hook-ended" });
    this.#hook = this.#nextPid++;
    this.take({ kind: "hook-started", pid: this.#hook });
  }

  /** The process becomes its program, or cannot. */
  settleLaunch(): void {
    const pid = this.#launching;
    if (pid === undefined) return;
    this.#launching = undefined;
    if (this.#random() < 0.8) return this.take({ kind: "launched", pid });
    this.living.delete(pid);
    this.#dying.delete(pid);
    const strays = this.#othersThan(pid);
    this.take({ kind: "launch-failed", pid, text: "no", errno: 2, strays });
  }

  #arm(): void {
    const fails = this.#random() < 0.1;
    this.take(fails ? { kind: "arm-failed", text: "no", errno: 98 } : { kind: "armed" });
  }

  #readPidfile(isLast: boolean): void {
    const pid = [...this.living][0];
    const strays = isLast ? { strays: [...this.strays] } : {};
    if (this.#random() < 0.5 || pid === undefined) {
      const present = this.#random() < 0.5;
      return this.take({ kind: "pidfile", present, alive: false, ...strays });
    }
    this.take({ kind: "pidfile", present: true, pid, alive: true, ...strays });
  }

  /** The process that was followed so far becomes one of the others. */
  #attach(pid: number): void {
    for (const former of this.living) this.strays.add(former);
    this.living.clear();
    this.strays.delete(pid);
    this.living.add(pid);
  }

  #check(): void {
    for (const pid of ownPids(this.state.phase)) {
      assert(this.living.has(pid), `phase names pid ${pid}, which is gone`);
    }
    if (isGone(this.state.phase)) assertEquals(this.living.size, 0, "gone, and a process lives");
  }

  /** Each restart is one that is counted, and no more are made than the policy allows. */
  #checkRestarts(before: ServiceState, event: Event): void {
    const { phase, restartsUsed, restartsTotal } = this.state;
    const { limit } = this.config.restart;
    if (limit > 0) assert(restartsUsed <= limit, `${restartsUsed} restarts of ${limit}`);
    const more = restartsTotal - before.restartsTotal;
    assert(more === 0 || (more === 1 && event.kind === "deadline"), `${more} restarts at once`);
    if (before.phase.kind === "backoff" && event.kind === "deadline") assertEquals(more, 1);
    if (phase.kind !== "backoff" || before.phase.kind === "backoff") return;
    const isNext = restartsUsed === before.restartsUsed + 1;
    assert(isNext || restartsUsed === 1, `${before.restartsUsed} restarts, then ${restartsUsed}`);
  }

  /** Ends one process, as the kernel would report it. */
  end(pid: number): void {
    if (pid === this.#launching) {
      this.settleLaunch();
      if (!this.living.has(pid)) return;
    }
    this.living.delete(pid);
    this.strays.delete(pid);
    this.#dying.delete(pid);
    const code = this.#random() < 0.5 ? 0 : 1;
    const strays = this.#othersThan(pid);
    const [next] = this.config.pidfile !== undefined && this.#random() < 0.3 ? strays : [];
    const successor = next === undefined ? {} : { successor: next };
    this.take({ kind: "exited", pid, status: { kind: "exited", code }, strays, ...successor });
  }

  /** Of a service that is stopped, its other jobs are strays, too. */
  #othersThan(pid: number | undefined): number[] {
    const { phase } = this.state;
    if (phase.kind !== "stopping") return [...this.strays];
    const main = mainPid(phase) === pid ? undefined : mainPid(phase);
    return [...this.strays, ...[...this.living].filter((each) => each !== main)];
  }

  deadline(): void {
    const atMs = deadlineOf(this.state.phase);
    if (atMs === undefined || atMs === Infinity) return;
    this.nowMs = Math.max(this.nowMs, atMs);
    this.take({ kind: "deadline", strays: this.#othersThan(undefined) });
  }

  randomEvent(): void {
    const roll = this.#random();
    const strays = this.#othersThan(undefined);
    const dying = [...this.#dying][0];
    const living = [...this.living][0];
    if (dying !== undefined && roll < 0.5) return this.end(dying);
    if (this.#launching !== undefined && this.#random() < 0.5) return this.settleLaunch();
    if (roll < 0.15 && living !== undefined) return this.end(living);
    if (roll < 0.4) return this.deadline();
    if (roll < 0.5) return this.take({ kind: "start", force: this.#random() < 0.5 });
    if (roll < 0.55) return this.take({ kind: "stop", cause: "request", budgetMs: 1000, strays });
    if (this.state.phase.kind === "finishing" && roll < 0.8) {
      return this.take({ kind: "hook-ended", pid: this.#hook });
    }
    if (roll < 0.85) return this.take({ kind: "prerequisites-ready" });
    if (roll < 0.87) return this.take({ kind: "ready" });
    if (roll < 0.88) return this.take({ kind: "reset", strays });
    if (roll < 0.89) return this.take({ kind: "run-asked", ticket: Math.floor(roll * 1e6) });
    if (this.state.phase.kind === "armed") return this.take(this.#trigger());
    if (roll < 0.97) return this.take(this.#notice());
    const stranger = { kind: "exited", code: 1 } as const;
    this.take({ kind: "exited", pid: 1, status: stranger, strays });
  }

  /** A moment of the schedule, or a connection. */
  #trigger(): Event {
    if (this.config.type !== "cron") return { kind: "demanded" };
    return { kind: "due", delayMs: this.#random() < 0.5 ? 0 : 10, isLast: this.#random() < 0.1 };
  }

  /** Something that the service, or a probe of it, says. */
  #notice(): Event {
    const strays = [...this.strays];
    const code = this.#random() < 0.3 ? 0 : 1;
    const [pid] = strays;
    const choices: readonly Event[] = [
      pid === undefined ? { kind: "alive" } : { kind: "main-pid", pid },
      { kind: "reported", status: { kind: "exited", code }, strays },
      { kind: "note", text: code === 0 ? "" : "busy" },
      { kind: "announced", what: code === 0 ? "reloading" : "stopping" },
      { kind: "extend-timeout", ms: this.#random() * 100 },
      { kind: "set-watchdog", ms: code * 100 },
      { kind: "alive" },
      { kind: "watchdog-trigger", strays },
      { kind: "probed", ...(code === 0 ? {} : { seen: "no answer" }) },
      { kind: "unhealthy", seen: "no answer", strays },
      { kind: "healthy" },
      ...(this.config.idleTimeoutMs === undefined ? [] : [{ kind: "idle", strays } as const]),
    ];
    return choices[Math.floor(this.#random() * choices.length)] as Event;
  }

  /** Every start ends: with nothing but deadlines, and deaths by signals, it succeeds or fails. */
  comeToStart(): void {
    this.take({ kind: "start" });
    for (let i = 0; i < 100 && PENDING.includes(this.state.phase.kind); i++) {
      const dying = [...this.#dying][0];
      if (awaitsPrerequisites(this.state.phase)) this.take({ kind: "prerequisites-ready" });
      else if (dying !== undefined) this.end(dying);
      else if (this.#launching !== undefined) this.settleLaunch();
      else this.deadline();
    }
    assert(
      !PENDING.includes(this.state.phase.kind),
      `still ${this.state.phase.kind} after a start`,
    );
  }

  /**
   * Every stop ends: with nothing but deadlines and deaths by SIGKILL the service comes to rest.
   */
  comeToRest(): void {
    this.take({ kind: "stop", cause: "shutdown", budgetMs: 100, strays: [...this.strays] });
    for (let i = 0; i < 50 && !isGone(this.state.phase); i++) {
      const dying = [...this.#dying][0];
      if (dying !== undefined) this.end(dying);
      else this.deadline();
    }
    assert(isGone(this.state.phase), `still ${this.state.phase.kind} after a stop`);
  }
}

const PENDING: readonly Phase["kind"][] = [
  ...["waiting", "launching", "starting", "stopping", "finishing"] as const,
];

const READY = { probe: { kind: "fd", fd: 3 }, intervalMs: 500 } as const;
const HEALTH = {
  probe: { kind: "exec", argv: ["true"] },
  intervalMs: 10,
  timeoutMs: 10,
  retries: 3,
  startPeriodMs: 0,
  action: "restart",
} as const;

const HOOKS = { onStart: ["a"], onReady: ["b"], onStop: ["c"] };

const CRON = { interval: "@hourly", overlap: "skip", jitterMs: 0 } as const;

const TYPES = [
  serviceConfig({ restart: { ...RESTART, limit: 0 } }),
  serviceConfig({ type: "oneshot" }),
  serviceConfig({ type: "forking" }),
  serviceConfig({ type: "forking", pidfile: "/run/a.pid", restart: RESTART }),
  serviceConfig({ type: "notify", ignoreFailures: true, restart: { ...RESTART, when: "always" } }),
  serviceConfig({ type: "notify", watchdogMs: 50, ready: READY, restart: RESTART }),
  serviceConfig({ ready: READY, health: HEALTH, restart: { ...RESTART, limit: 0 } }),
  serviceConfig({ type: "oneshot", ready: READY, ignoreFailures: true }),
  serviceConfig({ listen: ["80"], onDemand: true, restart: RESTART }),
  serviceConfig({ type: "cron", cron: CRON, restart: { ...RESTART, limit: 2 } }),
  serviceConfig({ type: "cron", cron: { ...CRON, overlap: "queue" }, ignoreFailures: true }),
  serviceConfig({ type: "cron", cron: { ...CRON, overlap: "kill", runTimeoutMs: 50 } }),
  serviceConfig({
    type: "cron",
    cron: { ...CRON, overlap: "parallel", runTimeoutMs: 50 },
    maxInstances: 3,
    restart: { ...RESTART, limit: 2 },
  }),
  serviceConfig({ hooks: HOOKS, restart: { ...RESTART, limit: 0 } }),
  serviceConfig({ type: "notify", hooks: HOOKS, ready: READY, restart: RESTART }),
  serviceConfig({ type: "oneshot", hooks: HOOKS }),
  serviceConfig({ listen: ["80"], onDemand: true, hooks: HOOKS, restart: RESTART }),
  serviceConfig({ listen: ["80"], idleTimeoutMs: 10, hooks: HOOKS, restart: RESTART }),
  serviceConfig({ stopCommand: ["bye"], stopTimeoutMs: 50, pidfile: "/run/a.pid" }),
];

for (const config of TYPES) {
  const overlap = config.cron ? ` with overlap ${config.cron.overlap}` : "";
  const onDemand = config.onDemand ? " on demand" : "";
  const label = `${config.type}${overlap}${onDemand}${config.pidfile ? " with a pidfile" : ""}${
    config.ready ? " with a probe" : ""
  }${config.watchdogMs ? " with a watchdog" : ""}${config.hooks ? " with hooks" : ""}${
    config.idleTimeoutMs ? " that sleeps" : ""
  }`;
  test(`a random walk of a ${label} service keeps the invariants and ends when stopped`, () => {
    const world = new World(config, randomFrom(SEED));
    try {
      for (let i = 0; i < STEPS; i++) {
        world.randomEvent();
        if (i % 500 === 249) world.comeToStart();
        if (i % 500 === 499) world.comeToRest();
      }
    } catch (error) {
      throw new Error(`walk with FUZZ_SEED=${SEED} failed in ${world.state.phase.kind}`, {
        cause: error,
      });
    }
    const expected: Phase["kind"][] = config.cron
      ? ["down", "launching", "armed", "stopping", "done"]
      : ["down", "waiting", "launching", "starting", "stopping"];
    if (config.hooks) expected.push("finishing");
    assertEquals(expected.filter((kind) => !world.seen.has(kind)), [], `FUZZ_SEED=${SEED}`);
  });
}
