/**
 * The forms of `syslog_host`: `host`, `host:port`, `[v6]:port`, with `udp://`, `tcp://` or
 * `tls://`; and `otlp+http://` or `otlp+https://`, which may have a path.
 */

/** A remote log host. */
export interface RemoteAddress {
  readonly transport: "udp" | "tcp" | "tls" | "otlp+http" | "otlp+https";
  readonly host: string;
  readonly port: number;
  /** Of a collector of OpenTelemetry: what is posted to. */
  readonly path?: string;
}

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

/** Whether records go to a collector of OpenTelemetry. */
export function isCollector({ transport }: RemoteAddress): boolean {
  return transport === "otlp+http" || transport === "otlp+https";
}

/** Parses a log host; UDP where no transport is named. `undefined` where it is none. */
export function parseRemoteAddress(text: string): RemoteAddress | undefined {
  const match = FORM.exec(text.trim());
  if (match === null) return undefined;
  const transport = (match[1]?.toLowerCase() ?? "udp") as RemoteAddress["transport"];
  const [rest, path = "/"] = [match[2] as string, match[3]];
  const bracketed = /^\[([0-9a-f:.%\w]+)\](?::(\d+))?$/i.exec(rest);
  const plain = bracketed ?? /^([^:/@\s[\]]+)(?::(\d+))?$/.exec(rest);
  // More than one colon without brackets can only be an IPv6 address without port.
  const parts = plain ?? /^((?:[0-9a-f]*:){2,}[0-9a-f.]*)$/i.exec(rest);
  if (parts === null) return undefined;
  const port = parts[2] === undefined ? DEFAULT_PORT[transport] : Number(parts[2]);
  if (port < 1 || port > PORT_MAX) return undefined;
  const address = { transport, host: parts[1] as string, port };
  if (isCollector(address)) return { ...address, path: path === "/" ? OTLP_PATH : path };
  return match[3] === undefined ? address : undefined;
}

/** Formats an address for messages: `tcp://[::1]:514`. A path may hold a secret. */
export function formatRemoteAddress(address: RemoteAddress): string {
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${address.transport}://${host}:${address.port}`;
}
