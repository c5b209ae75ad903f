/**
 * A line of which everything but time and text is fixed: bytes before, a place for the time in
 * them, the text, bytes after. Makes the line of a service's output one or two copies.
 */
import type { OutputBuffer } from "../base/output_buffer.ts";
import { appendEscaped, appendJsonText } from "./escape.ts";
import type { LineWriter } from "./format.ts";
import { CLASSIC_DATE_BYTES, ISO_TIME_BYTES, type LogClock } from "./timestamp.ts";

const encoder = new TextEncoder();

const TIME_BYTES = { classic: CLASSIC_DATE_BYTES, iso: ISO_TIME_BYTES } as const;

/** What a frame consists of. */
export interface FrameParts {
  readonly beforeTime: string;
  readonly time: keyof typeof TIME_BYTES;
  readonly afterTime: string;
  /** How the text is written: as it is, or as the inside of a JSON string. */
  readonly text: "plain" | "json";
  readonly afterText: string;
}

/** Writes lines into a frame. */
export class LineFrame implements LineWriter {
  readonly #clock: LogClock;
  readonly #head: Uint8Array;
  readonly #tail: Uint8Array;
  readonly #timeAt: number;
  readonly #time: FrameParts["time"];
  readonly #isJson: boolean;
  #stampedMs = NaN;

  constructor(clock: LogClock, parts: FrameParts) {
    this.#clock = clock;
    this.#time = parts.time;
    this.#isJson = parts.text === "json";
    this.#tail = encoder.encode(parts.afterText);
    const before = encoder.encode(parts.beforeTime);
    const after = encoder.encode(parts.afterTime);
    this.#timeAt = before.length;
    this.#head = new Uint8Array(before.length + TIME_BYTES[parts.time] + after.length);
    this.#head.set(before);
    this.#head.set(after, this.#head.length - after.length);
  }

  appendLine(
    out: OutputBuffer,
    bytes: Uint8Array,
    start: number,
    end: number,
    escaped: boolean,
  ): void {
    if (this.#stampedMs !== this.#clock.nowMs) this.#stamp();
    out.append(this.#head);
    if (this.#isJson) appendJsonText(out, bytes, start, end);
    else if (escaped) appendEscaped(out, bytes, start, end);
    else out.append(bytes, start, end);
    out.append(this.#tail);
  }

  #stamp(): void {
    this.#stampedMs = this.#clock.nowMs;
    const text = this.#time === "iso" ? this.#clock.isoNow() : this.#clock.classicNow();
    this.#head.set(text, this.#timeAt);
  }
}
