import { assertEquals } from "@std/assert";
import { parseRecord, parseUnits } from "../../../../lib/sys/processes/process_record.ts";
import { test } from "../../../test.ts";

const UNITS = { ticksPerSecond: 100, pageBytes: 4096 };

function stat(name: string, state = "S", threads = 1): string {
  const fields =
    `7 8 9 0 -1 4194560 1 2 3 4 150 50 30 20 20 0 ${threads} 0 5000 12345678 256 18446744073709551615`;
  return `42 (${name}) ${state} ${fields} 1 1 0\n`;
}

test("parseRecord reads times and memory, whatever the process calls itself", () => {
  for (const name of ["sh", "a b", ") R 1 (", ""]) {
    assertEquals(parseRecord(stat(name), UNITS), {
      pid: 42,
      parent: 7,
      group: 8,
      session: 9,
      startedTicks: 5000,
      cpuSeconds: 2,
      waitedSeconds: 0.5,
      memoryBytes: 256 * 4096,
    });
  }
});

test("F-122: parseRecord reads a process whose first thread has ended", () => {
  assertEquals(parseRecord(stat("x", "Z", 2), UNITS)?.pid, 42);
});

test("parseRecord leaves out zombies and what is not a record", () => {
  assertEquals(parseRecord(stat("x", "Z"), UNITS), undefined);
  for (const text of ["", "x", "1 (a", "1 (a) S 1 2"]) {
    assertEquals(parseRecord(text, UNITS), undefined);
  }
});

test("parseUnits reads page size and clock ticks, and has defaults", () => {
  const auxv = new BigUint64Array([6n, 65536n, 17n, 250n, 0n, 0n]);
  assertEquals(parseUnits(new Uint8Array(auxv.buffer)), { ticksPerSecond: 250, pageBytes: 65536 });
  assertEquals(parseUnits(new Uint8Array(5)), UNITS);
});
