/** Tries once whether something outside answers: what `wait_for` and network probes ask. */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { WaitTarget } from "../../config/model.ts";
import { O_PATH } from "../libc/fcntl.ts";
import { setTimer } from "../libc/clock.ts";
import { libc } from "../libc/libc.ts";
import { usersMayServe } from "../paths/held_place.ts";
import { mayHangAt, ownMounts, servingUser } from "../paths/mount_table.ts";
import { openEnd, ownUid, statPlace, throughLinksFor, withPathEnd } from "../paths/path_walk.ts";
import { useConnection } from "./brief_connection.ts";
import { exchange } from "./http_client.ts";

/**
 * Tries a target once: undefined where it answered, else what was seen instead. Never rejects. A
 * `file:` target answers by existing, a `unix:` one by accepting a connection, an `http:` one with
 * a status below 400.
 */
export async function reach(target: WaitTarget, timeoutMs: number): Promise<string | undefined> {
  const limit = new AbortController();
  const cancel = setTimer(timeoutMs, () => limit.abort());
  try {
    return await ask(target, limit.signal);
  } catch (error) {
    if (limit.signal.aborted) return `no answer within ${timeoutMs / 1000} s`;
    const text = error instanceof Error ? error.message : String(error);
    return text.replace(/ \(os error \d+\)/, "");
  } finally {
    cancel();
  }
}

async function ask(target: WaitTarget, limit: AbortSignal): Promise<string | undefined> {
  switch (target.kind) {
    case "file":
      await demandThere(target.path);
      return undefined;
    case "tcp":
      return await accepts(Deno.connect({ hostname: target.host, port: target.port }), limit);
    case "unix":
      return await accepts(connectUnix(target.path), limit);
    case "http":
      return await request(new URL(target.url), limit);
    default:
      return target satisfies never;
  }
}

/** @throws where there is nothing. */
async function demandThere(path: string): Promise<void> {
  // On a thread: a network may be away. So many threads as a user can hold up there are not.
  if (!usersMayServe() || isElsewheres(path)) return void await Deno.stat(path);
  if (statPlace(path) === undefined) throw new SystemError("stat", ERRNO.ENOENT, path);
}

/** Whether another machine serves the file system, or the engine: no user of this container. */
function isElsewheres(path: string): boolean {
  const mount = mayHangAt(path, ownMounts());
  return mount !== undefined && servingUser(mount) === undefined;
}

/** connect(2) looks its path up on the main thread. */
async function connectUnix(path: string): Promise<Deno.Conn> {
  if (!usersMayServe()) return await Deno.connect({ transport: "unix", path });
  const fd = withPathEnd(path, throughLinksFor(ownUid()), (end) => openEnd(end, O_PATH, path));
  try {
    return await Deno.connect({ transport: "unix", path: `/proc/self/fd/${fd}` });
  } finally {
    libc().close(fd);
  }
}

function accepts(attempt: Promise<Deno.Conn>, limit: AbortSignal): Promise<undefined> {
  return useConnection(attempt, limit, () => Promise.resolve(undefined));
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

/** A status line is shorter; who sends so much without one is not a web server. */
const STATUS_LINE_MAX_BYTES = 1024;

/**
 * Reads no more than the status, RFC 9112 4: half of what `fetch` costs, a hundred times a second.
 */
async function askStatus(url: URL, limit: AbortSignal): Promise<number> {
  // Of an IPv6 address the URL keeps the brackets, which a connection does not want.
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const attempt = Deno.connect({ hostname, port: Number(url.port || "80") });
  return await useConnection(attempt, limit, async (connection) => {
    const text = await exchange(connection, {
      path: `${url.pathname}${url.search}`,
      host: url.host,
      maxBytes: STATUS_LINE_MAX_BYTES,
      isEnough: (text) => text.includes("\n"),
    });
    const status = /^HTTP\/1\.\d (\d{3})\b/.exec(text)?.[1];
    if (status === undefined) throw new Error("the answer is not HTTP");
    return Number(status);
  });
}
