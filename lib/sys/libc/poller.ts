/**
 * Waits for descriptors to become readable, all of them in one epoll(7) descriptor.
 *
 * The wait is a call on a thread of its own, which sleeps in the kernel: at idle nothing runs. What
 * it found is told on the main thread, and then it is called again (18 µs for both ways), so that
 * signals, timers and sockets get their turn in between. A descriptor may be told that has nothing
 * to read any more: it was read, or closed and its number given to another one, since the wait ended.
 * So descriptors must not block.
 */
import { SystemError } from "../../base/errors.ts";
import { guarded } from "./faults.ts";
import { checked, lastErrno, libc } from "./libc.ts";

/** From sys/epoll.h and sys/eventfd.h. */
const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLLIN = 1;
const EFD_CLOEXEC_NONBLOCK = 0o2000000 | 0o4000;
const FOREVER = -1;

/** `struct epoll_event` is packed on x86-64 alone. */
const [EVENT_BYTES, DATA_AT] = Deno.build.arch === "x86_64" ? [12, 4] : [16, 8];

/** The kernel goes round where more are ready. */
const EVENTS_MAX = 64;

const event = new DataView(new ArrayBuffer(EVENT_BYTES));

/** One a program; costs nothing before the first descriptor. */
export class Poller {
  readonly #callbacks = new Map<number, () => void>();
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
    this.#watch(wake);
    this.#done = this.#run();
  }

  /** Calls back whenever there is something to read, or the end. @throws {SystemError} */
  add(fd: number, onReadable: () => void): void {
    this.open();
    this.#watch(fd);
    this.#callbacks.set(fd, onReadable);
  }

  /** Leaves a descriptor alone until `resume`. */
  pause(fd: number): void {
    libc().epoll_ctl(this.#epoll, EPOLL_CTL_DEL, fd, event);
  }

  /** Goes on after `pause`. @throws {SystemError} */
  resume(fd: number): void {
    if (this.#callbacks.has(fd)) this.#watch(fd);
  }

  /** Forgets a descriptor, paused or not; call it before the descriptor is closed. */
  remove(fd: number): void {
    if (this.#callbacks.delete(fd)) this.pause(fd);
  }

  /** Ends the wait. Settles when nothing is under way any more. */
  close(): Promise<void> {
    if (this.#epoll < 0 || this.#isClosing) return this.#done;
    this.#isClosing = true;
    this.#callbacks.clear();
    libc().write(this.#wake, new BigUint64Array([1n]), 8n);
    return this.#done;
  }

  #watch(fd: number): void {
    event.setUint32(0, EPOLLIN, true);
    event.setInt32(DATA_AT, fd, true);
    checked("epoll_ctl", libc().epoll_ctl(this.#epoll, EPOLL_CTL_ADD, fd, event), `${fd}`);
  }

  async #run(): Promise<void> {
    const wait = libc().epollWaitLater;
    while (!this.#isClosing) {
      // A failure can only be EINTR, the descriptor being ours.
      const count = await wait(this.#epoll, this.#events, EVENTS_MAX, FOREVER);
      for (let i = 0; i < count; i++) {
        const fd = this.#events.getInt32(i * EVENT_BYTES + DATA_AT, true);
        const onReadable = this.#callbacks.get(fd);
        if (onReadable !== undefined) guarded(onReadable);
      }
    }
    const { close } = libc();
    close(this.#epoll);
    close(this.#wake);
    this.#epoll = -1;
  }
}
