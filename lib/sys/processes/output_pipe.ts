/** Pipes whose writing end a process gets, and which are read when the poller says so. */
import { ERRNO } from "../../base/errors.ts";
import type { OutputPipe } from "../../door/os.ts";
import { checked, lastErrno, libc } from "../libc/libc.ts";
import type { Poller } from "../libc/poller.ts";

/** From fcntl.h and asm-generic/ioctls.h. */
const O_CLOEXEC = 0o2000000;
const O_NONBLOCK = 0o4000;
const F_SETFL = 4;
const FIONREAD = 0x541bn;

const CHUNK_BYTES = 64 * 1024;

/**
 * A service that floods gives way to others, and to signals, after this many (about a millisecond).
 */
const READS_PER_TURN = 4;

/** One for all pipes: what is read is handed on before the next read. */
const chunk = new Uint8Array(new ArrayBuffer(CHUNK_BYTES));

const pair = new Int32Array(new ArrayBuffer(8));
const count = new Int32Array(new ArrayBuffer(4));

/** The descriptors of a new pipe, closed on exec. Reading does not block, writing does. */
export interface PipeEnds {
  readonly reader: number;
  readonly writer: number;
}

/** Creates a pipe. @throws {SystemError} */
export function openPipe(): PipeEnds {
  const { pipe2, fcntl } = libc();
  checked("pipe", pipe2(pair, O_CLOEXEC | O_NONBLOCK));
  const [reader, writer] = pair as unknown as [number, number];
  // A program must find its stdout blocking, as everywhere.
  fcntl(writer, F_SETFL, 0);
  return { reader, writer };
}

/** What is still to be handed on before a drain is over. Below 0: somebody else wrote more. */
interface Drain {
  leftBytes: number;
  readonly onDrained: () => void;
}

/** Reads one descriptor, which it owns, to its end. */
export class PolledPipe implements OutputPipe {
  readonly #poller: Poller;
  #fd: number;
  #onBytes: (bytes: Uint8Array<ArrayBuffer>) => Promise<void> | undefined = () => undefined;
  #onEnd: () => void = () => {};
  #isPaused = false;
  #drain: Drain | undefined;

  constructor(poller: Poller, reader: number) {
    this.#poller = poller;
    this.#fd = reader;
  }

  get descriptor(): number {
    return this.#fd;
  }

  start(
    onBytes: (bytes: Uint8Array<ArrayBuffer>) => Promise<void> | undefined,
    onEnd: () => void,
  ): void {
    this.#onBytes = onBytes;
    this.#onEnd = onEnd;
    this.#poller.add(this.#fd, () => this.#readSome());
  }

  drain(onDrained: () => void): void {
    if (this.#fd < 0) return onDrained();
    count[0] = 0;
    libc().ioctl(this.#fd, FIONREAD, count);
    this.#drain = { leftBytes: count[0] as number, onDrained };
    if (!this.#isPaused) this.#readDrain(this.#drain);
  }

  close(): void {
    if (this.#fd < 0) return;
    this.#release();
    this.#drained();
  }

  #readSome(): void {
    // Drained, and held back, since the poller found that there is something to read.
    if (this.#isPaused) return;
    for (let reads = 0; reads < READS_PER_TURN; reads++) {
      if (this.#read() < CHUNK_BYTES || this.#isPaused) return;
    }
  }

  /** The last read, at 0, finds the end of file, or that somebody else still holds the pipe. */
  #readDrain(drain: Drain): void {
    while (drain.leftBytes >= 0) {
      const size = this.#read();
      if (size === 0) break;
      drain.leftBytes -= size;
      if (this.#isPaused && drain.leftBytes >= 0) return;
    }
    this.#drained();
  }

  /** Hands on what one read gives. Returns 0 where there is nothing, or nothing any more. */
  #read(): number {
    if (this.#fd < 0) return 0;
    const size = libc().read(this.#fd, chunk, BigInt(CHUNK_BYTES));
    if (size > 0) {
      const room = this.#onBytes(size === CHUNK_BYTES ? chunk : chunk.subarray(0, size));
      if (room !== undefined && this.#fd >= 0) this.#pause(room);
      return size;
    }
    // EAGAIN: empty, but open. Whatever else a pipe may say, it says for good.
    if (size < 0 && lastErrno() === ERRNO.EAGAIN) return 0;
    this.#release();
    this.#onEnd();
    this.#drained();
    return 0;
  }

  async #pause(room: Promise<void>): Promise<void> {
    this.#isPaused = true;
    this.#poller.pause(this.#fd);
    await room;
    this.#isPaused = false;
    if (this.#drain !== undefined) this.#readDrain(this.#drain);
    if (this.#fd >= 0 && !this.#isPaused) this.#poller.resume(this.#fd);
  }

  #drained(): void {
    const drain = this.#drain;
    this.#drain = undefined;
    drain?.onDrained();
  }

  #release(): void {
    this.#poller.remove(this.#fd);
    libc().close(this.#fd);
    this.#fd = -1;
  }
}
