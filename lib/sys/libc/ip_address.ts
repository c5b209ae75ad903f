/** Addresses of IP sockets as the kernel takes them, see ip(7) and ipv6(7). */
import { cString, libc } from "./libc.ts";

/** From sys/socket.h. */
export const AF_INET = 2;
export const AF_INET6 = 10;

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
