import { assertEquals } from "@std/assert";
import { type ProcessRecord, UsageMeter } from "../../../../lib/daemon/http/usage_meter.ts";
import { initialState, type ServiceState } from "../../../../lib/service/life/phase.ts";
import { test } from "../../../test.ts";

function up(pid: number): ServiceState {
  return { ...initialState(true), phase: { kind: "up", pid, attached: false, sinceMs: 0 } };
}

function record(pid: number, parent: number, changes: Partial<ProcessRecord> = {}): ProcessRecord {
  return {
    pid,
    parent,
    group: pid,
    session: pid,
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
  readonly variables = new Map<number, string>();
  readonly states = new Map<string, ServiceState>();
  readonly meter = new UsageMeter({
    ownPid: 1,
    table: () => {
      this.reads++;
      return this.table;
    },
    processVariable: (pid) => this.variables.get(pid),
    services: {
      names: () => this.states.keys(),
      state: (name) => this.states.get(name) as ServiceState,
    },
    nowMs: () => this.nowMs,
  });

  usage(name: string) {
    const { processes, cpuSeconds, memoryBytes } = this.meter.read().services.get(name) ??
      { processes: -1, cpuSeconds: -1, memoryBytes: -1 };
    return [processes, cpuSeconds, memoryBytes];
  }
}

test("a process belongs to the service above it, to its session or group, or to its marker", () => {
  const bench = new Bench();
  bench.states.set("a", up(10));
  bench.states.set("b", up(20));
  bench.table.push(
    record(10, 1),
    record(11, 10),
    record(12, 11),
    record(13, 1, { session: 10 }),
    record(14, 1, { group: 10 }),
    record(15, 1),
    record(20, 1),
    record(30, 1),
    record(40, 0),
  );
  bench.variables.set(15, "a").set(40, "a");
  assertEquals(bench.usage("a"), [6, 6, 60]);
  assertEquals(bench.usage("b"), [1, 1, 10]);
  assertEquals(bench.meter.read().own, { processes: 1, cpuSeconds: 5, memoryBytes: 50 });
});

test("processor time only grows, although processes end and others begin", () => {
  const bench = new Bench();
  bench.states.set("a", up(10));
  const later = (table: ProcessRecord[]) => {
    bench.table = [record(1, 0), ...table];
    bench.nowMs += 1000;
    return bench.usage("a")[1];
  };
  assertEquals(later([record(10, 1, { cpuSeconds: 4 })]), 4);
  assertEquals(later([]), 4);
  bench.states.set("a", up(11));
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
  bench.states.set("a", up(10));
  bench.table = [record(10, 11), record(11, 10)];
  assertEquals(bench.usage("a"), [0, 0, 0]);
  assertEquals(bench.meter.read().own, undefined);
});
