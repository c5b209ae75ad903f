/**
 * Who has the other end of a TCP connection inside this network namespace. The kernel's tables of sockets
 * tell, see proc(5); a peer on another machine is in none of them.
 */

const ESTABLISHED = "01";

/**
 * Finds out of /proc/net/tcp or /proc/net/tcp6 who has the other end of a connection inside this network
 * namespace: the users of all sockets on this host that connect these two ports.
 */
export function peerUsers(table: string, peerPort: number, ownPort: number): number[] {
  const hex = (port: number) => `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const [peerEnd, ownEnd] = [hex(peerPort), hex(ownPort)];
  return table.split("\n").flatMap((line) => {
    const [, local = "", remote = "", state, , , , uid] = line.trim().split(/\s+/);
    const isPeer = state === ESTABLISHED && local.endsWith(peerEnd) && remote.endsWith(ownEnd);
    return isPeer ? [Number(uid)] : [];
  });
}

/**
 * Returns the user at the other end of a connection from this very host. Undefined where that is somebody
 * else, is hidden, or is not certain.
 */
export function tcpPeerUser(local: Deno.NetAddr, remote: Deno.NetAddr): number | undefined {
  if (!isLoopback(remote.hostname)) return undefined;
  const users = new Set(
    TABLES.flatMap((path) => peerUsers(readTable(path), remote.port, local.port)),
  );
  // Sockets of several users may connect the same ports between different addresses.
  return users.size === 1 ? [...users][0] : undefined;
}

const TABLES = ["/proc/net/tcp", "/proc/net/tcp6"];

function readTable(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return ""; // ENOENT: the kernel has no IPv6, or /proc is hidden.
  }
}

function isLoopback(host: string): boolean {
  return /^(?:::ffff:)?127\.|^::1$/.test(host);
}
