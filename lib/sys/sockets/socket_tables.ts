/**
 * The kernel's tables of sockets, /proc/net/tcp, tcp6 and unix, see proc(5), of this network
 * namespace.
 */

/** About 27,000 sockets: whoever opens more must not make PID 1 read them. */
const TABLE_MAX_BYTES = 4 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

/** Reads a table; undefined where it is not there, is hidden, or is too large. */
export function readSocketTable(name: "tcp" | "tcp6" | "unix"): string | undefined {
  const chunk = new Uint8Array(CHUNK_BYTES);
  const decoder = new TextDecoder();
  let text = "";
  try {
    using file = Deno.openSync(`/proc/net/${name}`);
    for (let size = file.readSync(chunk); size !== null; size = file.readSync(chunk)) {
      text += decoder.decode(chunk.subarray(0, size));
      if (text.length > TABLE_MAX_BYTES) return undefined;
    }
    return text;
  } catch {
    return undefined; // ENOENT: the kernel has no IPv6, or /proc is hidden.
  }
}

/** A TCP socket that listens. */
export interface ListeningSocket {
  readonly inode: string;
  /** Who opened it. */
  readonly uid: number;
}

/** TCP_LISTEN of linux/tcp_states.h. */
const STATE_LISTEN = "0A";

/** Returns a port as it ends an address of the tables. */
export function hexPort(port: number): string {
  return `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Returns the port that an address of the tables ends with. */
function portOf(address: string): number {
  return parseInt(address.slice(address.lastIndexOf(":") + 1), 16);
}

/** Finds the sockets that listen on a port, on whichever address. */
export function listeningSockets(table: string, port: number): ListeningSocket[] {
  const wanted = `${hexPort(port)} `;
  // Most lines are other sockets: they are dismissed before they are split.
  return table.split("\n").filter((line) => line.includes(wanted)).flatMap((line) => {
    const [, local, , state, , , , uid, , inode] = line.trim().split(/\s+/);
    const listens = state === STATE_LISTEN && `${local} `.endsWith(wanted);
    return listens && inode !== undefined ? [{ inode, uid: Number(uid) }] : [];
  });
}

/** Returns the port of each socket that listens, by inode. */
export function portsByInode(table: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of table.split("\n")) {
    const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
    if (state !== STATE_LISTEN || inode === undefined) continue;
    found.set(inode, portOf(local));
  }
  return found;
}

/** States of linux/tcp_states.h in which nobody is connected: TIME_WAIT, CLOSE, LISTEN. */
const STATES_WITHOUT_PEER: ReadonlySet<string> = new Set(["06", "07", STATE_LISTEN]);

/** Whether somebody is connected to a port, or waits to be accepted there. */
export function hasTcpConnection(table: string, port: number): boolean {
  const wanted = `${hexPort(port)} `;
  return table.split("\n").filter((line) => line.includes(wanted)).some((line) => {
    const [, local, , state = STATE_LISTEN] = line.trim().split(/\s+/);
    return `${local} `.endsWith(wanted) && !STATES_WITHOUT_PEER.has(state);
  });
}

/** SS_CONNECTED of linux/net.h. */
const UNIX_CONNECTED = "03";

/** Whether somebody is connected to the socket at a path, by the table /proc/net/unix. */
export function hasUnixConnection(table: string, path: string): boolean {
  const end = ` ${path}`;
  return table.split("\n").filter((line) => line.endsWith(end)).some((line) => {
    return line.trim().split(/\s+/)[5] === UNIX_CONNECTED;
  });
}

/** SO_ACCEPTCON of linux/net.h: it listens. */
const UNIX_LISTENS = "00010000";

/** Counts the sockets with these inodes that are the near end of a connection to one of them that listens. */
export function countPeers(
  { tcp, unix }: { readonly tcp: readonly string[]; readonly unix: string },
  inodes: ReadonlySet<string>,
): number {
  const ports = new Set(
    tcp.flatMap((table) => [...portsByInode(table)])
      .flatMap(([inode, port]) => inodes.has(inode) ? [port] : []),
  );
  const peers = tcp.flatMap((table) => table.split("\n")).filter((line) => {
    const [, local = "", , state = STATE_LISTEN, , , , , , inode = ""] = line.trim().split(/\s+/);
    return inodes.has(inode) && !STATES_WITHOUT_PEER.has(state) && ports.has(portOf(local));
  });
  const own = unix.split("\n").map((line) => line.trim().split(/\s+/))
    .filter(([, , , , , , inode = ""]) => inodes.has(inode));
  const paths = new Set(
    own.filter(([, , , flags]) => flags === UNIX_LISTENS).map((fields) => fields[7]),
  );
  const guests = own.filter(([, , , flags, , state, , path]) =>
    flags !== UNIX_LISTENS && state === UNIX_CONNECTED && path !== undefined && paths.has(path)
  );
  return peers.length + guests.length;
}
