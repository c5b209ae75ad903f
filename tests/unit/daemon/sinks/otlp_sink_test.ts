import { assertEquals } from "@std/assert";
import { BufferedSink } from "../../../../lib/daemon/sinks/buffered_sink.ts";
import { OtlpOutlet } from "../../../../lib/daemon/sinks/otlp_sink.ts";
import type { PostAnswer } from "../../../../lib/door/log_os.ts";
import { test } from "../../../test.ts";
import { append, FakeTime } from "./fakes.ts";

const decoder = new TextDecoder();
const OK: PostAnswer = { status: 200, text: "{}" };

/** A collector that answers what it is told, and then 200. */
class FakeCollector {
  readonly bodies: string[] = [];
  readonly atMs: number[] = [];
  answers: (PostAnswer | Error)[] = [];
  isOpen = true;
  readonly #time: FakeTime;

  constructor(time: FakeTime) {
    this.#time = time;
  }

  post(body: Uint8Array<ArrayBuffer>): Promise<PostAnswer> {
    this.bodies.push(decoder.decode(body));
    this.atMs.push(this.#time.now);
    const answer = this.answers.shift() ?? OK;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  }

  close(): void {
    this.isOpen = false;
  }

  /** The records of each post, by resource. */
  get posts(): Record<string, string[]>[] {
    return this.bodies.map((body) => {
      const { resourceLogs } = JSON.parse(body);
      return Object.fromEntries(
        resourceLogs.map((
          { resource, scopeLogs }: { resource: string; scopeLogs: { logRecords: string[] }[] },
        ) => [resource, scopeLogs[0]?.logRecords]),
      );
    });
  }
}

function setUp(answers: (PostAnswer | Error)[] = []) {
  const time = new FakeTime();
  const collector = new FakeCollector(time);
  collector.answers = answers;
  const reports: string[] = [];
  const address = { transport: "otlp+http", host: "h", port: 4318, path: "/v1/logs" } as const;
  const sink = new BufferedSink({
    kind: "remote",
    outlet: new OtlpOutlet(address, collector, time),
    time,
    capacityBytes: 200_000,
    dropsWhenFull: true,
    report: (text) => reports.push(text),
  });
  const write = (resource: string, text: string) => {
    append(sink, `"${resource}"\n"${text}"`);
    sink.flush();
  };
  return { time, collector, reports, sink, write };
}

test("OtlpOutlet gathers records for a second and posts them by resource", async () => {
  const { time, collector, write, sink } = setUp();
  write("a", "1");
  write("b", "2");
  write("a", "3");
  await time.advance(999);
  assertEquals(collector.posts, []);
  await time.advance(1);
  assertEquals(collector.posts, [{ a: ["1", "3"], b: ["2"] }]);
  assertEquals(time.pendingTimers, 0);
  sink.close();
  assertEquals(collector.isOpen, false);
});

test("OtlpOutlet posts at once where much waits, in batches of 64 KiB", async () => {
  const { time, collector, write } = setUp();
  for (let i = 0; i < 150; i++) write("a", "x".repeat(1000));
  await time.advance(10);
  assertEquals(collector.posts.map(({ a }) => a?.length), [65, 65, 20]);
});

test("OtlpOutlet is done at once where the container ends", async () => {
  const { collector, write, sink } = setUp();
  write("a", "1");
  await sink.drain(1000);
  assertEquals(collector.posts, [{ a: ["1"] }]);
});

/** What a collector answers, and when it gets the batch again. */
const RETRIED: readonly (readonly [PostAnswer | Error, number])[] = [
  [new Error("no answer within 10 s"), 1000],
  [{ status: 503, text: "" }, 1000],
  [{ status: 429, text: "", retryAfter: "7" }, 7000],
  [{ status: 429, text: "", retryAfter: "0" }, 1000],
  [{ status: 502, text: "", retryAfter: "never" }, 1000],
  [{ status: 504, text: "", retryAfter: "9999999" }, 300_000],
];

test("OtlpOutlet posts a batch again, no sooner than the collector asks for", async () => {
  for (const [answer, delayMs] of RETRIED) {
    const { time, collector, write, reports } = setUp([answer]);
    write("a", "1");
    await time.advance(400_000);
    assertEquals(collector.posts, [{ a: ["1"] }, { a: ["1"] }]);
    assertEquals((collector.atMs[1] ?? 0) - (collector.atMs[0] ?? 0), delayMs);
    assertEquals(reports.length, 2);
    assertEquals(reports[1], "Writing to log host otlp+http://h:4318 again, no record was dropped");
  }
});

test("OtlpOutlet waits until the date that a collector names", async () => {
  const { time, collector, write } = setUp();
  const date = new Date(time.wall + 1000 + 20_000);
  date.setMilliseconds(0);
  collector.answers = [{ status: 503, text: "", retryAfter: date.toUTCString() }];
  write("a", "1");
  await time.advance(60_000);
  assertEquals(collector.posts.length, 2);
  assertEquals((collector.atMs[1] ?? 0) - (collector.atMs[0] ?? 0), 20_000);
});

test("OtlpOutlet gives up what a collector refuses, and counts it", async () => {
  for (
    const [answer, told] of [
      [{ status: 400, text: "" }, "it answered 400"],
      [
        { status: 200, text: '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"old"}}' },
        "it has rejected records: old",
      ],
    ] as const
  ) {
    const { time, collector, write, reports, sink } = setUp([answer]);
    write("a", "1");
    await time.advance(10_000);
    assertEquals([collector.posts.length, sink.isFailing], [1, true]);
    write("a", "2");
    await time.advance(10_000);
    assertEquals(collector.posts, [{ a: ["1"] }, { a: ["2"] }]);
    assertEquals(reports, [
      `Cannot write to log host otlp+http://h:4318: ${told}`,
      "Writing to log host otlp+http://h:4318 again, 1 record was dropped",
    ]);
    assertEquals([sink.droppedTotal, time.pendingTimers], [1, 0]);
  }
});

test("OtlpOutlet leaves a collector alone for longer and longer that refuses everything", async () => {
  const { time, collector, write } = setUp(Array(20).fill({ status: 401, text: "" }));
  for (let i = 0; i < 60; i++) {
    write("a", String(i));
    await time.advance(1000);
  }
  assertEquals(collector.posts.length <= 7, true, String(collector.posts.length));
});

test("OtlpOutlet takes an answer that is no JSON for all that it took", async () => {
  const { time, reports, write } = setUp([{ status: 204, text: "" }, { status: 200, text: "ok" }]);
  write("a", "1");
  await time.advance(1000);
  write("a", "2");
  await time.advance(1000);
  assertEquals(reports, []);
});
