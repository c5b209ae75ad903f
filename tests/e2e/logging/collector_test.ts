/** A collector of OpenTelemetry gets what services and programs write, and the end of a container. */
import { assert, assertEquals } from "@std/assert";
import { inNamespace } from "../harness/namespace.ts";
import { waitUntil } from "../harness/output.ts";
import { namespaceTest } from "../harness/requirements.ts";
import { configuration, sh, STAYS } from "../scenario.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}

/** What a collector has got: service, severity, text and trace of each record. */
function recordsOf(body: string): string[] {
  return JSON.parse(body).resourceLogs.flatMap((
    { resource, scopeLogs }: {
      resource: { attributes: Attribute[] };
      scopeLogs: { logRecords: Record<string, { stringValue: string }>[] }[];
    },
  ) => {
    const service = resource.attributes.find(({ key }) => key === "service.name");
    return scopeLogs.flatMap(({ logRecords }) =>
      logRecords.map(({ severityText, body, traceId }) =>
        [service?.value.stringValue, severityText, body?.stringValue, traceId].join(" ").trim()
      )
    );
  });
}

namespaceTest(
  "a collector gets lines with service, level and trace, also those of the end",
  async () => {
    const records: string[] = [];
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    await using server = Deno.serve(options, async (request) => {
      const text = request.body?.pipeThrough(new DecompressionStream("gzip"));
      records.push(...recordsOf(await new Response(text).text()));
      return Response.json({});
    });
    await using run = await inNamespace({
      network: "host",
      config: configuration({
        "all.logging": {
          selector: "*.info",
          syslog_host: `otlp+http://127.0.0.1:${server.addr.port}/v1/logs`,
        },
        "web.service": {
          command: sh(`echo '{"level":"error","msg":"no","trace_id":"${TRACE}"}'; ${STAYS}`),
          stdout: "log",
        },
      }),
    });
    const line = `web err {"level":"error","msg":"no","trace_id":"${TRACE}"} ${TRACE}`;
    await waitUntil(() => records.includes(line) || undefined, () => records.join("\n"));
    await run.signal("SIGTERM");
    await run.expectExit(0);
    assert(records.includes("web info got TERM"), records.join("\n"));
    assertEquals(records.filter((each) => each === line).length, 1);
  },
);
