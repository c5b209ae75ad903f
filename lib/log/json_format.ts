/**
 * Format `json`: one object a line, its keys in this order, absent ones left out:
 * time, facility, priority, service, stream, program, pid, host, msgid, message, structured_data.
 *
 * `time` is RFC 3339 with microseconds and local zone: the record's own where it states one with a
 * year, else that of its arrival. A format error has the program `?` and the raw record as message.
 * A line of a service that is a JSON object has no `message`: it is kept, and gets the other
 * members.
 */
import type { OutputBuffer } from "../base/output_buffer.ts";
import { readStructuredData } from "../wire/structured_data.ts";
import type { SyslogRecord } from "../wire/syslog_record.ts";
import { appendJson, appendJsonText } from "./escape.ts";
import type { FormatOptions, KnownSource, LineWriter, RecordFormat } from "./format.ts";
import { LineFrame } from "./line_frame.ts";
import { OwnJsonLines } from "./own_json_lines.ts";
import { encodeByPriority, facilityName, severityName, wirePriority } from "./priorities.ts";
import { type LogClock, parseIsoTime } from "./timestamp.ts";

const encoder = new TextEncoder();

const PROGRAM = encoder.encode(',"program":"');
const UNKNOWN_PROGRAM = encoder.encode(',"program":"?"');
const PID = encoder.encode(',"pid":');
const HOST = encoder.encode(',"host":"');
const MESSAGE_ID = encoder.encode(',"msgid":"');
const MESSAGE = encoder.encode(',"message":"');
const DATA = encoder.encode(',"structured_data":');
const QUOTE = 0x22;

/** Writes records as JSON objects. */
export class JsonFormat implements RecordFormat {
  readonly #clock: LogClock;
  readonly #options: FormatOptions;
  readonly #beforeTime: readonly Uint8Array[];
  readonly #afterTime: readonly Uint8Array[];
  readonly #host: string;
  readonly #hostMember: Uint8Array;
  readonly #end: Uint8Array;

  constructor(options: FormatOptions, clock: LogClock) {
    this.#clock = clock;
    this.#options = options;
    this.#host = options.logrecHostname ?? options.hostname;
    this.#hostMember = encoder.encode(`,"host":${JSON.stringify(this.#host)}`);
    this.#end = encoder.encode(options.remote ? "}" : "}\n");
    this.#beforeTime = encodeByPriority((priority) => formatStart(options, priority));
    this.#afterTime = encodeByPriority(formatPriority);
  }

  appendRecord(out: OutputBuffer, record: SyslogRecord): void {
    const { bytes, priority } = record;
    out.append(this.#beforeTime[priority] as Uint8Array);
    out.append(this.#timeOf(record));
    out.append(this.#afterTime[priority] as Uint8Array);
    if (record.shape === "malformed") out.append(UNKNOWN_PROGRAM);
    else if (record.tagEnd > record.tagStart) {
      appendMember(out, PROGRAM, bytes, record.tagStart, record.tagEnd);
    }
    if (record.pidEnd > record.pidStart) appendPid(out, record);
    this.#appendHost(out, record);
    if (record.messageIdEnd > record.messageIdStart) {
      appendMember(out, MESSAGE_ID, bytes, record.messageIdStart, record.messageIdEnd);
    }
    appendMember(out, MESSAGE, bytes, record.messageStart, record.end);
    if (record.dataEnd > record.dataStart) {
      out.append(DATA);
      const data = readStructuredData(bytes, record.dataStart, record.dataEnd);
      const json = encoder.encode(JSON.stringify(data));
      appendJson(out, json, 0, json.length);
    }
    out.append(this.#end);
  }

  /** A service's own JSON object stays one, and gets the members that it lacks. */
  createLineWriter(source: KnownSource): LineWriter {
    const frame = this.createFrame(source);
    const { priority, service, stream, program, pid } = source;
    if (stream === undefined) return frame;
    return new OwnJsonLines(this.#clock, frame, {
      added: {
        facility: facilityName(priority),
        priority: severityName(priority),
        service,
        stream,
        program,
        pid,
        host: this.#host,
      },
      ...(this.#options.remote ? { before: `<${wirePriority(priority)}>`, after: "" } : {}),
    });
  }

  /** Returns a writer of lines that are texts, whatever they look like. */
  createFrame(source: KnownSource): LineWriter {
    const service = source.service === undefined
      ? ""
      : `,"service":${JSON.stringify(source.service)}`;
    const stream = source.stream === undefined ? "" : `,"stream":"${source.stream}"`;
    return new LineFrame(this.#clock, {
      beforeTime: formatStart(this.#options, source.priority),
      time: "iso",
      afterTime: `${formatPriority(source.priority)}${service}${stream},"program":` +
        `${JSON.stringify(source.program)},"pid":${source.pid},"host":` +
        `${JSON.stringify(this.#host)},"message":"`,
      text: "json",
      afterText: this.#options.remote ? '"}' : '"}\n',
    });
  }

  #appendHost(out: OutputBuffer, record: SyslogRecord): void {
    if (record.hostEnd === record.hostStart || this.#options.logrecHostname !== undefined) {
      out.append(this.#hostMember);
    } else {
      appendMember(out, HOST, record.bytes, record.hostStart, record.hostEnd);
    }
  }

  #timeOf(record: SyslogRecord): Uint8Array {
    const statedMs = parseIsoTime(record.bytes, record.dateStart, record.dateEnd);
    return Number.isNaN(statedMs) ? this.#clock.isoNow() : this.#clock.isoOf(statedMs);
  }
}

function formatStart(options: FormatOptions, priority: number): string {
  return `${options.remote ? `<${wirePriority(priority)}>` : ""}{"time":"`;
}

function formatPriority(priority: number): string {
  return `","facility":"${facilityName(priority)}","priority":"${severityName(priority)}"`;
}

function appendMember(
  out: OutputBuffer,
  name: Uint8Array,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  out.append(name);
  appendJsonText(out, bytes, start, end);
  out.appendByte(QUOTE);
}

/** RFC 5424 allows anything as process id: what is not a plain number is written as a string. */
function appendPid(out: OutputBuffer, record: SyslogRecord): void {
  const { bytes, pidStart, pidEnd } = record;
  let isNumber = pidEnd - pidStart < 16 && (bytes[pidStart] !== 0x30 || pidEnd === pidStart + 1);
  for (let i = pidStart; i < pidEnd && isNumber; i++) {
    const byte = bytes[i] as number;
    isNumber = byte >= 0x30 && byte <= 0x39;
  }
  out.append(PID);
  if (!isNumber) out.appendByte(QUOTE);
  appendJsonText(out, bytes, pidStart, pidEnd);
  if (!isNumber) out.appendByte(QUOTE);
}
