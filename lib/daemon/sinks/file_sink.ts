/**
 * A log file as a destination. Its name may hold the date; it is opened at start, so that a mistake
 * shows there, and opened anew when its name changes or when it was renamed or removed, which is
 * looked for at most once a second and then before the next write.
 *
 * Rotation happens between two records, and the bytes of one record never lie in two files: a file
 * that is opened while a record was written in part gets the whole of it.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { Identity } from "../../base/identity.ts";
import type { LogFile, LogFileSystem, LogTime } from "../../door/log_os.ts";
import { recordStart } from "./framing.ts";
import type { DiskReserve, WatchedDisk } from "./disk_reserve.ts";
import type { CountedLog, LogDisk } from "./log_disk.ts";
import type { Outlet } from "./outlet.ts";
import { periodEndMs, type RotatedLog, type RotationPolicy, Rotator } from "./rotation.ts";
import { ALL_SEVERITIES } from "./sink.ts";

/** How often a file is looked for at its path, and how soon a failure is tried again. */
const CHECK_MS = 1000;

/** How soon a rotation that failed is tried again; records go on into the old file. */
const ROTATION_RETRY_MS = 60_000;

const NEWLINE = 0x0a;

/** Failures that leave the file as good as it was. */
const SAME_FILE_ERRNOS: ReadonlySet<number> = new Set([ERRNO.ENOSPC, ERRNO.EDQUOT, ERRNO.EFBIG]);

export interface FileOutletOptions {
  /** As configured, for messages. */
  readonly template: string;
  /** Expands the template to an absolute path. */
  readonly pathAt: (wallMs: number) => string;
  /** Truncates when opened, instead of appending. */
  readonly overwrite: boolean;
  readonly owner?: Identity;
  readonly rotation?: RotationPolicy;
  readonly files: LogFileSystem;
  readonly time: LogTime;
  /** Tells a failure that loses nothing: of rotation or compression. */
  readonly report: (text: string) => void;
  /** What all log files may take, and leave. */
  readonly disk: LogDisk;
  readonly reserve: DiskReserve;
}

/** Writes to a log file. */
export class FileOutlet implements Outlet, CountedLog {
  readonly name: string;
  readonly framing = "line";

  readonly #options: FileOutletOptions;
  #path = "";
  #file: LogFile | undefined;
  #rotator: Rotator | undefined;
  #watched: WatchedDisk | undefined;
  #sizeBytes = 0;
  /** What chaperone has written to the file, and what was stored in it before. */
  #ownBytes = 0;
  #rotateAtMs = Infinity;
  #rotateNotBeforeMs = -Infinity;
  #rotationFails = false;
  #checkedMs = -Infinity;
  /** A file was opened after part of a record had gone into the one before. */
  #mustRewind = false;
  #isWriting = false;
  #isClosed = false;

  constructor(options: FileOutletOptions) {
    this.name = `log file '${options.template}'`;
    this.#options = options;
    options.disk.add(this);
  }

  get sizeBytes(): number {
    return this.#file?.isRegular === true ? this.#sizeBytes : 0;
  }

  rotated(): readonly RotatedLog[] {
    return this.#rotator?.rotated() ?? [];
  }

  removeRotated(file: RotatedLog): boolean {
    return this.#rotator?.discard(file) === true;
  }

  get mostSeverity(): number {
    return this.#watched?.mostSeverity ?? ALL_SEVERITIES;
  }

  withheld(count: number): boolean {
    this.#watched?.withheld(count);
    return this.#watched?.isDue === true;
  }

  async look(): Promise<void> {
    if (this.#file !== undefined) await this.#lookAt(this.#file);
  }

  /** Opens the file; at start a failure is reported to the user. @throws {SystemError} */
  open(): void {
    const path = this.#options.pathAt(this.#options.time.wallMs());
    const isNew = path !== this.#path;
    this.#openAt(path, this.#options.overwrite);
    if (isNew) this.#rotator?.resume();
  }

  async write(batch: Uint8Array<ArrayBuffer>, offset: number): Promise<number | undefined> {
    this.#check();
    let start = offset;
    if (this.#mustRewind) start = recordStart(batch, offset, "line");
    this.#mustRewind = false;
    if (recordStart(batch, start, "line") === start) this.#rotateIfDue(batch, start);
    const end = this.#endOfWrite(batch, start);
    const written = await this.#writeTo(this.#file as LogFile, batch.subarray(start, end));
    if (written === 0) return undefined;
    this.#sizeBytes += written;
    this.#ownBytes += written;
    this.#options.disk.wrote(written);
    this.#watched?.wrote(written);
    if (this.#watched?.isDue === true) await this.look();
    return start + written;
  }

  retryDelayMs(error: unknown): number {
    const isSameFile = error instanceof SystemError && SAME_FILE_ERRNOS.has(error.errno);
    if (!isSameFile) this.#forget();
    return CHECK_MS;
  }

  /** Opens the file anew; what it holds stays, unless it is another one. @throws {SystemError} */
  reopen(): void {
    const path = this.#options.pathAt(this.#options.time.wallMs());
    const isSame = path === this.#path && this.#file?.isAt(path) === true;
    this.#openAt(path, this.#options.overwrite && !isSame);
  }

  close(): void {
    this.#isClosed = true;
    this.#options.disk.remove(this);
    this.#forget();
  }

  #writeTo(file: LogFile, bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    return this.#using(() => file.write(bytes));
  }

  #lookAt(file: LogFile): Promise<void> {
    return this.#using(() => this.#watched?.look(file, this.#path) ?? Promise.resolve());
  }

  async #using<T>(act: () => Promise<T>): Promise<T> {
    this.#isWriting = true;
    try {
      return await act();
    } finally {
      this.#isWriting = false;
      // The descriptor must not be used for another file while a thread writes to it.
      if (this.#isClosed) this.#forget();
    }
  }

  #forget(): void {
    if (this.#isWriting) return;
    this.#file?.close();
    this.#file = undefined;
  }

  #check(): void {
    const { time, pathAt } = this.#options;
    const nowMs = time.nowMs();
    if (this.#file !== undefined && nowMs - this.#checkedMs < CHECK_MS) return;
    const path = pathAt(time.wallMs());
    if (path === this.#path && this.#file?.isAt(path) === true) this.#checkedMs = nowMs;
    else this.open();
  }

  #openAt(path: string, truncate: boolean): void {
    const { files, owner, time } = this.#options;
    const file = files.open({ path, truncate, ...(owner === undefined ? {} : { owner }) });
    this.#file?.close();
    this.#file = file;
    this.#mustRewind = true;
    this.#watched = file.isRegular ? this.#options.reserve.diskOf(file) : undefined;
    this.#sizeBytes = file.sizeBytes;
    this.#ownBytes = Math.min(file.sizeBytes, file.storedBytes);
    this.#checkedMs = time.nowMs();
    this.#setUpRotation(path, file);
    this.#path = path;
  }

  #setUpRotation(path: string, file: LogFile): void {
    const { rotation, files, time, report } = this.#options;
    if (rotation === undefined || !file.isRegular) {
      this.#rotator = undefined;
      return;
    }
    if (path !== this.#path || this.#rotator === undefined) {
      this.#rotator = new Rotator(files, path, rotation, report);
    }
    if (rotation.every === undefined) return;
    // What was written in an earlier period, by an earlier run, belongs to that period.
    const sinceMs = file.sizeBytes > 0 ? file.modifiedMs : time.wallMs();
    this.#rotateAtMs = periodEndMs(rotation.every, sinceMs);
  }

  #rotateIfDue(batch: Uint8Array, start: number): void {
    if (this.#rotator === undefined || this.#sizeBytes === 0) return;
    const { time, rotation } = this.#options;
    if (time.nowMs() < this.#rotateNotBeforeMs) return;
    const limit = rotation?.sizeBytes ?? Infinity;
    const recordEnd = batch.indexOf(NEWLINE, start) + 1;
    const isTooLarge = this.#sizeBytes + recordEnd - start > limit;
    if (!isTooLarge && time.wallMs() < this.#rotateAtMs) return;
    this.#rotate(this.#rotator, this.#file as LogFile);
  }

  #rotate(rotator: Rotator, { identity }: LogFile): void {
    try {
      rotator.rotate({ identity, ownBytes: this.#ownBytes });
      this.#rotationFails = false;
    } catch (error) {
      this.#rotateNotBeforeMs = this.#options.time.nowMs() + ROTATION_RETRY_MS;
      if (!(error instanceof SystemError)) throw error;
      if (!this.#rotationFails) {
        this.#options.report(`Cannot rotate ${this.name}: ${error.message}`);
      }
      this.#rotationFails = true;
      return;
    }
    this.#openAt(this.#path, false);
    this.#mustRewind = false;
    this.#options.disk.look();
  }

  /**
   * Where a write ends so that the file does not outgrow its limit: after a record, at least one.
   */
  #endOfWrite(batch: Uint8Array, start: number): number {
    const limit = this.#options.rotation?.sizeBytes;
    if (limit === undefined || this.#rotator === undefined) return batch.length;
    const room = limit - this.#sizeBytes;
    if (batch.length - start <= room || this.#rotationFails) return batch.length;
    const lastEnd = room <= 0 ? 0 : batch.lastIndexOf(NEWLINE, start + room - 1) + 1;
    if (lastEnd > start) return lastEnd;
    const firstEnd = batch.indexOf(NEWLINE, start) + 1;
    return firstEnd === 0 ? batch.length : firstEnd;
  }
}
