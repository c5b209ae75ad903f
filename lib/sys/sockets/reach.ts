/** Tries once whether something outside answers: what `wait_for` and network probes ask. */
import type { WaitTarget } from "../../config/model.ts";

/**
 * Tries a target once: undefined where it answered, else what was seen instead. Never rejects. A
 * `file:` target answers by existing, a `unix:` one by accepting a connection, an `http:` one with
 * a status below 400.
 */
export async function reach(target: WaitTarget, timeoutMs: number): Promise<string | undefined> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), timeoutMs);
  try {
    return await ask(target, limit.signal);
  } catch (error) {
    if (limit.signal.aborted) return `no answer within ${timeoutMs / 1000} s`;
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}

async function ask(target: WaitTarget, limit: AbortSignal): Promise<string | undefined> {
  switch (target.kind) {
    case "file":
      await Deno.stat(target.path);
      return undefined;
    case "tcp":
      return await accepts(Deno.connect({ hostname: target.host, port: target.port }), limit);
    case "unix":
      return await accepts(Deno.connect({ transport: "unix", path: target.path }), limit);
    case "http":
      return await request(new URL(target.url), limit);
    default:
      return target satisfies never;
  }
}

function accepts(attempt: Promise<Deno.Conn>, limit: AbortSignal): Promise<undefined> {
  return within(attempt, limit, () => Promise.resolve(undefined));
}

/**
 * Uses a connection and closes it, at the limit if need be. One that comes only after the limit is
 * nobody's: it is closed as soon as it is there.
 */
async function within<T>(
  attempt: Promise<Deno.Conn>,
  limit: AbortSignal,
  use: (connection: Deno.Conn) => Promise<T>,
): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(limit.reason);
  limit.addEventListener("abort", abort, { once: true });
  let open: Deno.Conn | undefined;
  let isOver = false;
  const used = attempt.then((connection) => {
    if (!isOver) return use(open = connection);
    connection.close();
    throw limit.reason;
  });
  // Whoever loses the race is not left with an answer that nobody takes.
  used.catch(() => {});
  try {
    return await Promise.race([used, aborted]);
  } finally {
    isOver = true;
    open?.close();
    limit.removeEventListener("abort", abort);
  }
}

/** A connection that is kept open would answer where a new one might not be accepted. */
async function request(url: URL, limit: AbortSignal): Promise<string | undefined> {
  const status = url.protocol === "http:" && url.username === ""
    ? await askStatus(url, limit)
    : await fetchStatus(url, limit);
  return status < 400 ? undefined : `status ${status}`;
}

async function fetchStatus(url: URL, limit: AbortSignal): Promise<number> {
  const response = await fetch(url, {
    signal: limit,
    redirect: "manual",
    headers: { connection: "close" },
  });
  await response.body?.cancel();
  return response.status;
}

/** A status line is shorter; who sends so much without one is no web server. */
const STATUS_LINE_MAX_BYTES = 1024;

/**
 * Reads no more than the status, RFC 9112 4: half of what `fetch` costs, a hundred times a second.
 */
async function askStatus(url: URL, limit: AbortSignal): Promise<number> {
  // Of an IPv6 address the URL keeps the brackets, which a connection does not want.
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const attempt = Deno.connect({ hostname, port: Number(url.port || "80") });
  return await within(attempt, limit, async (connection) => {
    const head = `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\n` +
      "User-Agent: chaperone\r\nAccept: */*\r\nConnection: close\r\n\r\n";
    await connection.write(new TextEncoder().encode(head));
    const bytes = new Uint8Array(STATUS_LINE_MAX_BYTES);
    let length = 0;
    let text = "";
    while (!text.includes("\n") && length < bytes.length) {
      const count = await connection.read(bytes.subarray(length));
      if (count === null) break;
      length += count;
      text = new TextDecoder().decode(bytes.subarray(0, length));
    }
    const status = /^HTTP\/1\.\d (\d{3})\b/.exec(text)?.[1];
    if (status === undefined) throw new Error("the answer is not HTTP");
    return Number(status);
  });
}
