/**
 * Pipes whose writing end a process gets, and which are read when the poller says so: at once, or on
 * a thread, where their writers may hold up who reads them (reads_aside.ts).
 */
import { ERRNO } from "../../base/errors.ts";
import type { OutputPipe } from "../../door/os.ts";
import { F_SETFL, F_SETPIPE_SZ, O_CLOEXEC, O_NONBLOCK } from "../libc/fcntl.ts";
import { nowMs, setTimer } from "../libc/clock.ts";
import { checked, lastErrno, libc } from "../libc/libc.ts";
import type { Poller } from "../libc/poller.ts";
import { statDescriptor } from "../libc/statx.ts";
import { CHUNK_BYTES, closeAside, readAside, readersMayBeHeld } from "./reads_aside.ts";

/** From asm-generic/ioctls.h. */
const FIONREAD = 0x541bn;

/**
 * A service that floods gives way to others, and to signals, after this many (about a millisecond).
 */
const READS_PER_TURN = 4;

/**
 * What a pipe may hold once its writer has filled it: as much as one turn reads, so that the writer
 * goes on while this program does something else. The kernel takes pages only for what is in it.
 */
const WIDE_BYTES = READS_PER_TURN * CHUNK_BYTES;

/** A pipe that has once kept its reader waiting for so long is read on a thread from then on. */
const HELD_UP_MS = 20;
/** As much as a pipe holds at most, fs.pipe-max-size, and how long its last words may take. */
const LAST_WORDS_BYTES = 1024 * 1024;
const LAST_WORDS_MS = 2000;

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
  readonly cancelLimit: () => void;
}

/** Reads one descriptor, which it owns, to its end. */
export class PolledPipe implements OutputPipe {
  readonly #poller: Poller;
  #fd: number;
  #onBytes: (bytes: Uint8Array<ArrayBuffer>) => Promise<void> | undefined = () => undefined;
  #onEnd: () => void = () => {};
  #isPaused = false;
  #isAside: boolean;
  #isWide = false;
  readonly #isTrusted: boolean;
  /** A thread reads. */
  #isReading = false;
  #drain: Drain | undefined;

  /** One that is trusted is read at once whatever its other end is, a terminal for example. */
  constructor(poller: Poller, reader: number, { isTrusted = false } = {}) {
    this.#poller = poller;
    this.#fd = reader;
    this.#isTrusted = isTrusted;
    this.#isAside = !isTrusted && readersMayBeHeld();
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
    if (this.#isAside) return this.#drainAside(onDrained);
    count[0] = 0;
    this.#timed(() => libc().ioctl(this.#fd, FIONREAD, count));
    this.#drain = { leftBytes: count[0] as number, onDrained, cancelLimit: () => {} };
    if (!this.#isPaused) this.#readDrain(this.#drain);
  }

  close(): void {
    if (this.#fd < 0) return;
    this.#release();
    this.#drained();
  }

  #drainAside(onDrained: () => void): void {
    const cancelLimit = setTimer(LAST_WORDS_MS, () => this.#drained());
    this.#drain = { leftBytes: LAST_WORDS_BYTES, onDrained, cancelLimit };
    if (!this.#isPaused) void this.#readAside();
  }

  #readSome(): void {
    // Drained, and held back, since the poller found that there is something to read.
    if (this.#isPaused) return;
    if (this.#isAside) return void this.#readAside();
    for (let reads = 0; reads < READS_PER_TURN; reads++) {
      if (this.#read() < CHUNK_BYTES || this.#isPaused) return;
      if (!this.#isWide) this.#widen();
    }
  }

  /** Where it is refused, by fs.pipe-user-pages-soft for example, the pipe stays as it was. */
  #widen(): void {
    this.#isWide = true;
    if (this.#fd < 0) return;
    this.#timed(() => libc().fcntl(this.#fd, F_SETPIPE_SZ, WIDE_BYTES));
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
    const size = this.#timed(() => libc().read(this.#fd, chunk, BigInt(CHUNK_BYTES)));
    if (size > 0) {
      this.#handOn(size === CHUNK_BYTES ? chunk : chunk.subarray(0, size));
      return size;
    }
    // EAGAIN: empty, but open. Whatever else a pipe may say, it says for good.
    if (size < 0 && lastErrno() === ERRNO.EAGAIN) return 0;
    this.#end();
    return 0;
  }

  #timed(call: () => number): number {
    const beganMs = nowMs();
    const result = call();
    if (nowMs() - beganMs > HELD_UP_MS) this.#isAside = !this.#isTrusted;
    return result;
  }

  /** Reads on a thread what is there; nothing is polled meanwhile. */
  async #readAside(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    const fd = this.#fd;
    const owner = ownerOf(fd);
    this.#poller.pause(fd);
    let isOver = false;
    while (!isOver && this.#fd >= 0 && !this.#isPaused) {
      const drain = this.#drain;
      await readAside(fd, owner, (bytes) => {
        if (this.#fd >= 0) isOver = this.#takeAside(bytes, drain);
      });
    }
    this.#isReading = false;
    if (this.#fd < 0) return void closeAside(fd, owner);
    if (!this.#isPaused) this.#poller.resume(fd);
  }

  /** Says whether the poller is to tell of more. `drain`: which was under way when it was read. */
  #takeAside(bytes: Uint8Array<ArrayBuffer> | undefined, drain: Drain | undefined): boolean {
    if (bytes === undefined) {
      if (drain !== undefined) this.#drained();
      return this.#drain === undefined;
    }
    if (bytes.length === 0) {
      this.#end();
      return true;
    }
    this.#handOn(bytes);
    if (drain !== undefined && (drain.leftBytes -= bytes.length) < 0) this.#drained();
    return this.#drain === undefined && bytes.length < CHUNK_BYTES;
  }

  #handOn(bytes: Uint8Array<ArrayBuffer>): void {
    const room = this.#onBytes(bytes);
    if (room !== undefined && this.#fd >= 0) void this.#pause(room);
  }

  #end(): void {
    this.#release();
    this.#onEnd();
    this.#drained();
  }

  async #pause(room: Promise<void>): Promise<void> {
    this.#isPaused = true;
    this.#poller.pause(this.#fd);
    await room;
    this.#isPaused = false;
    if (this.#fd >= 0 && this.#isAside) return void this.#readAside();
    if (this.#drain !== undefined) this.#readDrain(this.#drain);
    if (this.#fd >= 0 && !this.#isPaused) this.#poller.resume(this.#fd);
  }

  #drained(): void {
    const drain = this.#drain;
    this.#drain = undefined;
    drain?.cancelLimit();
    drain?.onDrained();
  }

  #release(): void {
    const fd = this.#fd;
    this.#poller.remove(fd);
    this.#fd = -1;
    if (!this.#isAside) libc().close(fd);
    // Who reads it closes it.
    else if (!this.#isReading) void closeAside(fd, ownerOf(fd));
  }
}

/** Who the process was to become: nobody else can give a pipe away. */
function ownerOf(fd: number): number {
  return statDescriptor(fd, "pipe").uid;
}
