/**
 * Rotation of a log file: `x` becomes `x.1`, `x.1` becomes `x.2`, and so on up to the number kept;
 * compressed ones end in `.gz`. All by rename, so that a crash at any point loses nothing: a gap in
 * the numbers is filled by the next rotation, a copy that was not finished is begun anew, and of a
 * file beside its complete copy the copy stays. A number that a directory stands under is passed
 * over.
 *
 * Times are boundaries of local time. Nothing happens without a write: a file that nobody writes to
 * is rotated when the next record comes.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import { fromLocalTime, localDate } from "../../base/local_zone.ts";
import type { LogDirectory, LogEntry, LogFileSystem } from "../../door/log_os.ts";
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
  const date = localDate(wallMs);
  const [year, month, day] = [
    date.getUTCFullYear(),
    date.getUTCMonth(),
    date.getUTCDate(),
  ] as const;
  switch (every) {
    case "hour": {
      // Not by its time on the wall: an hour that daylight saving repeats ends twice.
      const intoHourMs = date.getUTCMinutes() * 60_000 + date.getUTCSeconds() * 1000 +
        date.getUTCMilliseconds();
      return wallMs - intoHourMs + 3_600_000;
    }
    case "day":
      return fromLocalTime(Date.UTC(year, month, day + 1));
    case "week":
      return fromLocalTime(Date.UTC(year, month, day + 7 - (date.getUTCDay() + 6) % 7));
    case "month":
      return fromLocalTime(Date.UTC(year, month + 1, 1));
  }
}

/** So many numbers and names that something else stands under are passed over. */
const OBSTACLES_MAX = 100;

/** A file that was rotated and is there. */
export interface RotatedLog extends LogEntry {
  readonly name: string;
  /** For messages. */
  readonly path: string;
}

/** A file that is rotated: what it is, and how much chaperone has written to it or found in it. */
export interface RotatedFile {
  readonly identity: string;
  readonly ownBytes: number;
}

/**
 * Rotates the files of one name; compresses in the background, one at a time: in a directory that
 * others than root may write only what it has rotated itself, and no more than that held.
 */
export class Rotator {
  readonly #files: LogFileSystem;
  readonly #path: string;
  readonly #policy: RotationPolicy;
  readonly #report: (text: string) => void;
  /** What has been rotated and is there, by identity. */
  readonly #ownBytes = new Map<string, number>();
  /** The file that is being compressed. */
  #compressing: string | undefined;
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
  rotate(file: RotatedFile): void {
    const directory = this.#open();
    try {
      if (this.#policy.keep === 0) directory.remove(this.#base);
      else this.#shift(directory, file);
    } finally {
      directory.close();
    }
    this.resume();
  }

  /**
   * Lists the files that were rotated, the newest first: in a directory that others than root may
   * write only those of this run. Empty where the directory cannot be opened.
   */
  rotated(): RotatedLog[] {
    const folder = this.#path.slice(0, this.#path.lastIndexOf("/") + 1);
    return this.#within(
      [],
      (directory) =>
        this.#numbers(directory).flatMap((number) =>
          this.#names(number).flatMap((name): RotatedLog[] => {
            const entry = directory.entry(name);
            const isOwn = entry !== undefined &&
              (directory.isTrusted || this.#ownBytes.has(entry.identity));
            return isOwn ? [{ ...entry, name, path: folder + name }] : [];
          })
        ),
    );
  }

  /** Removes one of them if it is still the same. Returns whether it has. */
  discard({ name, identity }: RotatedLog): boolean {
    return this.#within(false, (directory) => {
      if (directory.entry(name)?.identity !== identity) return false;
      directory.remove(name);
      this.#ownBytes.delete(identity);
      return true;
    });
  }

  /** Acts in the directory; `otherwise` where that fails. */
  #within<T>(otherwise: T, act: (directory: LogDirectory) => T): T {
    let directory: LogDirectory | undefined;
    try {
      directory = this.#open();
      return act(directory);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      return otherwise;
    } finally {
      directory?.close();
    }
  }

  #open(): LogDirectory {
    const directory = this.#files.openDirectory(this.#path);
    this.#base = directory.fileName;
    return directory;
  }

  #shift(directory: LogDirectory, file: RotatedFile): void {
    const numbers = this.#numbers(directory);
    const [first] = numbers;
    if (first === undefined) {
      throw new SystemError(
        "rename",
        ERRNO.EISDIR,
        `${this.#path}.1`,
        "what is there is not a file",
      );
    }
    let free = numbers.findIndex((number) => !this.#has(directory, number));
    if (free < 0) {
      free = numbers.length - 1;
      this.#remove(directory, numbers[free] as number);
    }
    for (let at = free; at > 0; at--) {
      this.#move(directory, numbers[at - 1] as number, numbers[at] as number);
    }
    directory.rename(this.#base, this.#plain(first));
    this.#remember(file);
  }

  #remember({ identity, ownBytes }: RotatedFile): void {
    this.#ownBytes.set(identity, ownBytes);
    // Somebody else may remove files: no more are known than are kept.
    const [oldest = ""] = this.#ownBytes.keys();
    if (this.#ownBytes.size > this.#policy.keep) this.#ownBytes.delete(oldest);
  }

  /** The numbers that files are kept under: no other than a file stands there. */
  #numbers(directory: LogDirectory): number[] {
    const { keep } = this.#policy;
    const found: number[] = [];
    for (let number = 1; found.length < keep && number <= keep + OBSTACLES_MAX; number++) {
      const entries = this.#names(number).map((name) => directory.entry(name));
      if (entries.every((entry) => entry?.isRegular !== false)) found.push(number);
      // Beyond the first that is free nothing is moved.
      if (found.length > 0 && entries.every((entry) => entry === undefined)) break;
    }
    return found;
  }

  #remove(directory: LogDirectory, number: number): void {
    for (const name of this.#names(number)) {
      this.#ownBytes.delete(directory.entry(name)?.identity ?? "");
      directory.remove(name);
    }
  }

  #move(directory: LogDirectory, from: number, to: number): void {
    const [plain, zipped] = this.#names(from);
    if (directory.entry(plain)) directory.rename(plain, this.#plain(to));
    if (directory.entry(zipped)) directory.rename(zipped, this.#zipped(to));
  }

  #compressNext(): void {
    if (this.#compressing !== undefined) return;
    let directory: LogDirectory | undefined;
    try {
      directory = this.#open();
      const found = this.#findUncompressed(directory);
      if (found === undefined) {
        directory.close();
        return;
      }
      const temporary = this.#freeTemporary(directory);
      this.#compressing = found.entry.identity;
      void this.#compress(directory, found, temporary);
    } catch (error) {
      directory?.close();
      this.#reportFailure(error);
    }
  }

  /** The oldest first; removes what has a complete copy. */
  #findUncompressed(directory: LogDirectory): Found | undefined {
    let found: Found | undefined;
    for (const number of this.#numbers(directory)) {
      const entry = directory.entry(this.#plain(number));
      if (entry === undefined) continue;
      const mostBytes = directory.isTrusted ? Infinity : this.#ownBytes.get(entry.identity);
      if (mostBytes === undefined || entry.sizeBytes > mostBytes) continue;
      if (directory.entry(this.#zipped(number))) directory.remove(this.#plain(number));
      else found = { number, entry: { ...entry, sizeBytes: mostBytes } };
    }
    return found;
  }

  /** The first name that a file could stand under; one of an earlier run is removed. */
  #freeTemporary(directory: LogDirectory): string {
    for (let at = 0; at <= OBSTACLES_MAX; at++) {
      const name = `${this.#base}.gz.tmp${at === 0 ? "" : at}`;
      if (directory.entry(name)?.isRegular === false) continue;
      directory.remove(name);
      return name;
    }
    throw new SystemError(
      "open",
      ERRNO.EISDIR,
      `${this.#path}.gz.tmp`,
      "what is there is not a file",
    );
  }

  async #compress(directory: LogDirectory, found: Found, temporary: string): Promise<void> {
    const { identity } = found.entry;
    let isDone = false;
    try {
      await directory.compress(this.#plain(found.number), temporary, found.entry);
      // It may have been moved on meanwhile, or removed.
      const number = this.#numbers(directory).find((each) =>
        directory.entry(this.#plain(each))?.identity === identity
      );
      if (number === undefined) {
        directory.remove(temporary);
      } else {
        directory.rename(temporary, this.#zipped(number));
        directory.remove(this.#plain(number));
        const zipped = directory.entry(this.#zipped(number));
        if (zipped !== undefined) this.#ownBytes.set(zipped.identity, zipped.sizeBytes);
      }
      isDone = true;
      this.#ownBytes.delete(identity);
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
    return this.#names(number).some((name) => directory.entry(name) !== undefined);
  }

  #names(number: number): [plain: string, zipped: string] {
    return [this.#plain(number), this.#zipped(number)];
  }

  #plain(number: number): string {
    return `${this.#base}.${number}`;
  }

  #zipped(number: number): string {
    return `${this.#base}.${number}.gz`;
  }
}

/** A file to compress; `sizeBytes` of its entry is how large it may be. */
interface Found {
  readonly number: number;
  readonly entry: LogEntry;
}
