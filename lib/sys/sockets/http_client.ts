/**
 * Asks one question by HTTP/1.1, of a TCP or a UNIX socket. Small: a check starts a process for it.
 */
import { setTimer } from "../libc/clock.ts";
import { toSystemError } from "../libc/system_failure.ts";
import { useConnection } from "./brief_connection.ts";
import type { ServerPlace } from "./stream_server.ts";

const ANSWER_MAX_BYTES = 64 * 1024;

/** A question and how much of the answer is of use. */
export interface HttpQuestion {
  /** With what follows `?`. */
  readonly path: string;
  /** As the field `Host` has it. */
  readonly host: string;
  readonly maxBytes: number;
  /** Whether what has come is all that is wanted; absent: it is read to its end. */
  readonly isEnough?: (text: string) => boolean;
}

/** Sends a GET and returns the answer, head and body, as it came. */
export async function exchange(connection: Deno.Conn, question: HttpQuestion): Promise<string> {
  const { path, host, maxBytes, isEnough } = question;
  const head = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n` +
    "User-Agent: chaperone\r\nAccept: */*\r\nConnection: close\r\n\r\n";
  await connection.write(new TextEncoder().encode(head));
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(Math.min(maxBytes, 4096));
  let text = "";
  for (let left = maxBytes; left > 0 && isEnough?.(text) !== true;) {
    const size = await connection.read(buffer);
    if (size === null) break;
    text += decoder.decode(buffer.subarray(0, size), { stream: true });
    left -= size;
  }
  return text;
}

/**
 * Asks and returns the whole answer.
 * Rejects with `SystemError`; undefined where the answer did not come in time.
 */
export async function askHttp(
  place: ServerPlace,
  path: string,
  timeoutMs: number,
): Promise<string | undefined> {
  const limit = new AbortController();
  const cancel = setTimer(timeoutMs, () => limit.abort());
  const host = place.kind === "tcp" ? hostField(place.host, place.port) : "localhost";
  try {
    return await useConnection(connect(place), limit.signal, (connection) => {
      return exchange(connection, { path, host, maxBytes: ANSWER_MAX_BYTES });
    });
  } catch (error) {
    if (limit.signal.aborted) return undefined;
    throw toSystemError(error, "connect", describePlace(place));
  } finally {
    cancel();
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
