/** chaperone as a notify service (checklist M), on a table. */
import { assertEquals } from "@std/assert";
import { SystemError } from "../../../../lib/base/errors.ts";
import type { JournalEntry } from "../../../../lib/daemon/logging/journal.ts";
import {
  findUpstream,
  type UpstreamAddress,
  UpstreamNotify,
} from "../../../../lib/daemon/container/upstream_notify.ts";
import { test } from "../../../test.ts";
import { FakeOs } from "../fake_os.ts";

class Bench {
  readonly os = new FakeOs();
  readonly sent: string[] = [];
  readonly messages: JournalEntry[] = [];
  readonly upstream: UpstreamNotify;
  failure: SystemError | undefined;

  constructor(options: { statusIntervalMs?: number; watchdogMs?: number } = {}) {
    const { statusIntervalMs = 30_000, watchdogMs } = options;
    const address: UpstreamAddress = {
      socket: "/run/up",
      ...(watchdogMs === undefined ? {} : { watchdogMs }),
    };
    this.upstream = new UpstreamNotify({
      address,
      send: (text) => {
        if (this.failure) return Promise.reject(this.failure);
        this.sent.push(text);
        return Promise.resolve();
      },
      os: this.os,
      journal: { write: (entry) => void this.messages.push(entry) },
      statusIntervalMs,
      counts: () => ({ started: 1, scheduled: 0, failed: 0, errors: 0 }),
    });
  }

  /** Lets time pass step by step, and what was to be sent be sent. */
  async advance(ms: number): Promise<void> {
    this.os.advance(ms);
    await this.settle();
  }

  async settle(): Promise<void> {
    for (let i = 0; i < 10; i++) await Promise.resolve();
  }
}

test("267: READY=1 is followed by a first STATUS", async () => {
  const bench = new Bench();
  bench.upstream.ready();
  await bench.settle();
  assertEquals(bench.sent, ["READY=1", "STATUS=Uptime 00:00:00; 1 service started"]);
  await bench.upstream.close();
});

test("F-088: what is told upstream is said at debug, as 0.3.9 does", async () => {
  const bench = new Bench();
  bench.upstream.ready();
  await bench.settle();
  assertEquals(bench.messages[0], {
    level: "debug",
    text: "queueing 'READY=1' to notify socket '/run/up'",
  });
  await bench.upstream.close();
});

test("269: STATUS is repeated every status_interval, and not at all where that is 0", async () => {
  const bench = new Bench({ statusIntervalMs: 1000 });
  bench.upstream.ready();
  await bench.advance(1000);
  await bench.advance(1000);
  assertEquals(bench.sent.slice(2), [
    "STATUS=Uptime 00:00:01; 1 service started",
    "STATUS=Uptime 00:00:02; 1 service started",
  ]);
  await bench.upstream.close();
  assertEquals(bench.os.timerCount, 0);
  const silent = new Bench({ statusIntervalMs: 0 });
  silent.upstream.ready();
  await silent.settle();
  assertEquals([silent.sent.length, silent.os.timerCount], [2, 0]);
});

test("270: the end is told exactly once, after its errno where that is known", async () => {
  const bench = new Bench();
  bench.upstream.ready();
  bench.upstream.ending({ errno: 4 });
  bench.upstream.ending({});
  await bench.upstream.close();
  assertEquals(bench.sent.slice(2), ["ERRNO=4", "STOPPING=1"]);
  assertEquals(bench.os.timerCount, 0);
});

test("271: a start-up that fails is never ready", async () => {
  const bench = new Bench();
  bench.upstream.ending({ errno: 8 });
  bench.upstream.ready();
  await bench.upstream.close();
  assertEquals(bench.sent, ["ERRNO=8", "STOPPING=1"]);
});

test("272: a socket that cannot be reached is given up with a debug message", async () => {
  const bench = new Bench({ watchdogMs: 1000 });
  bench.failure = new SystemError("sendto", 111, "/run/up");
  bench.upstream.ready();
  await bench.advance(60_000);
  await bench.upstream.close();
  const told = bench.messages.filter(({ text }) => !text.startsWith("queueing "));
  assertEquals(told, [{
    level: "debug",
    text: "could not connect to notify socket '/run/up' " +
      "(Connection refused: '/run/up')",
  }]);
  assertEquals(bench.os.timerCount, 0);
});

test("WATCHDOG=1 is sent at half the interval, before READY=1 and until the end", async () => {
  const bench = new Bench({ watchdogMs: 2000 });
  await bench.advance(1000);
  bench.upstream.ending({});
  await bench.advance(1000);
  assertEquals(bench.sent, ["WATCHDOG=1", "STOPPING=1", "WATCHDOG=1"]);
  await bench.upstream.close();
  assertEquals(bench.os.timerCount, 0);
});

test("findUpstream reads chaperone's own environment", () => {
  assertEquals(findUpstream({}, 1), undefined);
  assertEquals(findUpstream({ NOTIFY_SOCKET: "" }, 1), undefined);
  assertEquals(findUpstream({ NOTIFY_SOCKET: "@x" }, 1), { socket: "@x" });
  const watched = { NOTIFY_SOCKET: "/x", WATCHDOG_USEC: "3000000" };
  assertEquals(findUpstream(watched, 1), { socket: "/x", watchdogMs: 3000 });
  assertEquals(findUpstream({ ...watched, WATCHDOG_PID: "1" }, 1)?.watchdogMs, 3000);
  assertEquals(findUpstream({ ...watched, WATCHDOG_PID: "7" }, 1)?.watchdogMs, undefined);
  assertEquals(findUpstream({ ...watched, WATCHDOG_USEC: "soon" }, 1)?.watchdogMs, undefined);
});
