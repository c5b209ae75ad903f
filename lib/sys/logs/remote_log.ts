/** Connections and datagrams to log hosts. */
import type { RemoteAddress } from "../../config/remote_address.ts";
import type { LogConnection, LogDatagrams, LogNetwork } from "../../door/log_os.ts";
import { ERRNO, SystemError } from "../../base/errors.ts";
import {
  AF_INET,
  AF_INET6,
  MSG_NOSIGNAL,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
} from "../libc/socket.ts";
import { pause } from "../libc/clock.ts";
import { lookUpHost } from "../sockets/host_lookup.ts";
import { ipAddress } from "../libc/ip_address.ts";
import { lastErrno, libc } from "../libc/libc.ts";
import { toSystemError } from "../libc/system_failure.ts";
import { explainCertificate } from "../sockets/certificate_errors.ts";

/** Reaches log hosts. */
export const logNetwork: LogNetwork = { connect, openDatagrams };

const READ_BYTES = 4096;

const SOCK_CLOEXEC_NONBLOCK = SOCK_CLOEXEC | SOCK_NONBLOCK;

async function connect(address: RemoteAddress, caFile?: string): Promise<LogConnection> {
  const { host: hostname, port, transport } = address;
  try {
    if (transport !== "tls") return new OpenConnection(await Deno.connect({ hostname, port }));
    const caCerts = caFile === undefined ? [] : [await Deno.readTextFile(caFile)];
    const connection = await Deno.connectTls({ hostname, port, caCerts });
    await handshake(connection);
    return new OpenConnection(connection);
  } catch (error) {
    throw explainCertificate(toSystemError(error, "connect", `${hostname}:${port}`));
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
  const target = `${found.address}:${address.port}`;
  const family = found.family === "ipv6" ? AF_INET6 : AF_INET;
  const encoded = ipAddress(family, found.address, address.port);
  if (encoded === undefined) throw new SystemError("socket", ERRNO.EINVAL, target);
  const fd = libc().socket(family, SOCK_DGRAM | SOCK_CLOEXEC_NONBLOCK, 0);
  if (fd < 0) throw new SystemError("socket", lastErrno(), target);
  return new DatagramSocket(fd, encoded.bytes, target);
}

/** A full queue of the network is looked at again after this long. */
const RETRY_MS = 10;

class DatagramSocket implements LogDatagrams {
  #fd: number;
  readonly #to: Uint8Array<ArrayBuffer>;
  readonly #target: string;

  constructor(fd: number, to: Uint8Array<ArrayBuffer>, target: string) {
    this.#fd = fd;
    this.#to = to;
    this.#target = target;
  }

  async send(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    for (;;) {
      const size = BigInt(bytes.length);
      // After close, the number would be that of another file.
      if (this.#fd < 0) throw new SystemError("send", ERRNO.EBADF, this.#target);
      const sent = libc().sendto(this.#fd, bytes, size, MSG_NOSIGNAL, this.#to, this.#to.length);
      if (sent >= 0) return;
      const errno = lastErrno();
      if (errno !== ERRNO.EAGAIN) throw new SystemError("send", errno, this.#target);
      await pause(RETRY_MS);
    }
  }

  close(): void {
    if (this.#fd >= 0) libc().close(this.#fd);
    this.#fd = -1;
  }
}
