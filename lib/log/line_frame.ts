/**
 * A line of which everything but time and text is fixed: bytes before, a place for the time in
 * them, the text, bytes after. Makes the line of a service's output one or two copies.
 */
import type { OutputBuffer } from "../base/output_buffer.ts";
import { appendEscaped, appendJsonText } from "./escape.ts";
import type { BlockWriter, LineRange, LineWriter } from "./format.ts";
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

const STEP_BYTES = 16;

/** Longer texts are copied by the system's own means, whose call costs as much as this many bytes. */
const WORDWISE_MAX_BYTES = 1024;

/** Writes lines into a frame. */
export class LineFrame implements LineWriter, BlockWriter {
  readonly frameBytes: number;
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
    this.frameBytes = this.#head.length + this.#tail.length;
  }

  /** What is to be escaped is looked at byte by byte anyway. */
  get block(): BlockWriter | undefined {
    return this.#isJson ? undefined : this;
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

  appendLines(out: OutputBuffer, bytes: Uint8Array, { block, from, to }: LineRange): void {
    if (this.#stampedMs !== this.#clock.nowMs) this.#stamp();
    const { starts, ends } = block;
    const textBytes = (ends[to - 1] as number) - (starts[from] as number);
    const target = out.reserve(textBytes + (to - from) * this.frameBytes);
    const words = viewOf(target);
    const text = viewOf(bytes);
    const head = viewOf(this.#head);
    const tail = this.#tail;
    let at = out.length;
    for (let i = from; i < to; i++) {
      copyWords({ from: head, to: words }, 0, head.byteLength, at);
      at += head.byteLength;
      const start = starts[i] as number;
      const end = ends[i] as number;
      if (end - start > WORDWISE_MAX_BYTES) target.set(bytes.subarray(start, end), at);
      else copyWords({ from: text, to: words }, start, end, at);
      at += end - start;
      for (let k = 0; k < tail.length; k++) target[at++] = tail[k] as number;
    }
    out.length = at;
  }

  #stamp(): void {
    this.#stampedMs = this.#clock.nowMs;
    const text = this.#time === "iso" ? this.#clock.isoNow() : this.#clock.classicNow();
    this.#head.set(text, this.#timeAt);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Copies a run of bytes without an object, as `set(subarray())` needs one. */
function copyWords(
  { from, to }: { readonly from: DataView; readonly to: DataView },
  start: number,
  end: number,
  target: number,
): void {
  let at = start;
  let out = target;
  for (const last = end - STEP_BYTES; at <= last; at += STEP_BYTES, out += STEP_BYTES) {
    to.setInt32(out, from.getInt32(at, true), true);
    to.setInt32(out + 4, from.getInt32(at + 4, true), true);
    to.setInt32(out + 8, from.getInt32(at + 8, true), true);
    to.setInt32(out + 12, from.getInt32(at + 12, true), true);
  }
  for (; at < end; at++, out++) to.setUint8(out, from.getUint8(at));
}
