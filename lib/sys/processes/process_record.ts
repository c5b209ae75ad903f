/** What proc(5) says of a process's use of processor and memory. Pure: knows no file. */

import type { ProcessRecord } from "../../door/process_record.ts";
import { isLiving, splitStat } from "./proc_text.ts";

/** The numbers of fields, see proc(5). */
const STATE = 3;
const NUM_THREADS = 20;
const RSS = 24;

/** What the kernel counts in. */
export interface Units {
  readonly ticksPerSecond: number;
  readonly pageBytes: number;
}

const AT_PAGESZ = 6n;
const AT_CLKTCK = 17n;
const ENTRY_BYTES = 16;

/**
 * Reads the units out of /proc/self/auxv, see getauxval(3); those of x86 where it does not tell.
 */
export function parseUnits(auxv: Uint8Array): Units {
  const view = new DataView(auxv.buffer, auxv.byteOffset, auxv.byteLength);
  const values = new Map<bigint, number>();
  for (let at = 0; at + ENTRY_BYTES <= auxv.length; at += ENTRY_BYTES) {
    values.set(view.getBigUint64(at, true), Number(view.getBigUint64(at + 8, true)));
  }
  return {
    ticksPerSecond: values.get(AT_CLKTCK) ?? 100,
    pageBytes: values.get(AT_PAGESZ) ?? 4096,
  };
}

/** Parses /proc/PID/stat; undefined where it is none, or that of a zombie. */
export function parseRecord(text: string, units: Units): ProcessRecord | undefined {
  const { pid, field } = splitStat(text) ?? {};
  if (pid === undefined || field?.(RSS) === undefined) return undefined;
  const number = (at: number) => Number(field(at));
  const stat = { state: field(STATE) as string, threads: number(NUM_THREADS) };
  if (!isLiving(stat)) return undefined;
  return {
    pid,
    parent: number(4),
    group: number(5),
    session: number(6),
    startedTicks: number(22),
    cpuSeconds: (number(14) + number(15)) / units.ticksPerSecond,
    waitedSeconds: (number(16) + number(17)) / units.ticksPerSecond,
    memoryBytes: number(RSS) * units.pageBytes,
  };
}
