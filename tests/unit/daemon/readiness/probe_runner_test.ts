/** Each kind of probe passing, failing, hanging and flapping, on a table. */
import { assert, assertEquals } from "@std/assert";
import type { ExitStatus } from "../../../../lib/base/exit_status.ts";
import type { Probe, ServiceConfig } from "../../../../lib/config/model.ts";
import type { Child, OutputPipe } from "../../../../lib/door/os.ts";
import { ProbeRunner } from "../../../../lib/daemon/readiness/probe_runner.ts";
import { ProbeTries } from "../../../../lib/daemon/readiness/probe_tries.ts";
import type { CommandOptions } from "../../../../lib/daemon/services/launcher.ts";
import type { CommandListener } from "../../../../lib/daemon/services/running.ts";
import type { Event } from "../../../../lib/service/life/event.ts";
import type { Phase } from "../../../../lib/service/life/phase.ts";
import { test } from "../../../test.ts";
import { serviceConfig } from "../../service/service_config.ts";
import { FakeOs } from "../fake_os.ts";

const encoder = new TextEncoder();
const DOWN: Phase = { kind: "down" };
const UP: Phase = { kind: "up", pid: 7, attached: false, sinceMs: 0 };
const PROBING: Phase = {
  kind: "starting",
  awaiting: "probe",
  pid: 7,
  sinceMs: 0,
  deadlineMs: Infinity,
};
const OK: ExitStatus = { kind: "exited", code: 0 };

/** A pipe that a test writes into. */
class Pipe implements OutputPipe {
  readonly descriptor = 5;
  isOpen = true;
  #take: (bytes: Uint8Array<ArrayBuffer>) => unknown = () => {};

  start(onBytes: (bytes: Uint8Array<ArrayBuffer>) => Promise<void> | undefined): void {
    this.#take = onBytes;
  }

  /** Returns what the reader waits for. */
  write(text: string): unknown {
    return this.#take(encoder.encode(text));
  }

  isHeldUp = false;
  drain(onDrained: () => void): void {
    if (!this.isHeldUp) onDrained();
  }

  close(): void {
    this.isOpen = false;
  }
}

class Bench {
  readonly os = new FakeOs();
  readonly events: Event[] = [];
  readonly runner: ProbeRunner;
  /** How the next network tries end; a hanging one never does. */
  answers: (string | undefined | "hangs")[] = [];
  reached = 0;
  listener: string | undefined = "nothing listens";
  readonly commands: {
    argv: string;
    pipe: Pipe;
    end: (status: ExitStatus, text?: string) => void;
    fail: (text: string) => void;
  }[] = [];
  watched: { pattern: RegExp; met: () => void } | undefined;

  constructor() {
    const tries = new ProbeTries({
      os: {
        setTimer: (ms, callback) => this.os.setTimer(ms, callback),
        takePipe: (descriptor) => this.os.takePipe(descriptor),
        kill: (pid, signal) => {
          this.os.calls.push(`kill ${pid} ${signal}`);
          return true;
        },
      },
      reach: () => {
        this.reached++;
        const answer = this.answers.shift();
        if (answer === "hangs") return new Promise(() => {});
        return Promise.resolve(answer);
      },
      watchOutput: (_service, pattern, met) => {
        this.watched = { pattern, met };
        return () => this.watched = undefined;
      },
      seekListener: () => this.listener,
      runFor: (_service, argv, listener, options) => this.#run(argv, listener, options),
    });
    this.runner = new ProbeRunner({
      tries,
      nowMs: () => this.os.nowMs(),
      setTimer: (ms, callback) => this.os.setTimer(ms, callback),
      random: () => 0,
      dispatch: (_service, event) => void this.events.push(event),
      strays: () => [],
    });
  }

  #run(
    argv: readonly string[],
    listener: CommandListener,
    options: CommandOptions,
  ): number {
    const stdout = new Pipe();
    options.capture?.attach(serviceConfig(), { pid: 50, stdout });
    this.commands.push({
      argv: argv.join(" "),
      pipe: stdout,
      end: (status, text = "") => {
        stdout.write(text);
        listener.exited(status);
      },
      fail: (text) => listener.failed(text),
    });
    return 50;
  }

  /** Lets what was promised come true. */
  async settle(): Promise<void> {
    for (let i = 0; i < 10; i++) await Promise.resolve();
  }

  async advance(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed++) {
      this.os.advance(1);
      await this.settle();
    }
  }
}

function ready(probe: Probe, intervalMs = 500): ServiceConfig {
  return serviceConfig({ ready: { probe, intervalMs } });
}

function health(probe: Probe, retries = 2): ServiceConfig {
  return serviceConfig({
    health: {
      probe,
      intervalMs: 1000,
      timeoutMs: 300,
      retries,
      startPeriodMs: 0,
      action: "restart",
    },
  });
}

const TCP: Probe = { kind: "tcp", host: "127.0.0.1", port: 80 };
const EXEC: Probe = { kind: "exec", argv: ["check", "it"] };
const CHILD: Child = { pid: 7, stdout: new Pipe() };

// ready

test("readiness is tried again until it passes, soon at first and then less and less often", async () => {
  const bench = new Bench();
  const config = ready(TCP);
  bench.answers = ["refused", "refused", undefined];
  bench.runner.changed(config, DOWN, PROBING);
  await bench.settle();
  assertEquals(bench.events, [{ kind: "probed", seen: "refused" }]);
  await bench.advance(4);
  assertEquals(bench.events.at(-1), { kind: "probed" });
  bench.runner.changed(config, PROBING, UP);
  assertEquals(bench.os.timerCount, 0);

  const slow = new Bench();
  slow.answers = Array(1000).fill("refused");
  slow.runner.changed(config, DOWN, PROBING);
  await slow.advance(1000);
  const soon = slow.reached;
  await slow.advance(1000);
  assertEquals([soon < 60, slow.reached - soon < 10], [true, true]);
  slow.runner.changed(config, PROBING, DOWN);
  assertEquals(slow.os.timerCount, 0);
});

test("a try of a service that is no longer awaited tells nothing", async () => {
  const bench = new Bench();
  const config = ready(TCP);
  bench.answers = [undefined];
  bench.runner.changed(config, DOWN, PROBING);
  bench.runner.changed(config, PROBING, DOWN);
  await bench.settle();
  assertEquals(bench.events, []);
});

test("listen passes once a process of the service listens", async () => {
  const bench = new Bench();
  bench.runner.changed(ready({ kind: "listen", port: 80 }), DOWN, PROBING);
  assertEquals(bench.events, [{ kind: "probed", seen: "nothing listens" }]);
  bench.listener = undefined;
  await bench.advance(2);
  assertEquals(bench.events.at(-1), { kind: "probed" });
});

test("log passes with a line that came before or comes while it is awaited", () => {
  for (const isEarly of [true, false]) {
    const bench = new Bench();
    const config = ready({ kind: "log", pattern: "listening on \\d+" });
    bench.runner.launched(config, CHILD);
    assertEquals(bench.watched?.pattern.source, "listening on \\d+");
    if (isEarly) bench.watched?.met();
    bench.runner.changed(config, DOWN, PROBING);
    assertEquals(bench.events, isEarly ? [{ kind: "probed" }] : []);
    bench.watched?.met();
    assertEquals(bench.events, [{ kind: "probed" }]);
  }
});

test("log waits without a timer, and is given up with the service", () => {
  const bench = new Bench();
  const config = ready({ kind: "log", pattern: "up" });
  bench.runner.launched(config, CHILD);
  bench.runner.changed(config, DOWN, PROBING);
  assertEquals(bench.os.timerCount, 0);
  bench.runner.changed(config, PROBING, DOWN);
  assertEquals([bench.watched, bench.events], [undefined, []]);
});

test("log of a service whose output is not captured says so", () => {
  const bench = new Bench();
  const config = ready({ kind: "log", pattern: "up" });
  bench.runner.launched(config, { pid: 7 });
  bench.runner.changed(config, DOWN, PROBING);
  assertEquals(bench.events, [{ kind: "probed", seen: "its output is not captured" }]);
});

test("fd passes with a newline, not with other bytes", () => {
  const bench = new Bench();
  const pipe = new Pipe();
  const config = ready({ kind: "fd", fd: 3 });
  bench.runner.launched(config, { pid: 7, ready: pipe });
  bench.runner.changed(config, DOWN, PROBING);
  pipe.write("starting");
  assertEquals(bench.events, []);
  pipe.write("\n");
  assertEquals(bench.events, [{ kind: "probed" }]);
  bench.runner.changed(config, PROBING, DOWN);
  assertEquals(pipe.isOpen, false);
});

test("who floods the descriptor of his sign waits, and is waited for no more at his end", () => {
  const bench = new Bench();
  const pipe = new Pipe();
  const config = ready({ kind: "fd", fd: 3 });
  bench.runner.launched(config, { ...CHILD, ready: pipe });
  const flood = "x".repeat(1024 * 1024);
  assertEquals(pipe.write(flood), undefined);
  assert(pipe.write(flood) instanceof Promise);
  bench.runner.changed(config, PROBING, DOWN);
  assertEquals(bench.os.timerCount, 0);
});

test("exec passes with exit code 0, else tells code and last line", async () => {
  const bench = new Bench();
  bench.runner.changed(ready(EXEC), DOWN, PROBING);
  assertEquals(bench.commands[0]?.argv, "check it");
  bench.commands[0]?.end({ kind: "exited", code: 1 }, "looking\nno such table\n\n");
  assertEquals(bench.events, [{ kind: "probed", seen: "exited with code 1, no such table" }]);
  await bench.advance(20);
  bench.commands[1]?.end(OK);
  assertEquals(bench.events.at(-1), { kind: "probed" });
});

test("exec that cannot be started has not passed, at once or later, and is tried again", async () => {
  const bench = new Bench();
  bench.runner.changed(ready(EXEC), DOWN, PROBING);
  bench.commands[0]?.fail("no such file");
  assertEquals(bench.events, [{ kind: "probed", seen: "no such file" }]);
  await bench.advance(60_000);
  assertEquals(bench.commands.length, 2, "the first try's limit has ended with it");
  assertEquals(bench.os.calls, ["kill -50 9"]);
});

test("exec that hangs is killed with its group, and nothing follows until it is gone", async () => {
  const bench = new Bench();
  bench.runner.changed(ready(EXEC), DOWN, PROBING);
  await bench.advance(5000);
  assertEquals(bench.os.calls, ["kill -50 9"]);
  await bench.advance(60_000);
  assertEquals([bench.commands.length, bench.events], [1, []]);
  bench.commands[0]?.end({ kind: "signaled", signal: 9, coreDumped: false });
  assertEquals(bench.events, [{ kind: "probed", seen: "no answer within 5 s" }]);
});

test("exec is killed when nobody waits for it any more", () => {
  const bench = new Bench();
  const config = ready(EXEC);
  bench.runner.changed(config, DOWN, PROBING);
  bench.runner.changed(config, PROBING, DOWN);
  assertEquals(bench.os.calls, ["kill -50 9"]);
  bench.commands[0]?.end({ kind: "signaled", signal: 9, coreDumped: false });
  assertEquals([bench.events, bench.os.timerCount], [[], 0]);
});

test("exec that has ended is not killed by its number while its last words are read", () => {
  const bench = new Bench();
  const config = ready(EXEC);
  bench.runner.changed(config, DOWN, PROBING);
  const [command] = bench.commands;
  if (command !== undefined) command.pipe.isHeldUp = true;
  command?.end({ kind: "exited", code: 1 });
  bench.runner.changed(config, PROBING, DOWN);
  assertEquals([bench.os.calls, bench.events], [[], []]);
});

// health

test("a service that does not answer as often as allowed is unhealthy", async () => {
  const bench = new Bench();
  const config = health(TCP);
  bench.answers = [undefined, "refused", "status 503", undefined];
  bench.runner.changed(config, PROBING, UP);
  await bench.advance(500);
  assertEquals(bench.events, [{ kind: "healthy" }]);
  await bench.advance(2000);
  assertEquals(bench.events.slice(1), [{ kind: "unhealthy", seen: "status 503", strays: [] }]);
  await bench.advance(1000);
  assertEquals(bench.events.slice(2), [{ kind: "healthy" }]);
  bench.runner.changed(config, UP, DOWN);
  assertEquals(bench.os.timerCount, 0);
});

test("a flapping service is not unhealthy", async () => {
  const bench = new Bench();
  bench.answers = [undefined, "no", undefined, "no", undefined, "no"];
  bench.runner.changed(health(TCP), PROBING, UP);
  await bench.advance(5600);
  assertEquals([bench.events, bench.reached], [[{ kind: "healthy" }], 6]);
});

test("health checks never pile up", async () => {
  const bench = new Bench();
  bench.answers = ["hangs"];
  bench.runner.changed(health(TCP), PROBING, UP);
  await bench.advance(10_000);
  assertEquals(bench.reached, 1);
});

test("changes within the same phase, and services without probes, cost nothing", () => {
  const bench = new Bench();
  const config = health(TCP);
  bench.runner.changed(config, PROBING, UP);
  bench.runner.changed(config, UP, { ...UP, watchdogDueMs: 5 });
  assertEquals(bench.os.timerCount, 1);
  const plain = new Bench();
  plain.runner.launched(serviceConfig(), CHILD);
  plain.runner.changed(serviceConfig(), DOWN, UP);
  assertEquals([plain.os.timerCount, plain.watched], [0, undefined]);
});
