/**
 * Records for a collector of OpenTelemetry: the resource that a record is of, a newline, and the
 * record as a `LogRecord` of OTLP in its JSON encoding. Whoever sends them gathers the records of
 * each resource.
 *
 * `service.name` is the service that wrote a line, the tag of a record from /dev/log, chaperone's own
 * name for its messages. Attributes follow the table for syslog in OpenTelemetry's data model of
 * logs. A text that is a JSON object may hold the ids of its trace.
 */
import type { OutputBuffer } from "../base/output_buffer.ts";
import { readStructuredData } from "../wire/structured_data.ts";
import type { SyslogRecord } from "../wire/syslog_record.ts";
import { appendJsonText } from "./escape.ts";
import type { FormatOptions, KnownSource, LineWriter, RecordFormat } from "./format.ts";
import { parseJsonObject } from "./json_object.ts";
import { facilityName, severityName } from "./priorities.ts";
import { type LogClock, parseIsoTime } from "./timestamp.ts";

/** From emerg to debug: FATAL, ERROR3, ERROR2, ERROR, WARN, INFO2, INFO, DEBUG. */
const SEVERITY_NUMBERS = [21, 19, 18, 17, 13, 10, 9, 5] as const;

/** What OpenTelemetry calls a service that nobody has named. */
const UNKNOWN_SERVICE = "unknown_service";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Writes records for a collector. */
export class OtlpFormat implements RecordFormat {
  readonly #clock: LogClock;
  readonly #options: FormatOptions;

  constructor(options: FormatOptions, clock: LogClock) {
    this.#options = options;
    this.#clock = clock;
  }

  appendRecord(out: OutputBuffer, record: SyslogRecord): void {
    const { bytes, messageStart, end } = record;
    const field = (from: number, to: number) => decoder.decode(bytes.subarray(from, to));
    const statedMs = parseIsoTime(bytes, record.dateStart, record.dateEnd);
    const { nowMs } = this.#clock;
    const attributes = {
      "syslog.facility": facilityName(record.priority),
      "syslog.procid": field(record.pidStart, record.pidEnd) || undefined,
      "syslog.msgid": field(record.messageIdStart, record.messageIdEnd) || undefined,
      ...structuredAttributes(record),
    };
    const { logrecHostname, hostname } = this.#options;
    const statedHost = field(record.hostStart, record.hostEnd);
    const resource = formatResource(
      field(record.tagStart, record.tagEnd) || UNKNOWN_SERVICE,
      logrecHostname ?? (statedHost || hostname),
    );
    const head = formatHead(record.priority, attributes);
    const times = formatTimes(Number.isNaN(statedMs) ? nowMs : statedMs, nowMs);
    out.append(encoder.encode(`${resource}\n${head}${times}`));
    appendBody(out, bytes, messageStart, end);
  }

  createLineWriter(source: KnownSource): LineWriter {
    const { logrecHostname, hostname } = this.#options;
    const { priority, program, pid, service, stream } = source;
    const isOwn = stream === undefined;
    const resource = formatResource(
      isOwn ? program : service ?? program,
      logrecHostname ?? hostname,
    );
    const attributes = {
      "log.iostream": stream,
      "process.pid": pid,
      "syslog.facility": facilityName(priority),
      "chaperone.service": isOwn ? service : undefined,
    };
    return new OtlpLines(this.#clock, `${resource}\n${formatHead(priority, attributes)}`);
  }
}

/** Lines of one source: all but time and text is the same. */
class OtlpLines implements LineWriter {
  readonly #clock: LogClock;
  readonly #head: string;
  #stamped = new Uint8Array(0);
  #stampedMs = NaN;

  constructor(clock: LogClock, head: string) {
    this.#clock = clock;
    this.#head = head;
  }

  appendLine(out: OutputBuffer, bytes: Uint8Array, start: number, end: number): void {
    const { nowMs } = this.#clock;
    if (nowMs !== this.#stampedMs) {
      this.#stampedMs = nowMs;
      this.#stamped = encoder.encode(this.#head + formatTimes(nowMs, nowMs));
    }
    out.append(this.#stamped);
    appendBody(out, bytes, start, end);
  }
}

function formatResource(service: string, host: string): string {
  const attributes = formatAttributes({ "service.name": service, "host.name": host });
  return `{"attributes":${attributes}}`;
}

/** The beginning of a record; its times, its body and the end follow. */
function formatHead(priority: number, attributes: Attributes): string {
  return `{"severityNumber":${SEVERITY_NUMBERS[priority & 7]},` +
    `"severityText":"${severityName(priority)}","attributes":${formatAttributes(attributes)},`;
}

function formatTimes(wallMs: number, observedMs: number): string {
  return `"timeUnixNano":"${toNanos(wallMs)}","observedTimeUnixNano":"${toNanos(observedMs)}",`;
}

/** Microseconds are as fine as the clock is; a double would not hold nanoseconds. */
function toNanos(wallMs: number): string {
  const wholeMs = Math.floor(wallMs);
  const micros = Math.min(999, Math.round((wallMs - wholeMs) * 1000));
  return `${wholeMs}${String(micros).padStart(3, "0")}000`;
}

function formatAttributes(attributes: Attributes): string {
  const list = Object.entries(attributes).flatMap(([key, value]) => {
    if (value === undefined) return [];
    return {
      key,
      value: typeof value === "number" ? { intValue: `${value}` } : { stringValue: value },
    };
  });
  return JSON.stringify(list);
}

function structuredAttributes({ bytes, dataStart, dataEnd }: SyslogRecord): Attributes {
  if (dataEnd === dataStart) return {};
  const elements = Object.entries(readStructuredData(bytes, dataStart, dataEnd));
  return Object.fromEntries(
    elements.flatMap(([id, parameters]) =>
      Object.entries(parameters).map(([name, value]) => [`syslog.${id}.${name}`, String(value)])
    ),
  );
}

const BODY = encoder.encode('"body":{"stringValue":"');

function appendBody(out: OutputBuffer, bytes: Uint8Array, start: number, end: number): void {
  out.append(BODY);
  appendJsonText(out, bytes, start, end);
  out.append(encoder.encode(`"}${formatTrace(bytes, start, end)}}`));
}

/** The ids of the trace that a text which is a JSON object names; a span is of no use without. */
function formatTrace(bytes: Uint8Array, start: number, end: number): string {
  const members = parseJsonObject(bytes, start, end) as Record<string, unknown> | undefined;
  if (members === undefined) return "";
  const trace = readId(members["trace_id"] ?? members["traceId"], 32);
  if (trace === undefined) return "";
  const span = readId(members["span_id"] ?? members["spanId"], 16);
  return `,"traceId":"${trace}"${span === undefined ? "" : `,"spanId":"${span}"`}`;
}

/** So many hexadecimal digits, not all of them 0. */
function readId(value: unknown, digits: number): string | undefined {
  const isId = typeof value === "string" && value.length === digits &&
    /^[0-9a-f]+$/i.test(value) && /[^0]/.test(value);
  return isId ? value.toLowerCase() : undefined;
}
