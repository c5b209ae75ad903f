/** Sockets at which chaperone itself answers: that of telchap and that of the status server. */
import type { Identity } from "../../base/identity.ts";
import type { AcceptedStream } from "../../door/streams.ts";
import { SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM } from "../libc/socket.ts";
import { checked, libc } from "../libc/libc.ts";
import type { Poller } from "../libc/poller.ts";
import { AcceptLoop } from "./accept_loop.ts";
import { bindUnix, removeSocketFile, type SocketFile } from "./bind_unix.ts";
import { bindAddress } from "./listen_sockets.ts";
import { closeElsewhere, refuseDescriptors } from "./passed_descriptors.ts";
import { readPeer } from "./peer_credentials.ts";
import { PolledStream } from "./polled_stream.ts";
import { ownEnd, remoteEnd, tcpPeerUser } from "./tcp_peer.ts";

/** Where a server listens. */
export type ServerPlace =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

export interface ServerOptions {
  /** Permissions of a Unix socket's file. */
  readonly mode: number;
  /** Owner of that file. */
  readonly uid: number;
  readonly gid: number;
  /** No more are accepted at a time; the others wait in the kernel. */
  readonly maxConnections: number;
}

/**
 * Serves a connection, whose owner it becomes; its promise tells when the connection is done with.
 */
export type ServeStream = (stream: AcceptedStream) => Promise<void>;

/** A server that listens. */
export interface StreamServer {
  /** Whether `uid` and `gid` own the file: only root can give it away. */
  readonly isOwned: boolean;
  /** Stops listening and removes the file. Open connections stay. */
  close(): Promise<void>;
}

/** As many as net.core.somaxconn lets through: others wait their turn instead of being refused. */
const BACKLOG = 4096;

/**
 * Listens, and calls back with each connection. A socket of an earlier run is replaced.
 * @throws {SystemError} where the address cannot be bound.
 */
export function listenStreams(
  poller: Poller,
  place: ServerPlace,
  options: ServerOptions,
  serve: ServeStream,
): StreamServer {
  return place.kind === "unix"
    ? listenUnix(poller, place.path, options, serve)
    : listenTcp(poller, place, options, serve);
}

function listenUnix(
  poller: Poller,
  path: string,
  { mode, uid, gid, maxConnections }: ServerOptions,
  serve: ServeStream,
): StreamServer {
  let mayPass = false;
  const isOthers = uid !== Deno.uid() || gid !== Deno.gid();
  const owner: Identity | undefined = isOthers ? { uid, gid, groups: [] } : undefined;
  const { descriptor, isOwned, file } = bindUnix(path, {
    type: SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
    mode,
    owner,
    prepare: (fd) => mayPass = !refuseDescriptors(fd),
  });
  return begin(poller, { descriptor, isOwned, file, mayPass, maxConnections }, (fd) => {
    const peer = readPeer(fd);
    return serve(new PolledStream({ poller, descriptor: fd, peer: () => peer, mayPass }));
  });
}

/** Of whoever connects by TCP the user alone is known. */
const NOBODY = { pid: 0, gid: -1, groups: [] } as const;

function listenTcp(
  poller: Poller,
  { host, port }: Extract<ServerPlace, { kind: "tcp" }>,
  { maxConnections }: ServerOptions,
  serve: ServeStream,
): StreamServer {
  const descriptor = bindAddress(
    { kind: "tcp", host: addressOf(host), port },
    { flags: SOCK_CLOEXEC | SOCK_NONBLOCK, isDual: host === "::" },
  );
  const parts = { descriptor, isOwned: true, file: undefined, mayPass: false, maxConnections };
  return begin(poller, parts, (fd, address) => {
    const remote = remoteEnd(address);
    const peer = () => {
      const own = ownEnd(fd);
      const uid = own && remote && tcpPeerUser(own, remote);
      return uid === undefined ? undefined : { ...NOBODY, uid };
    };
    const stream = { poller, descriptor: fd, peer, address: remote?.address, mayPass: false };
    return serve(new PolledStream(stream));
  });
}

/** A name is looked up before anything is started, as the configuration says. */
function addressOf(host: string): string {
  if (host === "*") return "0.0.0.0";
  if (/^[\d.]+$|:/.test(host)) return host;
  const probe = Deno.listen({ hostname: host, port: 0 });
  const { hostname } = probe.addr as Deno.NetAddr;
  probe.close();
  return hostname;
}

interface Listening {
  readonly descriptor: number;
  readonly isOwned: boolean;
  readonly file: SocketFile | undefined;
  readonly mayPass: boolean;
  readonly maxConnections: number;
}

function begin(
  poller: Poller,
  { descriptor, isOwned, file, mayPass, maxConnections }: Listening,
  serve: (fd: number, address: DataView) => Promise<void>,
): StreamServer {
  let loop: AcceptLoop;
  try {
    checked("listen", libc().listen(descriptor, BACKLOG), file?.path);
    loop = new AcceptLoop({ poller, descriptor, maxConnections, serve });
  } catch (error) {
    libc().close(descriptor);
    throw error;
  }
  let isOpen = true;
  return {
    isOwned,
    async close() {
      if (!isOpen) return;
      isOpen = false;
      loop.close();
      // Connections that nobody has accepted are closed with it, and what was passed in them.
      if (mayPass) await closeElsewhere(descriptor, "chaperone");
      else libc().close(descriptor);
      if (file !== undefined) removeSocketFile(file);
    },
  };
}
