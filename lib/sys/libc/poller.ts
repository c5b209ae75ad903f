/**
 * Waits for descriptors to become readable or writable, all of them in one epoll(7) descriptor.
 *
 * The wait is a call on a thread of its own, which sleeps in the kernel: at idle nothing runs. What
 * it found is told on the main thread, and then it is called again (18 µs for both ways), so that
 * signals, timers and sockets get their turn in between. A descriptor may be told that has nothing
 * to read any more: it was read, or closed and its number given to another one, since the wait
 * ended. So descriptors must not block.
 */
import { SystemError } from "../../base/errors.ts";
import { guarded } from "./faults.ts";
import { checked, lastErrno, libc } from "./libc.ts";

/** From sys/epoll.h and sys/eventfd.h. */
const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLL_CTL_MOD = 3;
const EPOLLIN = 1;
const EPOLLOUT = 4;
/** EPOLLERR and EPOLLHUP, told whether or not they are asked for: a call will say what it is. */
const EPOLL_ENDED = 8 | 16;
const EFD_CLOEXEC_NONBLOCK = 0o2000000 | 0o4000;
const FOREVER = -1;

/** `struct epoll_event` is packed on x86-64 alone. */
const [EVENT_BYTES, DATA_AT] = Deno.build.arch === "x86_64" ? [12, 4] : [16, 8];

/** The kernel goes round where more are ready. */
const EVENTS_MAX = 64;

const event = new DataView(new ArrayBuffer(EVENT_BYTES));

/** What a descriptor is waited for. */
export type Readiness = "readable" | "writable";

interface Watch {
  readable?: (() => void) | undefined;
  writable?: (() => void) | undefined;
  /** Whether a callback is called once, or again and again. */
  readonly isOnce: boolean;
  /** What the kernel has been asked for; 0: nothing, it does not know the descriptor. */
  asked: number;
}

/** One a program; costs nothing before the first descriptor. */
export class Poller {
  readonly #watches = new Map<number, Watch>();
  /** C writes here while the wait is under way, so it lives as long as this object. */
  readonly #events = new DataView(new ArrayBuffer(EVENTS_MAX * EVENT_BYTES));
  #epoll = -1;
  #wake = -1;
  #isClosing = false;
  #done = Promise.resolve();

  /** Gets what is needed from the system; `add` does so otherwise. @throws {SystemError} */
  open(): void {
    if (this.#epoll >= 0) return;
    const { epoll_create1: create, eventfd, close } = libc();
    const epoll = checked("epoll_create", create(EPOLL_CLOEXEC));
    const wake = eventfd(0, EFD_CLOEXEC_NONBLOCK);
    if (wake < 0) {
      const error = new SystemError("eventfd", lastErrno());
      close(epoll);
      throw error;
    }
    this.#epoll = epoll;
    this.#wake = wake;
    this.#isClosing = false;
    this.#control(EPOLL_CTL_ADD, wake, EPOLLIN);
    this.#done = this.#run();
  }

  /** Calls back whenever there is something to read, or the end. @throws {SystemError} */
  add(fd: number, onReadable: () => void): void {
    this.open();
    const watch: Watch = { readable: onReadable, isOnce: false, asked: 0 };
    this.#ask(fd, watch, EPOLLIN);
    this.#watches.set(fd, watch);
  }

  /**
   * Calls back once, when a descriptor can be read or written, or has ended. Not for one that was
   * given to `add`. @throws {SystemError}
   */
  once(fd: number, readiness: Readiness, callback: () => void): void {
    this.open();
    const watch: Watch = this.#watches.get(fd) ?? { isOnce: true, asked: 0 };
    watch[readiness] = callback;
    this.#ask(fd, watch, wanted(watch));
    this.#watches.set(fd, watch);
  }

  /** Leaves a descriptor alone until `resume`. */
  pause(fd: number): void {
    const watch = this.#watches.get(fd);
    if (watch !== undefined) this.#ask(fd, watch, 0);
  }

  /** Goes on after `pause`. @throws {SystemError} */
  resume(fd: number): void {
    const watch = this.#watches.get(fd);
    if (watch !== undefined) this.#ask(fd, watch, wanted(watch));
  }

  /** Forgets a descriptor, paused or not; call it before the descriptor is closed. */
  remove(fd: number): void {
    this.pause(fd);
    this.#watches.delete(fd);
  }

  /** Ends the wait. Settles when nothing is under way any more. */
  close(): Promise<void> {
    if (this.#epoll < 0 || this.#isClosing) return this.#done;
    this.#isClosing = true;
    this.#watches.clear();
    libc().write(this.#wake, new BigUint64Array([1n]), 8n);
    return this.#done;
  }

  #ask(fd: number, watch: Watch, events: number): void {
    if (watch.asked === events) return;
    if (events === 0) libc().epoll_ctl(this.#epoll, EPOLL_CTL_DEL, fd, event);
    else this.#control(watch.asked === 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, events);
    watch.asked = events;
  }

  #control(operation: number, fd: number, events: number): void {
    event.setUint32(0, events, true);
    event.setInt32(DATA_AT, fd, true);
    checked("epoll_ctl", libc().epoll_ctl(this.#epoll, operation, fd, event), `${fd}`);
  }

  async #run(): Promise<void> {
    const wait = libc().epollWaitLater;
    while (!this.#isClosing) {
      // A failure can only be EINTR, the descriptor being ours.
      const count = await wait(this.#epoll, this.#events, EVENTS_MAX, FOREVER);
      for (let i = 0; i < count; i++) {
        const fd = this.#events.getInt32(i * EVENT_BYTES + DATA_AT, true);
        const watch = this.#watches.get(fd);
        if (watch !== undefined) {
          this.#tell(fd, watch, this.#events.getUint32(i * EVENT_BYTES, true));
        }
      }
    }
    const { close } = libc();
    close(this.#epoll);
    close(this.#wake);
    this.#epoll = -1;
  }

  #tell(fd: number, watch: Watch, events: number): void {
    if (!watch.isOnce) return guarded(watch.readable as () => void);
    const { readable, writable } = watch;
    const isReadable = (events & (EPOLLIN | EPOLL_ENDED)) !== 0;
    const isWritable = (events & (EPOLLOUT | EPOLL_ENDED)) !== 0;
    if (isReadable) watch.readable = undefined;
    if (isWritable) watch.writable = undefined;
    this.#ask(fd, watch, wanted(watch));
    if (watch.asked === 0) this.#watches.delete(fd);
    if (isReadable && readable !== undefined) guarded(readable);
    if (isWritable && writable !== undefined) guarded(writable);
  }
}

function wanted({ readable, writable }: Watch): number {
  return (readable === undefined ? 0 : EPOLLIN) | (writable === undefined ? 0 : EPOLLOUT);
}
