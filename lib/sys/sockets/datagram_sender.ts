/** Datagrams to Unix addresses, abstract ones included, which Deno cannot send. Linux only. */
import { ERRNO, SystemError } from "../../base/errors.ts";
import { O_CLOEXEC } from "../libc/fcntl.ts";
import { AF_UNIX, MSG_DONTWAIT, MSG_NOSIGNAL, SOCK_CLOEXEC, SOCK_DGRAM } from "../libc/socket.ts";
import { checked, lastErrno, libc } from "../libc/libc.ts";
import { pause } from "../libc/clock.ts";
import { unixAddress } from "../libc/unix_address.ts";
import { passDescriptors } from "./pass_descriptor.ts";

/** `struct pollfd`: a descriptor, what is wanted, what there is. Its end is reported unasked. */
const POLLFD_BYTES = 8;

/** A full queue is looked at again after this long. */
const RETRY_MS = 10;
const RETRY_LIMIT_MS = 5000;

/**
 * Sends datagrams to one Unix address, `/path` or `@abstract`. Connects with each: receivers may
 * come back.
 */
export class UnixDatagramSender {
  readonly #address: string;
  readonly #encoded: Uint8Array<ArrayBuffer>;
  readonly #fd: number;

  /** @throws {SystemError} where the address cannot be one. */
  constructor(address: string) {
    this.#address = address;
    this.#encoded = unixAddress("connect", address);
    this.#fd = libc().socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (this.#fd < 0) throw new SystemError("socket", lastErrno(), address);
  }

  /**
   * Sends at once or not at all. @throws {SystemError} EAGAIN where the receiver's queue is full.
   */
  sendNow(text: string): void {
    const bytes = new TextEncoder().encode(text);
    const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    const { sendto } = libc();
    const size = BigInt(bytes.length);
    const result = sendto(this.#fd, bytes, size, flags, this.#encoded, this.#encoded.length);
    if (result < 0) throw new SystemError("sendto", lastErrno(), this.#address);
  }

  /** Sends, waiting some seconds for a receiver whose queue is full. Rejects with `SystemError`. */
  async send(text: string): Promise<void> {
    await this.#retrying(() => this.sendNow(text));
  }

  /**
   * Waits, `limitMs` at the most, until all that was sent before has been received:
   * sd_notify_barrier(3). Until then the receiver can ask the kernel who the sender is. Returns
   * whether it has been; the thread does nothing else meanwhile. Rejects with `SystemError` where
   * the receiver takes no descriptors.
   */
  async awaitReceived(limitMs: number): Promise<boolean> {
    const ends = new Int32Array(2);
    checked("pipe", libc().pipe2(ends, O_CLOEXEC));
    const [reader, writer] = ends as unknown as [number, number];
    try {
      try {
        await this.#retrying(() => this.#passNow("BARRIER=1", writer));
      } finally {
        libc().close(writer);
      }
      const wanted = new Uint8Array(new ArrayBuffer(POLLFD_BYTES));
      new DataView(wanted.buffer).setInt32(0, reader, true);
      return libc().poll(wanted, 1n, limitMs) > 0;
    } finally {
      libc().close(reader);
    }
  }

  #passNow(text: string, descriptor: number): void {
    const bytes = new TextEncoder().encode(text);
    const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    const address = this.#encoded;
    const result = passDescriptors(this.#fd, { address, bytes, descriptors: [descriptor], flags });
    if (result < 0) throw new SystemError("sendmsg", lastErrno(), this.#address);
  }

  async #retrying(sendNow: () => void): Promise<void> {
    for (let waitedMs = 0;; waitedMs += RETRY_MS) {
      try {
        return sendNow();
      } catch (error) {
        const isFull = error instanceof SystemError && error.errno === ERRNO.EAGAIN;
        if (!isFull || waitedMs >= RETRY_LIMIT_MS) throw error;
      }
      await pause(RETRY_MS);
    }
  }

  close(): void {
    libc().close(this.#fd);
  }
}
