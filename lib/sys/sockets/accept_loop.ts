/** Accepts connections at a socket for as long as it is open, as many at a time as are wanted. */
import { ERRNO } from "../../base/errors.ts";
import { SOCK_CLOEXEC, SOCK_NONBLOCK } from "../libc/socket.ts";
import { setTimer } from "../libc/clock.ts";
import { lastErrno, libc } from "../libc/libc.ts";
import type { Poller } from "../libc/poller.ts";

const SOCK_CLOEXEC_NONBLOCK = SOCK_CLOEXEC | SOCK_NONBLOCK;
/** Room for any `struct sockaddr`. */
const ADDRESS_BYTES = 128;

/** Signals, timers and other descriptors get their turn after this many. */
const ACCEPTS_PER_TURN = 16;
/** Without a free descriptor, connections wait in the kernel this long before the next attempt. */
const RETRY_MS = 50;

export interface AcceptLoopParts {
  readonly poller: Poller;
  /** A socket that listens and does not block; it stays the caller's. */
  readonly descriptor: number;
  /** No more are accepted at a time; the others wait in the kernel. */
  readonly maxConnections: number;
  /**
   * Serves a connection, whose owner it becomes, and tells when it is done with it. `address` is a
   * `struct sockaddr`, valid until this returns.
   */
  readonly serve: (descriptor: number, address: DataView) => Promise<void>;
}

export class AcceptLoop {
  readonly #parts: AcceptLoopParts;
  readonly #address = new Uint8Array(ADDRESS_BYTES);
  readonly #size = new Uint8Array(4);
  #serving = 0;
  #isOpen = true;
  #cancelRetry: (() => void) | undefined;

  /** Begins to accept. @throws {SystemError} */
  constructor(parts: AcceptLoopParts) {
    this.#parts = parts;
    parts.poller.add(parts.descriptor, () => this.#accept());
  }

  /**
   * Accepts nothing more; connections that are served stay. Call it before the socket is closed.
   */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#cancelRetry?.();
    this.#parts.poller.remove(this.#parts.descriptor);
  }

  #accept(): void {
    const { descriptor, maxConnections } = this.#parts;
    for (let accepted = 0; accepted < ACCEPTS_PER_TURN; accepted++) {
      if (!this.#isOpen) return;
      if (this.#serving >= maxConnections) return this.#parts.poller.pause(descriptor);
      new DataView(this.#size.buffer).setUint32(0, ADDRESS_BYTES, true);
      const fd = libc().accept4(descriptor, this.#address, this.#size, SOCK_CLOEXEC_NONBLOCK);
      if (fd < 0) return this.#refused(lastErrno());
      this.#serve(fd);
    }
  }

  #serve(fd: number): void {
    this.#serving++;
    const done = () => {
      this.#serving--;
      if (this.#isOpen && this.#cancelRetry === undefined) {
        this.#parts.poller.resume(this.#parts.descriptor);
      }
    };
    // What fails is one connection's affair, never the loop's.
    void this.#parts.serve(fd, new DataView(this.#address.buffer)).then(done, done);
  }

  #refused(errno: number): void {
    if (errno === ERRNO.EAGAIN || errno === ERRNO.EINTR || errno === ERRNO.ECONNABORTED) return;
    const { poller, descriptor } = this.#parts;
    // EMFILE, ENOBUFS: the poller reports what waits again and again.
    poller.pause(descriptor);
    this.#cancelRetry = setTimer(RETRY_MS, () => {
      this.#cancelRetry = undefined;
      poller.resume(descriptor);
    });
  }
}
