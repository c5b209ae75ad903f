/**
 * Rotation of a log file: `x` becomes `x.1`, `x.1` becomes `x.2`, and so on up to the number kept;
 * compressed ones end in `.gz`. All by rename, so that a crash at any point loses nothing: a gap in
 * the numbers is filled by the next rotation, a copy that was not finished is begun anew, and of a
 * file beside its complete copy the copy stays.
 *
 * Times are boundaries of local time. Nothing happens without a write: a file that nobody writes to
 * is rotated when the next record comes.
 */
import type { LogDirectory, LogFileSystem } from "../../door/log_os.ts";
import type { LoggingConfig } from "../../config/model.ts";

/** When and how a file is rotated. */
export interface RotationPolicy {
  readonly sizeBytes?: number;
  readonly every?: NonNullable<LoggingConfig["rotateEvery"]>;
  readonly keep: number;
  readonly compress: boolean;
}

/** Returns when the period that holds `wallMs` ends. Weeks begin on Monday (ISO 8601). */
export function periodEndMs(every: NonNullable<RotationPolicy["every"]>, wallMs: number): number {
  const date = new Date(wallMs);
  const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()] as const;
  switch (every) {
    case "hour": {
      // Not by the Date constructor: an hour that daylight saving repeats ends twice.
      const intoHourMs = date.getMinutes() * 60_000 + date.getSeconds() * 1000 +
        date.getMilliseconds();
      return wallMs - intoHourMs + 3_600_000;
    }
    case "day":
      return new Date(year, month, day + 1).getTime();
    case "week":
      return new Date(year, month, day + 7 - (date.getDay() + 6) % 7).getTime();
    case "month":
      return new Date(year, month + 1, 1).getTime();
  }
}

/** Rotates the files of one name; compresses in the background, one at a time. */
export class Rotator {
  readonly #files: LogFileSystem;
  readonly #path: string;
  readonly #policy: RotationPolicy;
  readonly #report: (text: string) => void;
  /** The number of the file that is being compressed; 0 once it was removed meanwhile. */
  #compressing: number | undefined;
  #compressFailed = false;
  /** The name that the numbers are added to. */
  #base = "";

  constructor(
    files: LogFileSystem,
    path: string,
    policy: RotationPolicy,
    report: (text: string) => void,
  ) {
    this.#files = files;
    this.#path = path;
    this.#policy = policy;
    this.#report = report;
  }

  /** Takes up what an earlier run left to compress. Never throws. */
  resume(): void {
    if (this.#policy.compress) this.#compressNext();
  }

  /** Moves the file out of the way. @throws {SystemError} and leaves the file where it was. */
  rotate(): void {
    const directory = this.#open();
    try {
      if (this.#policy.keep === 0) directory.remove(this.#base);
      else this.#shift(directory);
    } finally {
      directory.close();
    }
    this.resume();
  }

  #open(): LogDirectory {
    const directory = this.#files.openDirectory(this.#path);
    this.#base = directory.fileName;
    return directory;
  }

  #shift(directory: LogDirectory): void {
    const { keep } = this.#policy;
    let free = 1;
    while (free <= keep && this.#has(directory, free)) free++;
    if (free > keep) {
      directory.remove(this.#plain(keep));
      directory.remove(this.#zipped(keep));
      if (this.#compressing === keep) this.#compressing = 0;
      free = keep;
    }
    for (let number = free - 1; number >= 1; number--) this.#move(directory, number);
    directory.rename(this.#base, this.#plain(1));
  }

  #move(directory: LogDirectory, number: number): void {
    for (const nameOf of [this.#plain, this.#zipped]) {
      const from = nameOf.call(this, number);
      if (directory.has(from)) directory.rename(from, nameOf.call(this, number + 1));
    }
    if (this.#compressing === number) this.#compressing = number + 1;
  }

  #compressNext(): void {
    if (this.#compressing !== undefined) return;
    let directory: LogDirectory | undefined;
    try {
      directory = this.#open();
      const number = this.#findUncompressed(directory);
      if (number === undefined) {
        directory.close();
        return;
      }
      directory.remove(this.#temporary);
      this.#compressing = number;
      void this.#compress(directory);
    } catch (error) {
      directory?.close();
      this.#reportFailure(error);
    }
  }

  /** The oldest first; removes what has a complete copy. */
  #findUncompressed(directory: LogDirectory): number | undefined {
    let found: number | undefined;
    for (let number = 1; number <= this.#policy.keep && this.#has(directory, number); number++) {
      if (!directory.has(this.#plain(number))) continue;
      if (directory.has(this.#zipped(number))) directory.remove(this.#plain(number));
      else found = number;
    }
    return found;
  }

  async #compress(directory: LogDirectory): Promise<void> {
    let isDone = false;
    try {
      await directory.compress(this.#plain(this.#compressing as number), this.#temporary);
      const number = this.#compressing as number;
      if (number === 0) {
        directory.remove(this.#temporary);
      } else {
        directory.rename(this.#temporary, this.#zipped(number));
        directory.remove(this.#plain(number));
      }
      isDone = true;
      this.#compressFailed = false;
    } catch (error) {
      this.#reportFailure(error);
    } finally {
      directory.close();
      this.#compressing = undefined;
    }
    // What failed is tried again at the next rotation.
    if (isDone) this.#compressNext();
  }

  #reportFailure(error: unknown): void {
    if (this.#compressFailed) return;
    this.#compressFailed = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.#report(
      `Cannot compress old log files of '${this.#path}': ${reason}`,
    );
  }

  #has(directory: LogDirectory, number: number): boolean {
    return directory.has(this.#plain(number)) || directory.has(this.#zipped(number));
  }

  #plain(number: number): string {
    return `${this.#base}.${number}`;
  }

  #zipped(number: number): string {
    return `${this.#base}.${number}.gz`;
  }

  get #temporary(): string {
    return `${this.#base}.gz.tmp`;
  }
}
