/**
 * Keeps the file of a socket where it belongs. Somebody may remove it while chaperone runs: a
 * script that cleans /run, an image that replaces /dev, a hand. Then it is opened again, and who
 * has connected before is heard on. It is noticed at once where the kernel tells (inotify), else at
 * the next SIGHUP.
 *
 * A file that another program has put there, such as an rsyslogd, is left alone.
 */
import type { Journal } from "../logging/journal.ts";

/** What was opened. */
export interface Door {
  readonly path: string;
  close(): Promise<void>;
}

/** A socket for datagrams that is bound to a path, or was until the path was taken. */
export interface SocketHandover {
  readonly path: string;
  readonly descriptor: number;
}

/** One at which datagrams are received. */
export interface DatagramDoor extends Door, SocketHandover {
  /** Hands on at once what has been received. */
  handOnNow(): void;
}

export interface KeptSocketParts<D extends Door = Door> {
  /** What it is, for messages. */
  readonly title: string;
  /** Opens it; undefined where it cannot be had, which has been told. */
  open(): Promise<D | undefined> | D | undefined;
  /** Calls back when something may have happened to a file; the result ends that. */
  watchFile(path: string, onChange: () => void): () => void;
  /** Says which file a path names; undefined where there is none. */
  identityOf(path: string): string | undefined;
  setTimer(delayMs: number, callback: () => void): () => void;
  readonly journal: Journal;
  /**
   * How many sockets without a name are read on, for who is connected to them; each is a
   * descriptor.
   */
  readonly formerMax: number;
}

/** Each time it takes twice as long, so that who removes it again and again gains nothing. */
const FIRST_DELAY_MS = 100;
const LAST_DELAY_MS = 60_000;

export class KeptSocket<D extends Door = Door> {
  readonly #parts: KeptSocketParts<D>;
  readonly #former: D[] = [];
  #door: D | undefined;
  #identity: string | undefined;
  #unwatch: () => void = () => {};
  #cancelTimer: (() => void) | undefined;
  #delayMs = FIRST_DELAY_MS;
  #isTaken = false;
  #isClosed = false;
  #opening: Promise<void> | undefined;

  constructor(parts: KeptSocketParts<D>) {
    this.#parts = parts;
  }

  /** Opens it for the first time. */
  async open(): Promise<void> {
    const door = await this.#parts.open();
    if (this.#isClosed) return await door?.close();
    this.#keep(door);
  }

  /** Goes on with what is open already, in place of `open`; only `door` has its name still. */
  take(door: D | undefined, former: readonly D[]): void {
    this.#former.push(...former);
    this.#keep(door);
  }

  /** What is open: the one that has its name, if any, and those that had it. */
  get doors(): { readonly door: D | undefined; readonly former: readonly D[] } {
    return { door: this.#door, former: this.#former };
  }

  #keep(door: D | undefined): void {
    this.#door = door;
    this.#isTaken = false;
    if (door === undefined) return;
    this.#identity = this.#parts.identityOf(door.path);
    this.#unwatch = this.#parts.watchFile(door.path, () => this.#schedule());
  }

  /** Looks whether it is still there, and opens it if it is not or never was: at SIGHUP. */
  renew(): void {
    this.#delayMs = FIRST_DELAY_MS;
    this.#check();
  }

  /** Closes it for good. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#unwatch();
    this.#cancelTimer?.();
    await this.#opening;
    await Promise.all([...this.#former, this.#door].map((door) => door?.close()));
  }

  #schedule(): void {
    if (this.#isClosed || this.#cancelTimer !== undefined || !this.#isLost()) return;
    this.#cancelTimer = this.#parts.setTimer(this.#delayMs, () => this.#check());
    this.#delayMs = Math.min(LAST_DELAY_MS, this.#delayMs * 2);
  }

  #isLost(): boolean {
    const { path } = this.#door ?? {};
    return path === undefined || this.#parts.identityOf(path) !== this.#identity;
  }

  #check(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#isClosed || this.#opening !== undefined || !this.#isLost()) return;
    const door = this.#door;
    if (door !== undefined && this.#parts.identityOf(door.path) !== undefined) {
      return this.#tellTaken(door.path);
    }
    this.#opening = this.#replace(door).finally(() => {
      this.#opening = undefined;
    });
  }

  async #replace(door: D | undefined): Promise<void> {
    if (door !== undefined) {
      this.#tell(`${this.#parts.title} ${door.path} was removed, it is opened again`);
      this.#unwatch();
      this.#door = undefined;
      this.#former.push(door);
      // EACCES: a name that cannot be removed is in the way, and `open` says so.
      if (this.#former.length > this.#parts.formerMax) {
        void this.#former.shift()?.close().catch(() => {});
      }
    }
    await this.open();
  }

  #tellTaken(path: string): void {
    if (this.#isTaken) return;
    this.#isTaken = true;
    this.#tell(`another program has put its own in the place of ${this.#parts.title} ${path}`);
  }

  #tell(text: string): void {
    this.#parts.journal.write({ level: "warn", text });
  }
}
