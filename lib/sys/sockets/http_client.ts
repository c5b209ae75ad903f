/**
 * Asks one question by HTTP/1.1, of a TCP or a UNIX socket. Small: a check starts a process for it.
 */
import { setTimer } from "../libc/clock.ts";
import { toSystemError } from "../libc/system_failure.ts";
import type { ServerPlace } from "./stream_server.ts";

const ANSWER_MAX_BYTES = 64 * 1024;

/**
 * Sends a GET and returns the whole answer, head and body, as it came.
 * Rejects with `SystemError`; undefined where the answer did not come in time.
 */
export async function askHttp(
  place: ServerPlace,
  path: string,
  timeoutMs: number,
): Promise<string | undefined> {
  let connection: Deno.Conn | undefined;
  let isLate = false;
  const late = Promise.withResolvers<void>();
  const cancel = setTimer(timeoutMs, () => {
    isLate = true;
    connection?.close();
    late.resolve();
  });
  const connecting = connect(place);
  try {
    connection = await Promise.race([connecting, late.promise.then(() => undefined)]);
    if (connection === undefined) {
      connecting.then((late) => late.close(), () => {});
      return undefined;
    }
    const host = place.kind === "tcp" ? hostField(place.host, place.port) : "localhost";
    const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    await connection.write(new TextEncoder().encode(request));
    return await readAll(connection);
  } catch (error) {
    if (isLate) return undefined;
    throw toSystemError(error, "connect", describePlace(place));
  } finally {
    cancel();
    if (!isLate) connection?.close();
  }
}

/** Says where something is, as messages do. */
export function describePlace(place: ServerPlace): string {
  return place.kind === "unix" ? place.path : hostField(place.host, place.port);
}

function hostField(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function connect(place: ServerPlace): Promise<Deno.Conn> {
  return place.kind === "unix"
    ? Deno.connect({ transport: "unix", path: place.path })
    : Deno.connect({ hostname: place.host, port: place.port });
}

async function readAll(connection: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  let text = "";
  for (let left = ANSWER_MAX_BYTES; left > 0;) {
    const size = await connection.read(buffer);
    if (size === null) break;
    text += decoder.decode(buffer.subarray(0, size), { stream: true });
    left -= size;
  }
  return text;
}
