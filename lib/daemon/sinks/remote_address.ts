/**
 * The forms of `syslog_host`: `host`, `host:port`, `[v6]:port`, with `udp://`, `tcp://` or
 * `tls://`; and `otlp+http://` or `otlp+https://`, which may have a path.
 */
import type { RemoteAddress } from "../../door/log_os.ts";

/** RFC 3164 and RFC 6587 use 514, RFC 5425 has its own, and so has OTLP. */
const DEFAULT_PORT = {
  udp: 514,
  tcp: 514,
  tls: 6514,
  "otlp+http": 4318,
  "otlp+https": 4318,
} as const;

/** Where collectors take logs. */
const OTLP_PATH = "/v1/logs";

const FORM = /^(?:(udp|tcp|tls|otlp\+https?):\/\/)?([^/]+)(\/[!-"$-~]*)?$/i;

const PORT_MAX = 65535;

/** Parses a log host; UDP where no transport is named. `undefined` where it is none. */
export function parseRemoteAddress(text: string): RemoteAddress | undefined {
  const match = FORM.exec(text.trim());
  if (match === null) return undefined;
  const transport = (match[1]?.toLowerCase() ?? "udp") as RemoteAddress["transport"];
  const isCollector = transport === "otlp+http" || transport === "otlp+https";
  const [rest, path = "/"] = [match[2] as string, match[3]];
  if (match[3] !== undefined && !isCollector) return undefined;
  const bracketed = /^\[([0-9a-f:.%\w]+)\](?::(\d+))?$/i.exec(rest);
  const plain = bracketed ?? /^([^:/@\s[\]]+)(?::(\d+))?$/.exec(rest);
  // More than one colon without brackets can only be an IPv6 address without port.
  const parts = plain ?? /^((?:[0-9a-f]*:){2,}[0-9a-f.]*)$/i.exec(rest);
  if (parts === null) return undefined;
  const port = parts[2] === undefined ? DEFAULT_PORT[transport] : Number(parts[2]);
  if (port < 1 || port > PORT_MAX) return undefined;
  const place = { transport, host: parts[1] as string, port };
  return isCollector ? { ...place, path: path === "/" ? OTLP_PATH : path } : place;
}

/** Formats an address for messages: `tcp://[::1]:514`. A path may hold a secret. */
export function formatRemoteAddress(address: RemoteAddress): string {
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${address.transport}://${host}:${address.port}`;
}
