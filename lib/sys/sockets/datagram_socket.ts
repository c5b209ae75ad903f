/** A Unix datagram socket with a name in the file system, as `/dev/log` is. */
import { ERRNO, SystemError } from "../../base/errors.ts";
import { DatagramBatch } from "./datagram_batch.ts";
import { removeFile } from "../files/files.ts";
import { lastErrno, libc } from "../libc/libc.ts";
import type { Poller } from "../libc/poller.ts";
import { throwingSystemError } from "../libc/system_failure.ts";
import { AF_UNIX, unixAddress } from "../libc/unix_address.ts";

/** Larger than any record that a sender of syslog(3) makes; the kernel cuts what is longer. */
const DEFAULT_SIZE_BYTES = 64 * 1024;

/** How many are received with one call; the kernel's queue holds 11 by default. */
const BATCH = { busy: 32, other: 1 };

/** A sender that floods gives way to others, and to signals, after this many (about a millisecond). */
const DATAGRAMS_PER_TURN = 512;

/** From sys/socket.h. */
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC_NONBLOCK = 0o2000000 | 0o4000;

export interface DatagramOptions {
  /** Mode of the socket's file. */
  readonly mode: number;
  /** Owner of the file; absent: chaperone's own. */
  readonly uid?: number;
  readonly gid?: number;
  readonly sizeBytes?: number;
  /** Whether so many may come that they are to be received in batches. */
  readonly isBusy?: boolean;
  /** A socket that is bound to the path already, owner and mode in place; it is read from here on. */
  readonly descriptor?: number | undefined;
}

export interface DatagramSocket {
  readonly descriptor: number;
  /** Hands on at once what has been received, whether or not the receiver has asked for a pause. */
  handOnNow(): void;
  /**
   * Hands on what has been sent so far, stops receiving and removes the file. Settles once nothing is
   * called back any more.
   */
  close(): Promise<void>;
}

/**
 * Removes what is left of a socket of the same name.
 * @throws {SystemError} EEXIST where something else than a socket is in the way.
 */
function removeStale(path: string): void {
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(path);
  } catch {
    return; // ENOENT: the usual case. Anything else shows again when it is bound.
  }
  if (!info.isSocket && !info.isSymlink) throw new SystemError("bind", ERRNO.EEXIST, path);
  removeFile(path);
}

/** A mask that lets nobody but the owner send before owner and mode are set. */
const PRIVATE_UMASK = 0o177;

function bindPrivately(path: string): number {
  const { socket, bind, umask, close } = libc();
  const address = unixAddress("bind", path);
  const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC_NONBLOCK, 0);
  if (fd < 0) throw new SystemError("socket", lastErrno(), path);
  const before = umask(PRIVATE_UMASK);
  const result = bind(fd, address, address.length);
  const errno = lastErrno();
  umask(before);
  if (result === 0) return fd;
  close(fd);
  throw new SystemError("bind", errno, path);
}

function bindNamed(path: string, options: DatagramOptions): number {
  removeStale(path);
  const fd = bindPrivately(path);
  try {
    throwingSystemError("bind", path, () => {
      Deno.chmodSync(path, options.mode);
      if (options.uid !== undefined) Deno.chownSync(path, options.uid, options.gid ?? null);
    });
    return fd;
  } catch (error) {
    libc().close(fd);
    removeFile(path);
    throw error;
  }
}

/** Takes a datagram. What it returns, if anything, is awaited before the next one is taken. */
export type DatagramReceiver = (datagram: Uint8Array) => Promise<void> | undefined | void;

/** Pause after a failure of the system to receive, so that one that lasts costs next to nothing. */
const RETRY_MS = 100;

/**
 * Binds a socket and calls back with each datagram: a view of the receive buffer, valid until the
 * callback returns. The socket's parent directory must exist; a stale socket is replaced.
 * @throws {SystemError} where it cannot be bound.
 */
export function listenDatagrams(
  poller: Poller,
  path: string,
  options: DatagramOptions,
  receive: DatagramReceiver,
): DatagramSocket {
  const fd = options.descriptor ?? bindNamed(path, options);
  return new PolledDatagrams(poller, fd, path, options, receive);
}

class PolledDatagrams implements DatagramSocket {
  readonly descriptor: number;
  readonly #poller: Poller;
  readonly #path: string;
  readonly #batch: DatagramBatch;
  readonly #receive: DatagramReceiver;
  /** Settles when the receiver is called no more; present while one that waits has been called. */
  #waiting: Promise<void> | undefined;
  /** Of the batch: how many it holds, and how many of them the receiver has had. */
  #received = 0;
  #handedOn = 0;
  #isOpen = true;

  constructor(
    poller: Poller,
    fd: number,
    path: string,
    { sizeBytes = DEFAULT_SIZE_BYTES, isBusy }: DatagramOptions,
    receive: DatagramReceiver,
  ) {
    this.descriptor = fd;
    this.#poller = poller;
    this.#path = path;
    this.#batch = new DatagramBatch(fd, sizeBytes, isBusy ? BATCH.busy : BATCH.other);
    this.#receive = receive;
    poller.add(fd, () => this.#readable());
  }

  async close(): Promise<void> {
    if (this.#isOpen) {
      this.#takeRest();
      this.#isOpen = false;
      this.#poller.remove(this.descriptor);
      libc().close(this.descriptor);
      removeFile(this.#path);
    }
    await this.#waiting;
  }

  handOnNow(): void {
    while (this.#handedOn < this.#received) {
      void this.#receive(this.#batch.get(this.#handedOn++));
    }
  }

  /** What was sent before the end is taken, as far as one turn goes. */
  #takeRest(): void {
    this.handOnNow();
    for (let taken = 0; taken < DATAGRAMS_PER_TURN; taken += this.#received) {
      this.#received = this.#receiveBatch();
      this.#handedOn = 0;
      if (this.#received === 0) return;
      this.handOnNow();
    }
  }

  #readable(): void {
    // Told before it was paused.
    if (this.#waiting !== undefined) return;
    for (let taken = 0; taken < DATAGRAMS_PER_TURN;) {
      this.#received = this.#receiveBatch();
      if (this.#received === 0) return;
      taken += this.#received;
      this.#handedOn = 0;
      const pause = this.#handOn();
      if (pause !== undefined) return this.#pauseFor(pause);
      if (!this.#isOpen) return;
    }
  }

  #receiveBatch(): number {
    try {
      return this.#batch.receive();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#pauseFor(new Promise((resolve) => setTimeout(resolve, RETRY_MS)));
      return 0;
    }
  }

  /** Hands on what has been received. The result settles where that takes longer. */
  #handOn(): Promise<void> | undefined {
    while (this.#handedOn < this.#received) {
      const wait = this.#receive(this.#batch.get(this.#handedOn++));
      if (wait) return wait.then(() => this.#handOn());
    }
    return undefined;
  }

  #pauseFor(pause: Promise<void>): void {
    this.#poller.pause(this.descriptor);
    this.#waiting = pause.finally(() => {
      this.#waiting = undefined;
      if (this.#isOpen) this.#poller.resume(this.descriptor);
    });
  }
}
