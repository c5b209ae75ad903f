/**
 * Sockets that chaperone opens for services: descriptors, since a process is to inherit them, which Deno
 * cannot give. Sockets for which chaperone itself accepts do not block; those that a service inherits do,
 * as sd_listen_fds(3) promises: the flag belongs to the socket, not to its holder.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { ListenAddress } from "../../config/listen_address.ts";
import type { Connection, ListeningSocket, ListenOptions } from "../../door/os.ts";
import { removeFile } from "../files/files.ts";
import { cString, lastErrno, libc } from "../libc/libc.ts";
import type { Poller } from "../libc/poller.ts";
import { AF_INET, AF_INET6, ipAddress, type SocketAddress } from "../libc/ip_address.ts";
import { AF_UNIX, unixAddress } from "../libc/unix_address.ts";

/** From sys/socket.h and netinet/in.h. */
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;

/** As many as net.core.somaxconn lets through: a service that restarts refuses nobody meanwhile. */
const BACKLOG = 4096;
/** As systemd creates them: who may reach the folder may connect. */
const SOCKET_MODE = 0o666;
/** The addresses to try, in order: a kernel without IPv6 still has IPv4. */
function candidates(address: ListenAddress, target: string): SocketAddress[] {
  if ("path" in address) return [{ family: AF_UNIX, bytes: unixAddress("bind", address.path) }];
  const { host, port } = address;
  const hosts = host === "*" ? ["::", "0.0.0.0"] : [host === "localhost" ? "127.0.0.1" : host];
  const found = hosts.flatMap((each) =>
    ipAddress(each.includes(":") ? AF_INET6 : AF_INET, each, port) ?? []
  );
  // A name would have to be looked up, and may have many addresses.
  if (found.length === 0) throw new SystemError("bind", ERRNO.EINVAL, target);
  return found;
}

function setOption(fd: number, level: number, name: number, value: number): void {
  libc().setsockopt(fd, level, name, new Int32Array([value]), 4);
}

/** @throws {SystemError} and leaves nothing open. */
function bindSocket(candidate: SocketAddress, address: ListenAddress, target: string): number {
  const { socket, bind, listen } = libc();
  const isStream = address.kind === "tcp" || address.kind === "unix";
  const fd = socket(candidate.family, (isStream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
  if (fd < 0) throw new SystemError("socket", lastErrno(), target);
  setOption(fd, SOL_SOCKET, SO_REUSEADDR, address.kind === "udp" ? 0 : 1);
  const host = "host" in address ? address.host : "";
  if (candidate.family === AF_INET6) {
    setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, host === "*" ? 0 : 1);
  }
  let result = bind(fd, candidate.bytes, candidate.bytes.length);
  if (result === 0 && isStream) result = listen(fd, BACKLOG);
  if (result === 0) return fd;
  const errno = lastErrno();
  libc().close(fd);
  throw new SystemError("bind", errno, target);
}

/** Nothing but the socket of an earlier run is in the way. */
function removeStale(path: string): void {
  try {
    if (Deno.lstatSync(path).isSocket) removeFile(path);
  } catch {
    // ENOENT: the usual case. Anything else shows again in bind(2).
  }
}

function openSocket(address: ListenAddress, target: string): number {
  if ("path" in address) removeStale(address.path);
  let last: SystemError | undefined;
  for (const candidate of candidates(address, target)) {
    try {
      return bindSocket(candidate, address, target);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      last = error;
      if (error.errno !== ERRNO.EAFNOSUPPORT && error.errno !== ERRNO.EADDRNOTAVAIL) break;
    }
  }
  throw last;
}

function shareFile(path: string, owner: ListenOptions["owner"]): void {
  Deno.chmodSync(path, SOCKET_MODE);
  // Without CAP_CHOWN it stays chaperone's, which only means that the service cannot remove it.
  if (owner) libc().chown(cString(path), owner.uid, owner.gid);
}

const peer = new Uint8Array(new ArrayBuffer(128));
const peerSize = new Uint32Array(new ArrayBuffer(4));

/** Formats the address that accept(2) left in `peer`. */
function describePeer(): Pick<Connection, "address" | "port"> {
  const view = new DataView(peer.buffer);
  const family = view.getUint16(0, true);
  if (family === AF_INET) {
    return { address: peer.subarray(4, 8).join("."), port: view.getUint16(2) };
  }
  if (family !== AF_INET6) return {};
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(8 + 2 * i));
  return { address: formatIpv6(groups), port: view.getUint16(2) };
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

class PolledSocket implements ListeningSocket {
  readonly descriptor: number;
  readonly #poller: Poller;
  readonly #path: string | undefined;
  #isWatched = false;

  constructor(poller: Poller, descriptor: number, path: string | undefined) {
    this.#poller = poller;
    this.descriptor = descriptor;
    this.#path = path;
  }

  watch(onReadable: () => void): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    this.#poller.add(this.descriptor, onReadable);
  }

  ignore(): void {
    if (!this.#isWatched) return;
    this.#isWatched = false;
    this.#poller.remove(this.descriptor);
  }

  accept(): Connection | undefined {
    peerSize[0] = peer.length;
    peer.fill(0, 0, 2);
    const fd = libc().accept4(
      this.descriptor,
      peer,
      new Uint8Array(peerSize.buffer),
      SOCK_CLOEXEC,
    );
    if (fd >= 0) return { descriptor: fd, ...describePeer(), close: () => libc().close(fd) };
    const errno = lastErrno();
    if (TRANSIENT.has(errno)) return undefined;
    throw new SystemError("accept", errno);
  }

  close(): void {
    this.ignore();
    libc().close(this.descriptor);
    if (this.#path !== undefined) removeFile(this.#path);
  }
}

/** None waits, or it has gone meanwhile. */
const TRANSIENT: ReadonlySet<number> = new Set([ERRNO.EAGAIN, ERRNO.EINTR, ERRNO.ECONNABORTED]);

/** Listens at an address. @throws {SystemError} */
export function listenSocket(
  poller: Poller,
  address: ListenAddress,
  options: ListenOptions,
): ListeningSocket {
  const path = "path" in address ? address.path : undefined;
  const target = path ?? ("host" in address ? `${address.host}:${address.port}` : "");
  const fd = openSocket(address, target);
  if (!options.isInherited) libc().fcntl(fd, F_SETFL, SOCK_NONBLOCK);
  if (path !== undefined) shareFile(path, options.owner);
  return new PolledSocket(poller, fd, path);
}

/** Takes over a socket that listens at an address already. */
export function takeSocket(
  poller: Poller,
  address: ListenAddress,
  descriptor: number,
): ListeningSocket {
  return new PolledSocket(poller, descriptor, "path" in address ? address.path : undefined);
}

/** From fcntl.h. */
const F_SETFL = 4;
