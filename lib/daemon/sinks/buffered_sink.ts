/**
 * The part that all sinks share: two buffers, one that the router fills while the other is being
 * written, and what happens when writing fails or is slow. An outlet knows the destination.
 *
 *     idle ── flush ──▸ writing ── done ──▸ idle           (or writing again, with what came meanwhile)
 *                       writing ── takes nothing, fails ──▸ waiting ── timer ──▸ writing
 *                       writing ── fails for good ──▸ dead
 *
 * Writing never blocks the program: the system writes on a thread of its own, so that a disk or a
 * terminal that hangs leaves chaperone able to reap, stop and report. Handing a write to a thread
 * costs about 8 µs, so under load a sink waits for a millisecond's worth of records or 64 KiB
 * before the next one; a record that comes alone is written at once.
 *
 * Memory: what waits is bounded by the capacity. A destination that fails takes nobody with it:
 * from then on there always is room, and what exceeds the capacity is dropped and counted, newest
 * first, so that order is kept. A remote sink does so whenever its peer is slow.
 */
import { concatenate } from "../../base/byte_text.ts";
import type { SystemError } from "../../base/errors.ts";
import { OutputBuffer } from "../../base/output_buffer.ts";
import type { LogTime } from "../../door/log_os.ts";
import { ALL_SEVERITIES, type Sink, type SinkKind } from "./sink.ts";
import { countRecords, insertOctetCount, recordStart } from "./framing.ts";
import { LossReport, type Report } from "./loss_report.ts";
import { type Outlet, RecordsRefused } from "./outlet.ts";

/** How long after a write the next small one may begin. */
const GATHER_MS = 1;

/** What is worth a write at once. */
const LARGE_BYTES = 64 * 1024;

/** When a destination that took nothing is asked again. */
const BUSY_RETRY_MS = 10;

export interface BufferedSinkOptions {
  readonly kind: SinkKind;
  readonly outlet: Outlet;
  readonly time: LogTime;
  readonly capacityBytes: number;
  /** Drops by itself what exceeds the capacity; otherwise the router asks `hasRoom` and decides. */
  readonly dropsWhenFull: boolean;
  /** Tells failures and losses, once each, and their end. Must not come back to this sink. */
  readonly report: (text: string, about: BufferedSink) => void;
}

/** A sink over an outlet. */
export class BufferedSink implements Sink {
  readonly kind: SinkKind;
  readonly buffer = new OutputBuffer();

  readonly #outlet: Outlet;
  readonly #time: LogTime;
  readonly #capacityBytes: number;
  readonly #dropsWhenFull: boolean;
  readonly #loss: LossReport;
  /** What is being written; `#offset` of it has been. */
  readonly #flight = new OutputBuffer();
  #offset = 0;
  #state: "idle" | "writing" | "waiting" | "dead" | "closed" = "idle";
  #failures = 0;
  #endedMs = -Infinity;
  #wantsReopen = false;
  #wantsLook = false;
  #isDraining = false;
  #isHeld = false;
  #dropsUntilEmpty = false;
  #takenBytes = 0;
  #cancelTimer: (() => void) | undefined;
  #roomWaiters: (() => void)[] = [];
  #drainWaiters: (() => void)[] = [];

  constructor(options: BufferedSinkOptions) {
    this.kind = options.kind;
    this.#outlet = options.outlet;
    this.#time = options.time;
    this.#capacityBytes = options.capacityBytes;
    this.#dropsWhenFull = options.dropsWhenFull;
    const report: Report = (text) => options.report(text, this);
    this.#loss = new LossReport(options.outlet.name, options.time, report);
  }

  /** Says which destination this is, as messages do. */
  get name(): string {
    return this.#outlet.name;
  }

  get createFormat(): Sink["createFormat"] {
    return this.#outlet.createFormat?.bind(this.#outlet);
  }

  get mostSeverity(): number {
    return this.#outlet.mostSeverity ?? ALL_SEVERITIES;
  }

  withheld(count: number): void {
    if (this.#outlet.withheld?.(count) !== true) return;
    this.#wantsLook = true;
    this.flush();
  }

  /** Bytes that the destination has taken since start. */
  get takenBytes(): number {
    return this.#takenBytes;
  }

  /** Whether more than half of the capacity is free. */
  get isRelieved(): boolean {
    return this.#waitingBytes * 2 < this.#capacityBytes;
  }

  /** Drops by itself what exceeds the capacity until all that waits is written. */
  dropUntilEmpty(): void {
    this.#dropsUntilEmpty = true;
    this.#wakeForRoom();
  }

  /** Records dropped since start, for metrics. */
  get droppedTotal(): number {
    return this.#loss.droppedTotal;
  }

  /** Whether the destination fails at present. */
  get isFailing(): boolean {
    return this.#loss.isFailing;
  }

  /** Whether it has not written all that it was given. */
  get isBehind(): boolean {
    return this.#waitingBytes > 0 || this.#loss.owesCount;
  }

  get hasRoom(): boolean {
    return this.#dropsItself || this.#waitingBytes < this.#capacityBytes;
  }

  takesAtOnce(sizeBytes: number, mayExceed: boolean): boolean {
    if (this.#isOver || this.#outlet.framing === "octets") return false;
    const addedBytes = mayExceed && !this.#dropsItself ? 1 : sizeBytes;
    return this.#waitingBytes + addedBytes <= this.#capacityBytes;
  }

  recordAppended(start: number): void {
    const isTooMuch = this.#isOver ||
      (this.#dropsItself && this.#waitingBytes > this.#capacityBytes);
    if (isTooMuch) {
      this.buffer.length = start;
      this.#loss.drop(1);
    } else if (this.#outlet.framing === "octets") {
      insertOctetCount(this.buffer, start);
    }
  }

  flush(): void {
    const isAsked = this.#wantsReopen || this.#wantsLook;
    if (this.#isHeld || this.#state !== "idle" || (this.buffer.length === 0 && !isAsked)) return;
    const { gatherMs } = this.#outlet;
    const isAlone = gatherMs === undefined && this.#time.nowMs() - this.#endedMs >= GATHER_MS;
    const isDue = this.#isDraining || isAsked || this.buffer.length >= LARGE_BYTES;
    if (isDue || isAlone) this.#start();
    else this.#cancelTimer ??= this.#time.setTimer(gatherMs ?? GATHER_MS, () => this.#start());
  }

  whenRoom(): Promise<void> {
    if (this.hasRoom) return Promise.resolve();
    return new Promise((resolve) => this.#roomWaiters.push(resolve));
  }

  dropped(count: number): void {
    this.#loss.drop(count);
  }

  /** Opens the destination anew before anything else is written; told by SIGHUP. */
  reopen(): void {
    this.#wantsReopen = true;
    this.flush();
  }

  /**
   * Takes note that the destination could not be opened, which has been told; it is tried again.
   */
  openLater(error: SystemError): void {
    this.#wantsReopen = true;
    this.#loss.fail();
    this.#fail(error);
  }

  /** Writes what is buffered, for `limitMs` at most. Never rejects; what fails is not awaited. */
  drain(limitMs: number): Promise<void> {
    this.#isDraining = true;
    if (this.#state === "waiting") this.#start();
    this.flush();
    if (this.#state !== "writing") return Promise.resolve();
    return this.#whenDrained(limitMs);
  }

  #whenDrained(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#time.setTimer(limitMs, resolve);
      this.#drainWaiters.push(() => {
        cancel();
        resolve();
      });
    });
  }

  /**
   * Begins no other write until `release`. Settles once none is under way, or after `limitMs`: what
   * is being written then may have been written or not.
   */
  hold(limitMs: number): Promise<void> {
    this.#isHeld = true;
    if (this.#state !== "writing") return Promise.resolve();
    return this.#whenDrained(limitMs);
  }

  /** Gives back what a burst has made the buffers grow to, if nothing waits. */
  shrink(): void {
    if (this.#state !== "idle" || this.#waitingBytes > 0) return;
    this.buffer.shrink();
    this.#flight.shrink();
  }

  release(): void {
    this.#isHeld = false;
    if (this.#state === "idle" && this.#flight.length > 0) this.#start();
    else this.flush();
  }

  /**
   * A copy of what has not been written, from the beginning of a record where records are counted.
   */
  handOver(): Uint8Array {
    const { framing } = this.#outlet;
    const flight = this.#flight.filled();
    const isCut = framing !== "line";
    const start = isCut ? recordStart(flight, this.#offset, framing) : this.#offset;
    const rest = flight.subarray(start);
    return concatenate([rest, this.buffer.filled()]);
  }

  /** Writes first what another incarnation has not written. */
  takeOver(bytes: Uint8Array): void {
    this.buffer.append(bytes);
    this.flush();
  }

  /** Ends it; what is still buffered counts as dropped, and is reported. */
  close(): void {
    if (this.#state === "closed") return;
    this.#clearTimer();
    this.#state = "closed";
    const { framing } = this.#outlet;
    this.#loss.abandon(
      countRecords(this.#flight.filled(), this.#offset, framing) +
        countRecords(this.buffer.filled(), 0, framing),
    );
    this.buffer.reset();
    this.#loss.close();
    this.#outlet.close();
    this.#wake();
  }

  get #dropsItself(): boolean {
    return this.#dropsWhenFull || this.#dropsUntilEmpty || this.#loss.isFailing || this.#isOver;
  }

  get #isOver(): boolean {
    return this.#state === "closed" || this.#state === "dead";
  }

  get #waitingBytes(): number {
    return this.buffer.length + this.#flight.length - this.#offset;
  }

  #start(): void {
    this.#clearTimer();
    if (this.#isHeld) {
      this.#state = "idle";
      return;
    }
    if (this.#flight.length === 0) this.#swap();
    const isAsked = this.#wantsReopen || this.#wantsLook;
    this.#state = this.#flight.length > 0 || isAsked ? "writing" : "idle";
    if (this.#state === "writing") this.#run();
  }

  /** Exchanges the storage, since the router keeps the buffer object. */
  #swap(): void {
    const { bytes, length } = this.buffer;
    this.buffer.bytes = this.#flight.bytes;
    this.buffer.length = 0;
    this.#flight.bytes = bytes;
    this.#flight.length = length;
  }

  async #run(): Promise<void> {
    try {
      if (this.#wantsReopen) {
        this.#outlet.reopen?.();
        this.#wantsReopen = false;
      }
      if (this.#wantsLook) await this.#outlet.look?.();
      this.#wantsLook = false;
      if (this.#isOver) return;
      while (this.#offset < this.#flight.length) {
        const offset = await this.#outlet.write(this.#flight.filled(), this.#offset);
        if (this.#isOver) return;
        if (offset === undefined) {
          this.#wait(BUSY_RETRY_MS);
          if (this.#isHeld) this.#wakeDrain();
          return;
        }
        this.#takenBytes += Math.max(0, offset - this.#offset);
        this.#offset = offset;
        if (this.#isHeld && offset < this.#flight.length) {
          this.#state = "idle";
          this.#wakeDrain();
          return;
        }
      }
    } catch (error) {
      if (!this.#isOver) this.#fail(error);
      return;
    }
    this.#finish();
  }

  #finish(): void {
    this.#flight.reset();
    this.#offset = 0;
    this.#failures = 0;
    this.#state = "idle";
    this.#endedMs = this.#time.nowMs();
    if (this.buffer.length === 0) this.#dropsUntilEmpty = false;
    this.#loss.succeed(this.buffer.length === 0);
    this.#wakeForRoom();
    this.flush();
    if (this.#state === "idle" && (this.#isHeld || this.buffer.length === 0)) this.#wakeDrain();
  }

  #fail(error: unknown): void {
    this.#failures++;
    const delayMs = this.#outlet.retryDelayMs(error, this.#failures);
    const reason = error instanceof Error ? error.message : String(error);
    this.#loss.fail(delayMs === undefined ? `${reason}; giving up on it` : reason);
    if (error instanceof RecordsRefused) this.#passOver(error);
    if (delayMs === undefined) this.#die();
    else this.#wait(delayMs);
    this.#wakeForRoom();
    this.#wakeDrain();
  }

  /** Goes on behind records that the destination will never take. */
  #passOver({ end, count }: RecordsRefused): void {
    this.#loss.drop(count);
    this.#offset = end;
    if (end < this.#flight.length) return;
    this.#flight.reset();
    this.#offset = 0;
  }

  #die(): void {
    this.#state = "dead";
    const { framing } = this.#outlet;
    this.#loss.drop(
      countRecords(this.#flight.filled(), this.#offset, framing) +
        countRecords(this.buffer.filled(), 0, framing),
    );
    this.#flight.reset();
    this.#offset = 0;
    this.buffer.reset();
  }

  #wait(delayMs: number): void {
    this.#state = "waiting";
    this.#clearTimer();
    this.#cancelTimer = this.#time.setTimer(delayMs, () => this.#start());
  }

  #clearTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #wakeForRoom(): void {
    if (this.#roomWaiters.length === 0 || !this.hasRoom) return;
    for (const wake of this.#roomWaiters.splice(0)) wake();
  }

  #wakeDrain(): void {
    for (const wake of this.#drainWaiters.splice(0)) wake();
  }

  #wake(): void {
    this.#wakeForRoom();
    this.#wakeDrain();
  }
}
