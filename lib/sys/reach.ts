/** Tries once whether something outside answers: what `wait_for` and network probes ask. */
import type { WaitTarget } from "../config/model.ts";

/**
 * Tries a target once: undefined where it answered, else what was seen instead. Never rejects.
 * A `file:` target answers by existing, a `unix:` one by accepting a connection, an `http:` one with a
 * status below 400.
 */
export async function reach(target: WaitTarget, timeoutMs: number): Promise<string | undefined> {
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    switch (target.kind) {
      case "file":
        await Deno.stat(target.path);
        return undefined;
      case "tcp":
        return await connect({ hostname: target.host, port: target.port }, limit);
      case "unix":
        return await connect({ transport: "unix", path: target.path }, limit);
      case "http":
        return await request(target.url, limit);
      default:
        return target satisfies never;
    }
  } catch (error) {
    if (limit.aborted) return `no answer within ${timeoutMs / 1000} s`;
    return error instanceof Error ? error.message : String(error);
  }
}

async function connect(
  address: Deno.ConnectOptions | Deno.UnixConnectOptions,
  limit: AbortSignal,
): Promise<string | undefined> {
  const attempt = "path" in address ? Deno.connect(address) : Deno.connect(address);
  // A connection that comes too late is nobody's: it is closed as soon as it is there.
  const late = () => attempt.then((connection) => connection.close(), () => {});
  const aborted = new Promise<never>((_, reject) => {
    limit.addEventListener("abort", () => {
      late();
      reject(limit.reason);
    }, { once: true });
  });
  const connection = await Promise.race([attempt, aborted]);
  connection.close();
  return undefined;
}

async function request(url: string, limit: AbortSignal): Promise<string | undefined> {
  const response = await fetch(url, { signal: limit, redirect: "manual" });
  await response.body?.cancel();
  return response.status < 400 ? undefined : `status ${response.status}`;
}
