/** How a socket of `listen` is written: `[NAME=]ADDRESS`. */
import { parseHostPort } from "./values.ts";

/** Where chaperone listens for a service. */
export type ListenAddress =
  | {
    readonly kind: "tcp" | "udp";
    /** An address, `localhost`, or `*` for all of IPv4 and IPv6. */
    readonly host: string;
    readonly port: number;
  }
  | { readonly kind: "unix" | "unix-dgram"; readonly path: string };

/** A socket, and the name that LISTEN_FDNAMES gives it. */
export interface ListenSpec {
  readonly name?: string;
  readonly address: ListenAddress;
}

/**
 * Reads `8080`, `127.0.0.1:8080`, `[::1]:8080`, `udp://:514`, `/run/web.sock`, `unix:/run/web.sock`
 * or `unix-dgram:/run/log`, perhaps with a name before it: `http=8080`.
 */
export function parseListenSpec(text: string): ListenSpec | undefined {
  const match = /^(?:([A-Za-z_][\w.-]*)=)?(.*)$/.exec(text.trim());
  const address = parseAddressText(match?.[2] ?? "");
  if (address === undefined) return undefined;
  return match?.[1] === undefined ? { address } : { name: match[1], address };
}

/** Checks one socket of `listen` and returns it without blanks around. */
export function parseListen(text: string): string | undefined {
  return parseListenSpec(text) === undefined ? undefined : text.trim();
}

function parseAddressText(text: string): ListenAddress | undefined {
  const path = /^(?:(unix|unix-dgram):(?:\/\/)?)?(\/.+)$/.exec(text);
  if (path !== null) {
    return { kind: path[1] === "unix-dgram" ? "unix-dgram" : "unix", path: path[2] ?? "" };
  }
  const [, scheme, rest = ""] = /^(?:(tcp|udp):\/\/)?(.*)$/.exec(text) ?? [];
  const address = parseHostPort(rest.replace(/^:(?=\d)/, "*:"), "*");
  return address && { kind: scheme === "udp" ? "udp" : "tcp", ...address };
}

/** Formats an address for messages. */
export function formatListenAddress(address: ListenAddress): string {
  if ("path" in address) return address.path;
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${address.kind}://${host}:${address.port}`;
}
