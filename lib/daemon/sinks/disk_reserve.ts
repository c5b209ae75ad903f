/**
 * How much of a file system log files leave to others (`log_disk_reserve`): where less is free, only
 * warnings and worse are written to the files on it. Both ends are told once for each file system.
 *
 * It is looked at after so much or so long of writing, and when something was withheld; never by a
 * timer. Whoever looks waits on a thread, as for a write.
 */
import type { LogFile, LogTime } from "../../door/log_os.ts";
import { ALL_SEVERITIES } from "./sink.ts";

export interface DiskReserveOptions {
  readonly reserveBytes?: number | undefined;
  readonly time: LogTime;
  readonly tell: (level: "warn", text: string) => void;
  /** Called when what files take has changed. */
  readonly changed: () => void;
}

const LOOK_BYTES = 1024 * 1024;
const LOOK_MS = 5000;

/** This part more must be free before all records are written again. */
const RELIEF_PART = 1 / 8;

const WARN = 4;

const MIB = 1024 * 1024;

/** Knows the file systems that log files are on. */
export class DiskReserve {
  /** Undefined: none. */
  reserveBytes: number | undefined;
  readonly options: DiskReserveOptions;
  readonly #disks = new Map<string, WatchedDisk>();

  constructor(options: DiskReserveOptions) {
    this.options = options;
    this.reserveBytes = options.reserveBytes;
  }

  /** The file system that a file is on. */
  diskOf({ identity }: LogFile): WatchedDisk {
    const [device = ""] = identity.split(" ");
    const disk = this.#disks.get(device) ?? new WatchedDisk(this);
    this.#disks.set(device, disk);
    return disk;
  }
}

/** A file system and what is left of it. */
export class WatchedDisk {
  readonly #reserve: DiskReserve;
  #isLow = false;
  #isLooking = false;
  #writtenBytes = 0;
  #withheld = 0;
  #lookedMs = -Infinity;

  constructor(reserve: DiskReserve) {
    this.#reserve = reserve;
  }

  /** The mildest severity that is written. */
  get mostSeverity(): number {
    return this.#isLow ? WARN : ALL_SEVERITIES;
  }

  wrote(bytes: number): void {
    this.#writtenBytes += bytes;
  }

  /** Takes note that records were not written. */
  withheld(count: number): void {
    this.#withheld += count;
  }

  /** Whether it is time to look. */
  get isDue(): boolean {
    const { reserveBytes, options } = this.#reserve;
    if (this.#isLooking || (reserveBytes === undefined && !this.#isLow)) return false;
    return this.#writtenBytes >= LOOK_BYTES || options.time.nowMs() - this.#lookedMs >= LOOK_MS;
  }

  /** Looks how much is free, by a file that is open and is not closed meanwhile. Never rejects. */
  async look(file: LogFile, path: string): Promise<void> {
    this.#isLooking = true;
    const freeBytes = await file.freeBytes();
    this.#isLooking = false;
    this.#writtenBytes = 0;
    this.#lookedMs = this.#reserve.options.time.nowMs();
    if (freeBytes !== undefined) this.#judge(freeBytes, path);
  }

  #judge(freeBytes: number, path: string): void {
    const { reserveBytes = 0, options } = this.#reserve;
    const isLow = freeBytes < reserveBytes * (this.#isLow ? 1 + RELIEF_PART : 1);
    if (isLow === this.#isLow) return;
    this.#isLow = isLow;
    options.changed();
    const where = `where ${path} is`;
    const free = `${Math.floor(freeBytes / MIB)} MiB are free`;
    options.tell(
      "warn",
      isLow
        ? `only warnings and worse are written to log files ${where}: ` +
          `${free}, less than log_disk_reserve (${Math.ceil(reserveBytes / MIB)} MiB)`
        : `all records are written again to log files ${where}: ` +
          `${free}; ${this.#withheld} records were left out`,
    );
    this.#withheld = 0;
  }
}
