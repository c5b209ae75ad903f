/**
 * All processes with what they use, in one pass over proc(5). Vanished or hidden ones are left out.
 */
import type { ProcessRecord } from "../../door/process_record.ts";
import { parseRecord, parseUnits, type Units } from "./process_record.ts";

/** Reads the table. A read of some 10 µs for each process of the namespace. */
export function readProcessTable(): ProcessRecord[] {
  const found: ProcessRecord[] = [];
  const units = readUnits();
  for (const pid of listPids()) {
    try {
      const record = parseRecord(Deno.readTextFileSync(`/proc/${pid}/stat`), units);
      if (record !== undefined) found.push(record);
    } catch {
      // ENOENT, ESRCH: it ended meanwhile.
    }
  }
  return found;
}

function listPids(): string[] {
  try {
    return [...Deno.readDirSync("/proc")].map(({ name }) => name).filter((name) =>
      /^\d/.test(name)
    );
  } catch {
    return []; // ENOENT: /proc is not mounted.
  }
}

let known: Units | undefined;

/** Returns what the kernel counts in, on this machine. */
export function readUnits(): Units {
  if (known !== undefined) return known;
  try {
    known = parseUnits(Deno.readFileSync("/proc/self/auxv"));
  } catch {
    known = parseUnits(new Uint8Array(0)); // EACCES: hidden.
  }
  return known;
}
