/** The status server's socket, and who connects to it. */
import { listenControl, type PeerCredentials } from "./control_socket.ts";
import { setTimer } from "../libc/clock.ts";
import { tcpPeerUser } from "./tcp_peer.ts";
import { throwingSystemError } from "../libc/system_failure.ts";

/** One connection. */
export interface HttpStream {
  /** The process at the other end, as far as it is on this host and the kernel tells. */
  peer(): PeerCredentials | undefined;
  /** Resolves with a view valid until the next read, undefined at end of file. */
  read(): Promise<Uint8Array | undefined>;
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): void;
}

export interface HttpSocketOptions {
  /** No more are accepted at a time; the others wait in the kernel. */
  readonly maxConnections: number;
  /** Owner and mode of a UNIX socket's file. */
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

export interface HttpSocket {
  /** Stops listening. Open connections stay. */
  close(): Promise<void>;
}

/** Where it listens. */
export type HttpSocketPlace =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

type Serve = (stream: HttpStream) => Promise<void>;

/**
 * Listens and calls back with each connection, whose owner the callee becomes; its promise tells when the
 * connection is done with.
 * @throws {SystemError} where the address cannot be bound.
 */
export function listenHttp(
  place: HttpSocketPlace,
  options: HttpSocketOptions,
  serve: Serve,
): HttpSocket {
  if (place.kind === "tcp") return listenTcp(place, options.maxConnections, serve);
  return listenControl(
    place.path,
    options,
    ({ peer, read, write, close }) => serve({ peer: () => peer, read, write, close }),
  );
}

function listenTcp(
  { host, port }: Extract<HttpSocketPlace, { kind: "tcp" }>,
  maxConnections: number,
  serve: Serve,
): HttpSocket {
  const hostname = host === "*" ? "0.0.0.0" : host;
  const listener = throwingSystemError(
    "bind",
    `${host}:${port}`,
    () => Deno.listen({ hostname, port }),
  );
  let isOpen = true;
  let count = 0;
  let wake = () => {};
  const loop = async () => {
    while (isOpen) {
      if (count >= maxConnections) {
        await new Promise<void>((resolve) => wake = resolve);
        continue;
      }
      const connection = await accept(listener);
      if (connection === undefined) continue;
      count++;
      serve(openStream(connection)).finally(() => {
        count--;
        wake();
      });
    }
  };
  const done = loop();
  return {
    async close() {
      if (!isOpen) return;
      isOpen = false;
      listener.close();
      wake();
      await done;
    },
  };
}

const ACCEPT_RETRY_MS = 10;

async function accept(listener: Deno.TcpListener): Promise<Deno.TcpConn | undefined> {
  try {
    return await listener.accept();
  } catch {
    // Closed; or EMFILE, ECONNABORTED: taken up again after a moment.
    await new Promise<void>((resolve) => setTimer(ACCEPT_RETRY_MS, resolve));
    return undefined;
  }
}

const READ_BYTES = 4 * 1024;
const NOBODY = { pid: 0, gid: -1, groups: [] } as const;

function openStream(connection: Deno.TcpConn): HttpStream {
  const buffer = new Uint8Array(READ_BYTES);
  let isOpen = true;
  return {
    peer() {
      const uid = tcpPeerUser(connection.localAddr, connection.remoteAddr);
      return uid === undefined ? undefined : { ...NOBODY, uid };
    },
    async read() {
      const size = await connection.read(buffer);
      return size === null ? undefined : buffer.subarray(0, size);
    },
    async write(bytes) {
      for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await connection.write(rest));
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      connection.close();
    },
  };
}
