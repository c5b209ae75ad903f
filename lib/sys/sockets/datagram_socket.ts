/** A Unix datagram socket with a name in the file system, as `/dev/log` is. */
import { SystemError } from "../../base/errors.ts";
import type { MessageSender } from "../../door/streams.ts";
import type { Identity } from "../../base/identity.ts";
import { SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK, SOL_SOCKET } from "../libc/socket.ts";
import { nowMs, pause } from "../libc/clock.ts";
import { libc } from "../libc/libc.ts";
import type { Poller } from "../libc/poller.ts";
import { bindUnix, findSocketFile, removeSocketFile, type SocketFile } from "./bind_unix.ts";
import { MessageBatch } from "./message_batch.ts";
import { discardDescriptors, endReceiving, refuseDescriptors } from "./passed_descriptors.ts";

/** Larger than any record that a sender of syslog(3) makes; the kernel cuts what is longer. */
const DEFAULT_SIZE_BYTES = 64 * 1024;

/** How many are received with one call; the kernel's queue holds 11 by default. */
const BATCH = { busy: 32, other: 1 };

/**
 * A sender that floods gives way to others, and to signals, after this many (about a millisecond).
 */
const DATAGRAMS_PER_TURN = 512;
/** Who sends, and what it means, may take longer to find out. */
const TURN_MS = 5;

/** From sys/socket.h. */
const SO_PASSCRED = 16;

export interface DatagramOptions {
  /** Mode of the socket's file. */
  readonly mode: number;
  /** Owner of the file; absent: chaperone's own. */
  readonly owner?: Identity;
  /**
   * Whether the receiver wants to know who sends, and lets descriptors through: a barrier is one.
   */
  readonly isJudged?: boolean;
  readonly sizeBytes?: number;
  /** Whether so many may come that they are to be received in batches. */
  readonly isBusy?: boolean;
  /**
   * A socket that is bound to the path already, owner and mode in place; it is read from here on.
   */
  readonly descriptor?: number | undefined;
}

export interface DatagramSocket {
  readonly descriptor: number;
  /** Hands on at once what has been received, whether or not the receiver has asked for a pause. */
  handOnNow(): void;
  /**
   * Hands on what has been sent so far, stops receiving and removes the file. Settles once nothing
   * is called back any more.
   */
  close(): Promise<void>;
}

/**
 * Takes a datagram. What it returns, if anything, is awaited before the next one is taken. The
 * sender is told of sockets that judge it.
 */
export type DatagramReceiver = (
  datagram: Uint8Array,
  sender: MessageSender | undefined,
) => Promise<void> | undefined | void;

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
  const { descriptor, isJudged = false } = options;
  if (descriptor !== undefined) {
    const file = findSocketFile(path, options.owner);
    const mayPass = prepare(descriptor, isJudged);
    return new PolledDatagrams(poller, { descriptor, file, mayPass }, options, receive);
  }
  let mayPass = true;
  const bound = bindUnix(path, {
    type: SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
    mode: options.mode,
    owner: options.owner,
    prepare: (fd) => mayPass = prepare(fd, isJudged),
  });
  return new PolledDatagrams(poller, { ...bound, mayPass }, options, receive);
}

/** Says whether descriptors can come along. */
function prepare(fd: number, isJudged: boolean): boolean {
  if (!isJudged) return !refuseDescriptors(fd);
  libc().setsockopt(fd, SOL_SOCKET, SO_PASSCRED, new Int32Array([1]), 4);
  return true;
}

interface NamedSocket {
  readonly descriptor: number;
  readonly file: SocketFile;
  readonly mayPass: boolean;
}

class PolledDatagrams implements DatagramSocket {
  readonly descriptor: number;
  readonly #poller: Poller;
  readonly #file: SocketFile;
  /** Whether descriptors can come along, which have to be closed. */
  readonly #mayPass: boolean;
  readonly #isJudged: boolean;
  readonly #batch: MessageBatch;
  readonly #receive: DatagramReceiver;
  /** Settles when the receiver is called no more; present while one that waits has been called. */
  #waiting: Promise<unknown> | undefined;
  /** Of the batch: how many it holds, and how many of them the receiver has had. */
  #received = 0;
  #handedOn = 0;
  #isOpen = true;
  #isEnding = false;

  constructor(
    poller: Poller,
    { descriptor, file, mayPass }: NamedSocket,
    { sizeBytes = DEFAULT_SIZE_BYTES, isBusy, isJudged = false }: DatagramOptions,
    receive: DatagramReceiver,
  ) {
    this.descriptor = descriptor;
    this.#poller = poller;
    this.#file = file;
    this.#mayPass = mayPass;
    this.#isJudged = isJudged;
    this.#batch = new MessageBatch(descriptor, {
      sizeBytes,
      count: isBusy ? BATCH.busy : BATCH.other,
      hasControl: mayPass,
    });
    this.#receive = receive;
    poller.add(descriptor, () => this.#readable());
  }

  async close(): Promise<void> {
    if (this.#isOpen) {
      this.#isEnding = this.#mayPass;
      if (this.#isEnding) endReceiving(this.descriptor);
      this.#takeRest();
      this.#isOpen = false;
      this.#poller.remove(this.descriptor);
      libc().close(this.descriptor);
      removeSocketFile(this.#file);
    }
    await this.#waiting;
  }

  handOnNow(): void {
    while (this.#handedOn < this.#received) void this.#handOver(this.#handedOn++);
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
    const untilMs = nowMs() + TURN_MS;
    for (let taken = 0; taken < DATAGRAMS_PER_TURN && nowMs() < untilMs;) {
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
      this.#pauseFor(pause(RETRY_MS));
      return 0;
    }
  }

  /** Hands on what has been received. The result settles where that takes longer. */
  #handOn(): Promise<unknown> | undefined {
    while (this.#handedOn < this.#received) {
      const wait = this.#handOver(this.#handedOn++);
      if (wait) return wait.then(() => this.#handOn());
    }
    return undefined;
  }

  /**
   * What a barrier passes is closed when all that was sent before has been taken. At a judged
   * socket, which is one service's, nothing more is received until that is done; at others nobody
   * waits for it.
   */
  #handOver(index: number): Promise<unknown> | undefined | void {
    const bytes = this.#batch.get(index);
    // A socket that receives no more has no end of empty datagrams.
    const isNothing = this.#isEnding && bytes.length === 0;
    const wait = isNothing ? undefined : this.#receive(bytes, this.#batch.senderOf(index));
    if (!this.#mayPass) return wait;
    const owner = this.#batch.senderOf(index)?.uid ?? "somebody";
    const discarded = discardDescriptors(this.#batch.descriptorsOf(index), owner);
    if (!this.#isJudged || discarded === undefined) return wait;
    return wait ? Promise.all([discarded, wait]) : discarded;
  }

  #pauseFor(pause: Promise<unknown>): void {
    this.#poller.pause(this.descriptor);
    this.#waiting = pause.finally(() => {
      this.#waiting = undefined;
      if (this.#isOpen) this.#poller.resume(this.descriptor);
    });
  }
}
