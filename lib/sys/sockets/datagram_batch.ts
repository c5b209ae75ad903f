/**
 * Receives what waits at a socket with one call, recvmmsg(2). Never waits; whoever owns the socket knows
 * when there is something. Descriptors that come along are closed by the kernel: there is no room for them.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import { lastErrno, libc } from "../libc/libc.ts";

const MSG_DONTWAIT = 0x40;

/** `struct mmsghdr` on 64-bit systems, as 64-bit words: iov, its length, and the size received. */
const HEADER_WORDS = 8;
const IOV_AT = 2;
const IOV_COUNT_AT = 3;
const SIZE_AT = 7;

/** Room for a batch of datagrams. Memory is taken up only where datagrams have been. */
export class DatagramBatch {
  readonly #fd: number;
  readonly #sizeBytes: number;
  readonly #count: number;
  // C writes to these through addresses in each other, so that they live as long as this object.
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #vectors: BigUint64Array<ArrayBuffer>;
  readonly #headers: BigUint64Array<ArrayBuffer>;
  readonly #sizes: Uint32Array;

  /** Room for `count` datagrams of `sizeBytes`; the kernel cuts what is longer. */
  constructor(fd: number, sizeBytes: number, count: number) {
    this.#fd = fd;
    this.#sizeBytes = sizeBytes;
    this.#count = count;
    this.#bytes = new Uint8Array(count * sizeBytes);
    this.#vectors = new BigUint64Array(2 * count);
    this.#headers = new BigUint64Array(HEADER_WORDS * count);
    this.#sizes = new Uint32Array(this.#headers.buffer);
    const bytesAt = addressOf(this.#bytes);
    const vectorsAt = addressOf(this.#vectors);
    for (let i = 0; i < count; i++) {
      this.#vectors[2 * i] = bytesAt + BigInt(i * sizeBytes);
      this.#vectors[2 * i + 1] = BigInt(sizeBytes);
      this.#headers[HEADER_WORDS * i + IOV_AT] = vectorsAt + BigInt(16 * i);
      this.#headers[HEADER_WORDS * i + IOV_COUNT_AT] = 1n;
    }
  }

  /** Receives what is there, and returns how many datagrams. @throws {SystemError} ENOBUFS, for example. */
  receive(): number {
    const count = libc().recvmmsg(this.#fd, this.#headers, this.#count, MSG_DONTWAIT, null);
    if (count >= 0) return count;
    const errno = lastErrno();
    if (errno === ERRNO.EAGAIN || errno === ERRNO.EINTR) return 0;
    throw new SystemError("recvmmsg", errno);
  }

  /** The datagram of that number; a view, valid until the next `receive`. */
  get(index: number): Uint8Array<ArrayBuffer> {
    const start = index * this.#sizeBytes;
    const size = this.#sizes[2 * (HEADER_WORDS * index + SIZE_AT)] as number;
    return this.#bytes.subarray(start, start + size);
  }
}

function addressOf(buffer: Uint8Array<ArrayBuffer> | BigUint64Array<ArrayBuffer>): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(buffer));
}
