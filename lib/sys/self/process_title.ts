/**
 * The title that ps(1) shows. The kernel reads it from the memory that held the arguments at the
 * start (proc(5), stat: arg_start and arg_end), so it is written there and cannot be longer than
 * they were.
 */
import { splitStat } from "../processes/proc_text.ts";

/** The numbers of fields in /proc/self/stat, see proc(5). */
const ARG_START = 48;
const ARG_END = 49;

/** Sets the title; where /proc cannot be used, the title stays as it is. */
export function setProcessTitle(title: string): void {
  try {
    const stat = splitStat(Deno.readTextFileSync("/proc/self/stat"));
    const start = Number(stat?.field(ARG_START));
    const sizeBytes = Number(stat?.field(ARG_END)) - start;
    if (!(start > 0) || !(sizeBytes > 1)) return;
    const bytes = new Uint8Array(sizeBytes);
    new TextEncoder().encodeInto(title, bytes.subarray(0, sizeBytes - 1));
    using memory = Deno.openSync("/proc/self/mem", { write: true });
    memory.seekSync(start, Deno.SeekMode.Start);
    memory.writeSync(bytes);
  } catch {
    // EACCES, EPERM, ENOENT: only the look of ps is lost.
  }
}
