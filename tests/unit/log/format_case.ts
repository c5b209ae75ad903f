/** What the tests of formats have in common: a record in, a line out, at a fixed time. */
import { assert } from "@std/assert";
import { OutputBuffer } from "../../../lib/base/output_buffer.ts";
import type { FormatOptions, KnownSource, RecordFormat } from "../../../lib/log/format.ts";
import { LogClock } from "../../../lib/log/timestamp.ts";
import { SyslogRecord } from "../../../lib/wire/syslog_record.ts";

const encoder = new TextEncoder();

/** 5 January 2026, 10:11:12.345678 local time. */
export const NOW_MS = new Date(2026, 0, 5, 10, 11, 12).getTime() + 345.678;

export const OPTIONS: FormatOptions = { hostname: "own", extended: false, remote: false };

export const SOURCE: KnownSource = {
  priority: 30,
  program: "web",
  pid: 12,
  service: "web",
  stream: "stdout",
};

/** A clock that stands still. */
export function stillClock(): LogClock {
  return new LogClock(() => NOW_MS);
}

/** Returns what a format makes of a datagram. */
export function formatRecord(format: RecordFormat, datagram: string | Uint8Array): string {
  const bytes = typeof datagram === "string" ? encoder.encode(datagram) : datagram;
  const record = new SyslogRecord();
  assert(record.parse(bytes, 0, bytes.length));
  const out = new OutputBuffer();
  format.appendRecord(out, record);
  return new TextDecoder().decode(out.filled());
}

/** Returns what a format makes of a line of a source. */
export function formatLine(
  format: RecordFormat,
  source: KnownSource,
  line: string | Uint8Array,
  escaped = false,
): string {
  const bytes = typeof line === "string" ? encoder.encode(line) : line;
  const out = new OutputBuffer();
  format.createLineWriter(source).appendLine(out, bytes, 0, bytes.length, escaped);
  return new TextDecoder().decode(out.filled());
}
