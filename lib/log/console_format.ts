/**
 * How records look on the container's own stdout and stderr.
 *
 * - `plain`: in the section's format. `prefix`: `service | text`, each line of a record that has
 *   several. `json`: one object a line; a service's own JSON object is kept, and gets `time`,
 *   `service`, `pid` and `stream` where it does not have them.
 * - On a terminal, lines of text take the colour of their severity, unless they bring their own.
 * - A line over 16 KiB is written in pieces with markers, since container runtimes cut there.
 */
import { lookOf, PLAIN, SGR } from "../base/ansi.ts";
import type { OutputBuffer } from "../base/output_buffer.ts";
import type { SyslogRecord } from "../wire/syslog_record.ts";
import { appendEscaped } from "./escape.ts";
import type { FormatOptions, KnownSource, LineWriter, RecordFormat } from "./format.ts";
import { JsonFormat } from "./json_format.ts";
import { cutBefore, mark } from "./line_pieces.ts";
import { OwnJsonLines } from "./own_json_lines.ts";
import type { LogClock } from "./timestamp.ts";

const LINE_MAX_BYTES = 16 * 1024;
const NEWLINE = 0x0a;
const ESCAPE = 0x1b;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Returns what is known of a received record as a source; its pid is 0 where it states none. */
function sourceOf(record: SyslogRecord): KnownSource {
  const { bytes } = record;
  const text = (start: number, end: number) => decoder.decode(bytes.subarray(start, end));
  const program = record.shape === "malformed" ? "?" : text(record.tagStart, record.tagEnd);
  const pid = Number(text(record.pidStart, record.pidEnd));
  return { priority: record.priority, program, pid: Number.isInteger(pid) ? pid : 0 };
}

/** `service | text`; `-` stands for a record that names no program. */
export class PrefixFormat implements RecordFormat {
  appendRecord(out: OutputBuffer, record: SyslogRecord): void {
    const { bytes } = record;
    if (record.shape === "malformed") out.appendByte(0x3f);
    else if (record.tagEnd === record.tagStart) out.appendByte(0x2d);
    else appendEscaped(out, bytes, record.tagStart, record.tagEnd);
    out.append(SEPARATOR);
    appendEscaped(out, bytes, record.messageStart, record.end);
    out.appendByte(NEWLINE);
  }

  createLineWriter(source: KnownSource): LineWriter {
    return new PrefixLines(source);
  }
}

const SEPARATOR = encoder.encode(" | ");

class PrefixLines implements LineWriter {
  readonly #head: Uint8Array;
  /** A service's own colours pass; what chaperone says may quote anybody. */
  readonly #isService: boolean;

  constructor(source: KnownSource) {
    this.#head = encoder.encode(`${source.service ?? source.program} | `);
    this.#isService = source.stream !== undefined;
  }

  appendLine(out: OutputBuffer, bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end;) {
      const newline = bytes.indexOf(NEWLINE, at);
      const stop = newline < 0 || newline > end ? end : newline;
      out.append(this.#head);
      if (this.#isService) out.append(bytes, at, stop);
      else appendEscaped(out, bytes, at, stop);
      out.appendByte(NEWLINE);
      at = stop + 1;
    }
  }
}

/** JSON objects, a service's own kept with less added than in files. */
export class ConsoleJsonFormat implements RecordFormat {
  readonly #inner: JsonFormat;
  readonly #clock: LogClock;

  constructor(options: FormatOptions, clock: LogClock) {
    this.#inner = new JsonFormat(options, clock);
    this.#clock = clock;
  }

  appendRecord(out: OutputBuffer, record: SyslogRecord): void {
    this.#inner.appendRecord(out, record);
  }

  createLineWriter(source: KnownSource): LineWriter {
    const frame = this.#inner.createFrame(source);
    if (source.stream === undefined) return frame;
    const { service, pid, stream } = source;
    return new OwnJsonLines(this.#clock, frame, { added: { service, pid, stream } });
  }
}

/** What a console adds to a format. */
export interface ConsoleLooks {
  /** Colour text by severity; not for JSON. */
  readonly colour: boolean;
}

/** Keeps lines below what container runtimes cut, and colours them. */
export class ConsoleFormat implements RecordFormat {
  readonly #inner: RecordFormat;
  readonly #looks: ConsoleLooks;

  constructor(inner: RecordFormat, looks: ConsoleLooks) {
    this.#inner = inner;
    this.#looks = looks;
  }

  appendRecord(out: OutputBuffer, record: SyslogRecord): void {
    const start = out.length;
    this.#inner.appendRecord(out, record);
    if (out.length - start > LINE_MAX_BYTES) {
      out.length = start;
      const writer = this.#inner.createLineWriter(sourceOf(record));
      appendPieces(out, writer, record.bytes, record.messageStart, record.end, WHOLE, true);
    }
    if (this.#looks.colour) colourLines(out, start, record.priority & 7);
  }

  createLineWriter(source: KnownSource): LineWriter {
    return new ConsoleLines(this.#inner.createLineWriter(source), this.#looks, source.priority & 7);
  }
}

class ConsoleLines implements LineWriter {
  readonly #inner: LineWriter;
  readonly #looks: ConsoleLooks;
  readonly #severity: number;

  constructor(inner: LineWriter, looks: ConsoleLooks, severity: number) {
    this.#inner = inner;
    this.#looks = looks;
    this.#severity = severity;
  }

  appendLine(
    out: OutputBuffer,
    bytes: Uint8Array,
    start: number,
    end: number,
    escaped: boolean,
  ): void {
    const at = out.length;
    this.#inner.appendLine(out, bytes, start, end, escaped);
    if (out.length - at > LINE_MAX_BYTES && longestLine(out, at) > LINE_MAX_BYTES) {
      out.length = at;
      appendPieces(out, this.#inner, bytes, start, end, WHOLE, escaped);
    }
    if (this.#looks.colour) colourLines(out, at, this.#severity);
  }
}

const WHOLE = { before: false, after: false } as const;

/** Halves a text until each half makes a line that is short enough. */
function appendPieces(
  out: OutputBuffer,
  writer: LineWriter,
  bytes: Uint8Array,
  start: number,
  end: number,
  markers: { readonly before: boolean; readonly after: boolean },
  escaped: boolean,
): void {
  const at = out.length;
  const piece = mark(bytes, start, end, markers);
  writer.appendLine(out, piece, 0, piece.length, escaped);
  // A head that is too long by itself cannot be helped by a shorter text.
  if (longestLine(out, at) <= LINE_MAX_BYTES || end - start < 64) return;
  out.length = at;
  const middle = cutBefore(bytes, start, start + Math.ceil((end - start) / 2));
  appendPieces(out, writer, bytes, start, middle, { ...markers, after: true }, escaped);
  appendPieces(out, writer, bytes, middle, end, { ...markers, before: true }, escaped);
}

function longestLine(out: OutputBuffer, start: number): number {
  let longest = 0;
  for (let at = start; at < out.length;) {
    const newline = out.bytes.indexOf(NEWLINE, at);
    const next = newline < 0 || newline >= out.length ? out.length : newline + 1;
    longest = Math.max(longest, next - at);
    at = next;
  }
  return longest;
}

const COLOUR_END = encoder.encode(PLAIN);

/** SGR sequences by severity: emerg to err red, warn yellow, debug faint; notice and info none. */
const COLOURS: readonly (Uint8Array | undefined)[] = [
  ...[SGR.brightRed, SGR.brightRed, SGR.brightRed, SGR.red, SGR.yellow]
    .map((look) => encoder.encode(lookOf(look))),
  undefined,
  undefined,
  encoder.encode(lookOf(SGR.faint)),
];

/** Colours what was appended since `start`. What has escape sequences of its own is left alone. */
function colourLines(out: OutputBuffer, start: number, severity: number): void {
  const colour = COLOURS[severity];
  const text = out.bytes.slice(start, out.length);
  if (colour === undefined || text.includes(ESCAPE)) return;
  out.length = start;
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf(NEWLINE, at);
    const stop = newline < 0 ? text.length : newline;
    out.append(colour);
    out.append(text, at, stop);
    out.append(COLOUR_END);
    out.appendByte(NEWLINE);
    at = stop + 1;
  }
}
