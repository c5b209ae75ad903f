/**
 * Sockets that chaperone opens for services: descriptors, since a process is to inherit them, which
 * Deno cannot give. Sockets for which chaperone itself accepts do not block; those that a service
 * inherits do, as sd_listen_fds(3) promises: the flag belongs to the socket, not to its holder.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { Identity } from "../../base/identity.ts";
import type { ListenAddress } from "../../config/listen_address.ts";
import type { Connection, ListeningSocket, ListenOptions, TakenSocket } from "../../door/os.ts";
import {
  AF_INET,
  AF_INET6,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../libc/socket.ts";
import { lastErrno, libc } from "../libc/libc.ts";
import type { Poller } from "../libc/poller.ts";
import { formatAddress, ipAddress, type SocketAddress } from "../libc/ip_address.ts";
import {
  bindUnix,
  findSocketFile,
  isInPlace,
  removeSocketFile,
  type SocketFile,
} from "./bind_unix.ts";
import type { ThreadOwner } from "../libc/thread_shares.ts";
import { closeElsewhere } from "./passed_descriptors.ts";
import { peerUser } from "./peer_credentials.ts";

/** From sys/socket.h and netinet/in.h. */
const SO_REUSEADDR = 2;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;

/** No more connections are accepted while so many of a socket's wait to be closed. */
const CLOSING_MAX = 256;

/** As many as net.core.somaxconn lets through: a service that restarts refuses nobody meanwhile. */
const BACKLOG = 4096;
/** As systemd creates them: who may reach the folder may connect. */
const SOCKET_MODE = 0o666;
type IpAddress = Extract<ListenAddress, { readonly host: string }>;

/** The addresses to try, in order: a kernel without IPv6 still has IPv4. */
function candidates({ host, port }: IpAddress, target: string): SocketAddress[] {
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

/** How an IP socket is made. */
export interface AddressOptions {
  /** Of socket(2), beside its type. */
  readonly flags: number;
  /** Whether a socket of IPv6 takes IPv4, too. */
  readonly isDual: boolean;
}

const BIND_NOTES: Readonly<Record<number, string>> = {
  [ERRNO.EACCES]: "ports below 1024 are root's, or of who has CAP_NET_BIND_SERVICE",
  [ERRNO.EADDRINUSE]: "another process listens there",
};

/** @throws {SystemError} and leaves nothing open. */
function bindCandidate(
  candidate: SocketAddress,
  address: IpAddress,
  { flags, isDual }: AddressOptions,
): number {
  const { socket, bind } = libc();
  const isStream = address.kind === "tcp";
  const target = `${address.host}:${address.port}`;
  const fd = socket(candidate.family, (isStream ? SOCK_STREAM : SOCK_DGRAM) | flags, 0);
  if (fd < 0) throw new SystemError("socket", lastErrno(), target);
  setOption(fd, SOL_SOCKET, SO_REUSEADDR, isStream ? 1 : 0);
  if (candidate.family === AF_INET6) setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, isDual ? 0 : 1);
  if (bind(fd, candidate.bytes, candidate.bytes.length) === 0) return fd;
  const errno = lastErrno();
  libc().close(fd);
  throw new SystemError("bind", errno, target, BIND_NOTES[errno]);
}

/** Binds a socket to an address of IP. @throws {SystemError} and leaves nothing open. */
export function bindAddress(address: IpAddress, options: AddressOptions): number {
  let last: SystemError | undefined;
  for (const candidate of candidates(address, `${address.host}:${address.port}`)) {
    try {
      return bindCandidate(candidate, address, options);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      last = error;
      if (error.errno !== ERRNO.EAFNOSUPPORT && error.errno !== ERRNO.EADDRNOTAVAIL) break;
    }
  }
  throw last;
}

const peer = new Uint8Array(new ArrayBuffer(128));
const peerSize = new Uint32Array(new ArrayBuffer(4));

/** Reads the address that accept(2) left in `peer`. */
function describePeer(): Pick<Connection, "address" | "port"> {
  const view = new DataView(peer.buffer);
  const address = formatAddress(view);
  return address === undefined ? {} : { address, port: view.getUint16(2) };
}

class PolledSocket implements ListeningSocket {
  readonly descriptor: number;
  readonly #poller: Poller;
  /** Absent for IP sockets. */
  readonly #file: SocketFile | undefined;
  /** Whose process may have the connections, and say how they end. */
  readonly #user: ThreadOwner;
  #isWatched = false;
  #closing = 0;

  constructor(
    poller: Poller,
    descriptor: number,
    { file, owner }: { readonly file: SocketFile | undefined; readonly owner?: Identity },
  ) {
    this.#poller = poller;
    this.descriptor = descriptor;
    this.#file = file;
    this.#user = owner?.uid ?? "chaperone";
  }

  get isInPlace(): boolean {
    return this.#file === undefined || isInPlace(this.#file);
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
    if (this.#closing >= CLOSING_MAX) {
      throw new SystemError(
        "accept",
        ERRNO.EMFILE,
        undefined,
        "former connections take long to close",
      );
    }
    peerSize[0] = peer.length;
    peer.fill(0, 0, 2);
    const size = new Uint8Array(peerSize.buffer);
    const fd = libc().accept4(this.descriptor, peer, size, SOCK_CLOEXEC);
    if (fd >= 0) return { descriptor: fd, ...describePeer(), close: () => this.#closeAccepted(fd) };
    const errno = lastErrno();
    if (TRANSIENT.has(errno)) return undefined;
    throw new SystemError("accept", errno);
  }

  close(): void {
    this.ignore();
    if (this.#file === undefined) libc().close(this.descriptor);
    else {
      // What was passed and not received is closed with it.
      void closeElsewhere(this.descriptor, this.#user);
      removeSocketFile(this.#file);
    }
  }

  /** Its process may have made it linger, and whoever connects may have passed what does. */
  #closeAccepted(fd: number): void {
    const owner = this.#file === undefined ? this.#user : peerUser(fd) ?? "somebody";
    this.#closing++;
    void closeElsewhere(fd, owner).then(() => void this.#closing--);
  }
}

/** None waits, or it has gone meanwhile. */
const TRANSIENT: ReadonlySet<number> = new Set([ERRNO.EAGAIN, ERRNO.EINTR, ERRNO.ECONNABORTED]);

/**
 * Listens at an address.
 * @throws {SystemError} and leaves nothing open.
 */
export function listenSocket(
  poller: Poller,
  address: ListenAddress,
  { isInherited, owner }: ListenOptions,
): ListeningSocket {
  const flags = SOCK_CLOEXEC | (isInherited ? 0 : SOCK_NONBLOCK);
  const { descriptor, file } = "path" in address
    ? bindUnix(address.path, {
      type: (address.kind === "unix" ? SOCK_STREAM : SOCK_DGRAM) | flags,
      mode: SOCKET_MODE,
      owner,
    })
    : {
      descriptor: bindAddress(address, { flags, isDual: address.host === "*" }),
      file: undefined,
    };
  const socket = new PolledSocket(poller, descriptor, { file, ...owner && { owner } });
  const isStream = address.kind === "tcp" || address.kind === "unix";
  if (!isStream || libc().listen(descriptor, BACKLOG) === 0) return socket;
  const errno = lastErrno();
  socket.close();
  throw new SystemError(
    "listen",
    errno,
    "path" in address ? address.path : `${address.host}:${address.port}`,
  );
}

/** Takes over a socket that listens at an address already. */
export function takeSocket(
  poller: Poller,
  address: ListenAddress,
  { descriptor, owner }: TakenSocket,
): ListeningSocket {
  const file = "path" in address ? findSocketFile(address.path, owner) : undefined;
  return new PolledSocket(poller, descriptor, { file, ...owner && { owner } });
}
