/**
 * A log host that takes datagrams, one a record (RFC 5426). Nothing says whether they arrive. The
 * name is looked up when the first record comes and again after a minute's use, since hosts of a
 * container network move; while it cannot be found, records wait up to the capacity.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import { formatRemoteAddress, type RemoteAddress } from "../../config/remote_address.ts";
import type { LogDatagrams, LogNetwork, LogTime } from "../../door/log_os.ts";
import { backoffMs } from "./backoff.ts";
import { readOctetCount } from "./framing.ts";
import type { Outlet } from "./outlet.ts";

/** The largest payload of a UDP datagram over IPv4; longer records are cut (RFC 5426 3.2). */
const LARGEST_BYTES = 65_507;

const LOOKUP_AGE_MS = 60_000;

/** Sends records to a log host over UDP. */
export class DatagramOutlet implements Outlet {
  readonly name: string;
  readonly framing = "octets";

  readonly #address: RemoteAddress;
  readonly #network: LogNetwork;
  readonly #time: LogTime;
  #socket: LogDatagrams | undefined;
  #openedMs = 0;
  #isClosed = false;

  constructor(address: RemoteAddress, network: LogNetwork, time: LogTime) {
    this.name = `log host ${formatRemoteAddress(address)}`;
    this.#address = address;
    this.#network = network;
    this.#time = time;
  }

  async write(batch: Uint8Array<ArrayBuffer>, offset: number): Promise<number | undefined> {
    const socket = await this.#open();
    const { start, end } = readOctetCount(batch, offset);
    try {
      await socket.send(batch.subarray(start, Math.min(end, start + LARGEST_BYTES)));
    } catch (error) {
      if (isTooLong(error)) return end;
      // An answer to an earlier datagram: nobody listens there at the moment.
      if (!isRefusal(error)) throw error;
    }
    return end;
  }

  retryDelayMs(_error: unknown, failures: number): number {
    this.reopen();
    return backoffMs(failures);
  }

  /** Looks the host up again before the next record. */
  reopen(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  close(): void {
    this.#isClosed = true;
    this.reopen();
  }

  async #open(): Promise<LogDatagrams> {
    const nowMs = this.#time.nowMs();
    if (this.#socket !== undefined && nowMs - this.#openedMs < LOOKUP_AGE_MS) return this.#socket;
    this.#openedMs = nowMs;
    try {
      const fresh = await this.#network.openDatagrams(this.#address);
      this.reopen();
      this.#socket = fresh;
    } catch (error) {
      // What was found a minute ago serves on while the name server is away.
      if (this.#socket === undefined) throw error;
    }
    if (this.#isClosed) this.reopen();
    if (this.#socket === undefined) throw new SystemError("socket", ERRNO.EBADF, this.name);
    return this.#socket;
  }
}

function isTooLong(error: unknown): boolean {
  return error instanceof SystemError && error.errno === ERRNO.EMSGSIZE;
}

function isRefusal(error: unknown): boolean {
  return error instanceof SystemError && error.errno === ERRNO.ECONNREFUSED;
}
