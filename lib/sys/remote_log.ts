/** Connections and datagrams to log hosts. */
import type { LogConnection, LogDatagrams, LogNetwork, RemoteAddress } from "../daemon/log_os.ts";
import { lookUpHost } from "./host_lookup.ts";
import { toSystemError } from "./system_failure.ts";

/** Reaches log hosts. */
export const logNetwork: LogNetwork = { connect, openDatagrams };

const READ_BYTES = 4096;

async function connect(address: RemoteAddress, caFile?: string): Promise<LogConnection> {
  const { host: hostname, port, transport } = address;
  try {
    if (transport !== "tls") return new OpenConnection(await Deno.connect({ hostname, port }));
    const caCerts = caFile === undefined ? [] : [await Deno.readTextFile(caFile)];
    const connection = await Deno.connectTls({ hostname, port, caCerts });
    await handshake(connection);
    return new OpenConnection(connection);
  } catch (error) {
    throw toSystemError(error, "connect", `${hostname}:${port}`);
  }
}

/** Otherwise it would happen with the first write, and a wrong certificate would fail that. */
async function handshake(connection: Deno.TlsConn): Promise<void> {
  try {
    await connection.handshake();
  } catch (error) {
    connection.close();
    throw error;
  }
}

class OpenConnection implements LogConnection {
  readonly ended: Promise<void>;
  readonly #connection: Deno.Conn;
  #isClosed = false;

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
    this.ended = this.#readToEnd();
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    try {
      return await this.#connection.write(bytes);
    } catch (error) {
      throw toSystemError(error, "write");
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#connection.close();
  }

  /** A log host says nothing, so that all there is to read is the end. */
  async #readToEnd(): Promise<void> {
    const ignored = new Uint8Array(READ_BYTES);
    try {
      while (await this.#connection.read(ignored) !== null);
    } catch {
      // Reset by the peer, or closed here: the end either way.
    }
  }
}

async function openDatagrams(address: RemoteAddress): Promise<LogDatagrams> {
  const found = await lookUpHost(address.host);
  const hostname = found.family === "ipv6" ? "::" : "0.0.0.0";
  try {
    const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
    return new DatagramSocket(socket, { hostname: found.address, port: address.port });
  } catch (error) {
    throw toSystemError(error, "socket", address.host);
  }
}

class DatagramSocket implements LogDatagrams {
  readonly #socket: Deno.DatagramConn;
  readonly #to: Deno.NetAddr;

  constructor(socket: Deno.DatagramConn, to: { hostname: string; port: number }) {
    this.#socket = socket;
    this.#to = { transport: "udp", ...to };
  }

  async send(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      await this.#socket.send(bytes, this.#to);
    } catch (error) {
      throw toSystemError(error, "send", `${this.#to.hostname}:${this.#to.port}`);
    }
  }

  close(): void {
    this.#socket.close();
  }
}
