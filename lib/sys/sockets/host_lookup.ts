/**
 * Finds the address of a host as every other program of the container does, by getaddrinfo(3):
 * `Deno.resolveDns` would not read /etc/hosts.
 */
import { AF_INET, AF_INET6, SOCK_DGRAM } from "../libc/socket.ts";
import { cString, libc } from "../libc/libc.ts";

export interface FoundHost {
  readonly address: string;
  readonly family: "ipv4" | "ipv6";
}

/** From netdb.h. */
const AI_ADDRCONFIG = 0x20;

/** `struct addrinfo`. */
const AI_SIZE = 48;
const AI_FLAGS = 0;
const AI_SOCKTYPE = 8;
const AI_ADDR = 24;

/** `struct sockaddr_in` and `struct sockaddr_in6`; the family is in host order. */
const SIN_ADDR = 4;
const SIN6_ADDR = 8;

/**
 * Looks a host up, without blocking; addresses are returned as they are.
 * Rejects with an error where there is none.
 */
export async function lookUpHost(host: string): Promise<FoundHost> {
  const hints = new Uint8Array(AI_SIZE);
  const hintsView = new DataView(hints.buffer);
  hintsView.setInt32(AI_FLAGS, AI_ADDRCONFIG, true);
  hintsView.setInt32(AI_SOCKTYPE, SOCK_DGRAM, true);
  // Held in a closure that is used afterwards: the other thread reads and writes these.
  const memory = { name: cString(host), hints, result: new BigUint64Array(1) };
  const code = await libc().getaddrinfoLater(memory.name, null, memory.hints, memory.result);
  const pointer = Deno.UnsafePointer.create(memory.result[0] ?? 0n);
  if (code !== 0 || pointer === null || memory.hints.length + memory.name.length === 0) {
    throw new Error(`Cannot find host '${host}'`);
  }
  try {
    return readFirst(pointer, host);
  } finally {
    libc().freeaddrinfo(pointer);
  }
}

function readFirst(pointer: Deno.PointerObject, host: string): FoundHost {
  const address = new Deno.UnsafePointerView(pointer).getPointer(AI_ADDR);
  if (address === null) throw new Error(`Cannot find host '${host}'`);
  const view = new Deno.UnsafePointerView(address);
  const family = view.getUint16();
  if (family === AF_INET) {
    const bytes = [0, 1, 2, 3].map((i) => view.getUint8(SIN_ADDR + i));
    return { address: bytes.join("."), family: "ipv4" };
  }
  if (family !== AF_INET6) throw new Error(`Cannot find host '${host}'`);
  const groups = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => {
    const at = SIN6_ADDR + 2 * i;
    return (view.getUint8(at) * 256 + view.getUint8(at + 1)).toString(16);
  });
  return { address: groups.join(":"), family: "ipv6" };
}
