/** What processes use, from proc(5). */
import type { ProcessUsage } from "../../door/process_record.ts";
import { readBeginning } from "./bounded_read.ts";
import { readUnits } from "./all_processes.ts";
import { mayHoldMemory } from "./processes.ts";

const decoder = new TextDecoder();

/** USER_HZ, which the kernel reports times in; 100 on every architecture that Deno runs on. */
const TICKS_PER_SECOND = 100;
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
    return parseUsage(stat, command, readUnits().pageBytes);
  } catch {
    return undefined; // ENOENT, ESRCH: it ended meanwhile.
  }
}

/** Reads /proc/PID/stat and the beginning of /proc/PID/cmdline. */
export function parseUsage(
  stat: string,
  cmdline: string,
  pageBytes: number,
): ProcessUsage | undefined {
  const open = stat.indexOf("(");
  const close = stat.lastIndexOf(")");
  if (open < 0 || close < open) return undefined;
  // From field 3, the state, on: utime is 14, stime 15, rss 24.
  const fields = stat.slice(close + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  const pages = Number(fields[21]);
  if (Number.isNaN(ticks) || Number.isNaN(pages)) return undefined;
  const words = cmdline.replace(/\0+$/, "").replaceAll("\0", " ");
  const command = words === "" ? `[${stat.slice(open + 1, close)}]` : words;
  return {
    memoryBytes: pages * pageBytes,
    cpuMs: ticks * 1000 / TICKS_PER_SECOND,
    // A process chooses its own name: it must not be able to control a terminal.
    command: command.replace(/[\p{Cc}\p{Cf}]/gu, "?").slice(0, COMMAND_MAX),
  };
}
