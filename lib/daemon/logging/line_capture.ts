/**
 * One stream of a service: bytes in, records out, the last of them kept in the ring.
 * The reader of the pipe owns it, writes chunks of at most 64 KiB, stops reading while a sink that
 * blocks is full, reads to end of file, and then calls `end`.
 */
import type { ServiceConfig } from "../../config/model.ts";
import type { LineRange } from "../../log/format.ts";
import { LineJoiner, type UnfinishedRecord } from "../../log/line_joiner.ts";
import { LEVEL_PREFIX_BYTES, NO_LEVEL, readLevel } from "../../log/line_level.ts";
import type { LineBlock } from "../../log/line_block.ts";
import { LineSplitter, type UnfinishedLine } from "../../log/line_splitter.ts";
import { Redactor, type UnfinishedRedaction } from "../../log/redactor.ts";
import type { SecretMatcher } from "../../log/secret_matcher.ts";
import type { LogRing } from "./log_ring.ts";
import type { OutputWatch, OutputWatches } from "./output_watches.ts";
import type { RouteTable } from "./route_table.ts";
import type { RoutedSource } from "./routed_source.ts";
import type { Sink } from "../sinks/sink.ts";

/** What captures have in common. */
export interface CaptureContext {
  readonly table: RouteTable;
  readonly ring: LogRing;
  readonly watches: OutputWatches;
  readonly lineMaxBytes: number;
  /** Monotonic clock; read only where lines are joined. */
  nowMs(): number;
  /** Called once, by `end`. */
  closed(capture: LineCapture): void;
}

/** Which stream it is. */
export interface CaptureOptions {
  /** With suffix; the name under which the ring keeps its output. */
  readonly service: string;
  readonly pid: number;
  readonly stream: "stdout" | "stderr";
  readonly multiline: ServiceConfig["multiline"];
  readonly readLevels: boolean;
  /** Finds the secrets that are masked. */
  readonly matcher?: SecretMatcher;
}

/** What has come of records whose end is still to come. */
export interface CaptureRest {
  readonly line: UnfinishedLine;
  readonly record?: UnfinishedRecord;
  readonly redaction?: UnfinishedRedaction;
}

/** Only `<N>` begins so among the levels that are read. */
const LESS = 0x3c;

const decoder = new TextDecoder();

/** Turns the bytes of one stream into records. */
export class LineCapture {
  readonly #context: CaptureContext;
  readonly #routed: RoutedSource;
  readonly #service: string;
  /** Reused for each chunk. */
  readonly #ringSource: { pid: number; stream: "stdout" | "stderr"; wallMs: number };
  readonly #splitter: LineSplitter;
  readonly #joiner: LineJoiner | undefined;
  readonly #watch: OutputWatch;
  readonly #readsLevels: boolean;
  #redactor: Redactor | undefined;
  #isOpen = true;

  constructor(context: CaptureContext, routed: RoutedSource, options: CaptureOptions) {
    this.#context = context;
    this.#routed = routed;
    const { service, pid, stream, multiline, readLevels } = options;
    this.#service = service;
    this.#redactor = options.matcher && new Redactor(options.matcher);
    this.#readsLevels = readLevels;
    this.#watch = context.watches.of(service);
    this.#ringSource = { pid, stream, wallMs: 0 };
    this.#joiner = multiline === false ? undefined : new LineJoiner(
      multiline,
      context.lineMaxBytes,
      (bytes, start, end) => this.#write(bytes, start, end, true),
    );
    this.#splitter = new LineSplitter(
      context.lineMaxBytes,
      (bytes, start, end) => this.#takeLine(bytes, start, end),
      this.#joiner === undefined ? (bytes, lines) => this.#takeBlock(bytes, lines) : undefined,
    );
  }

  /**
   * Takes the next bytes, which may be reused after the call. Returns the sink to wait for before
   * more is read (`whenRoom`), or `undefined` where reading goes on.
   */
  write(chunk: Uint8Array): Sink | undefined {
    const { table } = this.#context;
    table.begin();
    this.#take(this.#redactor === undefined ? chunk : this.#redactor.push(chunk));
    // A line that waits for its continuation has a deadline that somebody must keep.
    if (this.nextDeadlineMs !== Infinity) table.noteWork();
    return table.overfilled;
  }

  /** Ends the stream: what is left of a line becomes a record. */
  end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#context.table.begin();
    if (this.#redactor !== undefined) this.#take(this.#redactor.end());
    this.#splitter.end();
    this.#joiner?.flush();
    this.#context.closed(this);
  }

  #take(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const { table, ring } = this.#context;
    this.#ringSource.wallMs = table.clock.nowMs;
    ring.append(this.#service, this.#ringSource, bytes);
    this.#splitter.push(bytes);
  }

  /** What is kept of the stream. */
  get rest(): CaptureRest {
    return {
      line: this.#splitter.rest,
      ...(this.#joiner === undefined ? {} : { record: this.#joiner.rest }),
      ...(this.#redactor === undefined ? {} : { redaction: this.#redactor.rest }),
    };
  }

  /** Goes on where another capture of the stream has stopped. Before anything is written. */
  restore({ line, record, redaction }: CaptureRest): void {
    if (redaction !== undefined) this.#redactor = Redactor.from(redaction);
    this.#splitter.restore(line);
    if (record !== undefined) this.#joiner?.restore(record, this.#context.nowMs());
    if (this.nextDeadlineMs !== Infinity) this.#context.table.noteWork();
  }

  /** When `expire` has something to do, by the monotonic clock. */
  get nextDeadlineMs(): number {
    return this.#joiner?.nextDeadlineMs ?? Infinity;
  }

  /** Writes the joined lines that nothing has followed in time. */
  expire(nowMs: number): void {
    this.#joiner?.expire(nowMs);
  }

  /** Writes a record with the level that it states, or else that of its stream. */
  #write(bytes: Uint8Array, start: number, end: number, escaped: boolean): void {
    const level = this.#readsLevels ? readLevel(bytes, start, end) : NO_LEVEL;
    if (level === NO_LEVEL) return this.#routed.writeLine(bytes, start, end, escaped);
    const textStart = bytes[start] === LESS ? start + LEVEL_PREFIX_BYTES : start;
    if (textStart === end) return;
    this.#routed.withSeverity(level).writeLine(bytes, textStart, end, escaped);
  }

  #takeLine(bytes: Uint8Array, start: number, end: number): void {
    if (this.#joiner === undefined) this.#write(bytes, start, end, false);
    else this.#joiner.add(bytes, start, end, this.#context.nowMs());
    if (this.#watch.isWatched) this.#watch.tell(decoder.decode(bytes.subarray(start, end)));
  }

  #takeBlock(bytes: Uint8Array, block: LineBlock): void {
    const { starts, ends, count } = block;
    if (this.#watch.isWatched) {
      for (let i = 0; i < count; i++) {
        this.#takeLine(bytes, starts[i] as number, ends[i] as number);
      }
      return;
    }
    if (this.#readsLevels) this.#takeLevels(bytes, block);
    else this.#routed.writeLines(bytes, { block, from: 0, to: count });
  }

  /** Lines that follow one another mostly have the same level. */
  #takeLevels(bytes: Uint8Array, block: LineBlock): void {
    const { starts, ends, count } = block;
    let from = 0;
    let level = NO_LEVEL;
    for (let to = 0; to < count; to++) {
      const start = starts[to] as number;
      const end = ends[to] as number;
      const own = readLevel(bytes, start, end);
      const hasPrefix = own !== NO_LEVEL && bytes[start] === LESS;
      if (own === level && !hasPrefix) continue;
      this.#writeRange(bytes, { block, from, to }, level);
      if (hasPrefix) this.#write(bytes, start, end, false);
      from = hasPrefix ? to + 1 : to;
      level = own;
    }
    this.#writeRange(bytes, { block, from, to: count }, level);
  }

  #writeRange(bytes: Uint8Array, range: LineRange, level: number): void {
    if (range.to === range.from) return;
    const routed = level === NO_LEVEL ? this.#routed : this.#routed.withSeverity(level);
    routed.writeLines(bytes, range);
  }
}
