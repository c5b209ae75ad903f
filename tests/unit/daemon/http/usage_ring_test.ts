/** What services have used in the last hour. */
import { assertEquals } from "@std/assert";
import { type UsageHandover, UsageRing } from "../../../../lib/daemon/http/usage_ring.ts";
import { drawCurve } from "../../../../lib/page/usage_curve.ts";
import { decodePlainData, encodePlainData } from "../../../../lib/wire/plain_data.ts";
import { test } from "../../../test.ts";

const MINUTE_MS = 60_000;

function note(ring: UsageRing, minute: number, cpuSeconds: number, name = "a"): void {
  const usage = { processes: 1, cpuSeconds, memoryBytes: minute * 1024 };
  ring.note(minute * MINUTE_MS, { services: new Map([[name, usage]]) });
}

test("a ring holds an hour, and gaps where nobody looked", () => {
  const ring = new UsageRing();
  note(ring, 100, 10);
  note(ring, 101, 40);
  note(ring, 103, 100);
  const { memory, cpu } = ring.curves(103 * MINUTE_MS, "a");
  assertEquals(memory.length, 60);
  assertEquals(memory.slice(-5), [NaN, 100 * 1024, 101 * 1024, NaN, 103 * 1024]);
  assertEquals(cpu.slice(-5), [NaN, NaN, 0.5, NaN, 0.5]);
  assertEquals(ring.curves(105 * MINUTE_MS, "a").cpu.slice(-3), [0.5, NaN, NaN]);
  const isEmpty = (minute: number) =>
    ring.curves(minute * MINUTE_MS, "a").memory.every((value) => Number.isNaN(value));
  assertEquals([isEmpty(162), isEmpty(163)], [false, true]);
  // An hour later, what was noted then does not come back.
  note(ring, 161, 100);
  assertEquals(
    ring.curves(161 * MINUTE_MS, "a").memory.filter((value) => !Number.isNaN(value)),
    [103 * 1024, 161 * 1024],
  );
  note(ring, 162, 1, "b");
  assertEquals(ring.curves(162 * MINUTE_MS, "a").memory.at(-2), NaN);
});

test("drawCurve has gaps, dots and words", () => {
  const shape = { title: "Memory", format: (value: number) => `${value} B` };
  const curve = drawCurve([NaN, 1, 2, NaN, 4], shape);
  assertEquals(/d="([^"]*)"/.exec(curve)?.[1], "M75 45.5h.1L150 31M300 2h.1");
  assertEquals(curve.includes("4 B, at most 4 B"), true);
  assertEquals(drawCurve([NaN], shape).includes("not measured yet"), true);
  assertEquals(drawCurve([0, 0], shape).includes("NaN"), false);
});

test("a ring goes on in another incarnation, and takes nothing that it cannot read", () => {
  const ring = new UsageRing();
  note(ring, 100, 10);
  note(ring, 101, 40);
  const next = new UsageRing();
  next.takeOver(decodePlainData(encodePlainData(ring.handOver())) as UsageHandover);
  assertEquals(next.curves(101 * MINUTE_MS, "a"), ring.curves(101 * MINUTE_MS, "a"));
  note(next, 102, 70);
  assertEquals(next.curves(102 * MINUTE_MS, "a").cpu.slice(-3), [NaN, 0.5, 0.5]);
  const bytes = new Uint8Array(8);
  const other = { service: "b", memory: bytes, cpu: bytes, atMs: 0, cpuSeconds: 0 };
  next.takeOver([other]);
  assertEquals(next.handOver().map(({ service }) => service), ["a"]);
  const many = new UsageRing();
  const usage = { processes: 1, cpuSeconds: 0, memoryBytes: 0 };
  const names = Array.from({ length: 600 }, (_, at) => [`s${at}`, usage] as const);
  many.note(0, { services: new Map(names) });
  assertEquals(many.handOver().length, 500);
});
