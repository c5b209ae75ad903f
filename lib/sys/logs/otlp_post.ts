/** Posts batches of log records to a collector. */
import type { RemoteAddress } from "../../config/remote_address.ts";
import type { LogPoster } from "../../door/log_os.ts";
import { HttpPoster } from "../sockets/http_post.ts";

/** As long as the exporters of OpenTelemetry wait. */
const POST_LIMIT_MS = 10_000;

const HEADERS = { "content-type": "application/json", "content-encoding": "gzip" };

/** Opens nothing yet; `caFile` replaces nothing and adds authorities. */
export function createOtlpPoster(address: RemoteAddress, caFile?: string): LogPoster {
  const poster = new HttpPoster(caFile);
  const { transport, host, port, path = "/" } = address;
  const scheme = transport === "otlp+https" ? "https" : "http";
  const url = `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}${path}`;
  return {
    post: async (body) => {
      const zipped = await gzip(body);
      return await poster.post({ url, body: zipped, headers: HEADERS, timeoutMs: POST_LIMIT_MS });
    },
    close: () => poster.close(),
  };
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const zipped = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(zipped).arrayBuffer());
}
