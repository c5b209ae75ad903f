/** Whether somebody is connected to sockets that listen, by the kernel's tables of sockets. */
import type { ListenAddress } from "../../config/listen_address.ts";
import type { SocketOwner } from "../../door/os.ts";
import { visitSockets } from "./listening.ts";
import {
  countPeers,
  hasTcpConnection,
  hasUnixConnection,
  readSocketTable,
} from "./socket_tables.ts";

/**
 * Whether somebody is connected to one of the addresses, or waits to be accepted; undefined where
 * that cannot be seen: /proc is hidden, or a table is too large.
 */
export function hasConnections(addresses: readonly ListenAddress[]): boolean | undefined {
  const isOfUnix = (address: ListenAddress) => address.kind === "unix";
  const tcp = addresses.every(isOfUnix)
    ? []
    : [readSocketTable("tcp"), readSocketTable("tcp6") ?? ""];
  const unix = addresses.some(isOfUnix) ? [readSocketTable("unix")] : [];
  const isConnected = addresses.some((address) =>
    "path" in address
      ? unix.some((table = "") => hasUnixConnection(table, address.path))
      : tcp.some((table = "") => hasTcpConnection(table, address.port))
  );
  if (isConnected) return true;
  return [...tcp, ...unix].includes(undefined) ? undefined : false;
}

/**
 * Returns how many are connected to sockets at which the owner's processes listen, and have been
 * accepted by one of them; undefined where that cannot be seen.
 */
export function countConnections(owner: SocketOwner): number | undefined {
  const inodes = new Set<string>();
  if (!visitSockets(owner, (inode) => inodes.add(inode))) return undefined;
  const [tcp, tcp6 = "", unix] = [
    readSocketTable("tcp"),
    readSocketTable("tcp6"),
    readSocketTable("unix"),
  ];
  if (tcp === undefined || unix === undefined) return undefined;
  return countPeers({ tcp: [tcp, tcp6], unix }, inodes);
}
