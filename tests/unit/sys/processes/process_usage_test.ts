import { assertEquals } from "@std/assert";
import { parseUsage } from "../../../../lib/sys/processes/process_usage.ts";
import { test } from "../../../test.ts";

const TAIL = "S 1 7 7 0 -1 4194560 10 0 0 0 150 50 0 0 20 0 1 0 100 5000000 300 0";

const UNITS = { ticksPerSecond: 100, pageBytes: 4096 };

test("parseUsage reads memory, time and command, whatever the name holds", () => {
  assertEquals(parseUsage(`7 (a) S (b) ${TAIL}`, "/bin/x\0-v\0\0", UNITS), {
    memoryBytes: 300 * 4096,
    cpuMs: 2000,
    command: "/bin/x -v",
  });
  assertEquals(parseUsage(`7 (kworker) ${TAIL}`, "", UNITS)?.command, "[kworker]");
});

test("parseUsage keeps a terminal safe from what a process calls itself", () => {
  assertEquals(parseUsage(`7 (x) ${TAIL}`, "\x1b[2Jx\0", UNITS)?.command, "?[2Jx");
  assertEquals(parseUsage(`7 (x) ${TAIL}`, "y".repeat(5000), UNITS)?.command.length, 200);
});

test("parseUsage takes other texts for nothing", () => {
  for (const text of ["", "7", "7 (x", "7 (x) S"]) {
    assertEquals(parseUsage(text, "", UNITS), undefined);
  }
});

test("F-105: parseUsage counts in pages and ticks of the machine", () => {
  assertEquals(parseUsage(`7 (x) ${TAIL}`, "", { ...UNITS, ticksPerSecond: 1000 })?.cpuMs, 200);
  assertEquals(
    parseUsage(`7 (x) ${TAIL}`, "", { ...UNITS, pageBytes: 65536 })?.memoryBytes,
    300 * 65536,
  );
});
