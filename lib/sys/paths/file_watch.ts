/**
 * Notices that something happened to a file's name: it was removed, or moved away. inotify(7) on
 * the file itself: nothing runs until that happens, whatever else goes on in the directory.
 */
import { cString, libc } from "../libc/libc.ts";
import type { Poller } from "../libc/poller.ts";
import { usersMayServe } from "./held_place.ts";
import { ownUid, statPlace, throughLinksFor, withPathEnd } from "./path_walk.ts";

/** From sys/inotify.h. Removing a name changes the count of links, which is an attribute. */
const IN_ATTRIB = 0x4;
const IN_DELETE_SELF = 0x400;
const IN_MOVE_SELF = 0x800;
const IN_CLOEXEC_NONBLOCK = 0o2000000 | 0o4000;

/** `struct inotify_event` without a name, which only watches of directories have. */
const EVENT_BYTES = 16;
const EVENTS_BYTES = 64 * EVENT_BYTES;

/** One a program; costs nothing before the first file. */
export class FileWatch {
  readonly #poller: Poller;
  readonly #callbacks = new Map<number, () => void>();
  readonly #events = new DataView(new ArrayBuffer(EVENTS_BYTES));
  #fd = -1;

  constructor(poller: Poller) {
    this.#poller = poller;
  }

  /**
   * Calls back, now and then too often, when the file at a path may have lost its name; the result
   * ends that. Where the kernel has no watch to give, nothing is ever called.
   */
  add(path: string, onChange: () => void): () => void {
    if (!this.#open()) return () => {};
    const watch = this.#watch(path);
    if (watch < 0) return () => {};
    this.#callbacks.set(watch, onChange);
    return () => {
      if (!this.#callbacks.delete(watch)) return;
      libc().inotify_rm_watch(this.#fd, watch);
      if (this.#callbacks.size === 0) this.#close();
    };
  }

  /** Negative where there is nothing to watch. */
  #watch(path: string): number {
    const mask = IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;
    const watch = (place: string) => libc().inotify_add_watch(this.#fd, cString(place), mask);
    if (!usersMayServe()) return watch(path);
    try {
      return withPathEnd(path, throughLinksFor(ownUid()), ({ found }) => {
        return found === undefined ? -1 : watch(`/proc/self/fd/${found.fd}`);
      });
    } catch {
      return -1; // It is gone, or on a file system that a user serves.
    }
  }

  #open(): boolean {
    if (this.#fd >= 0) return true;
    this.#fd = libc().inotify_init1(IN_CLOEXEC_NONBLOCK);
    if (this.#fd < 0) return false; // EMFILE: there are few for each user of a machine.
    this.#poller.add(this.#fd, () => this.#read());
    return true;
  }

  #close(): void {
    this.#poller.remove(this.#fd);
    libc().close(this.#fd);
    this.#fd = -1;
  }

  #read(): void {
    if (this.#fd < 0) return;
    const bytes = new Uint8Array(this.#events.buffer);
    const size = libc().read(this.#fd, bytes, BigInt(bytes.length));
    const changed = new Set<number>();
    for (let at = 0; at + EVENT_BYTES <= size; at += EVENT_BYTES) {
      changed.add(this.#events.getInt32(at, true));
    }
    for (const watch of changed) this.#callbacks.get(watch)?.();
  }
}

/** Says which file a path names, itself and not what it leads to; undefined where there is none. */
export function fileIdentity(path: string): string | undefined {
  try {
    return statPlace(path, "keep")?.identity;
  } catch {
    return undefined; // EACCES: as good as gone.
  }
}
