/**
 * Receives what waits at a socket with one call, recvmmsg(2): datagrams, or pieces of a stream.
 * Never waits; whoever owns the socket knows when there is something.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { MessageSender } from "../../door/streams.ts";
import { MSG_CMSG_CLOEXEC, MSG_DONTWAIT, SOL_SOCKET } from "../libc/socket.ts";
import { lastErrno, libc } from "../libc/libc.ts";
import { addressOf } from "./pass_descriptor.ts";

/** `struct mmsghdr` on 64-bit systems, as 64-bit words: iov, its length, and the size received. */
const HEADER_WORDS = 8;
const IOV_AT = 2;
const IOV_COUNT_AT = 3;
const CONTROL_AT = 4;
const CONTROL_SIZE_AT = 5;
const SIZE_AT = 7;

/** `struct cmsghdr`: its size with what follows, then level and type. */
const CMSG_HEAD_BYTES = 16;
const SCM_RIGHTS = 1;
const SCM_CREDENTIALS = 2;
const CREDENTIALS_BYTES = 12;
/** SCM_MAX_FD: the kernel lets no more through at a time. */
const DESCRIPTORS_MAX = 253;

/** Room for whom a message is from, and for as many descriptors as one can carry. */
const CONTROL_BYTES = cmsgSpace(CREDENTIALS_BYTES) + cmsgSpace(4 * DESCRIPTORS_MAX);

function cmsgSpace(bytes: number): number {
  return CMSG_HEAD_BYTES + 8 * Math.ceil(bytes / 8);
}

export interface BatchOptions {
  /** Room for this many bytes a message; the kernel cuts what is longer. */
  readonly sizeBytes: number;
  readonly count: number;
  /**
   * Whether there is room for senders and descriptors. Without it, the kernel closes descriptors
   * that come along as they are received, on the thread that receives, and waits where that takes
   * long.
   */
  readonly hasControl: boolean;
}

/** Room for a batch of messages. Memory is taken up only where messages have been. */
export class MessageBatch {
  readonly #fd: number;
  readonly #sizeBytes: number;
  readonly #count: number;
  // C writes to these through addresses in each other, so that they live as long as this object.
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #control: DataView<ArrayBuffer> | undefined;
  readonly #vectors: BigUint64Array<ArrayBuffer>;
  readonly #headers: BigUint64Array<ArrayBuffer>;
  readonly #sizes: Uint32Array;

  constructor(fd: number, { sizeBytes, count, hasControl }: BatchOptions) {
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
    if (!hasControl) return;
    const control = new Uint8Array(count * CONTROL_BYTES);
    const controlAt = addressOf(control);
    for (let i = 0; i < count; i++) {
      this.#headers[HEADER_WORDS * i + CONTROL_AT] = controlAt + BigInt(i * CONTROL_BYTES);
    }
    this.#control = new DataView(control.buffer);
  }

  /**
   * Receives what is there, and returns how many messages. @throws {SystemError} ENOBUFS, for
   * example.
   */
  receive(): number {
    if (this.#control !== undefined) this.#clearControl();
    const flags = MSG_DONTWAIT | MSG_CMSG_CLOEXEC;
    const count = libc().recvmmsg(this.#fd, this.#headers, this.#count, flags, null);
    if (count >= 0) return count;
    const errno = lastErrno();
    if (errno === ERRNO.EAGAIN || errno === ERRNO.EINTR) return 0;
    throw new SystemError("recvmmsg", errno);
  }

  /** The message of that number; a view, valid until the next `receive`. */
  get(index: number): Uint8Array<ArrayBuffer> {
    const start = index * this.#sizeBytes;
    const size = this.#sizes[2 * (HEADER_WORDS * index + SIZE_AT)] as number;
    return this.#bytes.subarray(start, start + size);
  }

  /**
   * Who has sent the message of that number; undefined where the socket does not say (SO_PASSCRED).
   */
  senderOf(index: number): MessageSender | undefined {
    for (const { type, view } of this.#controlOf(index)) {
      if (type !== SCM_CREDENTIALS || view.byteLength < CREDENTIALS_BYTES) continue;
      const [pid, uid, gid] = [0, 4, 8].map((at) => view.getUint32(at, true));
      return { pid: pid as number, uid: uid as number, gid: gid as number };
    }
    return undefined;
  }

  /** Descriptors that came with the message of that number, and now are the caller's to close. */
  descriptorsOf(index: number): number[] {
    const found: number[] = [];
    for (const { type, view } of this.#controlOf(index)) {
      if (type !== SCM_RIGHTS) continue;
      for (let at = 0; at + 4 <= view.byteLength; at += 4) found.push(view.getInt32(at, true));
    }
    return found;
  }

  #clearControl(): void {
    for (let i = 0; i < this.#count; i++) {
      this.#headers[HEADER_WORDS * i + CONTROL_SIZE_AT] = BigInt(CONTROL_BYTES);
    }
  }

  *#controlOf(index: number): Iterable<{ readonly type: number; readonly view: DataView }> {
    const control = this.#control;
    if (control === undefined) return;
    const start = index * CONTROL_BYTES;
    const end = start + Number(this.#headers[HEADER_WORDS * index + CONTROL_SIZE_AT]);
    for (let at = start; at + CMSG_HEAD_BYTES <= end;) {
      const size = Number(control.getBigUint64(at, true));
      if (size < CMSG_HEAD_BYTES) return;
      if (control.getInt32(at + 8, true) === SOL_SOCKET) {
        const [dataAt, length] = [at + CMSG_HEAD_BYTES, size - CMSG_HEAD_BYTES];
        const view = new DataView(control.buffer, dataAt, Math.min(length, end - dataAt));
        yield { type: control.getInt32(at + 12, true), view };
      }
      at += 8 * Math.ceil(size / 8);
    }
  }
}
