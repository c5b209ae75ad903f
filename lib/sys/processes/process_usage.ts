/** What processes use, from proc(5). */
import { visibleText } from "../../base/shown_text.ts";
import type { ProcessUsage } from "../../door/process_record.ts";
import { readBeginning } from "./bounded_read.ts";
import { readUnits } from "./all_processes.ts";
import { splitStat } from "./proc_text.ts";
import type { Units } from "./process_record.ts";
import { mayHoldMemory } from "./processes.ts";

const decoder = new TextDecoder();

/** The numbers of fields, see proc(5). */
const UTIME = 14;
const STIME = 15;
const RSS = 24;
/** Far more than `COMMAND_MAX` characters, or than a line of /proc/PID/stat. */
const TEXT_MAX_BYTES = 4096;
const COMMAND_MAX = 200;

/** Looks at processes; those that have ended, or are hidden, are left out. */
export function readUsage(pids: readonly number[]): Map<number, ProcessUsage> {
  const found = new Map<number, ProcessUsage>();
  for (const pid of pids) {
    const usage = readOne(pid);
    if (usage !== undefined) found.set(pid, usage);
  }
  return found;
}

function readOne(pid: number): ProcessUsage | undefined {
  try {
    const stat = decoder.decode(readBeginning(`/proc/${pid}/stat`, TEXT_MAX_BYTES));
    const command = mayHoldMemory(pid)
      ? ""
      : decoder.decode(readBeginning(`/proc/${pid}/cmdline`, TEXT_MAX_BYTES));
    return parseUsage(stat, command, readUnits());
  } catch {
    return undefined; // ENOENT, ESRCH: it ended meanwhile.
  }
}

/** Reads /proc/PID/stat and the beginning of /proc/PID/cmdline. */
export function parseUsage(
  stat: string,
  cmdline: string,
  { ticksPerSecond, pageBytes }: Units,
): ProcessUsage | undefined {
  const { name, field } = splitStat(stat) ?? {};
  if (field?.(RSS) === undefined) return undefined;
  const ticks = Number(field(UTIME)) + Number(field(STIME));
  const words = cmdline.replace(/\0+$/, "").replaceAll("\0", " ");
  const command = words === "" ? `[${name}]` : words;
  return {
    memoryBytes: Number(field(RSS)) * pageBytes,
    cpuMs: ticks * 1000 / ticksPerSecond,
    command: visibleText(command).slice(0, COMMAND_MAX),
  };
}
