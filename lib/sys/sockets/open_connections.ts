/** Whether somebody is connected to sockets that listen, by the kernel's tables of sockets. */
import type { ListenAddress } from "../../config/listen_address.ts";
import { hasTcpConnection, hasUnixConnection, readSocketTable } from "./socket_tables.ts";

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
