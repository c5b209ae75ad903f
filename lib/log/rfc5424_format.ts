/**
 * Format `rfc5424`: `<PRI>1 TIME HOST APP PROCID MSGID SD MSG`, in files and remotely alike.
 *
 * TIME is the record's own where it states one with a year, else that of its arrival. Header fields
 * are cut to their longest length and what may not stand in them becomes `?` (RFC 5424 6.2).
 * A format error has APP `?` and the raw record as MSG.
 */
import type { OutputBuffer } from "../base/output_buffer.ts";
import type { SyslogRecord } from "../wire/syslog_record.ts";
import { appendEscaped } from "./escape.ts";
import type { FormatOptions, KnownSource, LineWriter, RecordFormat } from "./format.ts";
import { LineFrame } from "./line_frame.ts";
import { encodeByPriority, wirePriority } from "./priorities.ts";
import { type LogClock, parseIsoTime } from "./timestamp.ts";

const BLANK = 0x20;
const QUESTION = 0x3f;
const DASH = 0x2d;

const HOST_MAX_BYTES = 255;
const APP_MAX_BYTES = 48;
const PID_MAX_BYTES = 128;
const MESSAGE_ID_MAX_BYTES = 32;

const encoder = new TextEncoder();

/** Writes records as RFC 5424 has them. */
export class Rfc5424Format implements RecordFormat {
  readonly #clock: LogClock;
  readonly #options: FormatOptions;
  readonly #leads: readonly Uint8Array[];
  readonly #host: Uint8Array;

  constructor(options: FormatOptions, clock: LogClock) {
    this.#clock = clock;
    this.#options = options;
    this.#host = encoder.encode(options.logrecHostname ?? options.hostname);
    this.#leads = encodeByPriority((priority) => `<${wirePriority(priority)}>1 `);
  }

  appendRecord(out: OutputBuffer, record: SyslogRecord): void {
    const { bytes } = record;
    out.append(this.#leads[record.priority] as Uint8Array);
    out.append(this.#timeOf(record));
    out.appendByte(BLANK);
    const keepsHost = record.hostEnd > record.hostStart &&
      this.#options.logrecHostname === undefined;
    if (keepsHost) appendField(out, bytes, record.hostStart, record.hostEnd, HOST_MAX_BYTES);
    else appendField(out, this.#host, 0, this.#host.length, HOST_MAX_BYTES);
    if (record.shape === "malformed") {
      out.appendByte(BLANK);
      out.appendByte(QUESTION);
    } else {
      appendField(out, bytes, record.tagStart, record.tagEnd, APP_MAX_BYTES, true);
    }
    appendField(out, bytes, record.pidStart, record.pidEnd, PID_MAX_BYTES, true);
    const { messageIdStart, messageIdEnd } = record;
    appendField(out, bytes, messageIdStart, messageIdEnd, MESSAGE_ID_MAX_BYTES, true);
    out.appendByte(BLANK);
    if (record.dataEnd === record.dataStart) out.appendByte(DASH);
    else appendText(out, record, record.dataStart, record.dataEnd);
    if (record.end > record.messageStart) {
      out.appendByte(BLANK);
      appendText(out, record, record.messageStart, record.end);
    }
    if (!this.#options.remote) out.appendByte(0x0a);
  }

  createLineWriter(source: KnownSource): LineWriter {
    const host = formatField(
      this.#options.logrecHostname ?? this.#options.hostname,
      HOST_MAX_BYTES,
    );
    return new LineFrame(this.#clock, {
      beforeTime: `<${wirePriority(source.priority)}>1 `,
      time: "iso",
      afterTime: ` ${host} ${formatField(source.program, APP_MAX_BYTES)} ${source.pid} - - `,
      text: "plain",
      afterText: this.#options.remote ? "" : "\n",
    });
  }

  #timeOf(record: SyslogRecord): Uint8Array {
    const statedMs = parseIsoTime(record.bytes, record.dateStart, record.dateEnd);
    return Number.isNaN(statedMs) ? this.#clock.isoNow() : this.#clock.isoOf(statedMs);
  }
}

function appendText(out: OutputBuffer, record: SyslogRecord, start: number, end: number): void {
  if (record.hasControl) appendEscaped(out, record.bytes, start, end);
  else out.append(record.bytes, start, end);
}

function appendField(
  out: OutputBuffer,
  bytes: Uint8Array,
  start: number,
  end: number,
  maxBytes: number,
  separated = false,
): void {
  if (separated) out.appendByte(BLANK);
  if (start === end) {
    out.appendByte(DASH);
    return;
  }
  const last = Math.min(end, start + maxBytes);
  for (let i = start; i < last; i++) {
    const byte = bytes[i] as number;
    out.appendByte(byte > BLANK && byte < 127 ? byte : QUESTION);
  }
}

function formatField(text: string, maxBytes: number): string {
  return text.slice(0, maxBytes).replace(/[^!-~]/g, "?") || "-";
}
