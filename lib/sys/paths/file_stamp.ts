/** Whether a file is still the one that it was. */
import { statPlace } from "./path_walk.ts";

/** Returns what changes with each write and each replacement of a file: see `Os.fileStamp`. */
export function fileStamp(path: string): string | undefined {
  try {
    const status = statPlace(path);
    if (status === undefined) return undefined;
    const { identity, sizeBytes, modifiedMs, changedMs } = status;
    return [identity, sizeBytes, modifiedMs, changedMs].join(" ");
  } catch {
    return undefined; // ELOOP or EACCES, or a user serves it: nor can it be read.
  }
}
