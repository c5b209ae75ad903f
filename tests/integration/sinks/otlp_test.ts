/** Records that go to a collector over a real connection, and what it reads of them. */
import { assertEquals, assertMatch } from "@std/assert";
import { createOtlpOutlet } from "../../../lib/apps/run/run_otlp.ts";
import type { BufferedSink } from "../../../lib/daemon/sinks/buffered_sink.ts";
import type { RecordFormat } from "../../../lib/log/format.ts";
import { LogClock } from "../../../lib/log/timestamp.ts";
import { SyslogRecord } from "../../../lib/wire/syslog_record.ts";
import { test } from "../test.ts";
import { makeCertificate } from "./certificate.ts";
import { faultsOf, loadLogsSchema } from "./otlp_schema.ts";
import { createWorkbench, inDirectory, LIMIT_MS, open, until } from "./workbench.ts";

const encoder = new TextEncoder();

interface Received {
  readonly path: string;
  readonly encoding: string | null;
  readonly value: { readonly resourceLogs: readonly Record<string, unknown>[] };
}

/** A collector that answers as told and keeps what it got. */
function collector(
  answer: (count: number) => Response,
  tls: { readonly cert: string; readonly key: string } | undefined = undefined,
) {
  const received: Received[] = [];
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {}, ...tls };
  const server = Deno.serve(options, async (request) => {
    const text = await new Response(
      request.body?.pipeThrough(new DecompressionStream("gzip")),
    ).text();
    received.push({
      path: new URL(request.url).pathname,
      encoding: request.headers.get("content-encoding"),
      value: JSON.parse(text),
    });
    return answer(received.length);
  });
  return { received, server, port: server.addr.port };
}

function openCollector(host: string, tlsCaFile?: string) {
  const { set, reports } = createWorkbench();
  set.useOtlp(createOtlpOutlet);
  const sink = open(set, { syslogHost: host, ...(tlsCaFile === undefined ? {} : { tlsCaFile }) });
  const clock = new LogClock(() => 1_800_000_000_123.456);
  const format = sink.createFormat?.({ hostname: "box", extended: false, remote: true }, clock);
  return { set, reports, sink, format: format as RecordFormat };
}

function writeAll(sink: BufferedSink, format: RecordFormat): void {
  const add = (write: () => void) => {
    const start = sink.buffer.length;
    write();
    sink.recordAppended(start);
  };
  const lines = format.createLineWriter({
    ...{ priority: 30, program: "web", pid: 12, service: "web", stream: "stdout" },
  });
  const texts = [
    "plain ä \x1b[31m",
    '{"msg":"ok","trace_id":"0AF7651916CD43DD8448EB211C80319C","span_id":"b7ad6b7169203331"}',
  ];
  for (const text of texts) {
    const bytes = encoder.encode(text);
    add(() => lines.appendLine(sink.buffer, bytes, 0, bytes.length, false));
  }
  const record = new SyslogRecord();
  const datagram = encoder.encode(
    '<13>1 2026-01-31T12:00:00.5Z far app 77 ID7 [x@1 a="1"] it is "here"',
  );
  record.parse(datagram, 0, datagram.length);
  add(() => format.appendRecord(sink.buffer, record));
  sink.flush();
}

test("a collector gets batches that are as the protocol's own definition says", async () => {
  const schema = await loadLogsSchema();
  const { received, server, port } = collector(() => Response.json({}));
  const { set, reports, sink, format } = openCollector(`otlp+http://127.0.0.1:${port}/v1/logs`);
  writeAll(sink, format);
  await set.drain(LIMIT_MS);
  const [{ path, encoding, value } = {} as Received] = received;
  assertEquals([received.length, path, encoding], [1, "/v1/logs", "gzip"]);
  assertEquals(faultsOf(schema, "ExportLogsServiceRequest", value), []);
  // The control: it finds what is wrong.
  const wrong = structuredClone(value) as { resourceLogs: { scopeLogs: unknown }[] };
  Object.assign(wrong.resourceLogs[0] as object, { resource: { attributes: [{ kee: 1 }] } });
  assertEquals(faultsOf(schema, "ExportLogsServiceRequest", wrong).length, 1);
  assertEquals(reports, []);
  const records = value.resourceLogs.map(({ resource, scopeLogs }) => [resource, scopeLogs]);
  assertEquals(records.length, 2);
  assertMatch(JSON.stringify(records[0]), /"service.name","value":\{"stringValue":"web"/);
  assertMatch(JSON.stringify(records[0]), /"traceId":"0af7651916cd43dd8448eb211c80319c"/);
  assertMatch(JSON.stringify(records[1]), /"host.name","value":\{"stringValue":"far"/);
  set.close();
  await server.shutdown();
});

test("a collector that is busy gets the same batch again; one that is gone costs records, counted", async () => {
  const { received, server, port } = collector((count) =>
    new Response("", { status: count === 1 ? 503 : 200 })
  );
  const { set, reports, sink, format } = openCollector(`otlp+http://127.0.0.1:${port}`);
  writeAll(sink, format);
  await until("the batch has come again", () => received.length === 2);
  assertEquals(received[0]?.value, received[1]?.value);
  await until("that is told", () => reports.length === 2);
  await server.shutdown();
  writeAll(sink, format);
  await sink.drain(LIMIT_MS);
  set.close();
  assertEquals(reports.length, 4);
  assertMatch(reports[0] ?? "", /it answered 503$/);
  // A connection that was kept open breaks off first.
  assertMatch(
    reports[2] ?? "",
    /^Cannot write to log host otlp\+http:.*onnection (?:refused|closed before)/,
  );
  assertMatch(reports[3] ?? "", /, 3 records were dropped$/);
});

test("a collector over TLS is checked against tls_ca_file, and one without is refused in words", () =>
  inDirectory(async (path) => {
    const [cert, key] = await makeCertificate(path);
    const { received, server, port } = collector(() => Response.json({}), { cert, key });
    const host = `otlp+https://localhost:${port}`;
    const good = openCollector(host, `${path}/cert.pem`);
    writeAll(good.sink, good.format);
    await good.set.drain(LIMIT_MS);
    good.set.close();
    assertEquals([received.length, good.reports], [1, []]);
    const bad = openCollector(host);
    writeAll(bad.sink, bad.format);
    await until("it is told", () => bad.reports.length > 0);
    assertMatch(bad.reports[0] ?? "", /no authority that is trusted has signed its certificate/);
    bad.set.close();
    await server.shutdown();
  }));
