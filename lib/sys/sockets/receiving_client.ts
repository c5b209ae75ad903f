/** A client of the control socket that is handed descriptors, which Deno's connections cannot take. */
import { SystemError } from "../../base/errors.ts";
import { F_SETFL, O_NONBLOCK } from "../libc/fcntl.ts";
import { AF_UNIX, SOCK_CLOEXEC, SOCK_STREAM } from "../libc/socket.ts";
import { checked, lastErrno, libc } from "../libc/libc.ts";
import type { Poller } from "../libc/poller.ts";
import { unixAddress } from "../libc/unix_address.ts";
import { MessageBatch } from "./message_batch.ts";

const READ_BYTES = 64 * 1024;

/** What has been read at once. */
export interface Received {
  /** A view, valid until the next read. */
  readonly bytes: Uint8Array;
  /** The reader's to close. */
  readonly descriptors: readonly number[];
}

export class ReceivingClient {
  readonly #poller: Poller;
  readonly #fd: number;
  readonly #batch: MessageBatch;

  /** Connects, and waits where others are to be accepted first. @throws {SystemError} */
  constructor(poller: Poller, path: string) {
    this.#poller = poller;
    this.#fd = checked("socket", libc().socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), path);
    const address = unixAddress("connect", path);
    if (libc().connect(this.#fd, address, address.length) < 0) {
      const error = new SystemError("connect", lastErrno(), path);
      libc().close(this.#fd);
      throw error;
    }
    libc().fcntl(this.#fd, F_SETFL, O_NONBLOCK);
    this.#batch = new MessageBatch(this.#fd, { sizeBytes: READ_BYTES, count: 1, hasControl: true });
  }

  /** Writes a request, which a new connection has room for. @throws {SystemError} */
  send(bytes: Uint8Array<ArrayBuffer>): void {
    checked("write", libc().write(this.#fd, bytes, BigInt(bytes.length)));
  }

  /** Undefined at the end of the connection. Rejects once that is broken. */
  async read(): Promise<Received | undefined> {
    while (this.#batch.receive() === 0) {
      await new Promise<void>((resolve) => this.#poller.once(this.#fd, "readable", resolve));
    }
    const bytes = this.#batch.get(0);
    const descriptors = this.#batch.descriptorsOf(0);
    return bytes.length === 0 ? undefined : { bytes, descriptors };
  }
}
