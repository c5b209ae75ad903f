/** Which mounts a process sees, from proc(5). */
import { readBeginning } from "../processes/bounded_read.ts";

/** For some 2,000 mounts. */
const TABLE_MAX_BYTES = 256 * 1024;

/** A mount, as /proc/PID/mountinfo tells it. */
export interface Mount {
  readonly point: string;
  readonly isReadOnly: boolean;
  readonly fileSystem: string;
}

/** Returns the mounts; the later of two at one place is what is seen there. */
export function parseMounts(table: string): Mount[] {
  const mounts = new Map<string, Mount>();
  for (const line of table.split("\n")) {
    const [before = "", after] = line.split(" - ");
    const [, , , , point, options = ""] = before.split(" ");
    if (after === undefined || point === undefined) continue;
    const [fileSystem = "", , superOptions = ""] = after.split(" ");
    const isReadOnly = [options, superOptions].some((words) => words.split(",").includes("ro"));
    const path = point.replace(
      /\\(\d{3})/g,
      (_, digits) => String.fromCharCode(parseInt(digits, 8)),
    );
    mounts.set(path, { point: path, isReadOnly, fileSystem });
  }
  return [...mounts.values()];
}

/** Empty where it has ended, or /proc is hidden. */
export function readMounts(pid: number | "self"): string {
  try {
    return new TextDecoder().decode(readBeginning(`/proc/${pid}/mountinfo`, TABLE_MAX_BYTES));
  } catch {
    return ""; // ENOENT, EACCES: it has ended, or /proc is hidden.
  }
}
