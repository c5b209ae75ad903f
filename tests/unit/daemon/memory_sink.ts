/** A sink that keeps what is flushed to it, and is full when a test says so. */
import { OutputBuffer } from "../../../lib/base/output_buffer.ts";
import type { Sink, SinkKind } from "../../../lib/daemon/sinks/sink.ts";

const decoder = new TextDecoder();

export class MemorySink implements Sink {
  readonly kind: SinkKind;
  readonly buffer = new OutputBuffer();
  hasRoom = true;
  /** Whether flushing makes room again. */
  empties = true;
  droppedCount = 0;
  withheldCount = 0;
  mostSeverity = 7;
  recordCount = 0;
  flushCount = 0;
  /** Where the records of the last flush began. */
  readonly starts: number[] = [];
  #text = "";
  #waiting: (() => void)[] = [];

  constructor(kind: SinkKind = "line") {
    this.kind = kind;
  }

  takesAtOnce(): boolean {
    return this.hasRoom;
  }

  recordAppended(start: number): void {
    this.recordCount++;
    this.starts.push(start);
  }

  flush(): void {
    this.flushCount++;
    if (!this.empties) return;
    this.#text += decoder.decode(this.buffer.filled(), { stream: true });
    this.buffer.reset();
  }

  whenRoom(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  dropped(count: number): void {
    this.droppedCount += count;
  }

  withheld(count: number): void {
    this.withheldCount += count;
  }

  /** Makes room and wakes who waits for it. */
  makeRoom(): void {
    this.hasRoom = true;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Everything written so far. */
  get text(): string {
    this.flush();
    return this.#text;
  }

  /** Everything written so far, by line. */
  get lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }
}
