/** What processes use, from proc(5). */

import type { ProcessUsage } from "../../door/process_record.ts";

/** USER_HZ, which the kernel reports times in; 100 on every architecture that Deno runs on. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;
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
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    const command = Deno.readTextFileSync(`/proc/${pid}/cmdline`);
    return parseUsage(stat, command);
  } catch {
    return undefined; // ENOENT, ESRCH: it ended meanwhile.
  }
}

/** Reads /proc/PID/stat and /proc/PID/cmdline. */
export function parseUsage(stat: string, cmdline: string): ProcessUsage | undefined {
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
    memoryBytes: pages * PAGE_BYTES,
    cpuMs: ticks * 1000 / TICKS_PER_SECOND,
    // A process chooses its own name: it must not be able to control a terminal.
    command: command.replace(/[\p{Cc}\p{Cf}]/gu, "?").slice(0, COMMAND_MAX),
  };
}
