/**
 * Format `text`: the line of chaperone 0.3.9, byte for byte.
 *
 *     [<PRI>][facility.priority ]Mmm dd hh:mm:ss HOST TAG REST
 *     [<PRI>][syslog.err ]??RAW                                    a format error
 *
 * The date is the record's own text; one in another notation is rewritten in local time, and a
 * record without gets that of its arrival. Control characters of received records are escaped, so
 * that a datagram makes one line.
 */
import type { OutputBuffer } from "../base/output_buffer.ts";
import type { SyslogRecord } from "../wire/syslog_record.ts";
import { appendEscaped } from "./escape.ts";
import type { FormatOptions, KnownSource, LineWriter, RecordFormat } from "./format.ts";
import { LineFrame } from "./line_frame.ts";
import { encodeByPriority, facilityName, severityName, wirePriority } from "./priorities.ts";
import { type LogClock, parseIsoTime } from "./timestamp.ts";

const BLANK = 0x20;
const NEWLINE = 0x0a;
const QUESTION = 0x3f;

const encoder = new TextEncoder();

/** Writes records as lines of text. */
export class TextFormat implements RecordFormat {
  readonly #clock: LogClock;
  readonly #options: FormatOptions;
  /** What a line begins with, by priority; empty for a plain one. */
  readonly #leads: readonly Uint8Array[];
  /** Own or configured host with a blank on either side. */
  readonly #host: Uint8Array;
  readonly #replacesHost: boolean;

  constructor(options: FormatOptions, clock: LogClock) {
    this.#clock = clock;
    this.#options = options;
    this.#replacesHost = options.logrecHostname !== undefined;
    this.#host = encoder.encode(` ${options.logrecHostname ?? options.hostname} `);
    this.#leads = encodeByPriority((priority) => formatLead(options, priority));
  }

  appendRecord(out: OutputBuffer, record: SyslogRecord): void {
    out.append(this.#leads[record.priority] as Uint8Array);
    if (record.shape === "malformed") {
      out.appendByte(QUESTION);
      out.appendByte(QUESTION);
      appendField(out, record, record.start, record.end);
    } else {
      this.#appendLine(out, record);
    }
    if (!this.#options.remote) out.appendByte(NEWLINE);
  }

  createLineWriter(source: KnownSource): LineWriter {
    return new LineFrame(this.#clock, {
      beforeTime: formatLead(this.#options, source.priority),
      time: "classic",
      afterTime: ` ${this.#options.logrecHostname ?? this.#options.hostname} ` +
        (source.program === "" ? "" : `${source.program}[${source.pid}]: `),
      text: "plain",
      afterText: this.#options.remote ? "" : "\n",
    });
  }

  #appendLine(out: OutputBuffer, record: SyslogRecord): void {
    const { bytes, end } = record;
    const hasHost = record.hostEnd > record.hostStart && !this.#replacesHost;
    if (record.shape !== "rfc3164") {
      out.append(this.#dateOf(record));
    } else if (hasHost && record.tagStart === record.hostEnd + 1 && !record.hasControl) {
      // Received as it is to be written.
      out.append(bytes, record.dateStart, end);
      return;
    } else {
      out.append(bytes, record.dateStart, record.dateEnd);
    }
    if (hasHost) {
      out.appendByte(BLANK);
      appendField(out, record, record.hostStart, record.hostEnd);
      out.appendByte(BLANK);
    } else {
      out.append(this.#host);
    }
    if (record.shape === "rfc5424") this.#appendRfc5424(out, record);
    else appendField(out, record, record.tagStart, end);
  }

  #appendRfc5424(out: OutputBuffer, record: SyslogRecord): void {
    appendField(out, record, record.tagStart, record.tagEnd);
    if (record.pidEnd > record.pidStart) {
      out.appendByte(0x5b);
      appendField(out, record, record.pidStart, record.pidEnd);
      out.appendByte(0x5d);
    }
    out.appendByte(0x3a);
    out.appendByte(BLANK);
    appendField(out, record, record.messageStart, record.end);
  }

  #dateOf(record: SyslogRecord): Uint8Array {
    const statedMs = parseIsoTime(record.bytes, record.dateStart, record.dateEnd);
    return Number.isNaN(statedMs) ? this.#clock.classicNow() : this.#clock.classicOf(statedMs);
  }
}

/** Appends a part of a record, escaped if there is anything to escape in the record. */
function appendField(out: OutputBuffer, record: SyslogRecord, start: number, end: number): void {
  if (record.hasControl) appendEscaped(out, record.bytes, start, end);
  else out.append(record.bytes, start, end);
}

function formatLead(options: FormatOptions, priority: number): string {
  const mark = options.remote ? `<${wirePriority(priority)}>` : "";
  if (!options.extended) return mark;
  return `${mark}${facilityName(priority)}.${severityName(priority)} `;
}
