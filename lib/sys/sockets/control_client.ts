/** The client's end of a control socket. */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { ByteStream } from "../../door/streams.ts";
import { pause } from "../libc/clock.ts";
import { toSystemError } from "../libc/system_failure.ts";

const READ_BYTES = 64 * 1024;

/** Connects to a control socket as a client. Rejects with `SystemError`. */
export async function connectControl(path: string): Promise<ByteStream> {
  const connection = await connectPatiently(path);
  const buffer = new Uint8Array(READ_BYTES);
  return {
    async read() {
      const size = await connection.read(buffer);
      return size === null ? undefined : buffer.subarray(0, size);
    },
    async write(bytes) {
      for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await connection.write(rest));
    },
    close: () => connection.close(),
  };
}

const CONNECT_RETRY_MS = 10;
const CONNECT_RETRIES = 500;

/** A full backlog refuses with EAGAIN; there is room again as soon as others have been served. */
async function connectPatiently(path: string): Promise<Deno.UnixConn> {
  for (let tries = 0;; tries++) {
    try {
      return await Deno.connect({ transport: "unix", path });
    } catch (error) {
      const failure = toSystemError(error, "connect", path);
      const isFull = failure instanceof SystemError && failure.errno === ERRNO.EAGAIN;
      if (!isFull || tries >= CONNECT_RETRIES) throw failure;
    }
    await pause(CONNECT_RETRY_MS);
  }
}

/** Whether somebody accepts connections at a path. Never rejects. */
export async function isAnswering(path: string): Promise<boolean> {
  if (!exists(path)) return false;
  try {
    const connection = await Deno.connect({ transport: "unix", path });
    connection.close();
    return true;
  } catch {
    return false; // ENOENT, ECONNREFUSED: nobody; EACCES: not to be had either.
  }
}

function exists(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSocket === true;
  } catch {
    return false; // ENOENT: the usual case.
  }
}
