/**
 * Connections as the servers of the daemon use them, and who is at their other end. lib/sys
 * implements them, tests pass fakes.
 */

/** The process at the other end, as it was when it connected; see unix(7). */
export interface PeerCredentials {
  /** 0: one that chaperone cannot see, or that has ended since, as far as the kernel says so. */
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/** A connection: bytes in and out, in order. */
export interface ByteStream {
  /**
   * Resolves with a view valid until the next read, undefined at end of file. Rejects once the
   * connection is gone.
   */
  read(): Promise<Uint8Array | undefined>;
  /** Resolves when all has been handed to the system. Rejects once the connection is gone. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /**
   * Writes with descriptors of chaperone's own, which stay open here. False where the system did
   * not take all at once. Absent where the other end cannot have descriptors.
   */
  pass?(bytes: Uint8Array<ArrayBuffer>, descriptors: readonly number[]): boolean;
  /** Calls under way reject. May be called again. */
  close(): void;
}

/** A connection that was accepted. */
export interface AcceptedStream extends ByteStream {
  /** Who has the other end; undefined where that is on another host, or is not certain. */
  peer(): PeerCredentials | undefined;
  /** The address that the other end has; undefined where it has none, as at a UNIX socket. */
  readonly address: string | undefined;
}

/** Who has sent a message, as the kernel says; see SCM_CREDENTIALS in unix(7). */
export interface MessageSender {
  /** 0: a process that chaperone cannot see. */
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}
