/**
 * A connection that was accepted: its descriptor does not block, and the poller says when to go on.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { AcceptedStream, PeerCredentials } from "../../door/streams.ts";
import { MSG_DONTWAIT, MSG_NOSIGNAL } from "../libc/socket.ts";
import { lastErrno, libc } from "../libc/libc.ts";
import type { Poller, Readiness } from "../libc/poller.ts";
import { MessageBatch } from "./message_batch.ts";
import { passDescriptors } from "./pass_descriptor.ts";
import { discardDescriptors, endReceiving } from "./passed_descriptors.ts";

const READ_BYTES = 16 * 1024;
/** What is written at once; the kernel takes less where its buffer is full. */
const WRITE_BYTES = 256 * 1024;
/**
 * A full buffer of small pieces; a client that sends on has its descriptors closed with the socket.
 */
const EMPTYING_MAX = 1024;

export interface PolledStreamParts {
  readonly poller: Poller;
  readonly descriptor: number;
  readonly peer: () => PeerCredentials | undefined;
  readonly address?: string | undefined;
  /** Whether the other end can pass descriptors, which then have to be received and closed. */
  readonly mayPass: boolean;
}

export class PolledStream implements AcceptedStream {
  readonly peer: () => PeerCredentials | undefined;
  readonly address: string | undefined;
  readonly #poller: Poller;
  readonly #fd: number;
  readonly #mayPass: boolean;
  readonly #waits = new Map<Readiness, (reason: SystemError) => void>();
  #batch: MessageBatch | undefined;
  #isOpen = true;

  constructor({ poller, descriptor, peer, address, mayPass }: PolledStreamParts) {
    this.#poller = poller;
    this.#fd = descriptor;
    this.peer = peer;
    this.address = address;
    this.#mayPass = mayPass;
  }

  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      this.#demandOpen("recvmmsg");
      const bytes = this.#receive();
      if (bytes !== undefined) return bytes.length === 0 ? undefined : bytes;
      await this.#ready("readable");
    }
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    for (let rest = bytes; rest.length > 0;) {
      this.#demandOpen("sendto");
      const size = BigInt(Math.min(rest.length, WRITE_BYTES));
      const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
      const sent = libc().sendto(this.#fd, rest, size, flags, null, 0);
      if (sent >= 0) rest = rest.subarray(sent);
      else {
        const errno = lastErrno();
        if (errno === ERRNO.EAGAIN) await this.#ready("writable");
        else if (errno !== ERRNO.EINTR) throw new SystemError("sendto", errno);
      }
    }
  }

  pass(bytes: Uint8Array<ArrayBuffer>, descriptors: readonly number[]): boolean {
    this.#demandOpen("sendmsg");
    const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    return passDescriptors(this.#fd, { bytes, descriptors, flags }) === bytes.length;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#poller.remove(this.#fd);
    if (this.#mayPass) this.#empty();
    libc().close(this.#fd);
    const gone = new SystemError("read", ERRNO.EBADF);
    for (const reject of this.#waits.values()) reject(gone);
    this.#waits.clear();
  }

  /** Undefined where nothing has come yet; no bytes at end of file. */
  #receive(): Uint8Array | undefined {
    this.#batch ??= new MessageBatch(this.#fd, {
      sizeBytes: READ_BYTES,
      count: 1,
      hasControl: this.#mayPass,
    });
    if (this.#batch.receive() === 0) return undefined;
    if (this.#mayPass) {
      void discardDescriptors(this.#batch.descriptorsOf(0), this.peer()?.uid ?? "somebody");
    }
    return this.#batch.get(0);
  }

  /** Takes out what nobody has read, with its descriptors. */
  #empty(): void {
    endReceiving(this.#fd);
    try {
      for (let pieces = 0; pieces < EMPTYING_MAX; pieces++) {
        if (!this.#receive()?.length) return;
      }
    } catch (error) {
      if (!(error instanceof SystemError)) throw error; // ECONNRESET: nothing is left to take.
    }
  }

  #ready(readiness: Readiness): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waits.set(readiness, reject);
      this.#poller.once(this.#fd, readiness, () => {
        this.#waits.delete(readiness);
        resolve();
      });
    });
  }

  #demandOpen(call: string): void {
    if (!this.#isOpen) throw new SystemError(call, ERRNO.EBADF);
  }
}
