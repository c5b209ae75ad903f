/**
 * Bounds how long one destination may hold up a door that others use, as /dev/log is: a terminal
 * that nobody reads, a FIFO, a disk that hangs. After a second it is named; after five it drops
 * until it has written out what it had. One that is merely slow, and takes more than a trickle,
 * holds up as before: that is what `when_full: block` asks for.
 */
import type { LogTime } from "../../door/log_os.ts";

const LOOK_MS = 1000;

/** So many looks in a row at which it had taken too little, and it drops. */
const LOOKS_MAX = 5;

/** What takes less in a second holds up whoever waits for it. */
const TRICKLE_BYTES = 64 * 1024;

/** A destination that a door may have to wait for. */
export interface HoldingSink {
  readonly name: string;
  /** What it has taken so far. */
  readonly takenBytes: number;
  /** Whether it has written out more than half of what it may hold. */
  readonly isRelieved: boolean;
  whenRoom(): Promise<void>;
  /** From now on there is room, and records are dropped and counted, until all is written. */
  dropUntilEmpty(): void;
}

/** Watches those that a door waits for; no timer runs while it waits for none. */
export class HeldDoor<S extends HoldingSink> {
  readonly #time: LogTime;
  readonly #report: (text: string, about: S) => void;
  readonly #watched = new Set<S>();
  #waiting = 0;

  constructor(time: LogTime, report: (text: string, about: S) => void) {
    this.#time = time;
    this.#report = report;
  }

  /** Settles when there is room, within seconds. */
  async wait(sink: S): Promise<void> {
    this.#waiting++;
    if (!this.#watched.has(sink)) {
      this.#watched.add(sink);
      this.#lookLater(sink, sink.takenBytes, 0);
    }
    await sink.whenRoom();
    this.#waiting--;
  }

  #lookLater(sink: S, takenBytes: number, looks: number): void {
    this.#time.setTimer(LOOK_MS, () => this.#look(sink, takenBytes, looks));
  }

  #look(sink: S, formerBytes: number, looks: number): void {
    const { takenBytes } = sink;
    if (this.#waiting === 0 && sink.isRelieved) {
      this.#watched.delete(sink);
      return;
    }
    const held = takenBytes - formerBytes < TRICKLE_BYTES ? looks + 1 : 0;
    if (held === 1) {
      const leftS = (LOOKS_MAX - 1) * LOOK_MS / 1000;
      this.#report(
        `${sink.name} takes nothing, and all that write to /dev/log wait for it; ` +
          `in ${leftS} s its records are dropped (when_full: drop does so at once)`,
        sink,
      );
    }
    if (held < LOOKS_MAX) {
      this.#lookLater(sink, takenBytes, held);
      return;
    }
    this.#watched.delete(sink);
    sink.dropUntilEmpty();
  }
}
