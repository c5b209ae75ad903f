/** Whether somebody is connected to sockets that listen, by the kernel's tables of sockets. */
import type { ListenAddress } from "../../config/listen_address.ts";
import { hasTcpConnection, hasUnixConnection } from "../processes/proc_text.ts";

/** About 27,000 sockets: whoever opens more must not make PID 1 read them. */
const TABLE_MAX_BYTES = 4 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

/**
 * Whether somebody is connected to one of the addresses, or waits to be accepted; undefined where
 * that cannot be seen: /proc is hidden, or a table is too large.
 */
export function hasConnections(addresses: readonly ListenAddress[]): boolean | undefined {
  const isOfUnix = (address: ListenAddress) => address.kind === "unix";
  const tcp = addresses.every(isOfUnix) ? [] : [readTable("tcp"), readTable("tcp6") ?? ""];
  const unix = addresses.some(isOfUnix) ? [readTable("unix")] : [];
  const isConnected = addresses.some((address) =>
    "path" in address
      ? unix.some((table = "") => hasUnixConnection(table, address.path))
      : tcp.some((table = "") => hasTcpConnection(table, address.port))
  );
  if (isConnected) return true;
  return [...tcp, ...unix].includes(undefined) ? undefined : false;
}

/** Undefined where it is not there, or too large. */
function readTable(name: "tcp" | "tcp6" | "unix"): string | undefined {
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
