import { assertEquals } from "@std/assert";
import { UsageMeter } from "../../../../lib/daemon/services/usage_meter.ts";
import type { ProcessRecord } from "../../../../lib/door/process_record.ts";
import { test } from "../../../test.ts";

function record(pid: number, parent: number, changes: Partial<ProcessRecord> = {}): ProcessRecord {
  return {
    pid,
    parent,
    group: pid,
    session: pid,
    startedTicks: 1,
    cpuSeconds: 1,
    waitedSeconds: 0,
    memoryBytes: 10,
    ...changes,
  };
}

class Bench {
  nowMs = 0;
  reads = 0;
  table: ProcessRecord[] = [record(1, 0, { cpuSeconds: 5, waitedSeconds: 100, memoryBytes: 50 })];
  readonly names = ["a", "b"];
  /** Whose a process is, and all that it started. */
  readonly owners = new Map<number, string>([[10, "a"], [11, "a"], [20, "b"]]);
  readonly meter = new UsageMeter({
    ownPid: 1,
    table: () => {
      this.reads++;
      return this.table;
    },
    ownersOf: (processes) => {
      const found = new Map<number, string>();
      for (const { pid, parent } of processes) {
        const owner = this.owners.get(pid) ?? found.get(parent);
        if (owner !== undefined) found.set(pid, owner);
      }
      return found;
    },
    services: { names: () => this.names },
    nowMs: () => this.nowMs,
  });

  usage(name: string) {
    const { processes, cpuSeconds, memoryBytes } = this.meter.read().services.get(name) ??
      { processes: -1, cpuSeconds: -1, memoryBytes: -1 };
    return [processes, cpuSeconds, memoryBytes];
  }
}

test("what is below chaperone counts for whose it is, in whatever order the table shows it", () => {
  const bench = new Bench();
  bench.table.push(
    record(9, 12),
    record(12, 11),
    record(11, 10),
    record(10, 1),
    record(20, 1),
    record(30, 1),
    record(40, 0),
  );
  bench.owners.set(40, "a");
  assertEquals(bench.usage("a"), [4, 4, 40]);
  assertEquals(bench.usage("b"), [1, 1, 10]);
  assertEquals(bench.meter.read().own, { processes: 1, cpuSeconds: 5, memoryBytes: 50 });
});

test("processor time only grows, although processes end and others begin", () => {
  const bench = new Bench();
  const later = (table: ProcessRecord[]) => {
    bench.table = [record(1, 0), ...table];
    bench.nowMs += 1000;
    return bench.usage("a")[1];
  };
  assertEquals(later([record(10, 1, { cpuSeconds: 4 })]), 4);
  assertEquals(later([]), 4);
  assertEquals(later([record(11, 1, { cpuSeconds: 1 })]), 5);
  assertEquals(later([record(11, 1, { cpuSeconds: 1, waitedSeconds: 2 })]), 7);
});

test("the table is read once a second at most, and not before somebody asks", () => {
  const bench = new Bench();
  assertEquals(bench.reads, 0);
  for (let at = 0; at < 10; at++) bench.meter.read();
  assertEquals(bench.reads, 1);
  bench.nowMs += 1000;
  bench.meter.read();
  assertEquals(bench.reads, 2);
});

test("a table with a circle or without chaperone does no harm", () => {
  const bench = new Bench();
  bench.table = [record(10, 11), record(11, 10)];
  assertEquals(bench.usage("a"), [0, 0, 0]);
  assertEquals(bench.meter.read().own, undefined);
});
