/** Addresses of IP sockets as the kernel takes them, see ip(7) and ipv6(7). */
import { AF_INET, AF_INET6 } from "./socket.ts";
import { cString, libc } from "./libc.ts";

/** An address as bind(2) and sendto(2) take it. */
export interface SocketAddress {
  readonly family: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Encodes an address of numbers; undefined where the text is none of the family. */
export function ipAddress(family: number, host: string, port: number): SocketAddress | undefined {
  const isV6 = family === AF_INET6;
  const bytes = new Uint8Array(new ArrayBuffer(isV6 ? 28 : 16));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, family, true);
  view.setUint16(2, port);
  const address = new Uint8Array(new ArrayBuffer(16));
  if (libc().inet_pton(family, cString(host), address) !== 1) return undefined;
  bytes.set(isV6 ? address : address.subarray(0, 4), isV6 ? 8 : 4);
  return { family, bytes };
}

/**
 * Formats the address in a `struct sockaddr`, one of IPv4 as such; undefined where it is none of
 * IP.
 */
export function formatAddress(view: DataView): string | undefined {
  const family = view.getUint16(0, true);
  if (family === AF_INET) return [4, 5, 6, 7].map((at) => view.getUint8(at)).join(".");
  if (family !== AF_INET6) return undefined;
  return formatIpv6(Array.from({ length: 8 }, (_, i) => view.getUint16(8 + 2 * i)));
}

/** Formats an address as RFC 5952 wants it, and one of IPv4 as such. */
export function formatIpv6(groups: readonly number[]): string {
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    const [high = 0, low = 0] = groups.slice(6);
    return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  }
  const text = groups.map((group) => group.toString(16)).join(":");
  const runs = [...text.matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].map(([run]) => run);
  const longest = runs.toSorted((a, b) => b.length - a.length)[0];
  if (longest === undefined) return text;
  const at = text.indexOf(longest);
  const head = text.slice(0, at);
  const tail = text.slice(at + longest.length).replace(/^:/, "");
  return `${head}::${tail}`;
}
