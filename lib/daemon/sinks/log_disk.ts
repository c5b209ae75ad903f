/**
 * How much of the disk log files may take (`log_disk_max`): beyond that, files that chaperone has
 * rotated are removed, the oldest of all logs first. What is written to at the moment counts and
 * stays, and so does every file that is not chaperone's. Looks after a rotation and after so much has
 * been written, never by itself.
 */
import type { RotatedLog } from "./rotation.ts";

/** A log that counts. */
export interface CountedLog {
  /** Of the file that is written to. */
  readonly sizeBytes: number;
  /** What was rotated and is there, the newest first. */
  rotated(): readonly RotatedLog[];
  /** Removes such a file, if it is still the same. Returns whether that was done. */
  removeRotated(file: RotatedLog): boolean;
}

export interface LogDiskOptions {
  readonly maxBytes?: number | undefined;
  /** Tells what was removed, and what cannot be held. */
  readonly tell: (level: "info" | "warn", text: string) => void;
}

/** So much of the limit may be written between two looks. */
const STEP_PART = 1 / 32;
const STEP_MAX_BYTES = 8 * 1024 * 1024;

interface Candidate {
  readonly log: CountedLog;
  readonly file: RotatedLog;
  /** When it was written last, or an older one of the same log. */
  readonly ageMs: number;
}

export class LogDisk {
  /** Undefined: as much as there is. */
  maxBytes: number | undefined;
  readonly #tell: LogDiskOptions["tell"];
  readonly #logs = new Set<CountedLog>();
  /** The first write looks what former runs have left. */
  #writtenBytes = Infinity;
  #isOver = false;

  constructor({ maxBytes, tell }: LogDiskOptions) {
    this.maxBytes = maxBytes;
    this.#tell = tell;
  }

  add(log: CountedLog): void {
    this.#logs.add(log);
  }

  remove(log: CountedLog): void {
    this.#logs.delete(log);
  }

  /** Takes note that so much was written to a log. */
  wrote(bytes: number): void {
    if (this.maxBytes === undefined) return;
    this.#writtenBytes += bytes;
    if (this.#writtenBytes > Math.min(this.maxBytes * STEP_PART, STEP_MAX_BYTES)) this.look();
  }

  /** Removes what is too much. */
  look(): void {
    const { maxBytes } = this;
    if (maxBytes === undefined) return;
    this.#writtenBytes = 0;
    const candidates = [...this.#logs].flatMap(candidatesOf);
    let totalBytes = 0;
    for (const { sizeBytes } of this.#logs) totalBytes += sizeBytes;
    for (const { file } of candidates) totalBytes += file.sizeBytes;
    candidates.sort((a, b) => a.ageMs - b.ageMs);
    for (const { log, file } of candidates) {
      if (totalBytes <= maxBytes) break;
      if (!log.removeRotated(file)) continue;
      totalBytes -= file.sizeBytes;
      this.#tell("info", `removed ${file.path}: log files have reached log_disk_max`);
    }
    this.#tellOver(totalBytes > maxBytes);
  }

  #tellOver(isOver: boolean): void {
    if (isOver && !this.#isOver) {
      const text = "log files take more than log_disk_max, and none is left that was rotated: " +
        "give their sections a smaller rotate_size";
      this.#tell("warn", text);
    }
    this.#isOver = isOver;
  }
}

/** The oldest of a log first: no gap is left among its numbers. */
function candidatesOf(log: CountedLog): Candidate[] {
  let ageMs = Infinity;
  const candidates = log.rotated().map((file): Candidate => {
    ageMs = Math.min(ageMs, file.modifiedMs);
    return { log, file, ageMs };
  });
  return candidates.reverse();
}
