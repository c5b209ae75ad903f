/**
 * What chaperone needs of the system to remember something beyond its own end: a directory that is
 * its own. lib/sys implements it, tests pass fakes.
 */
import type { ByteWriter } from "./log_os.ts";

/** A file that is open for appending. Its writes take a thread, and never this one's time. */
export interface StateFile extends ByteWriter {
  /** When it was opened. */
  readonly sizeBytes: number;
  /** Not while a write is under way. */
  close(): void;
}

/** The directory `state_dir`. Nobody else writes there, and no other chaperone holds it. */
export interface StateDirectory {
  readonly path: string;
  /** Opens a file for appending; makes it where missing. @throws {SystemError} */
  append(name: string): StateFile;
  /** Gives a file another name, and replaces what has that name. @throws {SystemError} */
  rename(from: string, to: string): void;
  /**
   * Reads the last `mostBytes` of a file on a thread; undefined where there is none. Rejects with
   * `SystemError`.
   */
  read(name: string, mostBytes: number): Promise<Uint8Array | undefined>;
  /** Whether there is a file of this name that can be read. */
  has(name: string): boolean;
  /**
   * Puts a file in the place of another one, or none: after a crash it is this one or that one, whole.
   * Written on a thread. Rejects with `SystemError`.
   */
  replace(name: string, bytes: Uint8Array<ArrayBuffer> | undefined): Promise<void>;
  /** Lets go of it. */
  close(): void;
}
