/**
 * Lines that are appended to a file and outlive chaperone. Two files make a ring: when one has
 * reached half of the size, it takes the place of the other, and a new one begins with what its
 * reader needs to know.
 *
 * Nobody waits for it: a thread writes, one piece at a time, and what cannot be written is counted.
 * No timer is set: at rest nothing happens.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { StateDirectory, StateFile } from "../../door/state_os.ts";

export interface StateJournalParts {
  /** Name of the file, and of the one before it. */
  readonly name: string;
  readonly formerName: string;
  /** Of both files together. */
  readonly sizeBytes: number;
  /** What a file begins with that takes the place of a full one. */
  readonly head: () => readonly string[];
  /** Takes note that nothing can be written any more, and why. */
  readonly failed: (error: SystemError) => void;
  /** Monotonic. */
  readonly nowMs: () => number;
}

/** A full disk is tried again after this long, when there is something to write. */
const RETRY_MS = 60_000;
/** A disk that takes nothing at all must not cost memory without end. */
const WAITING_MAX = 2000;

export class StateJournal {
  readonly #directory: StateDirectory;
  readonly #parts: StateJournalParts;
  #file: StateFile | undefined;
  #sizeBytes = 0;
  #waiting: string[] = [];
  #writing: Promise<void> | undefined;
  #lost = 0;
  #failedAtMs: number | undefined;

  /** Opens the file. @throws {SystemError} */
  constructor(directory: StateDirectory, parts: StateJournalParts) {
    this.#directory = directory;
    this.#parts = parts;
    this.#open();
    // What is left of a line that was torn off must not swallow the next one.
    if (this.#sizeBytes > 0) this.#waiting.push("\n");
  }

  /** How many lines could not be written and have not been asked for. Forgets it. */
  takeLost(): number {
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }

  /** Whether the last attempt to write has failed. */
  get isFailing(): boolean {
    return this.#failedAtMs !== undefined;
  }

  /** Adds a line, with its newline. */
  append(line: string): void {
    if (this.#isPaused() || this.#waiting.length >= WAITING_MAX) {
      this.#lost++;
      return;
    }
    this.#waiting.push(line);
    // What is added in the same turn is written at once.
    this.#writing ??= Promise.resolve().then(() => this.#writeAll());
  }

  /** Settles when all that was added has been written, or could not be. */
  async written(): Promise<void> {
    await this.#writing;
  }

  /** Closes the file. Nothing may be under way. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #isPaused(): boolean {
    if (this.#failedAtMs === undefined) return false;
    return this.#parts.nowMs() - this.#failedAtMs < RETRY_MS;
  }

  #open(): void {
    const { name, formerName, sizeBytes } = this.#parts;
    let file = this.#directory.append(name);
    if (file.sizeBytes >= sizeBytes / 2) {
      file.close();
      this.#directory.rename(name, formerName);
      file = this.#directory.append(name);
    }
    this.#file = file;
    this.#sizeBytes = file.sizeBytes;
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#waiting.length > 0) await this.#writeWaiting();
      this.#failedAtMs = undefined;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#lost += this.#waiting.length;
      // Whatever was written of a line has no end.
      this.#waiting = ["\n"];
      const isFirst = this.#failedAtMs === undefined;
      this.#failedAtMs = this.#parts.nowMs();
      if (isFirst) this.#parts.failed(error);
    } finally {
      this.#writing = undefined;
    }
  }

  async #writeWaiting(): Promise<void> {
    const { sizeBytes, head } = this.#parts;
    if (this.#file === undefined || this.#sizeBytes >= sizeBytes / 2) {
      this.close();
      this.#open();
      if (this.#sizeBytes === 0) this.#waiting.unshift(...head());
    }
    const bytes = new TextEncoder().encode(this.#waiting.join(""));
    const count = this.#waiting.length;
    let at = 0;
    while (at < bytes.length) {
      const written = await (this.#file as StateFile).write(bytes.subarray(at));
      if (written <= 0) break;
      at += written;
    }
    this.#sizeBytes += at;
    // A disk that takes a part only is full.
    if (at < bytes.length) throw new SystemError("write", ERRNO.ENOSPC, this.#directory.path);
    this.#waiting.splice(0, count);
  }
}
