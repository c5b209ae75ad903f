/** Sinks on the real system, as the router uses them. */
import type { LoggingConfig } from "../../../lib/config/model.ts";
import { parseRemoteAddress } from "../../../lib/config/remote_address.ts";
import type { BufferedSink } from "../../../lib/daemon/sinks/buffered_sink.ts";
import { type DiskLimits, SinkSet } from "../../../lib/daemon/sinks/sink_set.ts";
import { formatFileName } from "../../../lib/log/file_name.ts";
import { libc } from "../../../lib/sys/libc/libc.ts";
import { logOs } from "../../../lib/sys/logs/log_os.ts";

// Opened here, the C library does not count as something that a test left behind.
Object.values(libc());

const encoder = new TextEncoder();

/** How long a test waits for something before it fails. */
export const LIMIT_MS = 15_000;

export function section(values: Partial<LoggingConfig>): LoggingConfig {
  return {
    name: "test.logging",
    enabled: true,
    selector: "*.*",
    stdout: false,
    stderr: false,
    overwrite: false,
    required: true,
    extended: false,
    format: "text",
    rotateKeep: 5,
    rotateCompress: false,
    whenFull: "block",
    queueSizeBytes: 1024 * 1024,
    origin: undefined,
    ...values,
  };
}

export interface Workbench {
  readonly set: SinkSet;
  readonly reports: string[];
}

export function createWorkbench(limits: DiskLimits = {}): Workbench {
  const reports: string[] = [];
  const set = new SinkSet({
    os: logOs,
    expandPath: formatFileName,
    report: (text) => reports.push(text),
    tell: (_level, text) => reports.push(text),
    changed: () => {},
    limits,
  });
  return { set, reports };
}

/** Values of a section, with the remote host as it is written. */
type Written = Omit<Partial<LoggingConfig>, "syslogHost"> & { readonly syslogHost?: string };

/** Opens the one sink of a section. */
export function open(set: SinkSet, { syslogHost, ...values }: Written): BufferedSink {
  const address = syslogHost === undefined ? undefined : parseRemoteAddress(syslogHost);
  const remote = address === undefined ? {} : { syslogHost: address };
  return set.sinksOf(section({ ...values, ...remote }))[0] as BufferedSink;
}

/** Appends a record as the router does; `end` is what the sink's kind asks for. */
export function append(sink: BufferedSink, text: string): void {
  const start = sink.buffer.length;
  sink.buffer.append(encoder.encode(sink.kind === "remote" ? text : `${text}\n`));
  sink.recordAppended(start);
}

export function write(sink: BufferedSink, text: string): void {
  append(sink, text);
  sink.flush();
}

/** Waits for a condition that something outside brings about. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const end = performance.now() + LIMIT_MS;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`Nothing happened in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Runs with a directory that is removed afterwards. */
export async function inDirectory(act: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempDir({ prefix: "sinks-" });
  try {
    await act(path);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}
