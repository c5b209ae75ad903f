/**
 * A log host behind a TCP or TLS connection, records framed by octet count (RFC 6587 3.4.1, RFC
 * 5425). It connects when the first record comes, and again, with growing waits, after a failure;
 * records wait meanwhile, in order.
 *
 * These protocols have no acknowledgement: what the kernel took counts as sent. A record that it
 * took in part when the connection broke is sent again, whole. What the peer had not read by then
 * is lost without anyone knowing, unless it ended the connection in order; so its end is watched
 * for, and nothing is sent into a connection that has ended.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import { formatRemoteAddress, type RemoteAddress } from "../../config/remote_address.ts";
import type { LogConnection, LogNetwork, LogTime } from "../../door/log_os.ts";
import { backoffMs } from "./backoff.ts";
import { recordStart } from "./framing.ts";
import type { Outlet } from "./outlet.ts";

const CONNECT_LIMIT_MS = 10_000;

/** After so long without taking a byte a peer counts as gone: the connection may be half dead. */
const WRITE_LIMIT_MS = 60_000;

/** A connection that lived so long was not a failure, whatever ended it. */
const HEALTHY_MS = 10_000;

/** What is written at once, so that a slow peer is seen to make progress. */
const WRITE_BYTES = 64 * 1024;

export interface StreamOutletOptions {
  readonly address: RemoteAddress;
  readonly caFile?: string;
  readonly network: LogNetwork;
  readonly time: LogTime;
}

/** Sends records to a log host over a connection. */
export class StreamOutlet implements Outlet {
  readonly name: string;
  readonly framing = "octets";

  readonly #options: StreamOutletOptions;
  #connection: LogConnection | undefined;
  #connectedMs = 0;
  /** Connections in a row that ended soon; the sink counts only failures without any success. */
  #shortLived = 0;
  #notBeforeMs = 0;
  #isClosed = false;

  constructor(options: StreamOutletOptions) {
    this.name = `log host ${formatRemoteAddress(options.address)}`;
    this.#options = options;
  }

  async write(batch: Uint8Array<ArrayBuffer>, offset: number): Promise<number | undefined> {
    let start = offset;
    let connection = this.#connection;
    if (connection === undefined) {
      start = recordStart(batch, offset, "octets");
      connection = await this.#connect();
    }
    const bytes = batch.subarray(start, start + WRITE_BYTES);
    try {
      return start + await this.#limit(connection.write(bytes), WRITE_LIMIT_MS);
    } catch (error) {
      // Closed under the write, since the peer had ended it.
      if (this.#connection !== connection) throw new SystemError("write", ERRNO.ECONNRESET);
      throw error;
    }
  }

  retryDelayMs(_error: unknown, failures: number): number {
    this.#drop();
    const delayMs = backoffMs(Math.max(failures, this.#shortLived));
    this.#notBeforeMs = 0;
    return delayMs;
  }

  /** Connects anew before the next record; it would be cut if a part of it had been sent. */
  reopen(): void {
    this.#drop();
    this.#shortLived = 0;
    this.#notBeforeMs = 0;
  }

  close(): void {
    this.#isClosed = true;
    this.#drop();
  }

  async #connect(): Promise<LogConnection> {
    const { network, address, caFile, time } = this.#options;
    if (time.nowMs() < this.#notBeforeMs) throw new SystemError("write", ERRNO.ECONNRESET);
    const attempt = network.connect(address, caFile);
    const connection = await this.#limit(attempt, CONNECT_LIMIT_MS).catch((error) => {
      // One that comes too late is not used.
      attempt.then((late) => late.close(), () => {});
      throw error;
    });
    if (this.#isClosed) {
      connection.close();
      throw new SystemError("connect", ERRNO.EBADF, this.name);
    }
    this.#connection = connection;
    this.#connectedMs = time.nowMs();
    void connection.ended.then(() => {
      if (this.#connection === connection) this.#drop();
    });
    return connection;
  }

  #drop(): void {
    if (this.#connection === undefined) return;
    const nowMs = this.#options.time.nowMs();
    this.#shortLived = nowMs - this.#connectedMs < HEALTHY_MS ? this.#shortLived + 1 : 0;
    if (this.#shortLived > 0) this.#notBeforeMs = nowMs + backoffMs(this.#shortLived);
    this.#connection.close();
    this.#connection = undefined;
  }

  #limit<T>(work: Promise<T>, limitMs: number): Promise<T> {
    const { time } = this.#options;
    return new Promise((resolve, reject) => {
      const cancel = time.setTimer(limitMs, () => {
        reject(new SystemError("connect", ERRNO.ETIMEDOUT));
      });
      work.then(resolve, reject).finally(cancel);
    });
  }
}
