/** Tries once whether something outside answers: what `wait_for` and network probes ask. */
import type { WaitTarget } from "../config/model.ts";

/**
 * Tries a target once: undefined where it answered, else what was seen instead. Never rejects.
 * A `file:` target answers by existing, a `unix:` one by accepting a connection, an `http:` one with a
 * status below 400.
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
      return await connect(Deno.connect({ hostname: target.host, port: target.port }), limit);
    case "unix":
      return await connect(Deno.connect({ transport: "unix", path: target.path }), limit);
    case "http":
      return await request(target.url, limit);
    default:
      return target satisfies never;
  }
}

/** A connection that comes too late is nobody's: it is closed as soon as it is there. */
async function connect(attempt: Promise<Deno.Conn>, limit: AbortSignal): Promise<undefined> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(limit.reason);
  limit.addEventListener("abort", abort, { once: true });
  // Whoever loses the race is not left with an answer that nobody takes.
  const closed = attempt.then((connection) => connection.close());
  closed.catch(() => {});
  try {
    await Promise.race([closed, aborted]);
  } finally {
    limit.removeEventListener("abort", abort);
  }
}

/** A connection that is kept open would answer where a new one might not be accepted. */
async function request(url: string, limit: AbortSignal): Promise<string | undefined> {
  const response = await fetch(url, {
    signal: limit,
    redirect: "manual",
    headers: { connection: "close" },
  });
  await response.body?.cancel();
  return response.status < 400 ? undefined : `status ${response.status}`;
}
