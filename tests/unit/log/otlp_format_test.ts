import { assertEquals } from "@std/assert";
import { OutputBuffer } from "../../../lib/base/output_buffer.ts";
import type { FormatOptions } from "../../../lib/log/format.ts";
import { OtlpFormat } from "../../../lib/log/otlp_format.ts";
import { LogClock } from "../../../lib/log/timestamp.ts";
import { SyslogRecord } from "../../../lib/wire/syslog_record.ts";
import { test } from "../../test.ts";

const NOW_MS = 1_800_000_000_123.456;
const NOW = "1800000000123456000";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface Value {
  readonly stringValue?: string;
  readonly intValue?: string;
}

function read(out: OutputBuffer) {
  const [resource = "", record = ""] = decoder.decode(out.filled()).split("\n");
  const flat = ({ attributes }: { attributes: { key: string; value: Value }[] }) =>
    Object.fromEntries(
      attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]),
    );
  const { attributes, body, ...rest } = JSON.parse(record);
  return {
    resource: flat(JSON.parse(resource)),
    attributes: flat({ attributes }),
    text: body.stringValue,
    ...rest,
  };
}

function formatOf(options: Partial<FormatOptions> = {}): OtlpFormat {
  const clock = new LogClock(() => NOW_MS);
  return new OtlpFormat({ hostname: "box", extended: false, remote: true, ...options }, clock);
}

function ofDatagram(text: string, options: Partial<FormatOptions> = {}) {
  const bytes = encoder.encode(text);
  const record = new SyslogRecord();
  record.parse(bytes, 0, bytes.length);
  const out = new OutputBuffer();
  formatOf(options).appendRecord(out, record);
  return read(out);
}

function ofLine(text: string, source: { service?: string; stream?: "stdout" | "stderr" }) {
  const bytes = encoder.encode(text);
  const out = new OutputBuffer();
  const known = { priority: 27, program: source.service ?? "chaperone", pid: 5, ...source };
  const lines = formatOf().createLineWriter(known);
  // Twice at one moment: what was stamped is used again.
  for (let i = 0; i < 2; i++) {
    out.reset();
    lines.appendLine(out, bytes, 0, bytes.length, false);
  }
  return read(out);
}

test("OtlpFormat writes a line of a service with its severity and times", () => {
  assertEquals(ofLine('it "is" ä', { service: "web", stream: "stderr" }), {
    resource: { "service.name": "web", "host.name": "box" },
    attributes: { "log.iostream": "stderr", "process.pid": 5, "syslog.facility": "daemon" },
    text: 'it "is" ä',
    severityNumber: 17,
    severityText: "err",
    timeUnixNano: NOW,
    observedTimeUnixNano: NOW,
  });
});

test("OtlpFormat writes chaperone's own messages as its own, with the service they are about", () => {
  const { resource, attributes } = formatOwn();
  assertEquals(resource, { "service.name": "chaperone", "host.name": "box" });
  assertEquals(attributes["chaperone.service"], "web");
  assertEquals(attributes["log.iostream"], undefined);
});

function formatOwn() {
  const bytes = encoder.encode("web is up");
  const out = new OutputBuffer();
  const known = { priority: 174, program: "chaperone", pid: 1, service: "web" };
  formatOf().createLineWriter(known).appendLine(out, bytes, 0, bytes.length, false);
  return read(out);
}

test("OtlpFormat writes a record of RFC 5424 with all of its fields", () => {
  const record = ofDatagram(
    '<165>1 2026-01-31T12:00:00.250Z far app 77 ID7 [x@1 a="1" b="2"][y@1 a="3"] text',
  );
  assertEquals(record, {
    resource: { "service.name": "app", "host.name": "far" },
    attributes: {
      "syslog.facility": "local4",
      "syslog.procid": "77",
      "syslog.msgid": "ID7",
      "syslog.x@1.a": "1",
      "syslog.x@1.b": "2",
      "syslog.y@1.a": "3",
    },
    text: "text",
    severityNumber: 10,
    severityText: "notice",
    timeUnixNano: "1769860800250000000",
    observedTimeUnixNano: NOW,
  });
  const renamed = ofDatagram("<13>Jan  5 10:11:12 far app: hello", { logrecHostname: "web-1" });
  assertEquals(renamed.resource, { "service.name": "app", "host.name": "web-1" });
  assertEquals([renamed.text, renamed.timeUnixNano], ["hello", NOW]);
});

test("OtlpFormat writes what cannot be parsed whole, of a service that nobody has named", () => {
  const { resource, text, severityText } = ofDatagram("no priority");
  assertEquals(resource["service.name"], "unknown_service");
  assertEquals([text, severityText], ["no priority", "err"]);
});

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

/** A line, and the ids that are found in it. */
const TRACED: readonly (readonly [string, string | undefined, string | undefined])[] = [
  [`{"trace_id":"${TRACE}","span_id":"${SPAN}"}`, TRACE, SPAN],
  [`{"traceId":"${TRACE.toUpperCase()}","spanId":"${SPAN}"}`, TRACE, SPAN],
  [`{"trace_id":"${TRACE}"}`, TRACE, undefined],
  [`{"span_id":"${SPAN}"}`, undefined, undefined],
  [`{"trace_id":"${TRACE}","span_id":"${TRACE}"}`, TRACE, undefined],
  [`{"trace_id":"${"0".repeat(32)}"}`, undefined, undefined],
  [`{"trace_id":"${"g".repeat(32)}"}`, undefined, undefined],
  [`{"trace_id":7}`, undefined, undefined],
  [`trace_id=${TRACE}`, undefined, undefined],
  [`{"trace_id":"${TRACE}"`, undefined, undefined],
];

test("OtlpFormat takes the ids of a trace from a line that is a JSON object, where they are such", () => {
  for (const [text, traceId, spanId] of TRACED) {
    const record = ofLine(text, { service: "web", stream: "stdout" });
    assertEquals([record.traceId, record.spanId, record.text], [traceId, spanId, text]);
  }
  assertEquals(ofDatagram(`<13>app: {"trace_id":"${TRACE}"}`).traceId, TRACE);
});

test("OtlpFormat maps severities as OpenTelemetry's table for syslog does", () => {
  const numbers = [0, 1, 2, 3, 4, 5, 6, 7].map((severity) =>
    ofDatagram(`<${8 + severity}>app: x`).severityNumber
  );
  assertEquals(numbers, [21, 19, 18, 17, 13, 10, 9, 5]);
});
