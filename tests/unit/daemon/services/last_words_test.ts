/** In which order the supervisor takes the end of a process and what it wrote before. */
import { assertEquals } from "@std/assert";
import { ExternalWatch } from "../../../../lib/daemon/services/external_watch.ts";
import { Supervisor } from "../../../../lib/daemon/services/supervisor.ts";
import type { SupervisorListener } from "../../../../lib/daemon/services/supervisor_parts.ts";
import { buildFamily } from "../../../../lib/service/family.ts";
import { test } from "../../../test.ts";
import { serviceConfig } from "../../service/service_config.ts";
import { FakeOs } from "../fake_os.ts";

const IDLE: SupervisorListener = {
  transition() {},
  startFailed() {},
  killSystem() {},
  gaveUp() {},
  stopped() {},
  processGone() {},
  idleUntilMs: () => undefined,
};

/** One service whose output is drained when the test says so; notes what happens in order. */
class Case {
  readonly os = new FakeOs();
  readonly steps: string[] = [];
  readonly #supervisor: Supervisor;
  /** Has `drain` call back before it returns. */
  hasRoom = true;
  makeRoom = () => {};

  constructor() {
    const service = serviceConfig({ name: "a.service", argv: ["a"], startupPauseMs: 0 });
    this.#supervisor = new Supervisor({
      services: [service],
      family: buildFamily([service]),
      os: this.os,
      journal: { write: () => {} },
      capture: {
        redact: () => {},
        attach: () => ({ drain: (onDrained) => this.#drain(onDrained) }),
      },
      externals: new ExternalWatch({
        reach: () => Promise.resolve(undefined),
        setTimer: (ms, callback) => this.os.setTimer(ms, callback),
        nowMs: () => this.os.nowMs(),
      }),
      listener: { ...IDLE, processGone: () => this.steps.push("exit") },
    });
    this.#supervisor.setExecutable("a.service", "/bin/a");
    this.#supervisor.dispatch("a.service", { kind: "start" });
  }

  stop(): void {
    this.#supervisor.stop("a.service", "request", 1000);
  }

  get running(): number {
    return this.#supervisor.processes.runningCount;
  }

  #drain(onDrained: () => void): void {
    const finish = () => {
      this.steps.push("words");
      onDrained();
    };
    if (this.hasRoom) finish();
    else this.makeRoom = finish;
  }
}

test("an exit is told in the turn in which it is heard of, after the last words", () => {
  const given = new Case();
  const timers = given.os.timerCount;
  given.os.end("a");
  assertEquals([given.steps, given.running], [["words", "exit"], 0]);
  assertEquals(given.os.timerCount, timers);
});

test("an exit waits for a sink that is full", () => {
  const given = new Case();
  given.hasRoom = false;
  given.os.end("a");
  given.os.advance(999);
  assertEquals([given.steps, given.running], [[], 1]);
  given.makeRoom();
  assertEquals([given.steps, given.running], [["words", "exit"], 0]);
  assertEquals(given.os.timerCount, 0);
});

test("a sink that stays full for a second does not keep an exit from being told, once", () => {
  const given = new Case();
  given.hasRoom = false;
  given.os.end("a");
  given.os.advance(1000);
  assertEquals([given.steps, given.running], [["exit"], 0]);
  given.makeRoom();
  assertEquals(given.steps, ["exit", "words"]);
});

test("a process that was reaped is not signalled, whoever has its number by then", () => {
  const given = new Case();
  given.hasRoom = false;
  const pid = given.os.pidOf("a");
  given.os.end("a");
  // A stranger, who leads a group of that number.
  given.os.orphanList.push({ pid, parent: 1, session: pid, group: pid });
  given.os.markers.set(pid, "b.service");
  given.stop();
  given.os.advance(1000);
  assertEquals(given.os.calls.filter((call) => call.startsWith("kill")), []);
  assertEquals(given.running, 0);
});
