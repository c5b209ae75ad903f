/** A Unix datagram socket with a name in the file system, as `/dev/log` is. */
import { ERRNO, SystemError } from "../base/errors.ts";
import { DatagramBatch, findBoundSocket } from "./datagram_batch.ts";
import { removeFile } from "./files.ts";
import { libc } from "./libc.ts";
import { throwingSystemError } from "./system_failure.ts";

/** Larger than any record that a sender of syslog(3) makes; the kernel cuts what is longer. */
const DEFAULT_SIZE_BYTES = 64 * 1024;

export interface DatagramOptions {
  /** Mode of the socket's file. */
  readonly mode: number;
  /** Owner of the file; absent: chaperone's own. */
  readonly uid?: number;
  readonly gid?: number;
  readonly sizeBytes?: number;
  /** Whether so many may come that they are to be received in batches. */
  readonly isBusy?: boolean;
}

export interface DatagramSocket {
  /** Stops receiving and removes the file. Settles once nothing is called back any more. */
  close(): Promise<void>;
}

/**
 * Removes what is left of a socket of the same name.
 * @throws {SystemError} EEXIST where something else than a socket is in the way.
 */
function removeStale(path: string): void {
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(path);
  } catch {
    return; // ENOENT: the usual case. Anything else shows again when it is bound.
  }
  if (!info.isSocket && !info.isSymlink) throw new SystemError("bind", ERRNO.EEXIST, path);
  removeFile(path);
}

/** A mask that lets nobody but the owner send before owner and mode are set. */
const PRIVATE_UMASK = 0o177;

function bindPrivately(path: string): Deno.DatagramConn {
  const before = libc().umask(PRIVATE_UMASK);
  try {
    return Deno.listenDatagram({ transport: "unixpacket", path });
  } finally {
    libc().umask(before);
  }
}

function bind(path: string, options: DatagramOptions): Deno.DatagramConn {
  return throwingSystemError("bind", path, () => {
    const socket = bindPrivately(path);
    try {
      Deno.chmodSync(path, options.mode);
      if (options.uid !== undefined) Deno.chownSync(path, options.uid, options.gid ?? null);
    } catch (error) {
      socket.close();
      removeFile(path);
      throw error;
    }
    return socket;
  });
}

/** Takes a datagram. What it returns, if anything, is awaited before the next one is received. */
export type DatagramReceiver = (datagram: Uint8Array) => Promise<void> | undefined | void;

/** Pause after a failure of the system to receive, so that one that lasts costs next to nothing. */
const RETRY_MS = 100;

/**
 * Binds a socket and calls back with each datagram: a view of the receive buffer, valid until the
 * callback returns. The socket's parent directory must exist; a stale socket is replaced.
 * @throws {SystemError} where it cannot be bound.
 */
export function listenDatagrams(
  path: string,
  options: DatagramOptions,
  receive: DatagramReceiver,
): DatagramSocket {
  removeStale(path);
  const socket = bind(path, options);
  const sizeBytes = options.sizeBytes ?? DEFAULT_SIZE_BYTES;
  const buffer = new Uint8Array(sizeBytes);
  const fd = options.isBusy === true ? findBoundSocket(path) : undefined;
  const batch = fd === undefined ? undefined : new DatagramBatch(fd, sizeBytes);
  let isOpen = true;
  const loop = async () => {
    while (isOpen) {
      let datagram: Uint8Array;
      try {
        [datagram] = await socket.receive(buffer);
      } catch {
        if (!isOpen) return; // Interrupted, BadResource: closed while waiting.
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS)); // ENOMEM, ENOBUFS
        continue;
      }
      const pause = receive(datagram);
      if (pause) await pause;
      // Closed during the pause, the descriptor may be another one's.
      const count = isOpen ? batch?.receive() ?? 0 : 0;
      for (let i = 0; i < count; i++) {
        const wait = receive((batch as DatagramBatch).get(i));
        if (wait) await wait;
      }
    }
  };
  const done = loop();
  return {
    async close() {
      if (!isOpen) return await done;
      isOpen = false;
      socket.close();
      removeFile(path);
      await done;
    },
  };
}
