/**
 * Who has the other end of a TCP connection inside this network namespace. The kernel's tables of
 * sockets tell, see proc(5); a peer on another machine is in none of them.
 */
import { formatAddress } from "../libc/ip_address.ts";
import { libc } from "../libc/libc.ts";
import { hexPort, readSocketTable } from "./socket_tables.ts";

/** One end of a connection. IPv4 is written as such, mapped addresses of IPv6 included. */
export interface TcpEnd {
  readonly address: string;
  readonly port: number;
}

/**
 * Finds out of /proc/net/tcp and /proc/net/tcp6 who has the other end of a connection inside this
 * network namespace, in whatever state it is. Undefined where no socket is that end or several are,
 * or where the one that is belongs to no process any more: the kernel writes 0 then, which is not
 * root.
 */
export function peerUser(tables: readonly string[], own: TcpEnd, peer: TcpEnd): number | undefined {
  const ends = `${hexEnd(peer)} ${hexEnd(own)}`;
  const found = tables.flatMap((table) =>
    // The port is looked for first: a table can have many lines.
    table.split("\n").flatMap((line) => {
      if (!line.includes(hexPort(peer.port))) return [];
      const [, local = "", remote = "", , , , , uid, , inode] = line.trim().split(/\s+/);
      return `${plainEnd(local)} ${plainEnd(remote)}` === ends ? [{ uid, inode }] : [];
    })
  );
  const [only] = found;
  if (found.length !== 1 || only?.inode === undefined || only.inode === "0") return undefined;
  return Number(only.uid);
}

/** Writes an end as the tables do, where an address is its 32-bit words in the machine's order. */
function hexEnd({ address, port }: TcpEnd): string {
  const bytes = address.includes(":")
    ? expandIpv6(address).flatMap((group) => [group >> 8, group & 255])
    : address.split(".").map(Number);
  const words = Array.from(
    { length: bytes.length / 4 },
    (_, at) =>
      bytes.slice(4 * at, 4 * at + 4).reverse()
        .map((byte) => byte.toString(16).padStart(2, "0")).join(""),
  );
  return words.join("").toUpperCase() + hexPort(port);
}

const MAPPED = "0000000000000000FFFF0000";

/** A socket of IPv6 that talks IPv4 is listed with mapped addresses. */
function plainEnd(end: string): string {
  return end.startsWith(MAPPED) ? end.slice(MAPPED.length) : end;
}

function expandIpv6(address: string): number[] {
  const [head = "", tail] = address.split("::");
  const groups = (text: string) => text === "" ? [] : text.split(":").map((g) => parseInt(g, 16));
  const [first, last] = [groups(head), groups(tail ?? "")];
  return [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
}

/**
 * Returns the user at the other end of a connection from this very host. Undefined where that is
 * somebody else, is hidden, or is not certain.
 */
export function tcpPeerUser(own: TcpEnd, remote: TcpEnd): number | undefined {
  if (!isLoopback(remote.address)) return undefined;
  const tables = [readSocketTable("tcp"), readSocketTable("tcp6")];
  return peerUser(tables.map((table) => table ?? ""), own, remote);
}

function isLoopback(address: string): boolean {
  return /^127\.|^::1$/.test(address);
}

/** Reads a `struct sockaddr`. Undefined where it is none of IP. */
export function remoteEnd(address: DataView): TcpEnd | undefined {
  const text = formatAddress(address);
  return text === undefined ? undefined : { address: text, port: address.getUint16(2) };
}

/** Returns chaperone's end of a connection. */
export function ownEnd(fd: number): TcpEnd | undefined {
  const bytes = new Uint8Array(128);
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, bytes.length, true);
  if (libc().getsockname(fd, bytes, size) < 0) return undefined;
  return remoteEnd(new DataView(bytes.buffer));
}
