import { assert, assertEquals } from "@std/assert";
import { LogRing, type RingStream } from "../../../../lib/daemon/logging/log_ring.ts";
import { ringBytesOf } from "../../../../lib/daemon/logging/logging.ts";
import { test } from "../../../test.ts";

const encoder = new TextEncoder();

function append(
  ring: LogRing,
  text: string,
  { service = "a", pid = 1, stream = "stdout" as RingStream, wallMs = 0 } = {},
): void {
  ring.append(service, { pid, stream, wallMs }, encoder.encode(text));
}

function texts(ring: LogRing, count = 100): string[] {
  return ring.recent("a", count).map(({ text }) => text);
}

test("LogRing returns the last lines of a service, oldest first", () => {
  const ring = new LogRing(1000);
  append(ring, "one\ntwo\n\n");
  append(ring, "other\n", { service: "b" });
  append(ring, "three");
  assertEquals(texts(ring), ["one", "two", "three"]);
  assertEquals(texts(ring, 2), ["two", "three"]);
  assertEquals(texts(ring, 0), []);
  assertEquals(ring.recent("unknown", 5), []);
});

test("LogRing tells when a line ended, and who wrote it", () => {
  const ring = new LogRing(1000);
  append(ring, "he", { wallMs: 1, pid: 7 });
  append(ring, "ERR\n", { wallMs: 2, stream: "stderr", pid: 7 });
  append(ring, "llo\n", { wallMs: 3, pid: 7 });
  assertEquals(ring.recent("a", 9), [
    { wallMs: 2, pid: 7, stream: "stderr", text: "ERR" },
    { wallMs: 3, pid: 7, stream: "stdout", text: "hello" },
  ]);
});

test("LogRing keeps no more than its size and shows no line without its beginning", () => {
  const ring = new LogRing(10);
  append(ring, "12345\n");
  append(ring, "6789\n", { wallMs: 1 });
  assertEquals(texts(ring), ["6789"]);
  append(ring, "abcdefghijklmnopq\nrs\ntu\n");
  assertEquals(texts(ring), ["rs", "tu"]);
});

test("LogRing is right at every position of its end", () => {
  for (let size = 1; size <= 40; size++) {
    const ring = new LogRing(size);
    let all = "";
    for (let i = 0; i < 60; i++) {
      const text = `${"x".repeat(i % 7)}${i}\n`;
      all += text;
      append(ring, text, { wallMs: i });
      const kept = all.slice(-size);
      const whole = kept.slice(all.length > size ? kept.indexOf("\n") + 1 : 0);
      const expected = whole.split("\n").slice(0, -1);
      const shown = texts(ring);
      assertEquals(shown.slice(shown.length - expected.length), expected);
      assert(shown.length <= expected.length + 1);
    }
  }
});

test("LogRing bounds what output byte by byte costs", () => {
  const ring = new LogRing(100_000);
  for (let i = 0; i < 5000; i++) append(ring, "x\n", { wallMs: i });
  assertEquals(texts(ring, 10_000).length, 512);
});

test("LogRing takes over what it can read: rings of its own size, and those that have not wrapped", () => {
  const former = new LogRing(20);
  append(former, "short\n", { service: "a" });
  append(former, "much more than fits\nlast\n", { service: "b" });
  const left = former.handOver(1000);
  const same = new LogRing(20);
  same.takeOver(left);
  assertEquals(texts(same), ["short"]);
  assertEquals(same.recent("b", 9).map(({ text }) => text), ["last"]);
  const larger = new LogRing(30);
  larger.takeOver(left);
  append(larger, "and more, so that it wraps\n");
  assertEquals(texts(larger), ["and more, so that it wraps"]);
  assertEquals(larger.recent("b", 9), []);
  const smaller = new LogRing(10);
  smaller.takeOver(left);
  assertEquals(smaller.recent("b", 9), []);
});

test("very many services share what recent output may take", () => {
  assertEquals([0, 1, 8].map(ringBytesOf), [262144, 262144, 262144]);
  assertEquals([64, 200, 5000].map(ringBytesOf), [32768, 10485, 8192]);
});

test("LogRing forgets a removed service", () => {
  const ring = new LogRing(10);
  append(ring, "x\n");
  ring.remove("a");
  assertEquals(texts(ring), []);
});
