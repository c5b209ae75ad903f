/**
 * What log sinks need of the system: files that can be rotated, chaperone's own output streams, and
 * remote peers. lib/sys implements it, tests pass fakes.
 */
import type { Identity } from "../base/identity.ts";
import type { RemoteAddress } from "../config/remote_address.ts";

/** Time as sinks use it. */
export interface LogTime {
  /** Monotonic clock. */
  nowMs(): number;
  /** Wall clock, since 1970. */
  wallMs(): number;
  /** Calls back once after `delayMs`; the result cancels it. */
  setTimer(delayMs: number, callback: () => void): () => void;
}

/** Takes bytes somewhere. */
export interface ByteWriter {
  /**
   * Writes bytes without blocking the program, and says how many were taken: possibly fewer than
   * given, 0 where nothing can be taken at the moment. The bytes stay unchanged until it settles.
   * Rejects with `SystemError`. Only one write at a time.
   */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<number>;
}

/** A log file that is open for appending. */
export interface LogFile extends ByteWriter {
  /** When it was opened. */
  readonly sizeBytes: number;
  /**
   * What of that is really stored: less where there are holes, which anybody can make for nothing.
   */
  readonly storedBytes: number;
  /** Same for two paths that lead to one file. */
  readonly identity: string;
  /** When its content last changed before it was opened; wall clock. */
  readonly modifiedMs: number;
  /** False for terminals, pipes and devices, which are neither truncated nor rotated. */
  readonly isRegular: boolean;
  /** Whether the path still leads to this very file. */
  isAt(path: string): boolean;
  /**
   * How much of its file system is free for all users; undefined where that cannot be learnt. Never
   * rejects.
   */
  freeBytes(): Promise<number | undefined>;
  /** Not while a write is under way. */
  close(): void;
}

export interface LogFileRequest {
  /** Absolute. */
  readonly path: string;
  /** Forgets what the file holds. */
  readonly truncate: boolean;
  /**
   * Owner of the file and of directories that are made; absent or root: as chaperone creates them.
   */
  readonly owner?: Identity;
}

/** What stands under a name in a log directory. */
export interface LogEntry {
  readonly isRegular: boolean;
  readonly sizeBytes: number;
  /** See `LogFile`. */
  readonly identity: string;
  readonly modifiedMs: number;
}

/** A directory that log files are rotated in; it stays the same one if its path changes. */
export interface LogDirectory {
  /** The log file's name in it; another one than in its path where that is a link. */
  readonly fileName: string;
  /** Only root may write it: what is in it was put there by root. */
  readonly isTrusted: boolean;
  /** What is there of that name, no link followed; undefined where nothing is. */
  entry(name: string): LogEntry | undefined;
  /** @throws {SystemError} */
  rename(from: string, to: string): void;
  /** Removes a file if it exists. @throws {SystemError} */
  remove(name: string): void;
  /**
   * Writes a gzip copy of `from` as `to`, a new file with the same owner and mode, down to the
   * disk. `from` may be renamed meanwhile. Rejects with `SystemError`, also where it is not the
   * file that was expected, or grows beyond what was; `to` may then exist.
   */
  compress(from: string, to: string, expected: LogEntry): Promise<void>;
  close(): void;
}

export interface LogFileSystem {
  /**
   * Opens a file for appending; makes it and its directories where missing. @throws {SystemError}
   */
  open(request: LogFileRequest): LogFile;
  /** Opens the directory of the file that `path` leads to. @throws {SystemError} */
  openDirectory(path: string): LogDirectory;
}

/** What a collector has answered to a batch. */
export interface PostAnswer {
  readonly status: number;
  /** The field `Retry-After`. */
  readonly retryAfter?: string;
  /** The beginning of the body. */
  readonly text: string;
}

/** Posts batches to one collector. */
export interface LogPoster {
  /** Rejects with an error where there is no answer in time. */
  post(body: Uint8Array<ArrayBuffer>): Promise<PostAnswer>;
  /** Ends a post under way, too. */
  close(): void;
}

/** A connection to a log host. */
export interface LogConnection extends ByteWriter {
  /** Resolves when the peer ends the connection or it breaks. Never rejects. */
  readonly ended: Promise<void>;
  /** Ends it; a write under way rejects. */
  close(): void;
}

/** A socket for datagrams to one log host. */
export interface LogDatagrams {
  /** Sends one datagram. Rejects with `SystemError`. */
  send(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): void;
}

export interface LogNetwork {
  /**
   * Connects by TCP or TLS; `caFile` replaces nothing and adds authorities. Rejects with an error.
   */
  connect(address: RemoteAddress, caFile?: string): Promise<LogConnection>;
  /** Looks up the host and opens a socket. Rejects with an error. */
  openDatagrams(address: RemoteAddress): Promise<LogDatagrams>;
}

/** The whole system side of logging. */
export interface LogOs {
  readonly time: LogTime;
  readonly files: LogFileSystem;
  readonly network: LogNetwork;
  readonly stdout: ByteWriter;
  readonly stderr: ByteWriter;
}
