/**
 * The forms of `syslog_host`: `host`, `host:port`, `[v6]:port`, with `udp://`, `tcp://` or
 * `tls://`.
 */
import type { RemoteAddress } from "../../door/log_os.ts";

/** RFC 3164 and RFC 6587 use 514, RFC 5425 has its own. */
const DEFAULT_PORT = { udp: 514, tcp: 514, tls: 6514 } as const;

const PORT_MAX = 65535;

/** Parses a log host; UDP where no transport is named. `undefined` where it is none. */
export function parseRemoteAddress(text: string): RemoteAddress | undefined {
  const match = /^(?:(udp|tcp|tls):\/\/)?(.+)$/i.exec(text.trim());
  if (match === null) return undefined;
  const transport = (match[1]?.toLowerCase() ?? "udp") as RemoteAddress["transport"];
  const rest = match[2] as string;
  const bracketed = /^\[([0-9a-f:.%\w]+)\](?::(\d+))?$/i.exec(rest);
  const plain = bracketed ?? /^([^:/@\s[\]]+)(?::(\d+))?$/.exec(rest);
  // More than one colon without brackets can only be an IPv6 address without port.
  const parts = plain ?? /^((?:[0-9a-f]*:){2,}[0-9a-f.]*)$/i.exec(rest);
  if (parts === null) return undefined;
  const port = parts[2] === undefined ? DEFAULT_PORT[transport] : Number(parts[2]);
  if (port < 1 || port > PORT_MAX) return undefined;
  return { transport, host: parts[1] as string, port };
}

/** Formats an address for messages: `tcp://[::1]:514`. */
export function formatRemoteAddress(address: RemoteAddress): string {
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${address.transport}://${host}:${address.port}`;
}
