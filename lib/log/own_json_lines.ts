/**
 * A service's line that is a JSON object stays one: what a record has besides is added to it in
 * front, where the object does not have it itself. Every other line goes into a frame.
 */
import type { OutputBuffer } from "../base/output_buffer.ts";
import { appendJson } from "./escape.ts";
import type { LineWriter } from "./format.ts";
import { parseJsonObject } from "./json_object.ts";
import type { LogClock } from "./timestamp.ts";

const NEWLINE = 0x0a;
const COMMA = 0x2c;

const encoder = new TextEncoder();

/** What stands in a line besides the service's own object and the time. */
export interface ObjectParts {
  /** Members in this order, after `time`; absent ones are left out. */
  readonly added: Readonly<Record<string, string | number | undefined>>;
  /** Before the object; empty by default. */
  readonly before?: string;
  /** After it; a newline by default. */
  readonly after?: string;
}

/** Writes lines of a service as JSON objects, its own kept. */
export class OwnJsonLines implements LineWriter {
  readonly #clock: LogClock;
  readonly #frame: LineWriter;
  /** As JSON, by name. */
  readonly #added: readonly (readonly [name: string, member: Uint8Array])[];
  readonly #begin: Uint8Array;
  readonly #end: Uint8Array;

  constructor(clock: LogClock, frame: LineWriter, parts: ObjectParts) {
    this.#clock = clock;
    this.#frame = frame;
    this.#added = Object.entries(parts.added)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, encoder.encode(`"${name}":${JSON.stringify(value)},`)]);
    this.#begin = encoder.encode(`${parts.before ?? ""}{`);
    this.#end = encoder.encode(parts.after ?? "\n");
  }

  appendLine(
    out: OutputBuffer,
    bytes: Uint8Array,
    start: number,
    end: number,
    escaped: boolean,
  ): void {
    const own = parseJsonObject(bytes, start, end);
    // An object over several lines would not be one line.
    if (own === undefined || bytes.subarray(start, end).includes(NEWLINE)) {
      this.#frame.appendLine(out, bytes, start, end, escaped);
      return;
    }
    out.append(this.#begin);
    if (!Object.hasOwn(own, "time")) {
      out.append(TIME);
      out.append(this.#clock.isoNow());
      out.append(TIME_END);
    }
    for (const [name, member] of this.#added) {
      if (!Object.hasOwn(own, name)) out.append(member);
    }
    // The comma after the last member that was added must not stand before the end of an empty
    // object.
    if (Object.keys(own).length === 0 && out.bytes[out.length - 1] === COMMA) out.length--;
    appendJson(out, bytes, start + 1, end);
    out.append(this.#end);
  }
}

const TIME = encoder.encode('"time":"');
const TIME_END = encoder.encode('",');
